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

export interface ScheduleProbe {
  readonly of: string;
  readonly call: string;
  readonly rate: (step: number) => number;
}

const halfCosine = (lr: number, lowest: number, steps: number, step: number): number =>
  lowest + ((lr - lowest) / 2) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));

export const scheduleProbes: readonly ScheduleProbe[] = [
  { of: 'step_decay', call: 'step_decay(0.4, every = 3)', rate: (t) => 0.4 * 0.5 ** Math.floor((t - 1) / 3) },
  { of: 'exponential_decay', call: 'exponential_decay(0.4, 0.01)', rate: (t) => 0.4 * Math.exp(-0.01 * t) },
  { of: 'inverse_time_decay', call: 'inverse_time_decay(1, 2)', rate: (t) => 1 / (1 + 2 * t) },
  { of: 'cosine_decay', call: 'cosine_decay(0.4, 8)', rate: (t) => halfCosine(0.4, 0, 8, t) },
  { of: 'cosine_decay', call: 'cosine_decay(1, 8, lowest = 0.1)', rate: (t) => halfCosine(1, 0.1, 8, t) },
  { of: 'bias_correction', call: 'bias_correction(0.999)', rate: (t) => 1 - 0.999 ** t },
  { of: 'bias_correction', call: 'bias_correction(0)', rate: () => 1 },
  { of: 'warmup', call: 'warmup(1, 4)', rate: (t) => Math.min(t, 4) / 4 },
  {
    of: 'warmup',
    call: 'warmup(cosine_decay(0.4, 8), 4)',
    rate: (t) => (halfCosine(0.4, 0, 8, t) * Math.min(t, 4)) / 4,
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
];
