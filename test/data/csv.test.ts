import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ColumnCodes, columnsOf, parseTable } from '../../runtime/data/csv.ts';
import { expectDamageHandled, readsOrRefuses } from './samples.ts';

const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, selection?: string) =>
  columnsOf(parseTable(bytesOfText(text), 'a.csv'), selection, 'a.csv');
const numbers = (text: string, selection?: string) => {
  const { tensor } = read(text, selection);
  return { dtype: tensor.dtype, shape: tensor.shape, data: [...tensor.data].map(Number) };
};

describe('text tables', () => {
  test.each([
    ['commas', '1,2\n3,4\n'],
    ['semicolons', '1;2\n3;4'],
    ['tabs', '1\t2\r\n3\t4\r\n'],
    ['blanks', ' 1   2 \n\n3 4\n'],
    ['quotes', '"1","2"\n"3","4"\n'],
    ['spaces around', '1 , 2\n 3,4 \n'],
    ['a byte order mark', '\ufeff1,2\n3,4\n'],
    ['a header', 'a,b\n1,2\n3,4\n'],
    ['empty lines', '\n1,2\n\n3,4\n\n'],
  ])('%s', (_, text) => {
    expect(numbers(text)).toEqual({ dtype: 'f64', shape: [2, 2], data: [1, 2, 3, 4] });
  });

  test('numbers of every form', () => {
    expect(numbers('-1.5e-3\n+2\n.5\n3.\n1E2\n').data).toEqual([-0.0015, 2, 0.5, 3, 100]);
  });

  test('what is written is read back', () => {
    const row = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t', ' '),
        (rows, separator) => {
          const text = rows.map((cells) => cells.join(separator)).join('\n');
          expect(numbers(text).data).toEqual(rows.flat().map((value) => (Object.is(value, -0) ? 0 : value)));
        },
      ),
    );
  });
});

describe('first lines', () => {
  test("scikit-learn's counts are left out, and a note says so", () => {
    const { tensor, notes } = read('2,3,red,blue\n1,2,3,0\n4,5,6,1\n');
    expect(tensor.shape).toEqual([2, 4]);
    expect(notes).toEqual([
      'a.csv: line 1 is left out: it counts 2 rows of 3 features and names the classes',
    ]);
  });

  test('a line of another length is left out, and a note says so', () => {
    expect(read('some title\n1,2\n3,4\n').notes).toEqual([
      'a.csv: line 1 is left out: it has 1 fields, the others have 2',
    ]);
  });

  test.each([
    ['names above numbers', 'a,b\n1,2\n', ['a', 'b']],
    ['a name without letters above numbers', '#,%\n1,2\n', ['#', '%']],
    ['an empty cell above the numbers of rows', ',a\n0,2\n1,3\n', ['', 'a']],
    ['a name that also says that something is missing', 'RI,Na\n1,2\n', ['RI', 'Na']],
    ['names above columns with missing values', 'a,b\n?,2\n1,\n', ['a', 'b']],
    ['signs of missing values', 'nan,nan,?\n1,2,3\n', undefined],
    ['an infinity and an empty cell', 'inf,\n1,2\n', undefined],
    ['a class beside missing values', '?,NaN,cat\n1,2,dog\n', undefined],
    ['a number among names', 'a,1\n2,3\n', undefined],
    ['names above names', 'a,b\nc,d\n', undefined],
    ['nothing below', 'a,b\n', undefined],
  ])('a first line of %s', (_, text, header) => {
    expect(parseTable(bytesOfText(text), 'a.csv').header).toEqual(header);
  });

  test.each([
    ['nan,nan,?\n1,2,3\n', 'a.csv:1: column 0: the value is missing (nan)'],
    ['1,inf\n1,2\n', 'a.csv:1: column 1: inf is not a finite number'],
    ['a,b\n1,-Infinity\n', 'a.csv:2: column 1 (b): -Infinity is not a finite number'],
  ])('of %j it is said where a number is missing', (text, message) => {
    expect(() => columnsOf(parseTable(bytesOfText(text), 'a.csv'), undefined, 'a.csv')).toThrow(message);
  });

  test('class names have the codes of the training data, or are refused', () => {
    const part = (text: string, known?: ColumnCodes, selection = '1:labels') =>
      columnsOf(parseTable(bytesOfText(text), 'a.csv'), selection, 'a.csv', known);
    const { codes } = part('1,b\n2,d\n3,c\n');
    expect([...part('4,d\n5,c\n', codes).tensor.data]).toEqual([2, 1]);
    expect(part('4,d\n5,c\n', codes).notes).toEqual([]);
    expect(() => part('4,d\n5,a\n', codes)).toThrow(
      'a.csv:2: column 1: the training data has no class "a"; it has b, c, d',
    );
    expect(() => part('4,d\n5,?\n', codes)).toThrow('a.csv:2: column 1: the value is missing (?)');
    const numbers = part('1,2\n', undefined, '1').codes;
    expect(() => part('4,d\n', numbers)).toThrow('a.csv: column 1 holds class names, but the training data');
    expect(() => part('4,d\n', [])).toThrow('a.csv: column 1 holds class names, but the training data');
    const two = part('x,b\ny,d\n', undefined, '1:labels,0:labels').codes;
    expect([...part('y,d\n', two, '1:labels,0:labels').tensor.data]).toEqual([1, 1]);
    expect(() => part('y,2\n', two, '1,0:labels')).toThrow(
      'a.csv: column 1 is read as numbers, but the training data holds class names there: b = 0, d = 1\n  hint: #1:labels',
    );
    const mixed = part('x,1\ny,4\n', undefined, '1,0:labels').codes;
    expect([...part('y,2\n', mixed, '1,0:labels').tensor.data]).toEqual([2, 1]);
  });

  test('a name that two columns have chooses none', () => {
    const table = parseTable(bytesOfText('a,b,a\n1,2,3\n'), 'a.csv');
    expect(() => columnsOf(table, 'a', 'a.csv')).toThrow('columns 0 and 2 are both called "a"');
    expect([...columnsOf(table, 'b,2', 'a.csv').tensor.data]).toEqual([2, 3]);
  });

  test('of words alone the first line is a header where a column is chosen by a name in it', () => {
    const words = parseTable(bytesOfText('kind,colour\nring,red\nbar,red\n'), 'a.csv');
    expect(words.header).toBeUndefined();
    const { tensor, codes } = columnsOf(words, 'kind:labels', 'a.csv');
    expect([...tensor.data]).toEqual([1, 0]);
    expect([...codes[0]!.keys()]).toEqual(['bar', 'ring']);
    expect(columnsOf(words, '0:labels', 'a.csv').tensor.shape).toEqual([3]);
    expect(() => columnsOf(words, 'size', 'a.csv')).toThrow('the file has no header line');
    expect(() => columnsOf(words, 'colour:labels,size', 'a.csv')).toThrow('it has kind, colour');
  });

  test('a header is no row, and class names are no header', () => {
    expect(parseTable(bytesOfText('name,size\nx,1\n'), 'a.csv').header).toEqual(['name', 'size']);
    expect(parseTable(bytesOfText('0.5,R\n0.7,M\n'), 'a.csv').header).toBeUndefined();
  });
});

describe('columns', () => {
  const table = 'a,b,c,kind\n1,2,3,x\n4,5,6,y\n7,8,9,x\n';
  test.each([
    ['0', [3], [1, 4, 7]],
    ['-2', [3], [3, 6, 9]],
    ['0-1', [3, 2], [1, 2, 4, 5, 7, 8]],
    ['1--2', [3, 2], [2, 3, 5, 6, 8, 9]],
    ['2,0', [3, 2], [3, 1, 6, 4, 9, 7]],
    ['c,a', [3, 2], [3, 1, 6, 4, 9, 7]],
  ])('#%s', (selection, shape, data) => {
    expect(numbers(table, selection)).toEqual({ dtype: 'f64', shape, data });
  });

  test('an open range reaches the last column', () => {
    expect(numbers('1,2,3\n4,5,6\n', '1-')).toEqual({ dtype: 'f64', shape: [2, 2], data: [2, 3, 5, 6] });
  });

  test('class names are sorted and counted', () => {
    const { tensor, notes } = read('2,R\n3,M\n4,R\n', '1:labels');
    expect(tensor).toEqual({ dtype: 'i32', shape: [3], data: Int32Array.of(1, 0, 1) });
    expect(notes).toEqual(['a.csv: column 1 is counted: M = 0, R = 1']);
  });

  test('the order of the rows does not change the classes', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['r,1', 'm,2', 'a,3', 'z,4', 'm,5'], { minLength: 5 }), (rows) => {
        const codes = [...read(rows.join('\n'), '0:labels').tensor.data];
        expect(codes).toEqual(rows.map((row) => ['a', 'm', 'r', 'z'].indexOf(row[0]!)));
      }),
    );
  });

  test('class names that are numbers are sorted as numbers', () => {
    expect(read('10,1\n9,2\n100,3\n', '0:labels').notes[0]).toBe(
      'a.csv: column 0 is counted: 9 = 0, 10 = 1, 100 = 2',
    );
  });

  test.each([
    ['7', 'there is no column 7: it has 4, 0 to 3'],
    ['-5', 'there is no column -5'],
    ['size', 'there is no column "size": it has a, b, c, kind'],
    ['2-1', 'the columns 2-1 run backwards'],
    ['1.5', 'there is no column "1.5"'],
    ['c,a-', 'there is no column "a-"'],
  ])('#%s is refused', (selection, message) => expect(() => read(table, selection)).toThrow(message));
});

describe('bad cells', () => {
  test.each([
    ['an empty cell', '1,2\n3,\n', 'a.csv:2: column 1: the cell is empty'],
    ['NaN', 'a,b\n1,2\n3,NaN\n', 'a.csv:3: column 1 (b): the value is missing (NaN)'],
    ['?', '1,2\n?,4\n', 'a.csv:2: column 0: the value is missing (?)'],
    ['infinity', '1,2\n1e999,4\n', 'a.csv:2: column 0: "1e999" is not a number'],
    ['hexadecimal', '1,2\n0x10,4\n', '"0x10" is not a number'],
    ['text', '\n\n1,2\n3,x\n', 'a.csv:4: column 1: "x" is not a number'],
    ['a short row', '1,2,3\n4,5,6\n7,8\n', 'a.csv:3: 2 fields where line 2 has 3'],
    ['nothing', '', 'a.csv: the table is empty'],
    ['only a header', 'a,b\n', 'a.csv:1: column 0: "a" is not a number'],
    ['an open quote', '1,"2\n3,4\n', 'a.csv: not a readable CSV file'],
  ])('%s', (_, text, message) => expect(() => read(text)).toThrow(message));

  test('a missing class is no class', () => {
    expect(() => read('1,a\n2,\n', '1:labels')).toThrow('a.csv:2: column 1: the cell is empty');
  });

  test('bytes that are no text', () => {
    expect(() => parseTable(Uint8Array.of(0x31, 0xff, 0xfe), 'a.csv')).toThrow(
      'a.csv: not a text table: it is not UTF-8',
    );
  });

  test('anything is read or refused', () => {
    const from = (text: string, selection: string): void => void readsOrRefuses(() => read(text, selection));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789,;\t \n\r"-.eNx') }), fc.string(), from),
      {
        numRuns: 500,
      },
    );
    expectDamageHandled(bytesOfText('a,"b"\n1,2\n3,4.5\n'), (bytes) =>
      columnsOf(parseTable(bytes, 'a'), '-1', 'a'),
    );
  });
});
