/** Settings for each axis, `inf`, and names that two things share: what they mean, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { draws, evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';
import { checkText, shortly } from './check-text.ts';

const pool = `fn pool(x: f32[H, W], size: int[2] = 2, stride: int[2] = size, pad: int[2] = 0) -> f32[OH, OW]
  where OH = (H + 2*pad[0] - size[0]) / stride[0] + 1,
        OW = (W + 2*pad[-1] - size[-1]) / stride[-1] + 1 {
  return y[j, i] =
    max[u: size[0], v: size[1]] (x[j*stride[0] + u - pad[0], i*stride[1] + v - pad[1]] else -inf)
}
`;

type Pair = readonly [number, number];

/** The largest of each window, and how often each element is the first largest of one. */
function pooled(x: readonly number[], [rows, columns]: Pair, size: Pair, stride: Pair, pad: Pair) {
  const heights = Math.floor((rows + 2 * pad[0] - size[0]) / stride[0]) + 1;
  const widths = Math.floor((columns + 2 * pad[1] - size[1]) / stride[1]) + 1;
  const values: number[] = [];
  const gradient = x.map(() => 0);
  for (let j = 0; j < heights; j++) {
    for (let i = 0; i < widths; i++) {
      let best = -1;
      for (let u = 0; u < size[0]; u++) {
        for (let v = 0; v < size[1]; v++) {
          const [row, column] = [j * stride[0] + u - pad[0], i * stride[1] + v - pad[1]];
          if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
          const at = row * columns + column;
          if (best < 0 || x[at]! > x[best]!) best = at;
        }
      }
      values.push(x[best]!);
      gradient[best]! += 1;
    }
  }
  return { shape: [heights, widths], values, gradient };
}

describe('a setting for each axis', () => {
  const lengths = fc.integer({ min: 1, max: 3 });
  const pairs = fc.tuple(lengths, lengths);
  const cases = fc.record({
    shape: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
    size: pairs,
    stride: pairs,
    inner: fc.tuple(fc.nat(2), fc.nat(2)),
    seed: fc.nat(1000),
  });

  it('pools in windows of any form, and what lies outside takes no part, back neither', () => {
    fc.assert(
      fc.property(cases, ({ shape, size, stride, inner, seed }) => {
        const pad: Pair = [Math.min(inner[0], size[0] - 1), Math.min(inner[1], size[1] - 1)];
        const said = `size = (${size}), stride = (${stride}), pad = (${pad})`;
        const text = `${pool}model m {\n  input x: f32[${shape}]\n  y = pool(x, ${said})\n  output p = y\n  output d = grad(sum(y), x)\n}\n`;
        // All below 0: a padding of zeros would win.
        const x = draws(seed, shape[0] * shape[1]).map((draw) => -1 - draw);
        const { results } = evaluateWith(graphOf(text, 'run'), { x: tensor64(shape, x) });
        const wanted = pooled(x, shape, size, stride, pad);
        expect([...results.get('p')!.shape]).toEqual(wanted.shape);
        expect([...results.get('p')!.data]).toEqual(wanted.values);
        expect([...results.get('d')!.data]).toEqual(wanted.gradient);
      }),
      { numRuns: 60 },
    );
  });

  it('is one number for all of them, or one for each, also of another setting', () => {
    const shapeWith = (said: string): readonly string[] =>
      shortly(checkText(`${pool}model m {\n  input x: f32[6, 6]\n  output y = pool(x${said})[0, 9]\n}\n`));
    expect(shapeWith('')[0]).toContain('9');
    const text = (said: string): string =>
      `${pool}model m(n = 3) {\n  input x: f32[6, 6]\n  output y = pool(x${said})\n}\n`;
    const shapeOf = (said: string): readonly number[] =>
      checkText(text(said)).program!.outputs[0]!.tensor.dims.map(({ extent }) => extent);
    expect(shapeOf('')).toEqual([3, 3]);
    expect(shapeOf(', 3')).toEqual([2, 2]);
    expect(shapeOf(', (n, 2)')).toEqual([2, 3]);
    expect(shapeOf(', size = (3, 2), stride = (1, 2)')).toEqual([4, 3]);
  });

  it.each([
    [', (1, 2, 3)', 'NN354 9:22 expected 2 numbers for size, found 3 numbers, (1, 2, 3)'],
    [
      ', (1, 2.5)',
      'NN320 9:22 expected a whole number that is known while compiling for size, found the number 2.5',
    ],
    [', x', 'NN320 9:22 expected a whole number that is known while compiling for size, found f32[6, 6]'],
  ])('pool(x%s) is refused', (said, message) => {
    const found = checkText(`${pool}model m {\n  input x: f32[6, 6]\n  output y = pool(x${said})\n}\n`);
    expect(shortly(found)).toEqual([message]);
  });
});

describe('a setting of a model for each axis', () => {
  const text = (said: string, recipe = ''): string =>
    `model m(stride: int[2]${said}) {\n  input x: f32[8, 9]\n  param w: f32 init ones\n  output y[j: 8 / stride[0], i: 9 / stride[1]] = w * x[j * stride[0], i * stride[1]]\n  loss = mean(y)\n}\n${recipe}`;
  const shapeOf = (said: string, set?: SettingValue, recipe?: string): readonly number[] =>
    checkText(
      text(said, recipe),
      set === undefined ? {} : { set: { stride: set } },
    ).program!.outputs[0]!.tensor.dims.map(({ extent }) => extent);

  it('comes from its default, a recipe or the command line, one number for all axes or one for each', () => {
    expect(shapeOf(' = (2, 1)')).toEqual([4, 9]);
    expect(shapeOf(' = 3')).toEqual([2, 3]);
    expect(shapeOf(' = (2, 1)', [1, 3])).toEqual([8, 3]);
    expect(shapeOf(' = (2, 1)', 4)).toEqual([2, 2]);
    const recipe = 'train m(stride = (4, 1)) { minimize loss with sgd(0.1) }\n';
    expect(shapeOf('', undefined, recipe)).toEqual([2, 9]);
    expect(shapeOf('', [1, 9], recipe)).toEqual([8, 1]);
  });

  it('is told with the program', () => {
    expect(checkText(text(' = (2, 1)')).program!.settings).toEqual([{ name: 'stride', value: [2, 1] }]);
  });
});

describe('inf', () => {
  const results = (body: string) => {
    const text = `model m {\n  input x: f32[3]\n  input k: i32[3]\n${body}\n}\n`;
    const feeds = { x: tensor64([3], [1, -2, 3]), k: tensor64([3], [5, -6, 7]) };
    const found = evaluateWith(graphOf(text, 'run'), feeds).results;
    return Object.fromEntries([...found].map(([name, { data }]) => [name, [...data]]));
  };
  const largest = 3.4028234663852886e38;

  it('is the end of its type', () => {
    expect(
      results(
        '  output a = if x > 0 then x else -inf\n  output b = if k > 0 then k else -inf\n  output c = min(k, inf)\n  output d = if x > 0 then 1 else inf\n  output e = if k > 0 then u32(k) else -inf',
      ),
    ).toEqual({
      a: [1, -largest, 3],
      b: [5, -2147483648, 7],
      c: [5, -6, 7],
      d: [1, largest, 1],
      e: [5, 0, 7],
    });
  });

  it('is a number when the program is compiled, and no arithmetic makes nothing of it', () => {
    expect(results('  output a = x + (if inf > 1e30 then 1 / inf else 7)')).toEqual({ a: [1, -2, 3] });
    const text = 'model m {\n  input x: f32[3]\n  output y = x * (inf - inf)\n}\n';
    expect(shortly(checkText(text))).toEqual(['NN337 3:18 Infinity - Infinity is no number']);
  });

  it('masks scores: what is left out has no weight', () => {
    const body = '  s[i: 3] = if i < 2 then x[i] else -inf\n  output p = softmax(s)';
    const { p } = results(body);
    expect(p![2]).toBe(0);
    expect(p![0]! + p![1]!).toBeCloseTo(1, 12);
  });
});

describe('names that two things share', () => {
  const scale = `layer Scale(bias: bool = true) (x: f32[B, C]) -> f32[B, C] {
  param bias: f32[C] init ones if bias
  return y[b, c] = x[b, c] + bias[c]
}
`;

  it('a parameter and the setting that asks for it', () => {
    const text = `${scale}model m {\n  input x: f32[2, 3]\n  with_it = Scale()\n  output y = x |> with_it\n  output z = x |> Scale(bias = false)\n  output b = with_it.bias\n}\n`;
    const { diagnostics, program } = checkText(text);
    expect(diagnostics).toEqual([]);
    expect(program!.parameters.map(({ path }) => path)).toEqual(['with_it.bias']);
  });

  it('a value and the instance that makes it: what is applied or has parts is the instance', () => {
    const text = `model m {\n  input x: f32[2, 3]\n  q = Dense(3)\n  q = x |> q\n  r = q |> q\n  output y = q + q(r)\n  output W = q.W\n}\n`;
    const { diagnostics, program } = checkText(text);
    expect(diagnostics).toEqual([]);
    expect(program!.parameters.map(({ path }) => path)).toEqual(['q.W', 'q.b']);
    expect(program!.outputs[1]!.tensor).toBe(program!.parameters[0]!.tensor);
  });

  it('in each pass of a repeat', () => {
    const text = `model m {\n  input x: f32[2, 3]\n  h = x\n  repeat 2 {\n    q = Dense(3)\n    q = h |> q\n    h = q |> q\n  }\n  output y = h\n}\n`;
    const { diagnostics, program } = checkText(text);
    expect(diagnostics).toEqual([]);
    expect(program!.parameters.map(({ path }) => path)).toEqual(['q_1.W', 'q_1.b', 'q_2.W', 'q_2.b']);
  });

  it.each([
    ['  q = Dense(3)\n  q = x |> q\n  q = q * 2\n  output y = q', 'NN203 5:3 q is defined twice'],
    ['  q = x * 2\n  q = Dense(3)\n  output y = x |> q', 'NN203 4:3 q is defined twice'],
    ['  q = x * 2\n  param q: f32[3]\n  output y = q', 'NN203 4:9 q is defined twice'],
  ])('but not %s', (body, message) => {
    expect(shortly(checkText(`model m {\n  input x: f32[2, 3]\n${body}\n}\n`))[0]).toBe(message);
  });

  it('a setting that nothing asks for is still reported', () => {
    const unasked = scale.replace(' if bias', '');
    const text = `${unasked}model m {\n  input x: f32[2, 3]\n  output y = x |> Scale\n}\n`;
    expect(shortly(checkText(text))).toEqual(['NN203 2:9 bias is defined twice']);
  });
});
