/** Recurrences of numbers along a sequence: sums and products so far, filters, returns, counters, generators. */
import { type CourseRecurrence, grid, to } from './courses.ts';

const lengths = [
  { B: 2, T: 3 },
  { B: 3, T: 3 },
  { B: 1, T: 2 },
  { B: 2, T: 1 },
  { B: 2, T: 7 },
];

export const sequences: readonly CourseRecurrence[] = [
  {
    name: 'cumulative sum, product and maximum',
    text: `model m {
  input x: f32[B, T]
  output s[b, t: T] = x[b, t] + (s[b, t - 1] else 0)
  output p[b, t: T] = x[b, t] * (p[b, t - 1] else 1)
  output high[b, t: T] = max(x[b, t], (high[b, t - 1] else -inf))
}`,
    sizes: lengths,
    values: (leaf, { B, T }) => {
      const x = leaf('x', B!, T!);
      const [s, p, high] = [grid([B!, T!]), grid([B!, T!]), grid([B!, T!])];
      for (const b of to(B!)) {
        let [sum, product, most] = [0, 1, Number.NEGATIVE_INFINITY];
        for (const t of to(T!)) {
          sum += x.at(b, t);
          product *= x.at(b, t);
          most = Math.max(most, x.at(b, t));
          s.put(sum, b, t);
          p.put(product, b, t);
          high.put(most, b, t);
        }
      }
      return { s, p, high };
    },
  },
  {
    name: 'Fibonacci numbers',
    text: `model m {
  input x: f32[T]
  output f[t: T] = if t < 2 then 1 else f[t - 1] + f[t - 2]
  output g[t: T] = x[t] + 0.5 * (g[t - 1] else 1) + 0.25 * (g[t - 2] else 2)
}`,
    sizes: [{ T: 1 }, { T: 2 }, { T: 3 }, { T: 12 }],
    values: (leaf, { T }) => {
      const x = leaf('x', T!);
      const [f, g] = [grid([T!]), grid([T!])];
      for (const t of to(T!)) {
        f.put(t < 2 ? 1 : f.at(t - 1) + f.at(t - 2), t);
        g.put(x.at(t) + 0.5 * (t < 1 ? 1 : g.at(t - 1)) + 0.25 * (t < 2 ? 2 : g.at(t - 2)), t);
      }
      return { f, g };
    },
  },
  {
    name: 'delayed feedback',
    text: `model m {
  input x: f32[B, T]
  param a: f32 init 0.5
  output y[b, t: T] = tanh(x[b, t] + a * (y[b, t - 3] else x[b, 0]))
}`,
    sizes: [...lengths, { B: 2, T: 4 }],
    values: (leaf, { B, T }) => {
      const [x, a] = [leaf('x', B!, T!), leaf('a').at()];
      const y = grid([B!, T!]);
      for (const b of to(B!))
        for (const t of to(T!))
          y.put(Math.tanh(x.at(b, t) + a * (t < 3 ? x.at(b, 0) : y.at(b, t - 3))), b, t);
      return { y };
    },
  },
  {
    name: 'discounted returns and advantages',
    text: `model m {
  input r: f32[B, T]
  input v: f32[B, T]
  output back[b, t: T] = r[b, t] + 0.9 * (back[b, t + 1] else 0)
  delta[b, t] = r[b, t] + 0.9 * (v[b, t + 1] else 0) - v[b, t]
  output gae[b, t: T] = delta[b, t] + 0.9 * 0.8 * (gae[b, t + 1] else 0)
}`,
    sizes: lengths,
    values: (leaf, { B, T }) => {
      const [r, v] = [leaf('r', B!, T!), leaf('v', B!, T!)];
      const [back, gae] = [grid([B!, T!]), grid([B!, T!])];
      for (const b of to(B!)) {
        let [all, better] = [0, 0];
        for (const t of to(T!).toReversed()) {
          const after = t + 1 < T! ? v.at(b, t + 1) : 0;
          all = r.at(b, t) + 0.9 * all;
          better = r.at(b, t) + 0.9 * after - v.at(b, t) + 0.9 * 0.8 * better;
          back.put(all, b, t);
          gae.put(better, b, t);
        }
      }
      return { back, gae };
    },
  },
  {
    name: 'exponential moving averages that normalise',
    text: `model m {
  input x: f32[B, T]
  scan t: T {
    m[b, t] = 0.9 * (m[b, t - 1] else 0) + 0.1 * x[b, t]
    v[b, t] = 0.8 * (v[b, t - 1] else 1) + 0.2 * (x[b, t] - m[b, t])**2
    y[b, t] = (x[b, t] - (m[b, t - 1] else 0)) / sqrt(v[b, t])
  }
  output all_y = y
}`,
    sizes: lengths,
    values: (leaf, { B, T }) => {
      const x = leaf('x', B!, T!);
      const y = grid([B!, T!]);
      for (const b of to(B!)) {
        let [m, v] = [0, 1];
        for (const t of to(T!)) {
          const before = m;
          m = 0.9 * m + 0.1 * x.at(b, t);
          v = 0.8 * v + 0.2 * (x.at(b, t) - m) ** 2;
          y.put((x.at(b, t) - before) / Math.sqrt(v), b, t);
        }
      }
      return { all_y: y };
    },
  },
  {
    name: 'flags and counters',
    text: `model m {
  input x: f32[B, T]
  output seen[b, t: T] = (seen[b, t - 1] else false) or x[b, t] > 0.5
  output since[b, t: T] = if x[b, t] > 0.5 then 0 else 1 + (since[b, t - 1] else 100)
  output odd[b, t: T] = (x[b, t] > 0) != (odd[b, t - 1] else false)
}`,
    sizes: lengths,
    values: (leaf, { B, T }) => {
      const x = leaf('x', B!, T!);
      const [seen, since, odd] = [grid([B!, T!]), grid([B!, T!]), grid([B!, T!])];
      for (const b of to(B!)) {
        let [was, count, parity] = [false, 100, false];
        for (const t of to(T!)) {
          was ||= x.at(b, t) > 0.5;
          count = x.at(b, t) > 0.5 ? 0 : count + 1;
          parity = x.at(b, t) > 0 !== parity;
          seen.put(Number(was), b, t);
          since.put(count, b, t);
          odd.put(Number(parity), b, t);
        }
      }
      return { seen, since, odd };
    },
  },
  {
    name: 'a linear congruential generator',
    text: `model m(T = 3) {
  input seed: u32[B]
  output s[b, t: T] = (s[b, t - 1] else seed[b]) * u32(1664525) + u32(1013904223)
  output bit[b, t] = s[b, t] / u32(65536) % u32(2)
}`,
    sizes: lengths,
    draw: { seed: (random) => random.integer(0, 2 ** 31) },
    values: (leaf, { B, T }) => {
      const seed = leaf('seed', B!);
      const [s, bit] = [grid([B!, T!]), grid([B!, T!])];
      for (const b of to(B!)) {
        let state = seed.at(b) >>> 0;
        for (const t of to(T!)) {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          s.put(state, b, t);
          bit.put((state >>> 16) % 2, b, t);
        }
      }
      return { s, bit };
    },
  },
  {
    name: 'a leaky integrate-and-fire neuron',
    text: `/// A spike; backward it looks like a smooth step.
fn spike(v) = (if v >= 1 then 1.0 else 0.0) derivative 1 / (1 + 4 * abs(v - 1))**2

model m {
  input x: f32[B, T, N]
  param W: f32[N, N] init normal
  scan t: T {
    v[b, t, j] = 0.8 * (v[b, t - 1, j] else 0) * (1 - (s[b, t - 1, j] else 0))
      + x[b, t, j] + sum[k] W[j, k] * (s[b, t - 1, k] else 0)
    s[b, t, j] = spike(v[b, t, j])
  }
  output all_s = s
  output all_v = v
}`,
    sizes: [
      { B: 2, T: 3, N: 3 },
      { B: 1, T: 2, N: 1 },
      { B: 2, T: 1, N: 2 },
      { B: 2, T: 7, N: 3 },
    ],
    jumps: true,
    values: (leaf, { B, T, N }) => {
      const [x, W] = [leaf('x', B!, T!, N!), leaf('W', N!, N!)];
      const [v, s] = [grid([B!, T!, N!]), grid([B!, T!, N!])];
      for (const b of to(B!))
        for (const t of to(T!))
          for (const j of to(N!)) {
            const before = (of: typeof v, k: number): number => (t === 0 ? 0 : of.at(b, t - 1, k));
            let current = 0.8 * before(v, j) * (1 - before(s, j)) + x.at(b, t, j);
            for (const k of to(N!)) current += W.at(j, k) * before(s, k);
            v.put(current, b, t, j);
            s.put(current >= 1 ? 1 : 0, b, t, j);
          }
      return { all_s: s, all_v: v };
    },
  },
];
