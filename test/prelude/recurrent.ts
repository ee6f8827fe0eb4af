/** The recurrent layers, each as the loop that its formula says, at sizes that no two axes share. */
import { type Formula, given, ofAnyShape, type Probe, type ProbeInput, type Shape, tensor } from './probe.ts';

type Vector = readonly number[];
type Values = Readonly<Record<string, Vector>>;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const range = (n: number): Vector => Array.from({ length: n }, (_, k) => k);
const sum = (n: number, term: (k: number) => number): number =>
  range(n).reduce((total, k) => total + term(k), 0);

interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly H: number;
}

/** What the states of one row are, one for each position, as columns of the row: `step` gets what is read and the state. */
function unrolled(
  { B, T, I, H }: Sizes,
  x: Vector,
  starts: readonly (Vector | undefined)[],
  step: (x: Vector, states: readonly Vector[]) => readonly Vector[],
): readonly Vector[] {
  const parts: number[][] = starts.map(() => []);
  for (const b of range(B)) {
    let states = starts.map((start) => range(H).map((j) => start?.[b * H + j] ?? 0));
    for (const t of range(T)) {
      states = step(x.slice((b * T + t) * I, (b * T + t + 1) * I), states).map((one) => [...one]);
      for (const [k, state] of states.entries()) parts[k]!.push(...state);
    }
  }
  return parts;
}

/** Row j of gate g of a table times a vector. */
const product = (table: Vector, g: number, j: number, height: number, v: Vector): number =>
  sum(v.length, (i) => table[(g * height + j) * v.length + i]! * v[i]!);

const one: Sizes = { B: 2, T: 3, I: 2, H: 3 };
const two: Sizes = { B: 1, T: 4, I: 1, H: 2 };
const square: Sizes = { B: 3, T: 3, I: 3, H: 3 };

const weights = (gates: number, { I, H }: Sizes, more: Readonly<Record<string, ProbeInput>> = {}) => {
  const front = gates === 1 ? [] : [gates];
  const near: readonly [number, number] = [-1, 1];
  return { 'l.W': tensor([...front, H, I], near), 'l.U': tensor([...front, H, H], near), ...more };
};

const bias = (gates: number, { H }: Sizes): Readonly<Record<string, ProbeInput>> => ({
  'l.b': tensor(gates === 1 ? [H] : [gates, H], [-1, 1]),
});

interface Layer {
  readonly of: string;
  readonly make: string;
  readonly gates: number;
  readonly sizes: Sizes;
  readonly start?: boolean;
  readonly more?: Readonly<Record<string, ProbeInput>>;
  readonly step: (v: Values, sizes: Sizes) => (x: Vector, state: Vector) => Vector;
}

function probe({ of, make, gates, sizes, start, more = {}, step }: Layer): Probe {
  const { B, T, I, H } = sizes;
  const formula =
    (own: Sizes): Formula =>
    (v) => {
      const next = step(v, own);
      return unrolled(own, v.x!, [v.h0], (x, [h]) => [next(x, h!)])[0]!;
    };
  const inputs = {
    x: tensor([B, T, I], [-1, 1]),
    ...(start === true ? { h0: tensor([B, H], [-1, 1]) } : {}),
    ...weights(gates, sizes, more),
  };
  return {
    of,
    instance: `l = ${make}`,
    call: start === true ? 'l(x, h0)' : 'x |> l',
    inputs,
    resultShape: [B, T, H],
    formula: formula(sizes),
    reshaped: ({ x }, result) => formula(sizesOf(x, result)),
    differentiable: Object.keys(inputs),
  };
}

const rnn: Layer['step'] =
  (v, { H }) =>
  (x, h) =>
    range(H).map((j) =>
      Math.tanh((v['l.b']?.[j] ?? 0) + product(v['l.W']!, 0, j, H, x) + product(v['l.U']!, 0, j, H, h)),
    );

const gatedUnit: Layer['step'] =
  (v, { H }) =>
  (x, h) => {
    const a = (g: number, j: number): number =>
      product(v['l.W']!, g, j, H, x) + product(v['l.U']!, g, j, H, h);
    return range(H).map((j) => {
      const z = sigmoid(a(1, j));
      return (1 - z) * h[j]! + z * Math.tanh(a(0, j));
    });
  };

const gru =
  (keeps: boolean, after: boolean): Layer['step'] =>
  (v, { H }) =>
  (x, h) => {
    const seen = (g: number, j: number): number =>
      (v['l.b']?.[g * H + j] ?? 0) + product(v['l.W']!, g, j, H, x);
    const [r, z] = [0, 1].map((g) =>
      range(H).map((j) => sigmoid(seen(g, j) + product(v['l.U']!, g, j, H, h))),
    );
    const reset = h.map((value, j) => r![j]! * value);
    return range(H).map((j) => {
      const recalled = after
        ? r![j]! * ((v['l.d']?.[j] ?? 0) + product(v['l.U']!, 2, j, H, h))
        : product(v['l.U']!, 2, j, H, reset);
      const c = Math.tanh(seen(2, j) + recalled);
      const kept = keeps ? z![j]! : 1 - z![j]!;
      return kept * h[j]! + (1 - kept) * c;
    });
  };

function lstmStates(v: Values, sizes: Sizes): readonly Vector[] {
  const { H } = sizes;
  return unrolled(sizes, v.x!, [v.h0, v.c0], (x, [h, c]) => {
    const z = (g: number, j: number): number =>
      (v['l.b']?.[g * H + j] ?? 0) + product(v['l.W']!, g, j, H, x) + product(v['l.U']!, g, j, H, h!);
    const cells = range(H).map((j) => sigmoid(z(1, j)) * c![j]! + sigmoid(z(0, j)) * Math.tanh(z(2, j)));
    return [cells.map((cell, j) => sigmoid(z(3, j)) * Math.tanh(cell)), cells];
  });
}

const backwards = (x: Vector, T: number, width: number): Vector =>
  range(x.length / (T * width)).flatMap((b) =>
    range(T).flatMap((t) => x.slice((b * T + T - 1 - t) * width, (b * T + T - t) * width)),
  );

const lstm = (make: string, more: Readonly<Record<string, ProbeInput>>): Probe => {
  const inputs = { x: tensor([one.B, one.T, one.I], [-1, 1]), ...weights(4, one, more) };
  return ofAnyShape(
    {
      of: 'LSTM',
      instance: `l = ${make}`,
      call: 'x |> l',
      inputs,
      resultShape: [one.B, one.T, one.H],
      differentiable: Object.keys(inputs),
    },
    ({ x }, result) =>
      (v) =>
        lstmStates(v, sizesOf(x, result))[0]!,
  );
};

const sizesOf = (x: Shape | undefined, result: Shape): Sizes => {
  const [B, T, I] = x as readonly [number, number, number];
  return { B, T, I, H: result.at(-1)! };
};

export const recurrentProbes: readonly Probe[] = [
  probe({ of: 'RNN', make: 'RNN(3)', gates: 1, sizes: one, more: bias(1, one), step: rnn }),
  probe({
    of: 'RNN',
    make: 'RNN(3)',
    gates: 1,
    sizes: square,
    more: bias(1, square),
    start: true,
    step: rnn,
  }),
  probe({ of: 'RNN', make: 'RNN(2)', gates: 1, sizes: { ...two, T: 1 }, more: bias(1, two), step: rnn }),
  probe({ of: 'GatedUnit', make: 'GatedUnit(3)', gates: 2, sizes: one, step: gatedUnit }),
  probe({ of: 'GatedUnit', make: 'GatedUnit(2)', gates: 2, sizes: two, start: true, step: gatedUnit }),
  probe({ of: 'GRU', make: 'GRU(3)', gates: 3, sizes: one, more: bias(3, one), step: gru(true, false) }),
  probe({
    of: 'GRU',
    make: 'GRU(3, z_keeps = false)',
    gates: 3,
    sizes: square,
    more: bias(3, square),
    step: gru(false, false),
  }),
  probe({
    of: 'GRU',
    make: 'GRU(2, reset_after = true)',
    gates: 3,
    sizes: two,
    more: { ...bias(3, two), 'l.d': tensor([2], [-1, 1]) },
    start: true,
    step: gru(true, true),
  }),
  probe({
    of: 'GRU',
    make: 'GRU(3, z_keeps = false, reset_after = true)',
    gates: 3,
    sizes: one,
    more: { ...bias(3, one), 'l.d': tensor([3], [-1, 1]) },
    step: gru(false, true),
  }),
  // As a lecture has them: without biases.
  probe({ of: 'RNN', make: 'RNN(3, bias = false)', gates: 1, sizes: one, step: rnn }),
  probe({
    of: 'GRU',
    make: 'GRU(3, z_keeps = false, bias = false)',
    gates: 3,
    sizes: one,
    step: gru(false, false),
  }),
  probe({
    of: 'GRU',
    make: 'GRU(2, reset_after = true, bias = false)',
    gates: 3,
    sizes: two,
    step: gru(true, true),
  }),
  lstm('LSTM(3)', bias(4, one)),
  lstm('LSTM(3, bias = false)', {}),
  ofAnyShape(
    {
      of: 'LSTM',
      instance: '(h, c) = LSTM(2)(x, h0, c0)',
      call: 'stack(h, c)',
      inputs: {
        x: tensor([1, 4, 1], [-1, 1]),
        h0: tensor([1, 2], [-1, 1]),
        c0: tensor([1, 2], [-1, 1]),
        'LSTM_1.W': tensor([4, 2, 1], [-1, 1]),
        'LSTM_1.U': tensor([4, 2, 2], [-1, 1]),
        'LSTM_1.b': tensor([4, 2], [-1, 1]),
      },
      resultShape: [2, 1, 4, 2],
      differentiable: ['x', 'h0', 'c0'],
    },
    ({ x }, result) =>
      (v) => {
        const own = { ...v, 'l.W': v['LSTM_1.W']!, 'l.U': v['LSTM_1.U']!, 'l.b': v['LSTM_1.b']! };
        return lstmStates(own, sizesOf(x, result)).flat();
      },
  ),
  {
    of: 'Bidirectional',
    instance: 'f = RNN(3)\n  g = LSTM(2)\n  l = Bidirectional(f, g)',
    call: 'x |> l',
    inputs: {
      x: tensor([2, 3, 2], [-1, 1]),
      'f.W': tensor([3, 2], [-1, 1]),
      'f.U': tensor([3, 3], [-1, 1]),
      'f.b': tensor([3], [-1, 1]),
      'g.W': tensor([4, 2, 2], [-1, 1]),
      'g.U': tensor([4, 2, 2], [-1, 1]),
      'g.b': tensor([4, 2], [-1, 1]),
    },
    resultShape: [2, 3, 5],
    formula: (v) => {
      const narrow = { ...one, H: 2 };
      const f = rnn({ 'l.W': v['f.W']!, 'l.U': v['f.U']!, 'l.b': v['f.b']! }, one);
      const ahead = unrolled(one, v.x!, [undefined], (x, [h]) => [f(x, h!)])[0]!;
      const read = { x: backwards(v.x!, 3, 2), 'l.W': v['g.W']!, 'l.U': v['g.U']!, 'l.b': v['g.b']! };
      const behind = backwards(lstmStates(read, narrow)[0]!, 3, 2);
      return range(6).flatMap((r) => [...ahead.slice(r * 3, r * 3 + 3), ...behind.slice(r * 2, r * 2 + 2)]);
    },
    differentiable: ['x', 'f.U', 'g.U'],
  },
  {
    of: 'reversed',
    call: 'reversed(x)',
    inputs: { x: tensor([2, 3, 2]) },
    resultShape: [2, 3, 2],
    formula: (v) => backwards(v.x!, 3, 2),
    differentiable: ['x'],
  },
  {
    of: 'orthonormal_rows',
    call: 'orthonormal_rows(x)',
    inputs: { x: tensor([2, 2, 3]) },
    resultShape: [2, 2, 3],
    formula: (v) => range(2).flatMap((k) => gramSchmidt(v.x!.slice(6 * k, 6 * k + 6), 2, 3)),
    differentiable: ['x'],
  },
  {
    of: 'orthonormal',
    call: 'orthonormal(x)',
    inputs: { x: given('f32', [3, 2], [1, 2, -1, 0.5, 0.25, 2]) },
    resultShape: [3, 2],
    formula: (v) => transposed(gramSchmidt(transposed(v.x!, 3, 2), 2, 3), 2, 3),
    differentiable: ['x'],
  },
];

/** The textbook's loop: from each row what it shares with those before is taken off, and what is left is made 1 long. */
function gramSchmidt(a: Vector, R: number, C: number): Vector {
  const done: Vector[] = [];
  for (const n of range(R)) {
    let u = a.slice(n * C, n * C + C);
    for (const q of done) {
      const shared = sum(C, (i) => q[i]! * u[i]!);
      u = u.map((value, i) => value - shared * q[i]!);
    }
    const length = Math.hypot(...u);
    done.push(u.map((value) => value / length));
  }
  return done.flat();
}

const transposed = (a: Vector, R: number, C: number): Vector =>
  range(C).flatMap((c) => range(R).map((r) => a[r * C + c]!));
