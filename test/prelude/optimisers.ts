/** The optimisers, schedules and gradient clips, each with its textbook formula. */

type State = Readonly<Record<string, number>>;

/** Applied to each constant and each result of an operation: nothing, or `Math.fround` for the arithmetic of f32. */
export type Rounding = (x: number) => number;

export interface OptimiserProbe {
  readonly of: string;
  readonly call: string;
  /** The names of the states, which all start at 0. */
  readonly states: readonly string[];
  /** The new weight and states of one step. */
  readonly follow: (
    w: number,
    g: number,
    state: State,
    step: number,
    r?: Rounding,
  ) => { readonly w: number; readonly state: State };
}

const exact: Rounding = (x) => x;

/** `keep` of the old mean and the rest of the new element. */
const running = (keep: number, old: number, element: number, r: Rounding): number =>
  r(r(r(keep) * old) + r(r(1 - keep) * element));

const adam =
  (lr: number, decay: number): OptimiserProbe['follow'] =>
  (w, g, { m, v }, step, r = exact) => {
    const mean = running(0.9, m!, g, r);
    const square = running(0.999, v!, r(g * g), r);
    const root = r(r(Math.sqrt(r(square / r(1 - 0.999 ** step)))) + r(1e-8));
    const corrected = r(r(mean / r(1 - 0.9 ** step)) / root);
    return { w: r(w - r(r(lr) * r(corrected + r(r(decay) * w)))), state: { m: mean, v: square } };
  };

export const optimiserProbes: readonly OptimiserProbe[] = [
  {
    of: 'sgd',
    call: 'sgd(lr = 0.1)',
    states: [],
    follow: (w, g, _state, _step, r = exact) => ({ w: r(w - r(r(0.1) * g)), state: {} }),
  },
  {
    of: 'momentum',
    call: 'momentum(lr = 0.1, gamma = 0.8)',
    states: ['m'],
    follow: (w, g, { m }, _step, r = exact) => {
      const next = r(r(r(0.8) * m!) + r(r(0.1) * g));
      return { w: r(w - next), state: { m: next } };
    },
  },
  {
    of: 'nesterov',
    call: 'nesterov(lr = 0.1, gamma = 0.8)',
    states: ['m'],
    follow: (w, g, { m }, _step, r = exact) => {
      const next = r(r(r(0.8) * m!) + r(r(0.1) * g));
      return { w: r(w - r(r(r(0.8) * next) + r(r(0.1) * g))), state: { m: next } };
    },
  },
  {
    of: 'adagrad',
    call: 'adagrad(lr = 0.1)',
    states: ['s'],
    follow: (w, g, { s }, _step, r = exact) => {
      const next = r(s! + r(g * g));
      return { w: r(w - r(r(r(0.1) * g) / r(r(Math.sqrt(next)) + r(1e-8)))), state: { s: next } };
    },
  },
  {
    of: 'rmsprop',
    call: 'rmsprop(lr = 0.1)',
    states: ['s'],
    follow: (w, g, { s }, _step, r = exact) => {
      const next = running(0.9, s!, r(g * g), r);
      return { w: r(w - r(r(r(0.1) * g) / r(r(Math.sqrt(next)) + r(1e-8)))), state: { s: next } };
    },
  },
  { of: 'adam', call: 'adam(lr = 0.1)', states: ['m', 'v'], follow: adam(0.1, 0) },
  {
    of: 'adamw',
    call: 'adamw(lr = 0.1, weight_decay = 0.05)',
    states: ['m', 'v'],
    follow: adam(0.1, 0.05),
  },
];

/** `keep` of the old and the rest of the new, in f64. */
const kept = (keep: number, old: number, element: number): number => keep * old + (1 - keep) * element;

export const furtherOptimiserProbes: readonly OptimiserProbe[] = [
  {
    of: 'damped_momentum',
    call: 'damped_momentum(lr = 0.1, gamma = 0.8, dampening = 0.3, weight_decay = 0.05)',
    states: ['m'],
    follow: (w, g, { m }) => {
      const next = 0.8 * m! + 0.7 * (g + 0.05 * w);
      return { w: w - 0.1 * next, state: { m: next } };
    },
  },
  {
    of: 'adagrad',
    call: 'adagrad(lr = 0.1, eps = 0.01, inside = true)',
    states: ['s'],
    follow: (w, g, { s }) => {
      const next = s! + g * g;
      return { w: w - (0.1 * g) / Math.sqrt(next + 0.01), state: { s: next } };
    },
  },
  {
    of: 'rmsprop',
    call: 'rmsprop(lr = 0.1, eps = 0.01, inside = true)',
    states: ['s'],
    follow: (w, g, { s }) => {
      const next = kept(0.9, s!, g * g);
      return { w: w - (0.1 * g) / Math.sqrt(next + 0.01), state: { s: next } };
    },
  },
  {
    of: 'adadelta',
    call: 'adadelta(eps = 1e-3)',
    states: ['s', 'u'],
    follow: (w, g, { s, u }) => {
      const squares = kept(0.95, s!, g * g);
      const step = (Math.sqrt(u! + 1e-3) / Math.sqrt(squares + 1e-3)) * g;
      return { w: w - step, state: { s: squares, u: kept(0.95, u!, step * step) } };
    },
  },
  {
    of: 'centred_rmsprop',
    call: 'centred_rmsprop(lr = 0.1, decay = 0.9, gamma = 0.8)',
    states: ['s', 'a', 'm'],
    follow: (w, g, { s, a, m }) => {
      const [squares, mean] = [kept(0.9, s!, g * g), kept(0.9, a!, g)];
      const next = 0.8 * m! + (0.1 * g) / Math.sqrt(squares - mean * mean + 1e-4);
      return { w: w - next, state: { s: squares, a: mean, m: next } };
    },
  },
  {
    of: 'rmsprop_momentum',
    call: 'rmsprop_momentum(lr = 0.1, gamma = 0.8)',
    states: ['s', 'm'],
    follow: (w, g, { s, m }) => {
      const squares = kept(0.9, s!, g * g);
      const next = 0.8 * m! + (0.1 * g) / (Math.sqrt(squares) + 1e-8);
      return { w: w - next, state: { s: squares, m: next } };
    },
  },
  {
    of: 'adam_constant_correction',
    call: 'adam_constant_correction(lr = 0.1)',
    states: ['m', 'v'],
    follow: (w, g, { m, v }) => {
      const [mean, square] = [kept(0.9, m!, g), kept(0.999, v!, g * g)];
      return {
        w: w - (0.1 * (mean / 0.1)) / (Math.sqrt(square / 0.001) + 1e-8),
        state: { m: mean, v: square },
      };
    },
  },
  {
    of: 'adam_uncorrected',
    call: 'adam_uncorrected(lr = 0.1)',
    states: ['m', 'v'],
    follow: (w, g, { m, v }) => {
      const [mean, square] = [kept(0.9, m!, g), kept(0.999, v!, g * g)];
      return { w: w - (0.1 * mean) / Math.sqrt(square + 1e-8), state: { m: mean, v: square } };
    },
  },
  {
    of: 'adamax',
    call: 'adamax(lr = 0.1)',
    states: ['m', 'u'],
    follow: (w, g, { m, u }, step) => {
      const [mean, largest] = [kept(0.9, m!, g), Math.max(0.999 * u!, Math.abs(g))];
      return {
        w: w - ((0.1 / (1 - 0.9 ** step)) * mean) / (largest + 1e-8),
        state: { m: mean, u: largest },
      };
    },
  },
  {
    of: 'amsgrad',
    call: 'amsgrad(lr = 0.1, beta2 = 0.5)',
    states: ['m', 'v', 'h'],
    follow: (w, g, { m, v, h }, step) => {
      const [mean, square] = [kept(0.9, m!, g), kept(0.5, v!, g * g)];
      const largest = Math.max(h!, square);
      const root = Math.sqrt(largest / (1 - 0.5 ** step)) + 1e-8;
      return { w: w - (0.1 * mean) / (1 - 0.9 ** step) / root, state: { m: mean, v: square, h: largest } };
    },
  },
  {
    of: 'nadam',
    call: 'nadam(lr = 0.1)',
    states: ['m', 'v'],
    follow: (w, g, { m, v }, step) => {
      const [mean, square] = [kept(0.9, m!, g), kept(0.999, v!, g * g)];
      const ahead = (0.9 * mean) / (1 - 0.9 ** (step + 1)) + (0.1 * g) / (1 - 0.9 ** step);
      return {
        w: w - (0.1 * ahead) / (Math.sqrt(square / (1 - 0.999 ** step)) + 1e-8),
        state: { m: mean, v: square },
      };
    },
  },
  {
    of: 'lion',
    call: 'lion(lr = 0.1, weight_decay = 0.05)',
    states: ['m'],
    follow: (w, g, { m }) => ({
      w: w - 0.1 * (Math.sign(kept(0.9, m!, g)) + 0.05 * w),
      state: { m: kept(0.99, m!, g) },
    }),
  },
];

export interface ScheduleProbe {
  readonly of: string;
  readonly call: string;
  readonly rate: (step: number) => number;
}

const halfCosine = (lr: number, lowest: number, steps: number, step: number): number =>
  lowest + ((lr - lowest) / 2) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));

export const scheduleProbes: readonly ScheduleProbe[] = [
  { of: 'step_decay', call: 'step_decay(0.4, every = 3)', rate: (t) => 0.4 * 0.5 ** Math.floor((t - 1) / 3) },
  {
    of: 'exponential_decay',
    call: 'exponential_decay(0.4, 0.01, at = 2 * step)',
    rate: (t) => 0.4 * Math.exp(-0.01 * (2 * t - 1)),
  },
  {
    of: 'exponential_decay',
    call: 'exponential_decay(0.4, 0.01)',
    rate: (t) => 0.4 * Math.exp(-0.01 * (t - 1)),
  },
  { of: 'inverse_time_decay', call: 'inverse_time_decay(1, 2)', rate: (t) => 1 / (1 + 2 * (t - 1)) },
  { of: 'cosine_decay', call: 'cosine_decay(0.4, 8)', rate: (t) => halfCosine(0.4, 0, 8, t - 1) },
  { of: 'cosine_decay', call: 'cosine_decay(1, 8, lowest = 0.1)', rate: (t) => halfCosine(1, 0.1, 8, t - 1) },
  { of: 'bias_correction', call: 'bias_correction(0.999)', rate: (t) => 1 - 0.999 ** t },
  { of: 'bias_correction', call: 'bias_correction(0)', rate: () => 1 },
  { of: 'polynomial_decay', call: 'polynomial_decay(0.4, 8)', rate: (t) => (0.4 * Math.max(9 - t, 0)) / 8 },
  {
    of: 'polynomial_decay',
    call: 'polynomial_decay(1, 8, power = 0.9, lowest = 0.1)',
    rate: (t) => 0.1 + 0.9 * (Math.max(9 - t, 0) / 8) ** 0.9,
  },
  {
    of: 'polynomial_decay',
    call: 'polynomial_decay(0.4, 8, at = 2 * step)',
    rate: (t) => (0.4 * Math.max(9 - 2 * t, 0)) / 8,
  },
  {
    of: 'inverse_square_root_decay',
    call: 'inverse_square_root_decay(0.4, 4)',
    rate: (t) => (t <= 4 ? (0.4 * t) / 4 : 0.4 * Math.sqrt(4 / t)),
  },
  {
    of: 'inverse_square_root_decay',
    call: 'inverse_square_root_decay(0.4, 4, at = 3 * step)',
    rate: (t) => (t === 1 ? 0.3 : 0.4 * Math.sqrt(4 / (3 * t))),
  },
  {
    of: 'one_cycle',
    call: 'one_cycle(0.5, 10, at = 2 * step)',
    rate: (t) =>
      t === 1 ? halfCosine(0.02, 0.5, 3, 2) : halfCosine(0.5, 0.00005, 7, Math.min(2 * t, 10) - 3),
  },
  {
    of: 'one_cycle',
    call: 'one_cycle(0.5, 10, rise = 0.4)',
    rate: (t) => (t < 4 ? halfCosine(0.02, 0.5, 4, t) : halfCosine(0.5, 0.00005, 6, Math.min(t, 10) - 4)),
  },
  { of: 'warmup', call: 'warmup(1, 4)', rate: (t) => Math.min(t, 4) / 4 },
  {
    of: 'warmup',
    call: 'warmup(cosine_decay(0.4, 8), 4)',
    rate: (t) => (halfCosine(0.4, 0, 8, t - 1) * Math.min(t, 4)) / 4,
  },
];

export interface ClipProbe {
  readonly of: string;
  readonly call: string;
  /** The new gradient, from all the gradients. */
  readonly clip: (g: readonly number[]) => readonly number[];
}

const norm = (g: readonly number[]): number => Math.hypot(...g);

export const clipProbes: readonly ClipProbe[] = [
  { of: 'clip_value', call: 'clip_value(0.5)', clip: (g) => g.map((x) => Math.max(-0.5, Math.min(0.5, x))) },
  { of: 'clip_norm', call: 'clip_norm(2)', clip: (g) => g.map((x) => x * Math.min(1, 2 / norm(g))) },
  { of: 'clip_norm', call: 'clip_norm(limit = 1000)', clip: (g) => g },
  { of: 'scale_to_norm', call: 'scale_to_norm(2)', clip: (g) => g.map((x) => (x * 2) / norm(g)) },
];
