/** Whole files: declarations, statements, line breaks and doc comments become the expected tree. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from '../../grammar/index.ts';
import { documented } from './documented.ts';
import { showFile } from './show.ts';

function expectTree(text: string, expected: string): void {
  const { file, diagnostics } = parse({ name: 'test.nn', text });
  expect(diagnostics).toEqual([]);
  expect(showFile(file)).toBe(expected);
}

/** The statements of a model with this body. */
const expectBody = (text: string, expected: readonly string[]): void =>
  expectTree(`model m {\n${text}\n}`, ['model m()', ...expected.map((line) => `  ${line}`)].join('\n'));

describe('declarations', () => {
  it('model, with a doc comment', () => {
    expectTree(
      '// an aside\n/// A network.\n///   Two lines.\nmodel mlp(hidden = 128) {\n  /// pixels\n  input x: f32[B, 784]\n}',
      'model mlp(hidden = 128) doc="A network.\\n  Two lines."\n  input x: f32[B, 784] doc="pixels"',
    );
  });

  it('fn with an expression and a derivative on a line of its own', () => {
    expectTree(
      'fn sigmoid(x)  = 1/(1 + exp(-x))\n               derivative y * (1 - y)\nfn g(a, b) = a * b derivative b, a',
      [
        'fn sigmoid(x)',
        '  return (/ 1 (+ 1 (exp (- x))))',
        '  derivative (* y (- 1 y))',
        'fn g(a, b)',
        '  return (* a b)',
        '  derivative b',
        '  derivative a',
      ].join('\n'),
    );
  });

  it('layer with two lists of parameters and dimensions that follow from others', () => {
    expectTree(
      'layer Pool(k: int, f: fn)\n      (x: f32[..., W]) -> f32[..., O]\n  where O = (W - k) / k + 1,\n        P = O {\n  return y[..., o] = max[u: k] x[..., o*k + u]\n}',
      [
        'layer Pool(k: int, f: fn)(x: f32[..., W]) -> f32[..., O] where O = (+ (/ (- W k) k) 1) where P = O',
        '  return y[..., o] = (max[u: k] x[..., (+ (* o k) u)])',
      ].join('\n'),
    );
  });

  it('layer with one list: its inputs', () => {
    expectTree('layer Twice(x) = x + x', 'layer Twice()(x)\n  return (+ x x)');
  });

  it('train with words in its settings, which may stand on one line', () => {
    expectTree(
      'train m { minimize loss with sgd(), batch all, steps 2\n batch all epochs 9 draw with replacement keep lowest eval.loss\n until loss < 1 or not eval.hits == 3 patience 4 }',
      [
        'train m()',
        '  minimize loss with (sgd ), batch all, steps 2',
        '  batch all',
        '  epochs 9',
        '  draw with replacement',
        '  keep lowest eval.loss',
        '  until (or (< loss 1) (not (== eval.hits 3)))',
        '  patience 4',
      ].join('\n'),
    );
  });

  it('optimizer with states and updates', () => {
    expectTree(
      'optimizer adam(lr = 1e-3) { state m = 0,  v = 0; m <- m + g\n w <- w - lr*m }',
      'optimizer adam(lr = 0.001f)\n  state m = 0\n  state v = 0\n  update m <- (+ m g)\n  update w <- (- w (* lr m))',
    );
  });

  it('an update behind the brace of its line', () => {
    expectTree('optimizer plain(lr = 1) { w <- w - g }', 'optimizer plain(lr = 1)\n  update w <- (- w g)');
    expectTree('layer L(x) { m[i] <- x[i] }', 'layer L()(x)\n  update m[i] <- x[i]');
  });

  it('recipe', () => {
    expectTree(
      'train m(hidden = 64) { minimize loss over enc, dec.W with clip_norm(5) |> adam(lr = 1e-3)  batch 128  epochs 3 }',
      'train m(hidden=64)\n  minimize loss over enc, dec.W with (clip_norm 5), (adam lr=0.001f)\n  batch 128\n  epochs 3',
    );
  });

  it('use', () => {
    expectTree('use "a.nn"\nuse "b/c.nn"', 'use a.nn\nuse b/c.nn');
  });
});

describe('statements', () => {
  it('the four roles', () => {
    expectBody('loss = a\nloss adv = b\nmetric acc = c\noutput p[b, o] = d\nlet h = e\nlet loss = f', [
      'loss loss = a',
      'loss adv = b',
      'metric acc = c',
      'output p[b, o] = d',
      'let h = e',
      'loss loss = f',
    ]);
  });

  it('parameters and states', () => {
    expectBody(
      'param W: f32[units, I] init he_normal(fan_in = I) if bias\nfrozen E: f32[V, 8]\nparam b: f32[3]\n  init zeros\n  if a\nstate s: f32[C] init zeros',
      [
        'param W: f32[units, I] init (he_normal fan_in=I) if bias',
        'frozen E: f32[V, 8]',
        'param b: f32[3] init zeros if a',
        'state s: f32[C] = zeros',
      ],
    );
  });

  it('words of statements are names elsewhere', () => {
    expectBody('input = 1\nstate[i] = input[i]\noutput <- loss\nmetric metric = target\ninput loss: f32', [
      'let input = 1',
      'let state[i] = input[i]',
      'update output <- loss',
      'metric metric = target',
      'input loss: f32',
    ]);
  });

  it('equations with extents, and results with and without a name', () => {
    expectBody('y[..., c: classes + 1] = c\nreturn y[i]\nreturn y[i, ...] = x\nreturn y = x', [
      'let y[..., c: (+ classes 1)] = c',
      'return y[i]',
      'return y[i, ...] = x',
      'return y = x',
    ]);
  });
});

describe('line breaks', () => {
  it.each([
    ['after an operator', 'h = a +\n b -\n c', ['let h = (- (+ a b) c)']],
    ['before an operator', 'h = x\n  |> f\n  * 2\n  and b', ['let h = (|> x (and (* f 2) b))']],
    ['inside brackets', 'h = f(a\n,\nb)[\ni\n]', ['let h = (f a, b)[i]']],
    ['around if, then and else', 'h = if\n a\n then b\n else\n c', ['let h = (if a b c)']],
    ['after = and <-', 'h =\n 1\nm <-\n 2', ['let h = 1', 'update m <- 2']],
    ['after the brackets of a reduction', 'h = sum[i]\n x[i]', ['let h = (sum[i] x[i])']],
    ['in a blank line or a comment', 'h = a + // note\n\n // more\n b', ['let h = (+ a b)']],
    ['as semicolons', ';;a = 1;; b = 2;\n;c = 3;', ['let a = 1', 'let b = 2', 'let c = 3']],
  ])('%s', (_, text, expected) => {
    expectBody(text, expected);
  });

  it('of every system', () => {
    expectTree('model m\r\n{\r\n  a = 1\r\n\r\n  b = 2\r\n}\r\n', 'model m()\n  let a = 1\n  let b = 2');
  });
});

describe('doc comments', () => {
  it('belong to what follows, if they stand on a line of their own', () => {
    expectBody(
      'a = 1 /// not a doc\nb = 2 +\n/// nor this\n 3\n/// of c\n// aside\n\nc = 4\n//// no doc\nd = 5\n/// lost',
      ['let a = 1', 'let b = (+ 2 3)', 'let c = 4 doc="of c"', 'let d = 5'],
    );
  });
});

describe('the files of the project', () => {
  const files = ['compiler/prelude', 'models'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.nn'))
      .map((name) => `${folder}/${name}`),
  );
  it.each(files)('%s', (name) => {
    const { file, diagnostics } = parse({ name, text: readFileSync(name, 'utf8') });
    expect(diagnostics).toEqual([]);
    expect(file.declarations.length).toBeGreaterThan(0);
  });

  it.each(documented)('documented example %#', (text) => {
    expect(parse({ name: 'example.nn', text }).diagnostics).toEqual([]);
  });
});
