/** The canonical form: same tree, every comment, nothing to change the second time. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { comments, parse } from '../../grammar/index.ts';
import { documented } from './documented.ts';
import { showFile } from './show.ts';

function formatted(text: string): string {
  const result = format({ name: 'test.nn', text });
  expect(result).toHaveProperty('text');
  return 'text' in result ? result.text : '';
}

const treeOf = (text: string): string => showFile(parse({ name: 'test.nn', text }).file);
const wordsOfComments = (text: string): readonly string[] =>
  comments({ name: 'test.nn', text }).map((comment) => comment.text.replace(/^\/+\s*/, ''));

function expectCanonical(text: string): void {
  const once = formatted(text);
  expect(treeOf(once)).toBe(treeOf(text));
  expect(wordsOfComments(once).toSorted()).toEqual(wordsOfComments(text).toSorted());
  expect(formatted(once)).toBe(once);
}

function expectFormatted(text: string, expected: string): void {
  expect(formatted(text)).toBe(expected);
  expectCanonical(text);
}

describe('layout', () => {
  it('indents, separates and drops what is not needed', () => {
    expectFormatted(
      'use   "a.nn";model m ( ) {let h=x|>Dense( 10 ,bias=false )|>relu;\n\n\n\n    loss   = (mean((h)))\n\n}\ntrain m() { minimize loss with sgd\nbatch 1   epochs 2 }',
      [
        'use "a.nn"',
        'model m {',
        '  h = x |> Dense(10, bias = false) |> relu',
        '',
        '  loss = mean(h)',
        '}',
        'train m {',
        '  minimize loss with sgd',
        '  batch 1 epochs 2',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('keeps several declarations behind one keyword', () => {
    expectFormatted(
      'optimizer o{state m=0,v   =0\nstate w=1}',
      'optimizer o {\n  state m = 0, v = 0\n  state w = 1\n}\n',
    );
  });

  it('writes the initial value of a state with a type behind init', () => {
    expectFormatted(
      'layer L(x) {state s:f32[C]=zeros;return x}',
      'layer L(x) {\n  state s: f32[C] init zeros\n  return x\n}\n',
    );
  });

  it('puts `over` last', () => {
    expectFormatted('fn f(x)=mean(x,over (H,W),keep=true)', 'fn f(x) = mean(x, keep = true, over (H, W))\n');
  });

  it('leaves empty files and bodies empty', () => {
    expect(formatted('\n\n')).toBe('');
    expectFormatted('model m{\n\n}', 'model m {}\n');
  });

  it('is refused for a file with errors', () => {
    expect(format({ name: '', text: 'fn f(' })).toHaveProperty('diagnostics');
  });
});

describe('parentheses', () => {
  it.each([
    ['(a * b) + (c ** d)', 'a * b + c**d'],
    ['(a + b) * (c - (d - e))', '(a + b) * (c - (d - e))'],
    ['(a ** b) ** c ** (d ** e)', '(a**b)**c**d**e'],
    ['(-x) ** 2 + -(x ** 2)', '(-x)**2 + -x**2'],
    ['(sum[i] a) * b + (sum[i] a) / c', '(sum[i] a) * b + (sum[i] a) / c'],
    ['(sum[i] a) + sum[i] (a + b)', 'sum[i] a + sum[i] (a + b)'],
    ['(b * sum[i] a) * c', 'b * (sum[i] a) * c'],
    ['(if a then b else c) + 1', '(if a then b else c) + 1'],
    ['1 + (if a then b else c)', '1 + if a then b else c'],
    ['(not a) == b', '(not a) == b'],
    ['(not (a == b)) and c', 'not a == b and c'],
    ['(a < b) == (c < d)', '(a < b) == (c < d)'],
    ['x |> (y |> f)', 'x |> (y |> f)'],
    ['(a |> f)(x)', '(a |> f)(x)'],
    ['((x[i])) [j]', 'x[i][j]'],
    ['(sum)[i]', '(sum)[i]'],
    ['(x[i] else 0) + (if a then b else c else d)', '(x[i] else 0) + ((if a then b else c) else d)'],
    ['a < -b', 'a < -b'],
  ])('%s', (text, expected) => {
    expectFormatted(`fn f(x) = ${text}`, `fn f(x) = ${expected}\n`);
  });
});

describe('long lines', () => {
  const long = 'a_rather_long_name';
  it('break after operators', () => {
    expectFormatted(
      `model m { h = ${Array(7).fill(long).join(' + ')} }`,
      ['model m {', '  h =', ...Array(6).fill(`    ${long} +`), `    ${long}`, '}', ''].join('\n'),
    );
  });

  it('break before |>', () => {
    expectFormatted(
      `model m { h = ${Array(6).fill(long).join(' |> ')} }`,
      ['model m {', '  h =', `    ${long}`, ...Array(5).fill(`    |> ${long}`), '}', ''].join('\n'),
    );
  });

  it('break between parameters, in conditions and before derivatives', () => {
    expectFormatted(
      `layer L(${Array(6).fill(`${long}: int = 1`).join(', ')}) (x: f32[A, B]) -> f32[A, C] where C = A, D = B { return x }`,
      [
        'layer L(',
        ...Array(5).fill(`  ${long}: int = 1,`),
        `  ${long}: int = 1`,
        ')',
        '  (x: f32[A, B]) -> f32[A, C]',
        '  where C = A,',
        '        D = B {',
        '  return x',
        '}',
        '',
      ].join('\n'),
    );
    expectFormatted(
      `fn f(x) = if ${long} < 0 then ${long} else if ${long} > 0 then ${long} else ${long} derivative ${long}`,
      [
        'fn f(x) =',
        `  if ${long} < 0 then ${long}`,
        `  else if ${long} > 0 then ${long}`,
        `  else ${long}`,
        `  derivative ${long}`,
        '',
      ].join('\n'),
    );
  });
});

describe('comments', () => {
  it('stay between and behind statements, with their blank lines', () => {
    const text = [
      '// head',
      '',
      '/// A model.',
      'model m {  // of note',
      '  // first',
      '',
      '  a = 1  // one',
      '  /// of b',
      '  b = 2',
      '',
      '  // last',
      '}  // end',
      '// foot',
      '',
    ].join('\n');
    expectFormatted(text, text);
  });

  it('inside a statement move above it, and document nothing there', () => {
    expectFormatted(
      'model m {\n  a = f(1, // one\n    /// two\n    2) // end\n}\nfn f(x) // x\n  = x',
      'model m {\n  // one\n  // two\n  a = f(1, 2)  // end\n}\n// x\nfn f(x) = x\n',
    );
  });

  it('alone make a file or a body', () => {
    expectFormatted('   // only', '// only\n');
    expectFormatted('model m { // only\n}', 'model m {  // only\n}\n');
    expectFormatted('model m {\n// only\n}', 'model m {\n  // only\n}\n');
  });
});

describe('the files of the project', () => {
  const files = ['compiler/prelude', 'models'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.nn'))
      .map((name) => `${folder}/${name}`),
  );
  it.each(files)('%s keeps its tree and comments', (name) => {
    expectCanonical(readFileSync(name, 'utf8'));
  });

  it.each(documented)('documented example %# keeps its tree and comments', (text) => {
    expectCanonical(text);
  });
});
