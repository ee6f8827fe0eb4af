/** `:` for a whole axis, in reads and on left sides, and positions that count from the end. */
import { describe, expect, it } from 'vitest';
import { expectClose, modelWith, resultOf } from '../lower/lowered.ts';
import { checkText, shortly } from './check-text.ts';

const x = [
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [
    [7, 8, 9],
    [10, 11, 12],
  ],
];

const of = (body: string): readonly number[] =>
  resultOf(modelWith(`input x: f32[B, 2, 3]\n${body}`), 'y', { x }, { kind: 'run' }, { set: { B: 2 } });

describe('a read', () => {
  it.each([
    ['output y = x[:, 1, :]', [4, 5, 6, 10, 11, 12]],
    ['output y = x[:, 1]', [4, 5, 6, 10, 11, 12]],
    ['output y = x[1, :]', [7, 8, 9, 10, 11, 12]],
    ['output y = x[:, :, 0]', [1, 4, 7, 10]],
    ['output y = x[:, -1, -3]', [4, 10]],
    ['output y[b, t] = x[b, t, -1]', [3, 6, 9, 12]],
    ['output y = x[..., -1]', [3, 6, 9, 12]],
    ['output y[b] = sum(x[b, :, 1])', [7, 19]],
    ['output y[b, t] = max(x[b, t, :])', [3, 6, 9, 12]],
    ['output y = sum(x[:, 0] * x[:, 1])', [4 + 10 + 18 + 70 + 88 + 108]],
  ])('%s', (body, expected) => {
    expectClose(of(body), expected);
  });
});

describe('a left side', () => {
  it.each([
    ['output y[b, :] = x[b, 1, :]', [4, 5, 6, 10, 11, 12]],
    ['output y[:, b] = x[b, :, 0]', [1, 7, 4, 10]],
    ['output y[:, t] = x[:, t]', x.flat(2)],
    ['output y[t, :] = x[:, t]', [1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12]],
    ['output y[..., :] = x[..., :]', x.flat(2)],
    ['output y[b, :] = softmax(x[b, 0, :]) * 0 + x[b, 0, :]', [1, 2, 3, 7, 8, 9]],
    ['m[b: B, :] = x[1, b, :]\noutput y = m', [7, 8, 9, 10, 11, 12]],
  ])('%s', (body, expected) => {
    expectClose(of(body), expected);
  });

  it('takes what a result declares', () => {
    const text = `fn turned(x: f32[B, T, C]) -> f32[C, B, T] { return y[c, :] = x[:, :, c] }\n`;
    const found = resultOf(
      `${text}${modelWith('input x: f32[B, 2, 3]\noutput y = turned(x)')}`,
      'y',
      { x },
      { kind: 'run' },
      { set: { B: 2 } },
    );
    expectClose(found, [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
  });
});

describe('what is wrong', () => {
  const said = (body: string): readonly string[] =>
    shortly(checkText(modelWith(`input x: f32[B, 2, 3]\noutput z = x\n${body}`), { set: { B: 2 } }));

  it.each([
    ['output y = x[:, 2]', 'NN312 4:17 2 runs from 2 to 2, outside of 0 to 1'],
    ['output y = x[:, -3]', 'NN312 4:17 -3 runs from -1 to -1, outside of 0 to 1'],
    ['output y = x[:, 0, 0, :]', 'NN309 4:12 expected 3 indices, found 4'],
    ['output y[:, :] = x[0, 0, :]', 'NN361 4:18 expected 2 axes for `:`, found f32[3]'],
    ['output y[:] = 1', 'NN361 4:15 expected 1 axis for `:`, found the number 1'],
    ['output y = normal[:, 3]', 'NN360 4:19 nothing says how long the axis `:` is'],
    ['output y = sum[:] x[0, 0, 0]', 'NN101 4:16 expected the name of an index, found `:`'],
    ['param w: f32[:] init zeros\noutput y = w + x', 'NN101 4:14 expected a dimension, found `:`'],
  ])('%s', (body, expected) => {
    expect(said(body)[0]).toBe(expected);
  });
});
