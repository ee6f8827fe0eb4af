/** Every message NN1xx: a small text with the mistake, and all that is said about it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from '../../grammar/index.ts';
import { placeOf } from '../../grammar/source.ts';

/** `line:column code message`, of all problems. */
const problemsOf = (text: string): readonly string[] =>
  parse({ name: '', text }).diagnostics.map(
    ({ code, message, primary }) => `${placeOf(primary.at).slice(1)} ${code} ${message}`,
  );

const hintsOf = (text: string): readonly (string | undefined)[] =>
  parse({ name: '', text }).diagnostics.map(({ hint }) => hint);

/** In the body of a model, so that the columns are those of the statement plus 10. */
const inModel = (statement: string): string => `model m { ${statement} }`;

const cases: readonly (readonly [code: string, text: string, problems: readonly string[], hint?: string])[] =
  [
    ['NN101', inModel('h = x |> |> f'), ['1:20 NN101 expected an expression, found `|>`']],
    ['NN101', inModel('h ='), ['1:15 NN101 expected an expression, found `}`']],
    [
      'NN101',
      inModel('h = f(a, )'),
      ['1:20 NN101 expected an argument, found `)`'],
      'something is missing before this',
    ],
    [
      'NN101',
      inModel('h = x[.., -1]'),
      ['1:17 NN101 expected `]`, found `.`'],
      '`...` stands for several axes: `x[..., -1]`',
    ],
    ['NN101', 'fn f(x = x', ['1:5 NN105 expected `)` for this `(`, found the end of the file']],
    ['NN101', 'fn f(x)\nfn g(x) = x', ['2:1 NN101 expected `{` or `=`, found the keyword `fn`']],
    [
      'NN101',
      inModel('h + 1'),
      ['1:13 NN101 expected `=` or `<-`, found `+`'],
      'a statement defines a name: `h = …`; what should be seen says so there: `output h = …`',
    ],
    [
      'NN101',
      inModel('input: f32[B]'),
      ['1:16 NN101 expected `=` or `<-`, found `:`'],
      'declarations read `input x: f32[…]`, `param W: f32[…]`',
    ],
    [
      'NN101',
      'model m {\n  a = b\n  - c\n}',
      ['3:3 NN101 expected a statement, found `-`'],
      'a line cannot start with `-`: put it at the end of the line before',
    ],
    [
      'NN101',
      'model m {\n  mean[b] = x[b]\n}',
      ['2:3 NN101 expected a statement, found `mean`'],
      '`mean[` starts a reduction: a tensor needs another name',
    ],
    [
      'NN101',
      'model m {\n  if a { b = 1\n  }\n}',
      ['2:3 NN101 expected a statement, found the keyword `if`'],
    ],
    [
      'NN101',
      inModel('for i = 3'),
      ['1:15 NN101 expected `=` or `<-`, found `i`'],
      'there are no loops: an equation runs over its indices, `y[i] = x[i] * 2`, and `repeat 3 { h = h |> Dense(8) }` writes layers out',
    ],
    ['NN101', 'train m { minimize loss }', ['1:25 NN101 expected `with`, found `}`']],
    ['NN101', 'train m(over C) { }', ['1:14 NN101 expected `name = value`, found an axis']],
    ['NN109', inModel('a = b = c'), ['1:17 NN109 expected a new line or `;`, found `=`']],
    ['NN101', inModel('assert a : "{b c}"'), ['1:26 NN101 expected the end of the expression, found `c`']],
    [
      'NN102',
      inModel('h = x § y'),
      ['1:17 NN102 expected a word, a number or an operator, found the character `§`'],
    ],
    [
      'NN102',
      inModel('h = α'),
      ['1:15 NN102 expected a word, a number or an operator, found the character `α`'],
      'spell Greek letters: `alpha`, `mu`',
    ],
    [
      'NN102',
      inModel('h = a | b'),
      ['1:17 NN102 expected a word, a number or an operator, found the character `|`'],
      'the logical operators are `and` and `or`',
    ],
    ['NN103', 'use "a.nn', ['1:5 NN103 expected `"` at the end of the text, found the end of the line']],
    ['NN104', inModel('h = .5'), ['1:15 NN104 expected a number, found `.5`'], 'write 0.5'],
    ['NN104', inModel('h = 1.'), ['1:15 NN104 expected a number, found `1.`'], 'write 1.0'],
    ['NN104', inModel('h = 1_000'), ['1:15 NN104 expected a number, found `1_000`'], 'write 1000'],
    [
      'NN104',
      inModel('h = 2x'),
      ['1:15 NN104 expected a number, found `2x`'],
      'numbers read 12, 0.5 or 1e-3; a name does not start with a digit',
    ],
    [
      'NN105',
      'model m {\n  h = 1',
      ['1:9 NN105 expected `}` for this `{`, found the end of the file'],
      'add `}`',
    ],
    [
      'NN105',
      'model m {\n  h = 1\nfn f(x) = x',
      ['1:9 NN105 expected `}` for this `{`, found the keyword `fn`'],
    ],
    [
      'NN105',
      'model m {\n  h = f(x\n  g = (2)\n}',
      ['2:8 NN105 expected `)` for this `(`, found the end of the line'],
    ],
    ['NN105', inModel('h = f(x[i)'), ['1:18 NN105 expected `]` for this `[`, found `)`']],
    ['NN106', inModel('h = f(x))'), ['1:19 NN106 expected no `)` here: no `(` is open']],
    ['NN106', 'fn f(x) = x }', ['1:13 NN106 expected no `}` here: no `{` is open']],
    [
      'NN107',
      inModel(`h = ${'('.repeat(70)}1${')'.repeat(70)}`),
      ['1:78 NN107 expected at most 64 levels of nesting, found more'],
      'give a part of it a name of its own: `part = …`',
    ],
    ['NN108', inModel('h = a && b'), ['1:17 NN108 expected `and`, found `&&`'], 'write `and`'],
    [
      'NN108',
      inModel('h = !a ^ 2 ≤ 3'),
      [
        '1:15 NN108 expected `not`, found `!`',
        '1:18 NN108 expected `**`, found `^`',
        '1:22 NN108 expected `<=`, found `≤`',
      ],
    ],
    [
      'NN109',
      inModel('h = if a = b then c else d'),
      ['1:20 NN109 expected `then`, found `=`'],
      'a statement defines one name; to compare two values write `==`',
    ],
    ['NN109', inModel('assert a = b'), ['1:20 NN109 expected a new line or `;`, found `=`']],
    [
      'NN109',
      inModel('h == 2'),
      ['1:13 NN109 expected `=` or `<-`, found `==`'],
      'to define a name write `=`',
    ],
    [
      'NN110',
      inModel('h = a < b <= c'),
      ['1:21 NN110 expected one comparison, found a second: `<=` after `<`'],
      'write `a < b and b <= c`, or use parentheses',
    ],
    ['NN111', inModel('a = 1 b = 2'), ['1:17 NN111 expected a new line or `;`, found `b`']],
    [
      'NN112',
      inModel('yield = 3'),
      ['1:11 NN112 expected a name, found `yield`, a word that is kept for a later version'],
      'choose another name, such as `yield_`',
    ],
    ['NN113', 'fn init(x) = x', ['1:4 NN113 expected a name, found the keyword `init`']],
    ['NN113', inModel('input over: f32'), ['1:17 NN113 expected a name, found the keyword `over`']],
    ['NN114', inModel('h = if a then b'), ['1:27 NN114 expected `else`, found `}`']],
    [
      'NN115',
      inModel('h = f(a = 1, 2)'),
      ['1:24 NN115 expected `name = value`, found an argument without a name'],
    ],
    ['NN116', inModel('h = sum(x, over A, over B)'), ['1:30 NN116 expected one `over`, found a second']],
    ['NN117', 'use "a\\tb"', ['1:7 NN117 expected `\\"`, `\\\\` or `\\n` in a text, found `\\t`']],
    [
      'NN118',
      inModel('h = x[i] else 0'),
      ['1:20 NN118 expected a new line or `;`, found `else`'],
      'a read that may be outside its tensor stands in parentheses: `(x[i - 1] else 0)`',
    ],
    [
      'NN119',
      inModel('h = 9007199254740993 + 1e400'),
      [
        '1:15 NN119 expected a number that can be represented, found `9007199254740993`',
        '1:34 NN119 expected a number that can be represented, found `1e400`',
      ],
    ],
    [
      'NN120',
      '# note\nfn f(x) = x /* two\nlines */',
      ['1:1 NN120 expected `//`, found `#`', '2:13 NN120 expected `//`, found `/*`'],
    ],
    ['NN121', "use 'a.nn'", ['1:5 NN121 expected a text between `"`, found one between `\'`'], 'write `"…"`'],
    [
      'NN122',
      'def f(x) = x',
      ['1:1 NN122 expected a declaration (model, fn, layer, optimizer, train or use), found `def`'],
      'write `fn`',
    ],
    [
      'NN122',
      'fn f(x) = x\ny = 3\nz = 4\nfn g(x) = x',
      ['2:1 NN122 expected a declaration (model, fn, layer, optimizer, train or use), found `y`'],
    ],
    ['NN123', inModel('y[i + 1] = x[i]'), ['1:15 NN123 expected the name of an index, found an expression']],
    ['NN123', inModel('y = sum[0] x'), ['1:19 NN123 expected the name of an index, found an expression']],
    [
      'NN125',
      'model m {\n  mean = f(x)\n  y = x[b, i] - mean[b]\n  z = x\n}',
      ['3:17 NN125 `mean[` starts a reduction, and does not read the value mean'],
      'a tensor that is read by index needs another name',
    ],
    [
      'NN125',
      'model m { input max: f32[3]; output y[i] = 2 * max[i + 1] }',
      ['1:48 NN125 `max[` starts a reduction, and does not read the value max'],
    ],
    ['NN126', inModel('y = 2 * ?'), ['1:19 NN126 expected a formula, found `?`: it is left open']],
    ['NN124', inModel('y = x[a:b:c]'), ['1:20 NN124 expected `,` or `]`, found `:`']],
  ];

describe('each syntax problem', () => {
  it.each(cases.map((each) => ({ each, title: `${each[0]} ${each[1].slice(0, 60)}` })))(
    '$title',
    ({ each }) => {
      const [, text, expected, hint] = each;
      expect(problemsOf(text)).toEqual(expected);
      if (hint !== undefined) expect(hintsOf(text)[0]).toBe(hint);
    },
  );

  it('NN199 ends the list for what is no .nn file', () => {
    const problems = problemsOf('§ \n'.repeat(300));
    expect(problems).toHaveLength(50);
    expect(problems.at(-1)).toBe('301:1 NN199 expected a .nn file, found 300 syntax errors');
  });

  it('has a case', () => {
    const codes = readFileSync('grammar/problems.ts', 'utf8').match(/NN1\d\d/g) ?? [];
    const tested = new Set([
      ...cases.flatMap(([, , problems]) => problems.map((problem) => problem.split(' ')[1])),
      'NN199',
    ]);
    expect([...new Set(codes)].filter((code) => !tested.has(code))).toEqual([]);
  });
});

describe('several problems', () => {
  it('are all reported, one a statement, and what is good is kept', () => {
    const text = [
      'model a(hidden = 12) {',
      '  input x: f32[B, ]',
      '  h = x |> |> relu',
      '  g = (x + 1',
      '  ok = 3',
      '  w[b + 1] = 3 +',
      '    * 2',
      '  loss = "open',
      '}',
      'fn f(x = ) = x',
      'fn g(x) = x + ',
      '',
      'layer L(x) {',
      '  return x x',
      '}',
    ].join('\n');
    expect(problemsOf(text).map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      '2:19 NN101',
      '3:12 NN101',
      '4:7 NN105',
      '6:7 NN123',
      '8:10 NN103',
      '10:10 NN101',
      '13:1 NN101',
      '14:12 NN111',
    ]);
    const { file } = parse({ name: '', text });
    expect(file.declarations.map(({ kind }) => kind)).toEqual(['model', 'fn', 'fn', 'layer']);
    const [model] = file.declarations;
    const names =
      model?.kind === 'model' ? model.body.flatMap((s) => (s.kind === 'let' ? [s.name.name] : [])) : [];
    expect(names).toContain('ok');
  });
});
