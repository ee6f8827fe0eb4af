/** What statements of the language become: which equations, with which indices, and what they compute. */
import { describe, expect, it } from 'vitest';
import { equationsOf, evaluate, expectClose, graphOf, modelWith, resultOf } from './lowered.ts';

const equations = (
  body: string,
  options: { training?: boolean; set?: Record<string, number> } = {},
): readonly string[] => equationsOf(graphOf(modelWith(body), { kind: 'run' }, options));

describe('equations', () => {
  it('a pointwise expression is one, with the names of the dimensions as indices', () => {
    expect(
      equations('input x: f32[B, C]\ninput z: f32[C]\noutput y = 2 * x + exp(z)', { set: { B: 2, C: 3 } }),
    ).toEqual(['%y[b: 2, c: 3]: f32 = 2.0 * %x[b, c] + exp(%z[c])']);
  });

  it('a reduction alone is one; inside an expression it is one of its own, over what it depends on', () => {
    expect(
      equations(
        'input x: f32[2, 3]\nparam W: f32[4, 3]\nparam c: f32[4]\noutput y[b, o] = c[o] + sum[i] x[b, i] * W[o, i]\noutput s = sum(x)',
      ),
    ).toEqual([
      '%y.sum[b: 2, o: 4]: f32 = sum[i: 3] %x[b, i] * %W[o, i]',
      '%y[b: 2, o: 4]: f32 = %c[o] + %y.sum[b, o]',
      '%s: f32 = sum[b: 2, i: 3] %x[b, i]',
    ]);
  });

  it('a nested reduction has only the indices that it uses', () => {
    expect(
      equations('input x: f32[B, C]\noutput y[b, c] = x[b, c] / sum[k] x[b, k]', { set: { B: 2, C: 3 } }),
    ).toEqual(['%y.sum[b: 2]: f32 = sum[k: 3] %x[b, k]', '%y[b: 2, c: 3]: f32 = %x[b, c] / %y.sum[b]']);
  });

  it('mean is a sum over a count, and counts what the guard lets through', () => {
    const text = modelWith('input x: f32[4]\noutput y[t: 4] = mean[s where s <= t] x[s]');
    expectClose(resultOf(text, 'y', { x: [2, 4, 6, 8] }), [2, 3, 4, 5]);
  });

  it('a reduction over no index is over one point, if its condition holds', () => {
    const text = modelWith(
      'input x: f32\ninput z: f32[2]\noutput a[i] = sum[] z[i]\noutput b = max[...] x[...]\noutput c[i] = mean[where z[i] > 4] z[i]\noutput d = prod[where x > 9] x\noutput e = argmax[] x\noutput f = var[] x\noutput g = norm[] -x',
    );
    const inputs = { x: 3, z: [4, 5] };
    const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => resultOf(text, name, inputs));
    expect(values).toEqual([[4, 5], [3], [0, 5], [1], [0], [0], [3]]);
  });

  it('logsumexp is stable', () => {
    const text = modelWith(
      'input x: f32[2]\noutput y = logsumexp(x)\noutput z[i] = logsumexp[k] x[k] + x[i]',
    );
    expectClose(resultOf(text, 'y', { x: [1000, 1000] }), [1000 + Math.log(2)]);
    expectClose(resultOf(text, 'z', { x: [1000, 1000] }), [2000 + Math.log(2), 2000 + Math.log(2)]);
  });

  it('what a call returns takes the name that it is given', () => {
    const names = graphOf(
      modelWith('input x: f32[2, 3]\nlogits = x |> Dense(4)\noutput probs = softmax(logits)'),
    ).nodes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['logits', 'probs', 'softmax.e', 'Dense_1.W']));
    expect(names).not.toContain('Dense_1.y');
  });

  it('an absent bias leaves no trace', () => {
    expect(equations('input x: f32[2, 3]\noutput y = x |> Dense(4, bias = false)')).toEqual([
      '%y[j: 2, o: 4]: f32 = sum[i: 3] %x[j, i] * %Dense_1.W[o, i]',
    ]);
  });

  it('axes of extent 1 are repeated', () => {
    const text = modelWith('input x: f32[2, 1]\ninput z: f32[3]\noutput y = x * z');
    expectClose(resultOf(text, 'y', { x: [[2], [3]], z: [1, 10, 100] }), [2, 20, 200, 3, 30, 300]);
  });

  it('arithmetic of mixed types happens in f32; of integers it rounds down', () => {
    const text = modelWith(
      'input n: i32[3]\noutput a = n / 2\noutput b = n / 2.0\noutput c = mean(n == 3)\noutput d = n % 2 + (n > 3)',
    );
    const feeds = { n: [-3, 3, 4] };
    expectClose(resultOf(text, 'a', feeds), [-2, 1, 2]);
    expectClose(resultOf(text, 'b', feeds), [-1.5, 1.5, 2]);
    expectClose(resultOf(text, 'c', feeds), [1 / 3]);
    expectClose(resultOf(text, 'd', feeds), [1, 1, 1]);
  });

  it.each([
    ['i32(2.5)', 'i32', '2'],
    ['i32(-2.5)', 'i32', '-2'],
    ['u32(-2.5)', 'u32', '0u'],
    ['i32(1e10)', 'i32', '2147483647'],
    ['i32(3)', 'i32', '3'],
    ['i32(3) + 1', 'i32', '4'],
    ['7 / i32(2)', 'i32', '3'],
    ['i32(2.9) * 1.5', 'f32', '3.0'],
    ['f32(i32(3)) / 2', 'f32', '1.5'],
    ['3', 'f32', '3.0'],
  ])('a number is converted when the program is compiled: %s is the %s %s', (text, dtype, value) => {
    expect(equations(`output y[i: 2] = ${text}\noutput z = ${text}`)).toEqual([
      `%y[i: 2]: ${dtype} = ${value}`,
      `%z: ${dtype} = ${value}`,
    ]);
  });

  it('a function of an element is computed in the equation that asks for it', () => {
    expect(equations('input x: f32[3]\noutput y = sum[i] silu(x[i])')).toHaveLength(1);
  });

  it('names of indices never mean two things', () => {
    const text = `fn rows(v: f32[N]) -> f32[N] { return y[i] = v[i] * sum[j] v[j] }
model m { input x: f32[2, 3]
  output y[j, i] = x[j, i] * sum[k] (x[j, k] * sum[i2: 3] x[j, i2]) }`;
    expectClose(
      resultOf(text, 'y', {
        x: [
          [1, 2, 3],
          [1, 0, 0],
        ],
      }),
      [36, 72, 108, 1, 0, 0],
    );
  });
});

describe('indices', () => {
  it('a flattening is division and remainder', () => {
    const text = modelWith('input x: f32[2, 2, 3]\noutput y[b, i: 6] = x[b, i / 3, i % 3]');
    expectClose(
      resultOf(text, 'y', {
        x: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          [
            [7, 8, 9],
            [10, 11, 12],
          ],
        ],
      }),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    );
  });

  it('else is taken where a read is outside', () => {
    const text = modelWith('input x: f32[4]\noutput y[t: 4] = (x[t - 1] else 9) + (x[t + 2] else 0)');
    expectClose(resultOf(text, 'y', { x: [1, 2, 3, 4] }), [9 + 3, 1 + 4, 2, 3]);
  });

  it('a condition on an index protects the reads in its branch', () => {
    const text = modelWith(
      'input x: f32[4]\noutput a[t: 4] = if t > 0 then x[t - 1] else 0\noutput b[t: 4] = if t == 3 then 0 else x[t + 1]',
    );
    expectClose(resultOf(text, 'a', { x: [1, 2, 3, 4] }), [0, 1, 2, 3]);
    expectClose(resultOf(text, 'b', { x: [1, 2, 3, 4] }), [2, 3, 4, 0]);
  });

  it('and those in reductions and functions there, which become equations of their own', () => {
    const text = `fn square(v) { w = v * v
  return w }
model m { input x: f32[4]
  output a[t: 4] = if t > 0 then sum[k] x[t - 1] * x[k] else 0
  output b[t: 4] = if t > 0 then square(x[t - 1] + 1) else 0
  output c[t: 4] = sum[s: 4 where s <= t] sigmoid(x[t - s] + 0)
  output d[t: 4] = sum[s: 4 where s <= t] square(x[t - s]) }`;
    const feeds = { x: [1, 2, 3, 4] };
    expectClose(resultOf(text, 'a', feeds), [0, 10, 20, 30]);
    expectClose(resultOf(text, 'b', feeds), [0, 4, 9, 16]);
    expectClose(resultOf(text, 'd', feeds), [1, 5, 14, 30]);
    const sigma = [1, 2, 3, 4].map((v) => 1 / (1 + Math.exp(-v)));
    expectClose(
      resultOf(text, 'c', feeds),
      sigma.map((_, t) => sigma.slice(0, t + 1).reduce((a, b) => a + b, 0)),
    );
  });

  it('a gather reads where data says', () => {
    const text = modelWith('input ids: i32[3]\nparam E: f32[4, 2]\noutput y[b, d] = E[ids[b], d]');
    expectClose(
      resultOf(text, 'y', {
        ids: [2, 0, 2],
        E: [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
      }),
      [5, 6, 1, 2, 5, 6],
    );
  });

  it('a tensor can be computed before it is read', () => {
    const text = modelWith('input x: f32[2, 2]\noutput y[i, j] = softmax(x)[j, i]');
    const [a = 0, b = 0, c = 0] = resultOf(text, 'y', {
      x: [
        [0, 0],
        [0, 100],
      ],
    });
    expectClose([a, b, c], [0.5, 0, 0.5], 1e-6);
  });
});

describe('the lectures', () => {
  it('a convolution of 4x4 by 3x3', () => {
    const text = modelWith(
      'input x: f32[4, 4]\nparam f: f32[3, 3]\noutput y[j: 2, i: 2] = sum[n, m] f[n, m] * x[j + n, i + m]',
    );
    const x = [
      [5, 4, 3, 2],
      [1, 9, 8, 7],
      [2, 5, 4, 1],
      [3, 6, 7, 2],
    ];
    const f = [
      [1, 2, 3],
      [4, 5, 6],
      [1, 1, 1],
    ];
    const expected = [0, 1].flatMap((j) =>
      [0, 1].map((i) =>
        f.flatMap((row, n) => row.map((w, m) => w * x[j + n]![i + m]!)).reduce((a, b) => a + b, 0),
      ),
    );
    expectClose(resultOf(text, 'y', { x, f }), expected);
  });

  it('scalars alone: f = ln(x1) + x1*x2 - sin(x2), and its derivatives', () => {
    const text = modelWith(
      'input x1: f32\ninput x2: f32\nloss = ln(x1) + x1*x2 - sin(x2)\noutput d1 = grad(loss, x1)\noutput d2 = grad(loss, x2)',
    );
    const { results } = evaluate(graphOf(text), { x1: 2, x2: 5 });
    expectClose([...results.get('loss')!.data], [Math.log(2) + 10 - Math.sin(5)]);
    expectClose([...results.get('d1')!.data], [5.5]);
    expectClose([...results.get('d2')!.data], [2 - Math.cos(5)]);
  });

  it('cross-entropy of a dense layer, by hand', () => {
    const text = modelWith(
      'input x: f32[2, 2]\ntarget t: i32[2]\nlogits = x |> Dense(3)\nloss = cross_entropy(logits, t)\noutput probs = softmax(logits)',
    );
    const x = [
      [1, 2],
      [-1, 0.5],
    ];
    const W = [
      [0.1, 0.2],
      [-0.3, 0.4],
      [0.5, -0.6],
    ];
    const b = [0.1, 0, -0.1];
    const logits = x.map((row) => W.map((w, o) => b[o]! + w[0]! * row[0]! + w[1]! * row[1]!));
    const probs = logits.map((row) =>
      row.map((z) => Math.exp(z) / row.reduce((sum, other) => sum + Math.exp(other), 0)),
    );
    const t = [2, 0];
    const feeds = { x, t, 'Dense_1.W': W, 'Dense_1.b': b };
    expectClose(resultOf(text, 'probs', feeds), probs.flat());
    expectClose(resultOf(text, 'loss', feeds), [-(Math.log(probs[0]![2]!) + Math.log(probs[1]![0]!)) / 2]);
    const gradient = resultOf(text, 'd.Dense_1.b', feeds, { kind: 'gradient' });
    expectClose(
      gradient,
      [0, 1, 2].map((o) => probs.reduce((sum, row, k) => sum + (row[o]! - (t[k] === o ? 1 : 0)) / 2, 0)),
    );
  });
});
