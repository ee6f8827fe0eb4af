/** Recurrent networks as text, each with its values by plain loops: what slides and papers write. */
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';

export interface Extents {
  readonly batch: number;
  readonly steps: number;
  readonly units: number;
}

type Feed = (name: string) => Float64Array;

export interface Network {
  readonly text: (extents: Extents) => string;
  /** The values of `%y`, in the order of its text. */
  readonly values: (extents: Extents, feed: Feed) => readonly number[];
}

export const feedOf =
  (feeds: ReadonlyMap<string, Tensor64>): Feed =>
  (name) =>
    feeds.get(name)!.data;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const range = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k);
const sum = (n: number, term: (k: number) => number): number =>
  range(n).reduce((total, k) => total + term(k), 0);

/** Runs a step for each row of the batch, and puts the results, one for each position, in the order [b, t, j]. */
const runRows = (
  { batch, steps, units }: Extents,
  row: (b: number) => (t: number) => readonly number[],
  backward = false,
): number[] =>
  range(batch).flatMap((b) => {
    const step = row(b);
    const order = backward ? range(steps).toReversed() : range(steps);
    const made = new Map(order.map((t) => [t, step(t)]));
    return range(steps).flatMap((t) => made.get(t)!.slice(0, units));
  });

const rnn: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, i: 2]: f32
    param %W[j: ${H}, i: 2]: f32
    param %U[j: ${H}, k: ${H}]: f32
    param %h0[b: ${B}, j: ${H}]: f32
    %wx[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[i: 2] %W[j, i] * %x[b, t, i]
    %us[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %U[j, k] * (if 1 <= t then %y[b, t - 1, k] else %h0[b, k])
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%wx[b, t, j] + %us[b, t, j])
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [x, W, U, h0] = [feed('x'), feed('W'), feed('U'), feed('h0')];
    return runRows(extents, (b) => {
      let s = range(H).map((j) => h0[b * H + j]!);
      return (t) => {
        s = range(H).map((j) =>
          Math.tanh(
            sum(2, (i) => W[j * 2 + i]! * x[(b * T + t) * 2 + i]!) + sum(H, (k) => U[j * H + k]! * s[k]!),
          ),
        );
        return s;
      };
    });
  },
};

const gatedUnit: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, j: ${H}]: f32
    param %U[j: ${H}, k: ${H}]: f32
    param %V[j: ${H}, k: ${H}]: f32
    %p[b: ${B}, t: ${T}, j: ${H}]: f32 = if 1 <= t then %y[b, t - 1, j] else 0.0
    %u[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %U[j, k] * %p[b, t, k]
    %f[b: ${B}, t: ${T}, j: ${H}]: f32 = 1.0 / (1.0 + exp(-%x[b, t, j] - %u[b, t, j]))
    %v[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %V[j, k] * %f[b, t, k] * %p[b, t, k]
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = (1.0 - %f[b, t, j]) * %p[b, t, j] + %f[b, t, j] * tanh(%x[b, t, j] + %v[b, t, j])
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [x, U, V] = [feed('x'), feed('U'), feed('V')];
    return runRows(extents, (b) => {
      let s = range(H).map(() => 0);
      return (t) => {
        const at = (j: number): number => x[(b * T + t) * H + j]!;
        const f = range(H).map((j) => sigmoid(at(j) + sum(H, (k) => U[j * H + k]! * s[k]!)));
        s = range(H).map(
          (j) =>
            (1 - f[j]!) * s[j]! + f[j]! * Math.tanh(at(j) + sum(H, (k) => V[j * H + k]! * f[k]! * s[k]!)),
        );
        return s;
      };
    });
  },
};

/** Cho et al., *Learning phrase representations using RNN encoder-decoder*, 2014. */
const gru: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, g: 3, j: ${H}]: f32
    param %U[g: 3, j: ${H}, k: ${H}]: f32
    %z[b: ${B}, t: ${T}, g: 2, j: ${H}]: f32 = sum[k: ${H}] %U[g, j, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0)
    %a[b: ${B}, t: ${T}, g: 2, j: ${H}]: f32 = 1.0 / (1.0 + exp(-%x[b, t, g, j] - %z[b, t, g, j]))
    %n[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %U[2, j, k] * (%a[b, t, 0, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0))
    %c[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%x[b, t, 2, j] + %n[b, t, j])
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = (1.0 - %a[b, t, 1, j]) * (if 1 <= t then %y[b, t - 1, j] else 0.0) + %a[b, t, 1, j] * %c[b, t, j]
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [x, U] = [feed('x'), feed('U')];
    return runRows(extents, (b) => {
      let h = range(H).map(() => 0);
      return (t) => {
        const from = (g: number, j: number): number => x[((b * T + t) * 3 + g) * H + j]!;
        const u = (g: number, j: number, v: readonly number[]): number =>
          sum(H, (k) => U[(g * H + j) * H + k]! * v[k]!);
        const r = range(H).map((j) => sigmoid(from(0, j) + u(0, j, h)));
        const z = range(H).map((j) => sigmoid(from(1, j) + u(1, j, h)));
        const reset = range(H).map((k) => r[k]! * h[k]!);
        const c = range(H).map((j) => Math.tanh(from(2, j) + u(2, j, reset)));
        h = range(H).map((j) => (1 - z[j]!) * h[j]! + z[j]! * c[j]!);
        return h;
      };
    });
  },
};

/** Hochreiter and Schmidhuber, *Long short-term memory*, 1997, with the forget gate of Gers et al., 2000. */
const lstm: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, i: 2]: f32
    param %W[g: 4, j: ${H}, i: 2]: f32
    param %U[g: 4, j: ${H}, k: ${H}]: f32
    %wx[b: ${B}, t: ${T}, g: 4, j: ${H}]: f32 = sum[i: 2] %W[g, j, i] * %x[b, t, i]
    %uh[b: ${B}, t: ${T}, g: 4, j: ${H}]: f32 = sum[k: ${H}] %U[g, j, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0)
    %z[b: ${B}, t: ${T}, g: 4, j: ${H}]: f32 = %wx[b, t, g, j] + %uh[b, t, g, j]
    %c[b: ${B}, t: ${T}, j: ${H}]: f32 = (if 1 <= t then %c[b, t - 1, j] else 0.0) / (1.0 + exp(-%z[b, t, 1, j])) + tanh(%z[b, t, 2, j]) / (1.0 + exp(-%z[b, t, 0, j]))
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%c[b, t, j]) / (1.0 + exp(-%z[b, t, 3, j]))
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [x, W, U] = [feed('x'), feed('W'), feed('U')];
    return runRows(extents, (b) => {
      let h = range(H).map(() => 0);
      let c = range(H).map(() => 0);
      return (t) => {
        const z = range(4).map((g) =>
          range(H).map(
            (j) =>
              sum(2, (i) => W[(g * H + j) * 2 + i]! * x[(b * T + t) * 2 + i]!) +
              sum(H, (k) => U[(g * H + j) * H + k]! * h[k]!),
          ),
        );
        c = range(H).map((j) => sigmoid(z[1]![j]!) * c[j]! + sigmoid(z[0]![j]!) * Math.tanh(z[2]![j]!));
        h = range(H).map((j) => sigmoid(z[3]![j]!) * Math.tanh(c[j]!));
        return h;
      };
    });
  },
};

const bidirectional: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, j: ${H}]: f32
    param %U[j: ${H}, k: ${H}]: f32
    param %V[j: ${H}, k: ${H}]: f32
    %uf[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %U[j, k] * (if 1 <= t then %f[b, t - 1, k] else 0.0)
    %f[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%x[b, t, j] + %uf[b, t, j])
    %vr[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %V[j, k] * (if t + 1 < ${T} then %r[b, t + 1, k] else 0.0)
    %r[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%f[b, t, j] + %vr[b, t, j])
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = %f[b, t, j] * %r[b, t, j]
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const pass = (name: string, read: (b: number, t: number, j: number) => number, backward: boolean) => {
      const U = feed(name);
      return runRows(
        extents,
        (b) => {
          let s = range(H).map(() => 0);
          return (t) => {
            s = range(H).map((j) => Math.tanh(read(b, t, j) + sum(H, (k) => U[j * H + k]! * s[k]!)));
            return s;
          };
        },
        backward,
      );
    };
    const at = (b: number, t: number, j: number): number => (b * T + t) * H + j;
    const f = pass('U', (b, t, j) => feed('x')[at(b, t, j)]!, false);
    const r = pass('V', (b, t, j) => f[at(b, t, j)]!, true);
    return f.map((value, k) => value * r[k]!);
  },
};

/** A decoder that attends to five encoder states, with the softmax written out. */
const attention: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %e[b: ${B}, i: 5, j: ${H}]: f32
    param %A[j: ${H}, k: ${H}]: f32
    %q[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %A[j, k] * (if 1 <= t then %y[b, t - 1, k] else 1.0)
    %s[b: ${B}, t: ${T}, i: 5]: f32 = sum[j: ${H}] %q[b, t, j] * %e[b, i, j]
    %m[b: ${B}, t: ${T}]: f32 = max[i: 5] %s[b, t, i]
    %p[b: ${B}, t: ${T}, i: 5]: f32 = exp(%s[b, t, i] - %m[b, t])
    %n[b: ${B}, t: ${T}]: f32 = sum[i: 5] %p[b, t, i]
    %w[b: ${B}, t: ${T}, i: 5]: f32 = %p[b, t, i] / %n[b, t]
    %c[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[i: 5] %w[b, t, i] * %e[b, i, j]
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%c[b, t, j] + %q[b, t, j])
    result output %y`,
  values: (extents, feed) => {
    const { units: H } = extents;
    const [e, A] = [feed('e'), feed('A')];
    return runRows(extents, (b) => {
      let y = range(H).map(() => 1);
      return () => {
        const q = range(H).map((j) => sum(H, (k) => A[j * H + k]! * y[k]!));
        const p = range(5).map((i) => Math.exp(sum(H, (j) => q[j]! * e[(b * 5 + i) * H + j]!)));
        const n = sum(5, (i) => p[i]!);
        y = range(H).map((j) => Math.tanh(sum(5, (i) => (p[i]! / n) * e[(b * 5 + i) * H + j]!) + q[j]!));
        return y;
      };
    });
  },
};

/** A GRU that attends to five encoder states. Bahdanau, Cho and Bengio, *Neural machine translation*, 2015. */
const translator: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %e[b: ${B}, i: 5, j: ${H}]: f32
    input %x[b: ${B}, t: ${T}, g: 3, j: ${H}]: f32
    param %Q[a: 3, k: ${H}]: f32
    param %K[a: 3, j: ${H}]: f32
    param %v[a: 3]: f32
    param %U[g: 3, j: ${H}, k: ${H}]: f32
    param %C[g: 3, j: ${H}, k: ${H}]: f32
    %keys[b: ${B}, i: 5, a: 3]: f32 = sum[j: ${H}] %K[a, j] * %e[b, i, j]
    %q[b: ${B}, t: ${T}, a: 3]: f32 = sum[k: ${H}] %Q[a, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0)
    %s[b: ${B}, t: ${T}, i: 5]: f32 = sum[a: 3] %v[a] * tanh(%q[b, t, a] + %keys[b, i, a])
    %m[b: ${B}, t: ${T}]: f32 = max[i: 5] %s[b, t, i]
    %p[b: ${B}, t: ${T}, i: 5]: f32 = exp(%s[b, t, i] - %m[b, t])
    %n[b: ${B}, t: ${T}]: f32 = sum[i: 5] %p[b, t, i]
    %w[b: ${B}, t: ${T}, i: 5]: f32 = %p[b, t, i] / %n[b, t]
    %c[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[i: 5] %w[b, t, i] * %e[b, i, j]
    %zc[b: ${B}, t: ${T}, g: 3, j: ${H}]: f32 = sum[k: ${H}] %C[g, j, k] * %c[b, t, k]
    %zu[b: ${B}, t: ${T}, g: 2, j: ${H}]: f32 = sum[k: ${H}] %U[g, j, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0)
    %a[b: ${B}, t: ${T}, g: 2, j: ${H}]: f32 = 1.0 / (1.0 + exp(-%x[b, t, g, j] - %zu[b, t, g, j] - %zc[b, t, g, j]))
    %r[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %U[2, j, k] * (%a[b, t, 0, k] * (if 1 <= t then %y[b, t - 1, k] else 0.0))
    %h[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%x[b, t, 2, j] + %zc[b, t, 2, j] + %r[b, t, j])
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = (1.0 - %a[b, t, 1, j]) * (if 1 <= t then %y[b, t - 1, j] else 0.0) + %a[b, t, 1, j] * %h[b, t, j]
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [e, x, Q, K, v, U, C] = ['e', 'x', 'Q', 'K', 'v', 'U', 'C'].map(feed) as Float64Array[];
    return runRows(extents, (b) => {
      const key = (i: number, a: number): number => sum(H, (j) => K![a * H + j]! * e![(b * 5 + i) * H + j]!);
      let y = range(H).map(() => 0);
      return (t) => {
        const score = range(5).map((i) =>
          sum(3, (a) => v![a]! * Math.tanh(sum(H, (k) => Q![a * H + k]! * y[k]!) + key(i, a))),
        );
        const total = sum(5, (i) => Math.exp(score[i]!));
        const c = range(H).map((j) =>
          sum(5, (i) => (Math.exp(score[i]!) / total) * e![(b * 5 + i) * H + j]!),
        );
        const into = (g: number, j: number, by: Float64Array, of: readonly number[]): number =>
          sum(H, (k) => by[(g * H + j) * H + k]! * of[k]!);
        const from = (g: number, j: number): number => x![((b * T + t) * 3 + g) * H + j]! + into(g, j, C!, c);
        const [reset, update] = [0, 1].map((g) =>
          range(H).map((j) => sigmoid(from(g, j) + into(g, j, U!, y))),
        );
        const kept = range(H).map((k) => reset![k]! * y[k]!);
        const h = range(H).map((j) => Math.tanh(from(2, j) + into(2, j, U!, kept)));
        y = range(H).map((j) => (1 - update![j]!) * y[j]! + update![j]! * h[j]!);
        return y;
      };
    });
  },
};

/** y' = tanh(A y), solved in steps of a quarter. */
const euler: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %y0[b: ${B}, j: ${H}]: f32
    param %A[j: ${H}, k: ${H}]: f32
    %a[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %A[j, k] * (if 1 <= t then %y[b, t - 1, k] else %y0[b, k])
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = (if 1 <= t then %y[b, t - 1, j] else %y0[b, j]) + 0.25 * tanh(%a[b, t, j])
    result output %y`,
  values: (extents, feed) => {
    const { units: H } = extents;
    const [y0, A] = [feed('y0'), feed('A')];
    return runRows(extents, (b) => {
      let y = range(H).map((j) => y0[b * H + j]!);
      return () => {
        y = range(H).map((j) => y[j]! + 0.25 * Math.tanh(sum(H, (k) => A[j * H + k]! * y[k]!)));
        return y;
      };
    });
  },
};

/** The same by the classical Runge-Kutta method. */
const rungeKutta: Network = {
  text: ({ batch: B, steps: T, units: H }) => {
    const stage = (k: number, from: string): string => `
    %s${k}[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[k: ${H}] %A[j, k] * (${from})
    %k${k}[b: ${B}, t: ${T}, j: ${H}]: f32 = tanh(%s${k}[b, t, j])`;
    return `
    input %y0[b: ${B}, j: ${H}]: f32
    param %A[j: ${H}, k: ${H}]: f32
    %p[b: ${B}, t: ${T}, j: ${H}]: f32 = if 1 <= t then %y[b, t - 1, j] else %y0[b, j]
    ${stage(1, '%p[b, t, k]')}
    ${stage(2, '%p[b, t, k] + 0.125 * %k1[b, t, k]')}
    ${stage(3, '%p[b, t, k] + 0.125 * %k2[b, t, k]')}
    ${stage(4, '%p[b, t, k] + 0.25 * %k3[b, t, k]')}
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = %p[b, t, j] + 0.25 / 6.0 * (%k1[b, t, j] + 2.0 * %k2[b, t, j] + 2.0 * %k3[b, t, j] + %k4[b, t, j])
    result output %y`;
  },
  values: (extents, feed) => {
    const { units: H } = extents;
    const [y0, A] = [feed('y0'), feed('A')];
    const slope = (y: readonly number[]): readonly number[] =>
      range(H).map((j) => Math.tanh(sum(H, (k) => A[j * H + k]! * y[k]!)));
    const along = (y: readonly number[], by: number, k: readonly number[]) => y.map((v, j) => v + by * k[j]!);
    return runRows(extents, (b) => {
      let y: readonly number[] = range(H).map((j) => y0[b * H + j]!);
      return () => {
        const k1 = slope(y);
        const k2 = slope(along(y, 0.125, k1));
        const k3 = slope(along(y, 0.125, k2));
        const k4 = slope(along(y, 0.25, k3));
        y = y.map((v, j) => v + (0.25 / 6) * (k1[j]! + 2 * k2[j]! + 2 * k3[j]! + k4[j]!));
        return y;
      };
    });
  },
};

/** A linear filter with an infinite response: three distances by one load. */
const filter: Network = {
  text: ({ batch: B, steps: T, units: H }) => `
    input %x[b: ${B}, t: ${T}, j: ${H}]: f32
    param %a[s: 3]: f32
    %f[b: ${B}, t: ${T}, j: ${H}]: f32 = sum[s: 3 where s + 1 <= t] %a[s] * %y[b, t - s - 1, j]
    %y[b: ${B}, t: ${T}, j: ${H}]: f32 = %x[b, t, j] + %f[b, t, j]
    result output %y`,
  values: (extents, feed) => {
    const { steps: T, units: H } = extents;
    const [x, a] = [feed('x'), feed('a')];
    return runRows(extents, (b) => {
      const before: (readonly number[])[] = [];
      return (t) => {
        const y = range(H).map(
          (j) => x[(b * T + t) * H + j]! + sum(Math.min(3, t), (s) => a[s]! * before[t - s - 1]![j]!),
        );
        before.push(y);
        return y;
      };
    });
  },
};

/** Each vector without its part along all before, of length 1. Vectors have as many numbers as there are, and two. */
const gramSchmidt: Network = {
  text: ({ batch: B, steps: T }) => `
    input %x[b: ${B}, t: ${T}, j: ${T + 2}]: f32
    %r[b: ${B}, t: ${T}, s: ${T}]: f32 = sum[j: ${T + 2} where s < t] %x[b, t, j] * %y[b, s, j]
    %v[b: ${B}, t: ${T}, j: ${T + 2}]: f32 = sum[s: ${T} where s < t] %r[b, t, s] * %y[b, s, j]
    %u[b: ${B}, t: ${T}, j: ${T + 2}]: f32 = %x[b, t, j] - %v[b, t, j]
    %n[b: ${B}, t: ${T}]: f32 = sum[j: ${T + 2}] %u[b, t, j] ** 2
    %y[b: ${B}, t: ${T}, j: ${T + 2}]: f32 = %u[b, t, j] / sqrt(%n[b, t])
    result output %y`,
  values: (extents, feed) => {
    const { steps: T } = extents;
    const D = T + 2;
    const x = feed('x');
    return runRows({ ...extents, units: D }, (b) => {
      const before: (readonly number[])[] = [];
      return (t) => {
        const own = range(D).map((j) => x[(b * T + t) * D + j]!);
        const u = range(D).map(
          (j) => own[j]! - before.reduce((total, y) => total + sum(D, (k) => own[k]! * y[k]!) * y[j]!, 0),
        );
        const length = Math.sqrt(sum(D, (j) => u[j]! ** 2));
        const y = u.map((value) => value / length);
        before.push(y);
        return y;
      };
    });
  },
};

export const networks: Readonly<Record<string, Network>> = {
  RNN: rnn,
  'gated unit': gatedUnit,
  GRU: gru,
  LSTM: lstm,
  'bidirectional RNN': bidirectional,
  'decoder with attention': attention,
  'decoder of a translator': translator,
  'Euler method': euler,
  'Runge-Kutta method': rungeKutta,
  'linear filter': filter,
  'Gram-Schmidt': gramSchmidt,
};
