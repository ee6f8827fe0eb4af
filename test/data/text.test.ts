/** Texts as tensors of characters: pieces, codes, held-out texts, and what is refused. */
import { describe, expect, test } from 'vitest';
import type { ColumnCodes } from '../../runtime/data/csv.ts';
import { readData } from '../../runtime/data/read.ts';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { joinedTokens, textPieces, tokensOf } from '../../runtime/data/text.ts';
import { nodeCompression } from '../../src/data/tensor-files.ts';

const read = (text: string | Uint8Array, specification: string, known?: ColumnCodes) => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readData(bytes, parseDataSpec(specification), nodeCompression, 'x', known);
};

describe('characters', () => {
  test('are counted in the order of Unicode, in pieces; what is left is left out', () => {
    const { tensor, codes, notes } = read('abcab\na😀', 'a.txt#3:characters');
    expect(tensor).toEqual({ dtype: 'i32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 1, 2, 0) });
    expect([...codes![0]!.keys()]).toEqual(['\n', 'a', 'b', 'c', '😀']);
    expect(notes).toEqual([
      'a.txt: 5 characters are counted: "\\n" = 0, "a" = 1, "b" = 2, "c" = 3, "😀" = 4',
    ]);
  });

  test('look like a table and are none', () => {
    expect(read('1,2\n3,4\n', 't.csv#4:characters').tensor.shape).toEqual([2, 4]);
    expect(read('1,2\n3,4\n', 't.csv#0').tensor.shape).toEqual([2]);
  });

  test('rows are chosen as in other files', () => {
    const { tensor } = read('abcdef', 'a.txt#1:characters@!::2');
    expect([...tensor.data]).toEqual([1, 3, 5]);
  });

  test('of a held-out text have the codes of the training text', () => {
    const { codes } = read('badc', 'a.txt#1:characters');
    const held = read('dd', 'b.txt#1:characters', codes);
    expect([[...held.tensor.data], held.notes]).toEqual([[3, 3], []]);
    expect(() => read('a\nx', 'b.txt#1:characters', codes)).toThrow(
      'b.txt:1: the character "\\n" is none of the 4 of the training data',
    );
  });

  test.each([
    ['', 'a.txt#3:characters', 'a text of 0 characters has no piece of 3'],
    ['ab', 'a.txt#3:characters', 'a text of 2 characters has no piece of 3'],
    ['ab', 'a.txt#0:characters', 'a text of 2 characters has no piece of 0'],
    [Uint8Array.of(0xff, 0xfe), 'a.txt#1:characters', 'not a text: it is not UTF-8'],
  ])('%j as %s is refused', (text, specification, message) => {
    expect(() => read(text, specification)).toThrow(message);
  });

  test('only a whole number asks for them', () => {
    const asked = ['3:characters', '-3:characters', '3:labels', undefined, '4:word-grams', '4:words-grams'];
    expect(asked.map(textPieces)).toEqual([
      { length: 3, unit: 'characters', overlapping: false },
      undefined,
      undefined,
      undefined,
      { length: 4, unit: 'words', overlapping: true },
      undefined,
    ]);
  });

  test('of n-grams begin at each', () => {
    expect([...read('abcd', 'a.txt#3:character-grams').tensor.data]).toEqual([0, 1, 2, 1, 2, 3]);
    expect(read('abc', 'a.txt#3:character-grams').tensor.shape).toEqual([1, 3]);
    expect(() => read('ab', 'a.txt#3:character-grams')).toThrow('a text of 2 characters has no piece of 3');
  });
});

describe('words', () => {
  test('are of letters and digits, other marks by themselves; 0 is none of them', () => {
    const { tensor, codes, notes } = read("The cat's 2 cats,\n the end.", 'a.txt#4:words');
    expect([...codes![0]!.keys()]).toEqual([
      '<unknown>',
      ...[',', '.', '2', 'The', "cat's", 'cats', 'end', 'the'],
    ]);
    expect(tensor).toEqual({ dtype: 'i32', shape: [2, 4], data: Int32Array.of(4, 5, 3, 6, 1, 8, 7, 2) });
    expect(notes[0]).toContain('9 words are counted: "<unknown>" = 0, "," = 1');
    expect([...read('a b c d', 'a.txt#3:word-grams').tensor.data]).toEqual([1, 2, 3, 2, 3, 4]);
  });

  test('that the training data did not have are unknown, and counted', () => {
    const { codes } = read('one two', 'a.txt#1:words');
    const held = read('two three one six', 'b.txt#4:words', codes);
    expect([...held.tensor.data]).toEqual([2, 0, 1, 0]);
    expect(held.notes).toEqual(['b.txt: 2 of 4 words are none of the training data; they are <unknown>']);
    expect(() => read('', 'a.txt#1:words')).toThrow('a text of 0 words has no piece of 1');
  });

  test('read as a text again', () => {
    const text = "Who (the cat's 2nd) said: so, no!";
    expect(joinedTokens(tokensOf(text, 'words'), 'words')).toBe(text);
    expect(joinedTokens(tokensOf('a\n b', 'characters'), 'characters')).toBe('a\n b');
  });
});

describe('words of a column', () => {
  const table = 'class,text\nham,"see you, at six"\nspam,win win\n';

  test('are a row for each cell, the first ones, and 0 behind the last', () => {
    const { tensor, codes } = read(table, 'm.csv#text:3:words');
    expect([...codes![0]!.keys()]).toEqual(['<unknown>', ',', 'see', 'win', 'you']);
    expect(tensor).toEqual({ dtype: 'i32', shape: [2, 3], data: Int32Array.of(2, 4, 1, 3, 3, 0) });
    expect(read(table, 'm.csv#text:3:words@1:').tensor.data).toEqual(Int32Array.of(3, 3, 0));
  });

  test('of a held-out table have the codes of the training table', () => {
    const { codes } = read(table, 'm.csv#text:3:words');
    const held = read('ham,"you win"\nham,"six"\n', 'h.csv#1:2:words', codes);
    expect([...held.tensor.data]).toEqual([4, 3, 0, 0]);
    expect(held.notes).toEqual(['h.csv: 1 of 3 words are none of the training data; they are <unknown>']);
  });

  test('between tabs, a quote may be a mark like others', () => {
    const { codes } = read('ham\tshe said "six" to me\nham\tor "seven\n', 'm.tsv#1:9:words');
    expect([...codes![0]!.keys()]).toEqual([
      '<unknown>',
      '"',
      'me',
      'or',
      'said',
      'seven',
      'she',
      'six',
      'to',
    ]);
    expect([...read('1\t"2"\n3\t4\n', 'm.tsv#1').tensor.data]).toEqual([2, 4]);
    expect(() => read('ham,she said "six"\n', 'm.csv#1:9:words')).toThrow('not a readable CSV file');
  });

  test.each([
    ['m.csv#3:4:words', 'there is no column 3'],
    ['m.csv#0-1:4:words', 'm.csv: words are read from one column, and 0-1 are several'],
    ['m.csv#text:0:words', 'm.csv: rows of 0 words say nothing'],
    ['m.csv#texts:4:words', 'there is no column "texts"'],
  ])('%s is refused', (specification, message) => {
    expect(() => read(table, specification)).toThrow(message);
  });
});
