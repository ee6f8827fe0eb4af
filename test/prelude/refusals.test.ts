/** Wrong uses of the prelude: the message names the call, and says what does not fit. */
import { describe, expect, it } from 'vitest';
import { compileText, messages } from './program.ts';

const model = (inputs: readonly string[], expression: string): string =>
  `model wrong {\n${inputs.map((input) => `  input ${input}\n`).join('')}  output y = ${expression}\n}\n`;

const cases: readonly (readonly [expression: string, inputs: readonly string[], message: RegExp])[] = [
  ['mse(a, b)', ['a: f32[8, 1]', 'b: f32[8]'], /8, 1.*8|8.*8, 1/],
  ['mse(a, b)', ['a: f32[8]', 'b: i32[8]'], /f32.*i32/],
  ['cross_entropy(a, b)', ['a: f32[8, 3]', 'b: i32[7]'], /8.*7|7.*8/],
  ['cross_entropy(a, b)', ['a: f32[8, 3]', 'b: f32[8, 4]'], /3.*4|4.*3/],
  ['nll(a, b)', ['a: f32[8, 3]', 'b: f32[8]'], /i32.*f32/],
  ['confusion_matrix(a, b)', ['a: f32[8]', 'b: i32[8]'], /confusion_matrix|logits/],
  ['accuracy(a, b)', ['a: f32[1, 3]', 'b: i32[8]'], /1.*8|8.*1/],
  ['accuracy(a, b)', ['a: f32[8, 3]', 'b: f32[1, 3]'], /1.*8|8.*1/],
  ['masked_softmax(a, b)', ['a: f32[2, 1]', 'b: bool[2, 3]'], /1 elements, and a mask of 3/],
  ['attention(a, a, a, b)', ['a: f32[2, 1, 4]', 'b: bool[3]'], /1 elements, and a mask of 3/],
  ['maxout(a, 3)', ['a: f32[2, 8]'], /8 values do not divide into groups of 3/],
  ['dropout(a, 1.5)', ['a: f32[2, 8]'], /rate 1\.5 is not in/],
  ['one_hot(a, 4)', ['a: f32[3]'], /i32.*f32/],
  ['softmax(a)', ['a: f32'], /at least/],
  ['a |> Dense(0)', ['a: f32[2, 3]'], /0/],
  ['a |> Dense(2.5)', ['a: f32[2, 3]'], /units/],
  ['a |> LSTM(4)', ['a: f32[2, 3]'], /a.*f32\[2, 3\]|x/],
  ['LSTM(4)(a, b)', ['a: f32[2, 5, 3]', 'b: f32[2, 3]'], /4.*3|3.*4/],
  ['orthonormal_rows(a)', ['a: f32[3, 2]'], /3 rows of 2 numbers/],
  ['a |> Conv2d(4, 9)', ['a: f32[1, 3, 5, 5]'], /a dimension of length -3: in this use of Conv2d/],
  [
    'a |> Conv2d(4, groups = 2)',
    ['a: f32[1, 3, 5, 5]'],
    /filters over 1 channels in 2 groups do not fit 3 channels/,
  ],
  ['max_pool2d(a, 2, pad = 2)', ['a: f32[1, 3, 5, 5]'], /windows of 2 x 2 lie in a padding of 2 x 2/],
  ['huber(a, a, dleta = 2)', ['a: f32[3]'], /dleta/],
];

describe('the prelude refuses', () => {
  it.each(cases)('%s of %j', (expression, inputs, message) => {
    const { diagnostics } = compileText(model(inputs, expression));
    const [first, ...more] = messages(diagnostics.filter((d) => d.severity === 'error'));
    expect(first).toMatch(message);
    expect(first).toContain(' test.nn:');
    expect(more).toEqual([]);
  });
});

it.each([1, 2, 3, 4])('warns of no arithmetic of the prelude: same padding for a kernel of %i', (kernel) => {
  const { diagnostics } = compileText(
    model(
      ['a: f32[1, 3, 8, 8]', 'b: f32[1, 3, 8]'],
      `(a |> Conv2d(4, ${kernel}, stride = 2, same = true))[0, 0, 0, 0] + (b |> Conv1d(4, ${kernel}, same = true))[0, 0, 0]`,
    ),
  );
  expect(messages(diagnostics)).toEqual([]);
});
