/** Equations that read themselves, and scans: their values against plain loops. */
import { describe, expect, it } from 'vitest';
import { expectClose, graphOf, modelWith, type Numbers, resultOf } from '../lower/lowered.ts';
import { expectGradient } from '../support/gradient.ts';
import { checkText, shortly } from './check-text.ts';

const run = { kind: 'run' } as const;

/** The output y of a model with this body. */
const of = (
  body: string,
  feeds: Readonly<Record<string, Numbers>>,
  set: Readonly<Record<string, number>> = {},
  more = '',
): readonly number[] => resultOf(`${more}${modelWith(body)}`, 'y', feeds, run, { set });

describe('an equation that reads itself', () => {
  const x = [1, 2, 3, 4, 5];

  it.each([
    ['a running sum', 'output y[t] = (y[t - 1] else 0) + x[t]', [1, 3, 6, 10, 15]],
    ['backward', 'output y[t] = (y[t + 1] else 0) + x[t]', [15, 14, 12, 9, 5]],
    ['two positions back', 'output y[t] = (y[t - 1] else 0) + (y[t - 2] else 1) * x[t]', [1, 3, 6, 18, 48]],
    ['a branch', 'output y[t] = if t == 0 then x[0] else 2 * y[t - 1] + x[t]', [1, 4, 11, 26, 57]],
    ['a guard', 'output y[t] = x[t] + sum[s where s < t] y[s]', [1, 3, 7, 15, 31]],
    [
      'a linear filter',
      'output y[t] = 0.5 * (y[t - 1] else 0) + x[t] - (x[t - 1] else 0)',
      [1, 1.5, 1.75, 1.875, 1.9375],
    ],
    [
      'a first value that is a tensor',
      's = 2 * x[0]\noutput y[t] = (y[t - 1] else s) + x[t]',
      [3, 5, 8, 12, 17],
    ],
    ['no end in writing', 'output y[t: 5] = (y[t - 1] else 1) * 2 + 0 * x[0]', [2, 4, 8, 16, 32]],
  ])('%s', (_, body, expected) => {
    expectClose(of(`input x: f32[T]\n${body}`, { x }, { T: 5 }), expected);
  });

  it('counts in whole numbers where all else is whole', () => {
    const body = 'input n: i32[T]\noutput y[t] = (y[t - 1] else 0) + n[t]';
    expectClose(of(body, { n: [3, 1, 2] }, { T: 3 }), [3, 4, 6]);
    expect(graphOf(modelWith(body), run, { set: { T: 3 } }).nodes.at(-1)?.dtype).toBe('i32');
  });

  it.each([1, 2, 3])('over %i positions', (T) => {
    const x = [1, 2, 3].slice(0, T);
    expectClose(
      of('input x: f32[T]\noutput y[t] = (y[t - 1] else 0) + x[t]', { x }, { T }),
      [1, 3, 6].slice(0, T),
    );
  });

  it.each([
    ['a history', 'output y[t] = x[t] + sum[s where s < t] y[s]', [3, 3, 9]],
    ['a mean of it', 'output y[t] = x[t] + mean[s where s < t] y[s]', [3, 3, 6]],
    ['what is far back', 'output y[t] = x[t] + sum[s where s < t - 1] y[s]', [3, 0, 6]],
    ['a branch', 'output y[t: T] = if t < 1 then x[0] else 2 * y[t - 1]', [3, 6, 12]],
    ['a branch on what is known', 'output y[t: T] = if t >= 1 then 2 * y[t - 1] else x[0]', [3, 6, 12]],
    [
      'a scan',
      'scan t: T { a[t] = x[t] + sum[s: T where s < t] b[s]; b[t] = 2 * a[t] }\noutput y = b',
      [6, 12, 42],
    ],
  ])('of %s takes one position as it takes three', (_, body, expected) => {
    for (const T of [1, 2, 3]) {
      const x = [3, 0, 3].slice(0, T);
      expectClose(of(`input x: f32[T]\n${body}`, { x }, { T }), expected.slice(0, T));
    }
  });

  it('is no node of its own where there is one position', () => {
    const text = modelWith('input x: f32[T]\noutput y[t] = (y[t - 1] else 0) + x[t]');
    expect(graphOf(text, run, { set: { T: 1 } }).nodes).toHaveLength(2);
  });

  it('takes a row at once', () => {
    const body = 'input x: f32[T, 2]\noutput y[t, :] = 2 * (y[t - 1, :] else 0 * x[0, :]) + x[t, :]';
    expectClose(
      of(
        body,
        {
          x: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        },
        { T: 3 },
      ),
      [1, 2, 5, 8, 15, 22],
    );
  });

  it('is written out at the index of the equation that calls it', () => {
    const more = 'fn running(x: f32[T]) -> f32[T] { return s[t] = (s[t - 1] else 0) + x[t] }\n';
    const body = 'input x: f32[2, T]\noutput y[b, :] = running(x[b, :])';
    expectClose(
      of(
        body,
        {
          x: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
        { T: 3 },
        more,
      ),
      [1, 3, 6, 4, 9, 15],
    );
  });

  it('may orthogonalise (Gram-Schmidt: the whole history is read)', () => {
    const body = `input a: f32[3, 3]
      d[n, m: 3] = sum[i] a[n, i] * a[m, i]
      u[n, i] = a[n, i] - sum[m where m < n] u[m, i] * (sum[k] u[m, k] * a[n, k]) / (sum[k] u[m, k] * u[m, k])
      output y[n, m: 3] = sum[i] u[n, i] * u[m, i] + 0 * d[n, m]`;
    const found = of(body, {
      a: [
        [1, 2, 0],
        [0, 1, 1],
        [3, 0, 1],
      ],
    });
    expectClose(
      [1, 2, 3, 5, 6, 7].map((k) => found[k]!),
      [0, 0, 0, 0, 0, 0],
    );
  });
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('a scan', () => {
  const x = [0.5, -1, 2, 0.25];

  it('defines what needs each other, in any order of the text', () => {
    const body = `input x: f32[T]
      scan t: T {
        a[t] = x[t] + 2 * (b[t - 1] else 0)
        b[t] = a[t] - (a[t - 1] else 1)
      }
      output y = a`;
    const expected: number[] = [];
    let [a, b] = [1, 0];
    for (const one of x) {
      const next = one + 2 * b;
      b = next - a;
      a = next;
      expected.push(a);
    }
    expectClose(of(body, { x }, { T: 4 }), expected);
  });

  const lstm = `layer Lstm(units: int) (x: f32[B, T, I]) -> f32[B, T, units] {
      param W: f32[4, units, I] init normal
      param U: f32[4, units, units] init normal
      scan t: T {
        z[b, t, g, j] = sum[i] W[g, j, i] * x[b, t, i] + sum[k] U[g, j, k] * (h[b, t - 1, k] else 0)
        c[b, t, j] = sigmoid(z[b, t, 1, j]) * (c[b, t - 1, j] else 0) + sigmoid(z[b, t, 0, j]) * tanh(z[b, t, 2, j])
        h[b, t, j] = sigmoid(z[b, t, 3, j]) * tanh(c[b, t, j])
      }
      return h
    }
    `;

  it('computes an LSTM', () => {
    const W = [[[0.5]], [[-1]], [[2]], [[0.3]]];
    const U = [[[1]], [[0.7]], [[-0.2]], [[0.4]]];
    const expected: number[] = [];
    let [c, h] = [0, 0];
    for (const one of x) {
      const z = W.map((w, g) => w[0]![0]! * one + U[g]![0]![0]! * h);
      c = sigmoid(z[1]!) * c + sigmoid(z[0]!) * Math.tanh(z[2]!);
      h = sigmoid(z[3]!) * Math.tanh(c);
      expected.push(h);
    }
    const body = 'input x: f32[B, T, 1]\noutput y = x |> Lstm(1)';
    const feeds = { x: [x.map((one) => [one])], 'Lstm_1.W': W, 'Lstm_1.U': U };
    expectClose(of(body, feeds, { B: 1, T: 4 }, lstm), expected);
  });

  it.each([1, 2, 3])('has the gradients of an LSTM over %i positions', (T) => {
    const text = `${lstm}${modelWith('input x: f32[B, T, 2]\noutput y = x |> Lstm(2)')}`;
    expectGradient(graphOf(text, run, { set: { B: 2, T } }), { order: 1 });
  });

  const cell = `layer Cell(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
      param W: f32[units, I] init normal
      param U: f32[units, units] init normal
      return y[b, j] = tanh(sum[i] W[j, i] * x[b, i] + sum[k] U[j, k] * h[b, k])
    }
    `;

  it.each([
    ['from a number', '0'],
    ['from a tensor', 'h0'],
  ])('applies a cell to the tensors of one step, %s', (_, start) => {
    const body = `input x: f32[B, T, 1]
      input h0: f32[B, 1]
      cell = Cell(1)
      scan t: T { h[:, t] = cell(x[:, t], (h[:, t - 1] else ${start})) }
      output y = h + 0 * sum(h0)`;
    const expected: number[] = [];
    let h = start === '0' ? 0 : 0.75;
    for (const one of x) {
      h = Math.tanh(0.5 * one - 2 * h);
      expected.push(h);
    }
    const feeds = { x: [x.map((one) => [one])], h0: [[0.75]], 'cell.W': [[0.5]], 'cell.U': [[-2]] };
    expectClose(of(body, feeds, { B: 1, T: 4 }, cell), expected);
    const graph = graphOf(`${cell}${modelWith(body)}`, run, { set: { B: 2, T: 3 } });
    expect(graph.nodes.filter(({ kind }) => kind === 'param')).toHaveLength(2);
    expectGradient(graph, { order: 1 });
  });

  it.each([
    ['applied once', 'h[:, t] = cell(x[:, t], (h[:, t - 1] else h0))'],
    ['from a number', 'h[:, t] = cell(x[:, t], (h[:, t - 1] else 0))'],
    ['applied twice', 'h[:, t] = cell(x[:, t], cell(x[:, t], (h[:, t - 1] else h0)))'],
    ['an argument of a function', 'h[:, t] = twice(cell, x[:, t], (h[:, t - 1] else h0))'],
    ['an argument without a name', 'h[:, t] = Both(Inner(2), Inner(2))(x[:, t], (h[:, t - 1] else h0))'],
  ])('makes the weights of a cell once, each with a first value: %s', (_, equation) => {
    const body = `input x: f32[B, T, 2]
      input h0: f32[B, 2]
      cell = Inner(2)
      scan t: T { ${equation} }
      output y = h + cell(x[:, 0], h0)[0, 0] + sum(h0)`;
    const more = `layer Inner(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
        return (x |> Dense(units) |> tanh) + (h |> Dense(units, bias = false))
      }
      layer Both(f: layer, g: layer) (x: f32[B, I], h: f32[B, J]) -> f32[B, J] { return f(x, g(x, h)) }
      fn twice(f: layer, x: f32[B, I], h: f32[B, J]) -> f32[B, J] { return f(x, f(x, h)) }
      `;
    const { program, diagnostics } = checkText(`${more}${modelWith(body)}`, { set: { B: 3, T: 4 } });
    expect(shortly({ diagnostics })).toEqual([]);
    const own = (name: string) => ['Dense_1.W', 'Dense_1.b', 'Dense_2.W'].map((one) => `${name}.${one}`);
    const expected = equation.includes('Both') ? ['Inner_1', 'Inner_2', 'cell'] : ['cell'];
    const paths = program!.parameters.map(({ path }) => path);
    expect(paths.sort()).toEqual(expected.flatMap(own));
    expect(program!.parameters.every(({ init }) => init.dims.length > 0)).toBe(true);
  });

  it('draws anew at each position', () => {
    const body = `input x: f32[T]
      scan t: T { n[t] = uniform[] + 0 * x[t] }
      output y = n`;
    const found = of(body, { x, key: 3 }, { T: 4 });
    expect(new Set(found).size).toBe(4);
  });

  it('takes the other way in a second one (bidirectional)', () => {
    const body = `input x: f32[T]
      scan t: T {
        f[t] = (f[t - 1] else 0) + x[t]
        g[t] = (g[t + 1] else 0) + x[t]
      }
      output y = f * g`;
    const f = [0.5, -0.5, 1.5, 1.75];
    const g = [1.75, 1.25, 2.25, 0.25];
    expectClose(
      of(body, { x }, { T: 4 }),
      f.map((one, k) => one * g[k]!),
    );
  });
});

describe('networks of the lecture', () => {
  it('a decoder with attention has right gradients', () => {
    const text = `layer Decoder(units: int) (x: f32[B, T, I], m: f32[B, S, C]) -> f32[B, T, units] {
        param W: f32[units, units] init normal
        param V: f32[units, C] init normal
        scan t: T {
          e[b, t, s] = sum[c, j] m[b, s, c] * V[j, c] * (h[b, t - 1, j] else 0)
          a[b, t, :] = softmax(e[b, t, :])
          v[b, t, c] = sum[s] a[b, t, s] * m[b, s, c]
          h[b, t, j] = tanh(sum[k] W[j, k] * (h[b, t - 1, k] else 0) + sum[c] V[j, c] * v[b, t, c] + sum[i] x[b, t, i])
        }
        return h
      }
      ${modelWith('input x: f32[B, T, 2]\ninput s: f32[B, 2, 2]\noutput y = Decoder(2)(x, s)')}`;
    expectGradient(graphOf(text, run, { set: { B: 2, T: 3 } }), { order: 1 });
  });

  it('a step of Runge and Kutta is a function that is carried', () => {
    const more = `fn slope(y) = -y * y
      fn step(y, dt) {
        k1 = slope(y)
        k2 = slope(y + 0.5 * dt * k1)
        k3 = slope(y + 0.5 * dt * k2)
        k4 = slope(y + dt * k3)
        return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
      }
      `;
    const found = of('input x: f32\noutput y[t: 10] = step((y[t - 1] else x), 0.1)', { x: 1 }, {}, more);
    // y' = -y*y from 1 is 1/(1 + t).
    expectClose(
      found,
      [...found.keys()].map((k) => 1 / (1 + 0.1 * (k + 1))),
      1e-6,
    );
  });

  it('a state carries the last position to the next run (truncated backpropagation)', () => {
    const text = `layer Carried (x: f32[T]) -> f32[T] {
        state h0: f32 init zeros
        scan t: T { h[t] = x[t] + 2 * (h[t - 1] else h0) }
        h0 <- h[T - 1]
        return h
      }
      ${modelWith('input x: f32[T]\noutput y = x |> Carried')}`;
    const graph = graphOf(text, run, { set: { T: 2 }, training: true });
    expect(graph.updates).toHaveLength(1);
    expectClose(
      resultOf(text, 'y', { x: [1, 1], 'Carried_1.h0': 3 }, run, { set: { T: 2 }, training: true }),
      [7, 15],
    );
  });

  it('a gated unit is a cell with gates of its own', () => {
    const text = `layer Gated(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
        update = sigmoid((x |> Dense(units)) + (h |> Dense(units)))
        reset = sigmoid((x |> Dense(units)) + (h |> Dense(units)))
        candidate = tanh((x |> Dense(units)) + (reset * h |> Dense(units)))
        return update * h + (1 - update) * candidate
      }
      ${modelWith(`input x: f32[B, T, 2]
        cell = Gated(2)
        scan t: T { h[:, t] = cell(x[:, t], (h[:, t - 1] else 0)) }
        output y = h`)}`;
    const graph = graphOf(text, run, { set: { B: 2, T: 3 } });
    expect(graph.nodes.filter(({ kind }) => kind === 'param')).toHaveLength(12);
    expectGradient(graph, { order: 1 });
  });
});

describe('gradients', () => {
  const rnn = modelWith(`input x: f32[B, T, I]
      input h0: f32[B, 3]
      param W: f32[3, I] init zeros
      param U: f32[3, 3] init zeros
      s[b, t, j] = tanh(sum[i] W[j, i] * x[b, t, i] + sum[k] U[j, k] * (s[b, t - 1, k] else h0[b, k]))
      output y = s`);

  // Extents that are equal, and few positions, are where axes are mixed up.
  it.each([
    { B: 1, T: 1, I: 1 },
    { B: 2, T: 2, I: 3 },
    { B: 3, T: 3, I: 3 },
    { B: 2, T: 4, I: 1 },
  ])('of a recurrent layer agree with differences, to the second order: %j', (set) => {
    expectGradient(graphOf(rnn, run, { set }));
  });

  it.each([
    ['backward in time', 'output y[t] = sin(x[t]) * (y[t + 1] else 1)'],
    ['two positions back', 'output y[t] = tanh((y[t - 1] else 0) * x[t]) + (y[t - 2] else x[t])'],
    ['the whole history', 'output y[t] = x[t] + sum[s where s < t] sin(y[s]) * x[s]'],
    ['of a branch', 'output y[t] = if t == 0 then x[0] else x[t] * sin(y[t - 1])'],
  ])('%s', (_, body) => {
    expectGradient(graphOf(modelWith(`input x: f32[T]\n${body}`), run, { set: { T: 4 } }));
  });
});

describe('what is wrong', () => {
  const said = (body: string): readonly string[] =>
    shortly(
      checkText(`${modelWith(`input x: f32[T, 3]\noutput z = x\n${body}`)}${settle}`, { set: { T: 4 } }),
    );
  const settle = `fn settle(y: f32[D]) -> f32[D] {
    scan s: 3 { z[:, s] = 0.5 * (z[:, s - 1] else y) }
    return z[:, -1]
  }\n`;

  it.each([
    ['output y = y + x', ['NN239 4:12 y is defined by itself']],
    ['output y[t, i] = sum(y) + x[t, i]', ['NN239 4:22 y is defined by itself']],
    ['output y[t, i] = y[t - 1, i] + x[t, i]', ['NN312 4:20 t - 1 runs from -1 to 2, outside of 0 to 3']],
    ['output y[t, i] = y[t, i] + x[t, i]', ['NN364 4:18 y needs itself at the same position']],
    [
      'output y[t, i] = (y[t - 1, i] else 0) + (y[t + 1, i] else 0) + x[t, i]',
      ['NN363 4:42 y[t + 1, i] is at a later position of t, and others are at earlier ones'],
    ],
    [
      'output y[t, i] = x[t, i] + sum[s] y[s, i]',
      ['NN365 4:35 nothing says that y[s, i] is at an earlier position of t'],
    ],
    [
      'scan t: T { h[:, t] = x[t, :] + settle((h[:, t - 1] else 0 * x[0, :])) }\noutput y = h',
      ['NN364 4:13 settle.z is a recurrence over s within one position of t'],
    ],
    ['output y[t, i] = (y[t - 1, i] else 0)', ['NN305 4:10 nothing says how far the index t runs']],
    [
      'output y[t: T, :] = concat3((y[t - 1, :] else x[0, :]))',
      ['NN201 4:21 nothing here is called concat3'],
    ],
    [
      'output y[t: T, :] = x[:, 0] + (y[t - 1, :] else x[0, :])',
      ['NN301 4:31 shapes do not fit: T = 4 against 3'],
    ],
  ])('%s', (body, expected) => {
    expect(said(body)).toEqual(expected);
  });
});
