/** What a parameter stands for while the other parameters and their dimensions are read: itself, also where that is a mistake. */
import { describe, expect, it } from 'vitest';
import { typeText } from '../../compiler/check/values.ts';
import { checkText, shortly } from './check-text.ts';

const calling = (declaration: string, call: string): string =>
  `${declaration}\nmodel m {\n  input x: f32[3]\n  output y = ${call}\n}\n`;

describe('a parameter', () => {
  it.each([
    ['f32[3]', 'fn f(a: f32[K], b: f32[a]) = a * b', 'f(x, x)'],
    ['f32[3]', 'fn f(b: f32[a], a: f32[K]) = a * b', 'f(x, x)'],
    ['f32[3]', 'fn f(b: f32[a], a) = a * b', 'f(x, x)'],
    ['f32[3]', 'fn f(a: f32[a]) = a', 'f(x)'],
    ['f32[K = 3]', 'fn f(a: f32[K], b: f32[2 * a]) = a * b', 'f(x, x)'],
    ['f32[3]', 'fn f(a: f32[K]) where Q = a = a', 'f(x)'],
    ['f32[K = 3]', 'fn f(a: f32[K]) -> f32[a] = a', 'f(x)'],
    ['f32', 'fn f(a: f32, b: f32[a]) = a * b', 'f(1, x)'],
    ['the function relu', 'fn f(a: fn, b: f32[a]) = a(b)', 'f(relu, x)'],
    ['true', 'fn f(a: bool, b: f32[a]) = if a then b else -b', 'f(true, x)'],
    ['f32[3]', 'layer L() (a: f32[K], b: f32[a]) { return a * b }', 'L()(x, x)'],
  ])('that is %s is no dimension: %s', (found, declaration, call) => {
    const said = shortly(checkText(calling(declaration, call)));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^NN325 1:/);
    expect(said[0]).toContain(`expected a whole number that is known while compiling, found ${found}`);
  });

  it('that is a tensor is no whole number', () => {
    const said = shortly(checkText(calling('fn f(a: f32[K], n: int = a) = a * n', 'f(x)')));
    expect(said).toEqual([
      'NN320 1:26 expected a whole number that is known while compiling for n, found f32[3]',
    ]);
  });

  it.each(['fn f(a: f32[K], b = a) = a * b', 'fn f(a: f32[K], b: f32[K] = a) = a * b'])(
    'is a default of those behind it: %s',
    (declaration) => {
      const { program, diagnostics } = checkText(calling(declaration, 'f(x)'));
      expect(diagnostics).toEqual([]);
      expect(program?.outputs.map(({ tensor }) => typeText(tensor.dtype, tensor.dims))).toEqual(['f32[3]']);
    },
  );
});

describe('a function without a result', () => {
  it.each(['fn f(a) { s = a + 1 }', 'fn f(a) { s = a + 1 } derivative 1.0'])(
    'is said to have none: %s',
    (declaration) => {
      const said = shortly(checkText(calling(declaration, 'f(x)'))).filter(
        (line) => !line.startsWith('NN234'),
      );
      expect(said).toEqual(['NN219 1:4 f returns nothing']);
    },
  );
});

describe('an ellipsis that no parameter binds', () => {
  it.each([
    ['in a result', 'fn f(a: f32[3]) -> f32[...] = a', 'f(x)', '1:24'],
    ['in the result of a layer', 'layer L() (a: f32[3]) -> f32[...] { return a }', 'L()(x)', '1:30'],
    [
      'in a parameter of a layer',
      'layer L() (a: f32[3]) { param w: f32[...] init zeros ; return a * w }',
      'L()(x)',
      '1:38',
    ],
  ])('is said to stand for nothing %s', (_, declaration, call, place) => {
    expect(shortly(checkText(calling(declaration, call)))).toEqual([
      `NN342 ${place} nothing says what ... stands for`,
    ]);
  });

  it('is said to stand for nothing in a parameter of a model', () => {
    const text = 'model m {\n  input x: f32[2]\n  param w: f32[...] init zeros\n  output y = x * w\n}\n';
    expect(shortly(checkText(text))).toEqual(['NN342 3:16 nothing says what ... stands for']);
  });
});

describe('a reduction in a text with a mistake of syntax', () => {
  it.each(['mean((x x)**2, over (', 'sum(x, over ()', 'argmax(x, over (', 'logsumexp(x, over ('])(
    '%s has the mistake of syntax alone',
    (call) => {
      const said = shortly(checkText(`model m { input x: f32[3]\noutput y = ${call}`));
      expect(said.filter((line) => !line.startsWith('NN1'))).toEqual([]);
      expect(said).not.toEqual([]);
    },
  );
});
