/** Sequences of several lengths in one table: states that stay after the end, the last one read, backward from each end. */
import { type CourseRecurrence, grid, to, total } from './courses.ts';

export const lengths: readonly CourseRecurrence[] = [
  {
    name: 'sequences that end at their own positions',
    text: `model m {
  input x: f32[B, T, H]
  input n: i32[B]
  param U: f32[H, H] init normal
  param V: f32[H, H] init normal
  output h[b, t: T, j] =
    if t < n[b] then tanh(x[b, t, j] + sum[k] U[j, k] * (h[b, t - 1, k] else 0)) else (h[b, t - 1, j] else 0)
  output g[b, t: T, j] =
    if t < n[b] then tanh(x[b, t, j] + sum[k] V[j, k] * (g[b, t + 1, k] else 0)) else 0
  x2[b, t, j] = if t < n[b] then x[b, n[b] - 1 - t, j] else x[b, t, j]
  r[b, t: T, j] =
    if t < n[b] then tanh(x2[b, t, j] + sum[k] V[j, k] * (r[b, t - 1, k] else 0)) else (r[b, t - 1, j] else 0)
  output turned[b, t: T, j] = if t < n[b] then r[b, n[b] - 1 - t, j] else 0
  output last[b, j] = h[b, n[b] - 1, j]
  output end = h[:, -1]
  output first = g[:, 0]
  output average[b, j] = (sum[t where t < n[b]] h[b, t, j]) / n[b]
}`,
    sizes: [
      { B: 2, T: 3, H: 3 },
      { B: 3, T: 3, H: 3 },
      { B: 1, T: 2, H: 2 },
      { B: 2, T: 1, H: 2 },
      { B: 4, T: 7, H: 3 },
    ],
    draw: { n: (random, { T }) => random.integer(1, T!) },
    values: (leaf, { B, T, H }) => {
      const [x, n, U, V] = [leaf('x', B!, T!, H!), leaf('n', B!), leaf('U', H!, H!), leaf('V', H!, H!)];
      const [h, g, last, end, first, mean] = [
        grid([B!, T!, H!]),
        grid([B!, T!, H!]),
        grid([B!, H!]),
        grid([B!, H!]),
        grid([B!, H!]),
        grid([B!, H!]),
      ];
      for (const b of to(B!)) {
        let s = to(H!).map(() => 0);
        const step = (W: typeof U, t: number): number[] =>
          to(H!).map((j) => Math.tanh(x.at(b, t, j) + total(H!, (k) => W.at(j, k) * s[k]!)));
        for (const t of to(T!)) {
          if (t < n.at(b)) s = step(U, t);
          for (const j of to(H!)) h.put(s[j]!, b, t, j);
        }
        for (const j of to(H!)) {
          last.put(s[j]!, b, j);
          end.put(s[j]!, b, j);
          mean.put(total(n.at(b), (t) => h.at(b, t, j)) / n.at(b), b, j);
        }
        s = to(H!).map(() => 0);
        for (const t of to(n.at(b)).toReversed()) {
          s = step(V, t);
          for (const j of to(H!)) g.put(s[j]!, b, t, j);
        }
        for (const j of to(H!)) first.put(s[j]!, b, j);
      }
      return { h, g, turned: g, last, end, first, average: mean };
    },
  },
];
