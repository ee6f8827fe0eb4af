/** Recurrences that decode: hidden Markov models, Viterbi, Kalman, distances of words, decoders that read their own words. */
import { argmax, type CourseRecurrence, grid, logSum, to, total } from './courses.ts';

const chains = [
  { B: 2, T: 3, S: 3 },
  { B: 3, T: 3, S: 3 },
  { B: 1, T: 2, S: 2 },
  { B: 2, T: 1, S: 3 },
  { B: 2, T: 7, S: 4 },
  { B: 2, T: 3, S: 1 },
];

export const decodings: readonly CourseRecurrence[] = [
  {
    name: 'forward and backward algorithm, in logarithms',
    text: `model m {
  input e: f32[B, T, S]
  param A: f32[S, S] init normal
  param start: f32[S] init normal
  output alpha[b, t: T, j] =
    e[b, t, j] + (if t == 0 then start[j] else logsumexp[i] (alpha[b, t - 1, i] + A[i, j]))
  output beta[b, t: T, i] =
    if t == T - 1 then 0.0 else logsumexp[j] (A[i, j] + e[b, t + 1, j] + beta[b, t + 1, j])
  output likelihood = logsumexp(alpha[:, -1], over -1)
  output state = softmax(alpha + beta)
}`,
    sizes: chains,
    values: (leaf, { B, T, S }) => {
      const [e, A, start] = [leaf('e', B!, T!, S!), leaf('A', S!, S!), leaf('start', S!)];
      const shape = [B!, T!, S!];
      const [alpha, beta, state, likelihood] = [grid(shape), grid(shape), grid(shape), grid([B!])];
      for (const b of to(B!)) {
        for (const t of to(T!))
          for (const j of to(S!)) {
            const before = (): number => logSum(to(S!).map((i) => alpha.at(b, t - 1, i) + A.at(i, j)));
            alpha.put(e.at(b, t, j) + (t === 0 ? start.at(j) : before()), b, t, j);
          }
        for (const t of to(T! - 1).toReversed())
          for (const i of to(S!))
            beta.put(
              logSum(to(S!).map((j) => A.at(i, j) + e.at(b, t + 1, j) + beta.at(b, t + 1, j))),
              b,
              t,
              i,
            );
        likelihood.put(logSum(to(S!).map((j) => alpha.at(b, T! - 1, j))), b);
        for (const t of to(T!))
          for (const j of to(S!))
            state.put(Math.exp(alpha.at(b, t, j) + beta.at(b, t, j) - likelihood.at(b)), b, t, j);
      }
      return { alpha, beta, state, likelihood };
    },
  },
  {
    name: 'Viterbi with back-pointers',
    text: `model m {
  input e: f32[B, T, S]
  param A: f32[S, S] init normal
  scan t: T {
    from[b, t, j] = argmax[i] ((v[b, t - 1, i] else 0) + A[i, j])
    v[b, t, j] = e[b, t, j] + max[i] ((v[b, t - 1, i] else 0) + A[i, j])
  }
  last = argmax(v[:, -1], over -1)
  output path[b, t: T] = if t == T - 1 then last[b] else from[b, t + 1, path[b, t + 1]]
  output score = max(v[:, -1], over -1)
}`,
    sizes: chains,
    values: (leaf, { B, T, S }) => {
      const [e, A] = [leaf('e', B!, T!, S!), leaf('A', S!, S!)];
      const [path, score, v] = [grid([B!, T!]), grid([B!]), grid([B!, T!, S!])];
      for (const b of to(B!)) {
        const from: number[][] = [];
        for (const t of to(T!)) {
          from.push([]);
          for (const j of to(S!)) {
            const ways = to(S!).map((i) => (t === 0 ? 0 : v.at(b, t - 1, i)) + A.at(i, j));
            from[t]!.push(argmax(ways));
            v.put(e.at(b, t, j) + Math.max(...ways), b, t, j);
          }
        }
        const ends = to(S!).map((j) => v.at(b, T! - 1, j));
        let at = argmax(ends);
        score.put(Math.max(...ends), b);
        for (const t of to(T!).toReversed()) {
          path.put(at, b, t);
          at = from[t]![at]!;
        }
      }
      return { path, score };
    },
  },
  {
    name: 'Kalman filter',
    text: `model m(S = 3) {
  input z: f32[B, T]
  param F: f32[S, S] init normal
  param H: f32[S] init normal
  scan t: T {
    m1[b, t, i] = sum[k] F[i, k] * (m[b, t - 1, k] else 0)
    P1[t, i, j] = (if i == j then 0.1 else 0.0)
      + sum[k, l] F[i, k] * (P[t - 1, k, l] else (if k == l then 1.0 else 0.0)) * F[j, l]
    G[t, i] = sum[j] P1[t, i, j] * H[j]
    s[t] = 0.5 + sum[i] H[i] * G[t, i]
    K[t, i] = G[t, i] / s[t]
    m[b, t, i] = m1[b, t, i] + K[t, i] * (z[b, t] - sum[j] H[j] * m1[b, t, j])
    P[t, i: S, j: S] = P1[t, i, j] - K[t, i] * G[t, j]
  }
  output all_m = m
  output all_P = P
}`,
    sizes: chains,
    // A state that grows leaves f32 no digits of what is taken off.
    draw: { F: (random) => 0.5 * Math.fround(random.normal()) },
    values: (leaf, { B, T, S }) => {
      const [z, F, H] = [leaf('z', B!, T!), leaf('F', S!, S!), leaf('H', S!)];
      const [m, P] = [grid([B!, T!, S!]), grid([T!, S!, S!])];
      for (const t of to(T!)) {
        const was = (k: number, l: number): number => (t > 0 ? P.at(t - 1, k, l) : k === l ? 1 : 0);
        const P1 = to(S!).map((i) =>
          to(S!).map(
            (j) =>
              (i === j ? 0.1 : 0) + total(S!, (k) => total(S!, (l) => F.at(i, k) * was(k, l) * F.at(j, l))),
          ),
        );
        const G = to(S!).map((i) => total(S!, (j) => P1[i]![j]! * H.at(j)));
        const s = 0.5 + total(S!, (i) => H.at(i) * G[i]!);
        for (const i of to(S!)) for (const j of to(S!)) P.put(P1[i]![j]! - (G[i]! / s) * G[j]!, t, i, j);
        for (const b of to(B!)) {
          const m1 = to(S!).map((i) => total(S!, (k) => F.at(i, k) * (t > 0 ? m.at(b, t - 1, k) : 0)));
          const wrong = z.at(b, t) - total(S!, (j) => H.at(j) * m1[j]!);
          for (const i of to(S!)) m.put(m1[i]! + (G[i]! / s) * wrong, b, t, i);
        }
      }
      return { all_m: m, all_P: P };
    },
  },
  {
    name: 'edit distance, along diagonals',
    text: `model m {
  input a: i32[B, N]
  input c: i32[B, M]
  D[b, d: N + M + 1, i: N + 1] =
    if i > d or d - i > M then 1000
    else if i == 0 then d
    else if i >= d then d
    else min(min(D[b, d - 1, i - 1] + 1, D[b, d - 1, i] + 1),
             (D[b, d - 2, i - 1] else 0) + (if a[b, i - 1] == c[b, d - i - 1] then 0 else 1))
  output distance = D[:, -1, -1]
}`,
    sizes: [
      { B: 2, N: 3, M: 3 },
      { B: 1, N: 1, M: 1 },
      { B: 2, N: 4, M: 2 },
      { B: 3, N: 2, M: 5 },
    ],
    draw: { a: (random) => random.integer(0, 2), c: (random) => random.integer(0, 2) },
    jumps: true,
    values: (leaf, { B, N, M }) => {
      const [a, c, distance] = [leaf('a', B!, N!), leaf('c', B!, M!), grid([B!])];
      for (const b of to(B!)) {
        const D = grid([N! + 1, M! + 1]);
        for (const i of to(N! + 1))
          for (const j of to(M! + 1)) {
            if (i === 0 || j === 0) D.put(i + j, i, j);
            else {
              const other = a.at(b, i - 1) === c.at(b, j - 1) ? 0 : 1;
              D.put(Math.min(D.at(i - 1, j) + 1, D.at(i, j - 1) + 1, D.at(i - 1, j - 1) + other), i, j);
            }
          }
        distance.put(D.at(N!, M!), b);
      }
      return { distance };
    },
  },
  {
    name: 'soft dynamic time warping, along rows and columns in one index',
    text: `fn soft_min(a, b, c) = -logsumexp(stack(-a, -b, -c))

model m {
  input x: f32[N]
  input z: f32[M]
  D[n: N * M] = (x[n / M] - z[n % M])**2
    + (if n == 0 then 0.0
       else if n < M then D[n - 1]
       else if n % M == 0 then D[n - M]
       else -log(exp(-D[n - 1]) + exp(-D[n - M]) + exp(-D[n - M - 1])))
  output distance = D[N * M - 1]
}`,
    sizes: [
      { N: 3, M: 3 },
      { N: 2, M: 4 },
      { N: 4, M: 2 },
      { N: 1, M: 3 },
      { N: 3, M: 2 },
    ],
    values: (leaf, { N, M }) => {
      const [x, z, distance, D] = [leaf('x', N!), leaf('z', M!), grid([]), grid([N!, M!])];
      for (const i of to(N!))
        for (const j of to(M!)) {
          const ways = [
            ...(j > 0 ? [-D.at(i, j - 1)] : []),
            ...(i > 0 ? [-D.at(i - 1, j)] : []),
            ...(i > 0 && j > 0 ? [-D.at(i - 1, j - 1)] : []),
          ];
          D.put((x.at(i) - z.at(j)) ** 2 - (ways.length === 0 ? 0 : logSum(ways)), i, j);
        }
      distance.put(D.at(N! - 1, M! - 1));
      return { distance };
    },
  },
  {
    name: 'a decoder that reads the likeliest word before',
    text: `model m(T = 3, V = 3) {
  input h0: f32[B, H]
  param E: f32[V, H] init normal
  param U: f32[H, H] init normal
  param W: f32[V, H] init normal
  scan t: T {
    h[b, t, j] = tanh(E[(word[b, t - 1] else 0), j] + sum[k] U[j, k] * (h[b, t - 1, k] else h0[b, k]))
    logits[b, t, v] = sum[k] W[v, k] * h[b, t, k]
    word[b, t] = argmax[v] logits[b, t, v]
  }
  output all_word = word
  output all_logits = logits
}`,
    sizes: [
      { B: 2, T: 3, H: 3, V: 3 },
      { B: 1, T: 2, H: 2, V: 4 },
      { B: 2, T: 1, H: 2, V: 3 },
      { B: 2, T: 7, H: 3, V: 5 },
    ],
    values: (leaf, { B, T, H, V }) => {
      const [h0, E, U, W] = [leaf('h0', B!, H!), leaf('E', V!, H!), leaf('U', H!, H!), leaf('W', V!, H!)];
      const [word, logits] = [grid([B!, T!]), grid([B!, T!, V!])];
      for (const b of to(B!)) {
        let h = to(H!).map((k) => h0.at(b, k));
        let last = 0;
        for (const t of to(T!)) {
          const before = h;
          h = to(H!).map((j) => Math.tanh(E.at(last, j) + total(H!, (k) => U.at(j, k) * before[k]!)));
          const scores = to(V!).map((v) => total(H!, (k) => W.at(v, k) * h[k]!));
          last = argmax(scores);
          word.put(last, b, t);
          for (const v of to(V!)) logits.put(scores[v]!, b, t, v);
        }
      }
      return { all_word: word, all_logits: logits };
    },
  },
];
