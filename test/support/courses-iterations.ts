/** Recurrences whose positions are iterations: descent, eigenvectors, linear systems, roots, balancing, values of states, cells. */
import { type CourseRecurrence, grid, to, total } from './courses.ts';

const systems = [
  { T: 3, N: 3 },
  { T: 3, N: 1 },
  { T: 1, N: 3 },
  { T: 2, N: 2 },
  { T: 7, N: 4 },
];

export const iterations: readonly CourseRecurrence[] = [
  {
    name: 'gradient descent with momentum',
    text: `model m(T = 3) {
  input A: f32[N, N]
  input c: f32[N]
  param gamma: f32 init 0.9
  scan t: T {
    g[t, i] = (sum[j] A[i, j] * (w[t - 1, j] else 1)) - c[i]
    v[t, i] = gamma * (v[t - 1, i] else 0) - 0.1 * g[t, i]
    w[t, i] = (w[t - 1, i] else 1) + v[t, i]
  }
  output all_w = w
}`,
    sizes: systems,
    values: (leaf, { T, N }) => {
      const [A, c, gamma, all] = [leaf('A', N!, N!), leaf('c', N!), leaf('gamma').at(), grid([T!, N!])];
      let [w, v] = [to(N!).map(() => 1), to(N!).map(() => 0)];
      for (const t of to(T!)) {
        const g = to(N!).map((i) => total(N!, (j) => A.at(i, j) * w[j]!) - c.at(i));
        v = v.map((x, i) => gamma * x - 0.1 * g[i]!);
        w = w.map((x, i) => x + v[i]!);
        for (const i of to(N!)) all.put(w[i]!, t, i);
      }
      return { all_w: all };
    },
  },
  {
    name: 'power iteration',
    text: `model m(T = 3) {
  input A: f32[N, N]
  input start: f32[N]
  scan t: T {
    u[t, i] = sum[j] A[i, j] * (v[t - 1, j] else start[j])
    v[t, i] = u[t, i] / norm(u[t, :])
  }
  value = sum[i, j] v[-1, i] * A[i, j] * v[-1, j]
  output all_value = value
  output all_v = v
}`,
    sizes: systems,
    values: (leaf, { T, N }) => {
      const [A, start, all, value] = [leaf('A', N!, N!), leaf('start', N!), grid([T!, N!]), grid([])];
      let v = to(N!).map((i) => start.at(i));
      for (const t of to(T!)) {
        const before = v;
        const u = to(N!).map((i) => total(N!, (j) => A.at(i, j) * before[j]!));
        const length = Math.sqrt(total(N!, (i) => u[i]! ** 2));
        v = u.map((x) => x / length);
        for (const i of to(N!)) all.put(v[i]!, t, i);
      }
      value.put(total(N!, (i) => total(N!, (j) => v[i]! * A.at(i, j) * v[j]!)));
      return { all_value: value, all_v: all };
    },
  },
  {
    name: 'conjugate gradients',
    text: `model m(T = 3) {
  input M: f32[N, N]
  input c: f32[N]
  A[i, j] = (if i == j then 1.0 else 0.0) + sum[k] M[i, k] * M[j, k]
  scan t: T {
    q[t, i] = sum[j] A[i, j] * (p[t - 1, j] else c[j])
    rr[t] = sum[i] (r[t - 1, i] else c[i])**2
    a[t] = rr[t] / (sum[i] (p[t - 1, i] else c[i]) * q[t, i])
    x[t, i] = (x[t - 1, i] else 0) + a[t] * (p[t - 1, i] else c[i])
    r[t, i] = (r[t - 1, i] else c[i]) - a[t] * q[t, i]
    p[t, i] = r[t, i] + (sum[j] r[t, j]**2) / rr[t] * (p[t - 1, i] else c[i])
  }
  output all_x = x
}`,
    sizes: [
      { T: 3, N: 4 },
      { T: 1, N: 3 },
      { T: 2, N: 2 },
      { T: 3, N: 3 },
    ],
    values: (leaf, { T, N }) => {
      const [M, c, all] = [leaf('M', N!, N!), leaf('c', N!), grid([T!, N!])];
      const A = (i: number, j: number): number =>
        (i === j ? 1 : 0) + total(N!, (k) => M.at(i, k) * M.at(j, k));
      let x = to(N!).map(() => 0);
      let r = to(N!).map((i) => c.at(i));
      let p = r;
      for (const t of to(T!)) {
        const q = to(N!).map((i) => total(N!, (j) => A(i, j) * p[j]!));
        const rr = total(N!, (i) => r[i]! ** 2);
        const a = rr / total(N!, (i) => p[i]! * q[i]!);
        x = x.map((v, i) => v + a * p[i]!);
        r = r.map((v, i) => v - a * q[i]!);
        const next = total(N!, (i) => r[i]! ** 2) / rr;
        p = p.map((v, i) => r[i]! + next * v);
        for (const i of to(N!)) all.put(x[i]!, t, i);
      }
      return { all_x: all };
    },
  },
  {
    name: 'Newton and the logistic map',
    text: `model m(T = 3) {
  input a: f32[B]
  input x0: f32[B]
  output root[b, t: T] = 0.5 * ((root[b, t - 1] else 1.5) + (2 + a[b]**2) / (root[b, t - 1] else 1.5))
  output l[b, t: T] = if t == 0 then 1 / (1 + x0[b]**2) else 3.7 * l[b, t - 1] * (1 - l[b, t - 1])
}`,
    sizes: [
      { B: 2, T: 3 },
      { B: 1, T: 1 },
      { B: 3, T: 3 },
      { B: 2, T: 7 },
    ],
    values: (leaf, { B, T }) => {
      const [a, x0, root, l] = [leaf('a', B!), leaf('x0', B!), grid([B!, T!]), grid([B!, T!])];
      for (const b of to(B!)) {
        let [x, y] = [1.5, 1 / (1 + x0.at(b) ** 2)];
        for (const t of to(T!)) {
          x = 0.5 * (x + (2 + a.at(b) ** 2) / x);
          if (t > 0) y = 3.7 * y * (1 - y);
          root.put(x, b, t);
          l.put(y, b, t);
        }
      }
      return { root, l };
    },
  },
  {
    name: 'Sinkhorn balancing',
    text: `model m(T = 3) {
  input c: f32[N, N]
  scan t: T {
    f[t, i] = -logsumexp[j] (c[i, j] + (g[t - 1, j] else 0))
    g[t, j] = -logsumexp[i] (c[i, j] + f[t, i])
  }
  output plan[i, j] = exp(c[i, j] + f[-1, i] + g[-1, j])
}`,
    sizes: systems,
    values: (leaf, { T, N }) => {
      const [c, plan] = [leaf('c', N!, N!), grid([N!, N!])];
      let [f, g] = [to(N!).map(() => 0), to(N!).map(() => 0)];
      for (const _ of to(T!)) {
        f = to(N!).map((i) => -Math.log(total(N!, (j) => Math.exp(c.at(i, j) + g[j]!))));
        g = to(N!).map((j) => -Math.log(total(N!, (i) => Math.exp(c.at(i, j) + f[i]!))));
      }
      for (const i of to(N!)) for (const j of to(N!)) plan.put(Math.exp(c.at(i, j) + f[i]! + g[j]!), i, j);
      return { plan };
    },
  },
  {
    name: 'value iteration with its policy',
    text: `model m(T = 3) {
  input P: f32[A, S, S]
  input r: f32[S, A]
  scan k: T {
    q[k, s, a] = r[s, a] + 0.9 * sum[n] P[a, s, n] * (v[k - 1, n] else 0)
    v[k, s] = max[a] q[k, s, a]
    policy[k, s] = argmax[a] q[k, s, a]
  }
  output all_v = v
  output best = policy[-1, :]
}`,
    sizes: [
      { T: 3, S: 3, A: 3 },
      { T: 1, S: 2, A: 2 },
      { T: 2, S: 3, A: 1 },
      { T: 7, S: 4, A: 2 },
    ],
    values: (leaf, { T, S, A }) => {
      const [P, r] = [leaf('P', A!, S!, S!), leaf('r', S!, A!)];
      const [all, policy] = [grid([T!, S!]), grid([S!])];
      let v = to(S!).map(() => 0);
      for (const k of to(T!)) {
        const before = v;
        for (const s of to(S!)) {
          const q = to(A!).map((a) => r.at(s, a) + 0.9 * total(S!, (n) => P.at(a, s, n) * before[n]!));
          all.put(Math.max(...q), k, s);
          policy.put(q.indexOf(Math.max(...q)), s);
        }
        v = to(S!).map((s) => all.at(k, s));
      }
      return { all_v: all, best: policy };
    },
  },
  {
    name: 'heat, waves and the game of life on a torus',
    text: `model m(T = 3) {
  input u0: f32[N, N]
  input cells: i32[N, N]
  heat[t: T, i: N, j: N] = if t == 0 then u0[i, j] else heat[t - 1, i, j] + 0.1 * (
    (heat[t - 1, i - 1, j] else 0) + (heat[t - 1, i + 1, j] else 0) +
    (heat[t - 1, i, j - 1] else 0) + (heat[t - 1, i, j + 1] else 0) - 4 * heat[t - 1, i, j])
  wave[t: T, i: N, j: N] = if t < 2 then u0[i, j] else
    2 * wave[t - 1, i, j] - wave[t - 2, i, j] + 0.2 * (wave[t - 1, (i + 1) % N, j] - wave[t - 1, i, j])
  scan t: T {
    near[t, i, j] = sum[u: 3, v: 3] (life[t - 1, (i + u + N - 1) % N, (j + v + N - 1) % N] else cells[i, j])
    life[t, i: N, j: N] = if t == 0 then cells[i, j]
      else if near[t, i, j] == 3 or (near[t, i, j] == 4 and life[t - 1, i, j] == 1) then 1 else 0
  }
  output all_heat = heat
  output all_wave = wave
  output all_life = life
}`,
    sizes: [
      { T: 3, N: 3 },
      { T: 2, N: 2 },
      { T: 1, N: 3 },
      { T: 5, N: 5 },
    ],
    draw: { cells: (random) => random.integer(0, 1) },
    values: (leaf, { T, N }) => {
      const [u0, cells] = [leaf('u0', N!, N!), leaf('cells', N!, N!)];
      const shape = [T!, N!, N!];
      const [heat, wave, life] = [grid(shape), grid(shape), grid(shape)];
      for (const t of to(T!))
        for (const i of to(N!))
          for (const j of to(N!)) {
            const inside = (a: number, b: number): number =>
              a < 0 || b < 0 || a >= N! || b >= N! ? 0 : heat.at(t - 1, a, b);
            const flow = (): number =>
              inside(i - 1, j) + inside(i + 1, j) + inside(i, j - 1) + inside(i, j + 1) - 4 * inside(i, j);
            heat.put(t === 0 ? u0.at(i, j) : heat.at(t - 1, i, j) + 0.1 * flow(), t, i, j);
            const here = (): number => wave.at(t - 1, i, j);
            wave.put(
              t < 2
                ? u0.at(i, j)
                : 2 * here() - wave.at(t - 2, i, j) + 0.2 * (wave.at(t - 1, (i + 1) % N!, j) - here()),
              t,
              i,
              j,
            );
            if (t === 0) {
              life.put(cells.at(i, j), t, i, j);
              continue;
            }
            let near = 0;
            for (const u of [-1, 0, 1])
              for (const v of [-1, 0, 1]) near += life.at(t - 1, (i + u + N!) % N!, (j + v + N!) % N!);
            life.put(near === 3 || (near === 4 && life.at(t - 1, i, j) === 1) ? 1 : 0, t, i, j);
          }
      return { all_heat: heat, all_wave: wave, all_life: life };
    },
  },
  {
    name: 'the perceptron algorithm, one example after the other',
    text: `model m {
  input x: f32[T, N]
  input y: f32[T]
  scan t: T {
    wrong[t] = y[t] * (sum[i] (w[t - 1, i] else 0) * x[t, i]) <= 0
    w[t, i] = (w[t - 1, i] else 0) + (if wrong[t] then y[t] * x[t, i] else 0)
  }
  output all_w = w
  output mistakes = sum(wrong)
}`,
    sizes: systems,
    values: (leaf, { T, N }) => {
      const [x, y, all, mistakes] = [leaf('x', T!, N!), leaf('y', T!), grid([T!, N!]), grid([])];
      let w = to(N!).map(() => 0);
      let count = 0;
      for (const t of to(T!)) {
        const wrong = y.at(t) * total(N!, (i) => w[i]! * x.at(t, i)) <= 0;
        if (wrong) count++;
        if (wrong) w = w.map((v, i) => v + y.at(t) * x.at(t, i));
        for (const i of to(N!)) all.put(w[i]!, t, i);
      }
      mistakes.put(count);
      return { all_w: all, mistakes };
    },
  },
];
