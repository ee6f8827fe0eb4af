/** Operands of different ranks: what lines up with an axis that it does not come from is refused, and `keep` mends it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';
import { checkText, shortly } from './check-text.ts';

const codes = (body: string, set = {}): readonly string[] =>
  shortly(checkText(`model m {\n${body}\n}`, { set })).map((line) => line.slice(0, 5));

describe('what a reduction leaves, beside the tensor that it comes from', () => {
  it.each([
    ['a square', 'input x: f32[4, 4]\noutput y = x - mean(x, over -1)'],
    ['a square, by a name', 'input x: f32[4, 4]\nm = mean(x, over 1)\noutput y = x - m'],
    ['a cube', 'input x: f32[3, 3, 3]\noutput y = x - mean(x, over 1)'],
    ['two axes of a cube', 'input x: f32[3, 3, 3]\noutput y = x - mean(x, over (1, 2))'],
    ['dimensions that happen to agree', 'input x: f32[B, C]\noutput y = x / exp(sum(x, over C))'],
    ['one dimension with a name', 'input x: f32[B, 4]\noutput y = sum(x**2, over -1) > x'],
    ['one name twice', 'input x: f32[T, T]\noutput y = x - mean(x, over 1)'],
    ['arithmetic', 'input x: f32[4, 4]\noutput y = x / sqrt(var(x, over -1) + 1e-5)'],
    ['what two leave', 'input x: f32[4, 4]\nr = max(x, over 1) - min(x, over 1)\noutput y = x / r'],
    ['on the left', 'input x: f32[4, 4]\noutput y = max(x, over -1) + x'],
    ['by a function', 'fn f(a: f32[...]) = a * 2\n'],
  ])('is refused of %s', (title, body) => {
    if (title === 'by a function') {
      const text = `${body}model m {\ninput x: f32[B, C]\noutput y = x - f(mean(x, over C))\n}`;
      expect(shortly(checkText(text, { set: { B: 4, C: 4 } }))[0]).toContain('NN353');
    } else
      expect(
        codes(body, { B: 4, C: 4, ...(body.includes('T') && { T: 4 }) }).filter((code) => code !== 'NN234'),
      ).toEqual(['NN353']);
  });

  it.each([
    ['the leading axes', 'input x: f32[4, 4]\noutput y = x - mean(x, over 0)'],
    ['two leading axes', 'input x: f32[3, 3, 3]\noutput y = x - mean(x, over (0, 1))'],
    ['a number', 'input x: f32[4, 4]\noutput y = x - mean(x)'],
    ['axes that stay', 'input x: f32[4, 4]\noutput y = x - mean(x, over -1, keep = true)'],
    ['another tensor', 'input x: f32[B, T, C]\ninput k: f32[K, B, T]\noutput y = k - mean(x, over C)'],
    ['arithmetic of leading axes', 'input x: f32[4, 4]\noutput y = x / sqrt(var(x, over 0) + 1)'],
    [
      'arithmetic with another vector',
      'input x: f32[4, 4]\ninput v: f32[4]\noutput y = x * (v + sum(x, over 1))',
    ],
    ['another kind of table', 'input x: f32[T, T]\ninput v: f32[K, T]\noutput y = v * sum(x, over 1)'],
    ['a vector beside rows', 'input x: f32[B, C]\ninput v: f32[C]\noutput y = x * v'],
    ['a table of one dimension twice', 'input a: f32[T, T]\ninput v: f32[T]\noutput y = a * v'],
  ])('is right of %s', (_, body) => {
    expect(
      codes(
        body,
        Object.fromEntries(['B', 'T', 'C', 'K'].filter((d) => body.includes(d)).map((d) => [d, 4])),
      ),
    ).toEqual([]);
  });
});

describe('an axis of one element beside a dimension that is there already', () => {
  it.each([
    'input y: f32[B, 1]\ninput t: f32[B]\nloss = mean((y - t)**2)',
    'input x: f32[B, 8]\ninput t: f32[B]\nloss = mean((t - (x |> Dense(1)))**2)',
    'input x: f32[B, 8]\noutput y = mean(x, over 1, keep = true) * mean(x, over 1)',
  ])('is refused: it would be each with each', (body) => {
    expect(codes(body, { B: 4 })).toEqual(['NN353']);
  });

  it.each([
    'input y: f32[B, 1]\ninput t: f32[B]\nloss = mean((y[:, 0] - t)**2)',
    'input y: f32[B, 1]\ninput t: f32[C]\noutput d = y - t',
    'input y: f32[4, 1]\ninput t: f32[4]\noutput d = y - t',
    'input y: f32[B, 1]\ninput t: f32[1, B]\noutput d = y - t',
    'input y: f32[B, C, 1]\ninput t: f32[C, B]\noutput d = y - mean(t)',
    'input y: f32[B, 1, C]\ninput t: f32[C]\noutput d = y - t',
  ])('is right of %s', (body) => {
    expect(codes(body, { B: 4, ...(body.includes('C') && { C: 4 }) })).toEqual([]);
  });
});

describe('keep = true', () => {
  const extents: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3);
  const cases = fc
    .array(extents, { minLength: 1, maxLength: 3 })
    .chain((shape) =>
      fc.record({ shape: fc.constant(shape), axes: fc.subarray([...shape.keys()], { minLength: 1 }) }),
    );

  it('leaves axes of one element, with the same numbers', () => {
    fc.assert(
      fc.property(
        cases,
        fc.constantFrom('sum', 'mean', 'max', 'argmin', 'norm', 'var'),
        ({ shape, axes }, by) => {
          const size = shape.reduce((a, b) => a * b, 1);
          const over = `over (${axes.join(', ')})`;
          const text = `model m {\ninput x: f32[${shape.join(', ')}]\noutput kept = ${by}(x, ${over}, keep = true)\noutput gone = ${by}(x, ${over})\n}`;
          const x = tensor64(
            shape,
            Array.from({ length: size }, (_, k) => Math.sin(3 * k + 1)),
          );
          const { results } = evaluateWith(graphOf(text, 'run'), { x });
          expect([...results.get('kept')!.data]).toEqual([...results.get('gone')!.data]);
          expect(results.get('kept')!.shape).toEqual(
            shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['sum(x, keep = 1)', 'NN331'],
    ['sum(x, keep = true, keep = true)', 'NN224'],
    ['sum(x, axis = 1)', 'NN224'],
    ['max(x, x, keep = true)', 'NN225'],
    ['exp(x, keep = true)', 'NN224'],
  ])('%s is refused', (expression, code) => {
    expect(codes(`input x: f32[4, 4]\noutput y = ${expression}`)).toEqual([code]);
  });
});
