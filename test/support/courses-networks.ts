/** Recurrent networks beyond those of the prelude: peepholes, highways, clocks, attention over what was, noise, stacked memory. */
import { type CourseRecurrence, grid, sigmoid, to, total } from './courses.ts';

const layers = [
  { B: 2, T: 3, H: 3 },
  { B: 3, T: 3, H: 3 },
  { B: 1, T: 2, H: 2 },
  { B: 2, T: 1, H: 2 },
  { B: 2, T: 7, H: 3 },
  { B: 1, T: 3, H: 1 },
];

export const networks: readonly CourseRecurrence[] = [
  {
    name: 'a long short-term memory with peepholes',
    text: `model m {
  input x: f32[B, T, H]
  param W: f32[4, H, H] init normal
  param U: f32[4, H, H] init normal
  param p: f32[3, H] init normal
  scan t: T {
    z[b, t, g, j] = (sum[i] W[g, j, i] * x[b, t, i]) + (sum[k] U[g, j, k] * (h[b, t - 1, k] else 0))
    i[b, t, j] = sigmoid(z[b, t, 0, j] + p[0, j] * (c[b, t - 1, j] else 0))
    f[b, t, j] = sigmoid(z[b, t, 1, j] + p[1, j] * (c[b, t - 1, j] else 0))
    c[b, t, j] = f[b, t, j] * (c[b, t - 1, j] else 0) + i[b, t, j] * tanh(z[b, t, 2, j])
    h[b, t, j] = sigmoid(z[b, t, 3, j] + p[2, j] * c[b, t, j]) * tanh(c[b, t, j])
  }
  output all_h = h
}`,
    sizes: layers,
    values: (leaf, { B, T, H }) => {
      const [x, W, U, p] = [
        leaf('x', B!, T!, H!),
        leaf('W', 4, H!, H!),
        leaf('U', 4, H!, H!),
        leaf('p', 3, H!),
      ];
      const all = grid([B!, T!, H!]);
      for (const b of to(B!)) {
        let [h, c] = [to(H!).map(() => 0), to(H!).map(() => 0)];
        for (const t of to(T!)) {
          const before = h;
          const z = (g: number, j: number): number =>
            total(H!, (i) => W.at(g, j, i) * x.at(b, t, i)) + total(H!, (k) => U.at(g, j, k) * before[k]!);
          c = c.map(
            (old, j) =>
              sigmoid(z(1, j) + p.at(1, j) * old) * old +
              sigmoid(z(0, j) + p.at(0, j) * old) * Math.tanh(z(2, j)),
          );
          h = c.map((now, j) => sigmoid(z(3, j) + p.at(2, j) * now) * Math.tanh(now));
          for (const j of to(H!)) all.put(h[j]!, b, t, j);
        }
      }
      return { all_h: all };
    },
  },
  {
    name: 'a recurrent highway of depth 2',
    text: `layer Highway(depth: int) (x: f32[B, H], s: f32[B, H]) -> f32[B, H] {
  y = s
  first = 1.0
  repeat depth {
    gate = sigmoid(y |> Dense(H))
    y = tanh((y |> Dense(H)) + first * x) * gate + y * (1 - gate)
    first = 0.0
  }
  return y
}

model m {
  input x: f32[B, T, H]
  input s0: f32[B, H]
  cell = Highway(2)
  scan t: T { s[:, t] = cell(x[:, t], (s[:, t - 1] else s0)) }
  output all_s = s
}`,
    sizes: layers,
    values: (leaf, { B, T, H }) => {
      const [x, s0, all] = [leaf('x', B!, T!, H!), leaf('s0', B!, H!), grid([B!, T!, H!])];
      const dense = to(4).map((k) => ({
        W: leaf(`cell.Dense_${k + 1}.W`, H!, H!),
        b: leaf(`cell.Dense_${k + 1}.b`, H!),
      }));
      const through = (k: number, v: readonly number[], j: number): number =>
        dense[k]!.b.at(j) + total(H!, (i) => dense[k]!.W.at(j, i) * v[i]!);
      for (const b of to(B!)) {
        let s = to(H!).map((j) => s0.at(b, j));
        for (const t of to(T!)) {
          for (const depth of [0, 1]) {
            const y = s;
            s = to(H!).map((j) => {
              const gate = sigmoid(through(2 * depth, y, j));
              const read = depth === 0 ? x.at(b, t, j) : 0;
              return Math.tanh(through(2 * depth + 1, y, j) + read) * gate + y[j]! * (1 - gate);
            });
          }
          for (const j of to(H!)) all.put(s[j]!, b, t, j);
        }
      }
      return { all_s: all };
    },
  },
  {
    name: 'a clockwork network',
    text: `model m {
  input x: f32[B, T, H]
  param U: f32[H, H] init normal
  output h[b, t: T, j] =
    if t % (j + 1) == 0 then tanh(x[b, t, j] + sum[k where k >= j] U[j, k] * (h[b, t - 1, k] else 0))
    else (h[b, t - 1, j] else 0)
  output slow[b, t: T, j] =
    if t % 2 == 0 then tanh(x[b, t, j] + sum[k] U[j, k] * (slow[b, t - 2, k] else 0.5))
    else slow[b, t - 1, j]
}`,
    sizes: layers,
    values: (leaf, { B, T, H }) => {
      const [x, U, h, slow] = [
        leaf('x', B!, T!, H!),
        leaf('U', H!, H!),
        grid([B!, T!, H!]),
        grid([B!, T!, H!]),
      ];
      for (const b of to(B!))
        for (const t of to(T!))
          for (const j of to(H!)) {
            const old = (k: number): number => (t === 0 ? 0 : h.at(b, t - 1, k));
            const seen = total(H!, (k) => (k >= j ? U.at(j, k) * old(k) : 0));
            h.put(t % (j + 1) === 0 ? Math.tanh(x.at(b, t, j) + seen) : old(j), b, t, j);
            const two = (k: number): number => (t < 2 ? 0.5 : slow.at(b, t - 2, k));
            slow.put(
              t % 2 === 0
                ? Math.tanh(x.at(b, t, j) + total(H!, (k) => U.at(j, k) * two(k)))
                : slow.at(b, t - 1, j),
              b,
              t,
              j,
            );
          }
      return { h, slow };
    },
  },
  {
    name: 'attention over all earlier states',
    text: `model m {
  input x: f32[B, T, H]
  param Q: f32[H, H] init normal
  scan t: T {
    q[b, t, j] = sum[i] Q[j, i] * x[b, t, i]
    top[b, t] = logsumexp[s: T where s < t] sum[j] q[b, t, j] * h[b, s, j]
    seen[b, t, j] = sum[s: T where s < t] exp((sum[i] q[b, t, i] * h[b, s, i]) - top[b, t]) * h[b, s, j]
    h[b, t, j] = tanh(x[b, t, j] + seen[b, t, j])
  }
  output all_h = h
}`,
    sizes: layers,
    values: (leaf, { B, T, H }) => {
      const [x, Q, h] = [leaf('x', B!, T!, H!), leaf('Q', H!, H!), grid([B!, T!, H!])];
      for (const b of to(B!))
        for (const t of to(T!)) {
          const q = to(H!).map((j) => total(H!, (i) => Q.at(j, i) * x.at(b, t, i)));
          const e = to(t).map((s) => Math.exp(total(H!, (i) => q[i]! * h.at(b, s, i))));
          const all = e.reduce((a, c) => a + c, 0);
          for (const j of to(H!)) {
            const seen = total(t, (s) => (e[s]! / all) * h.at(b, s, j));
            h.put(Math.tanh(x.at(b, t, j) + seen), b, t, j);
          }
        }
      return { all_h: h };
    },
  },
  {
    name: 'Langevin dynamics',
    text: `model m {
  input x0: f32[B, H]
  input A: f32[H, H]
  input noise: f32[T, B, H]
  output x[b, t: T, j] = (x[b, t - 1, j] else x0[b, j]) -
    0.1 * (sum[k] A[j, k] * (x[b, t - 1, k] else x0[b, k])) + sqrt(0.2) * noise[t, b, j]
}`,
    sizes: layers,
    values: (leaf, { B, T, H }) => {
      const [x0, A, noise] = [leaf('x0', B!, H!), leaf('A', H!, H!), leaf('noise', T!, B!, H!)];
      const all = grid([B!, T!, H!]);
      for (const b of to(B!))
        for (const t of to(T!))
          for (const j of to(H!)) {
            const old = (k: number): number => (t === 0 ? x0.at(b, k) : all.at(b, t - 1, k));
            const slope = total(H!, (k) => A.at(j, k) * old(k));
            all.put(old(j) - 0.1 * slope + Math.sqrt(0.2) * noise.at(t, b, j), b, t, j);
          }
      return { x: all };
    },
  },
  {
    name: 'a stack that is pushed and popped softly',
    text: `model m {
  input x: f32[B, T]
  input p: f32[B, T]
  push = sigmoid(p)
  output s[b, t: T, k: 4] = push[b, t] * (if k == 0 then x[b, t] else (s[b, t - 1, k - 1] else 0))
    + (1 - push[b, t]) * (s[b, t - 1, k + 1] else 0)
}`,
    sizes: [
      { B: 2, T: 3 },
      { B: 1, T: 1 },
      { B: 4, T: 4 },
      { B: 2, T: 7 },
    ],
    values: (leaf, { B, T }) => {
      const [x, p, s] = [leaf('x', B!, T!), leaf('p', B!, T!), grid([B!, T!, 4])];
      for (const b of to(B!))
        for (const t of to(T!))
          for (const k of to(4)) {
            const old = (at: number): number => (t === 0 || at > 3 ? 0 : s.at(b, t - 1, at));
            const push = sigmoid(p.at(b, t));
            s.put(push * (k === 0 ? x.at(b, t) : old(k - 1)) + (1 - push) * old(k + 1), b, t, k);
          }
      return { s };
    },
  },
];
