/** What each initialiser promises of a tensor of many elements. */

export interface InitialiserProbe {
  readonly of: string;
  readonly call: string;
  readonly mean: number;
  /** The standard deviation. */
  readonly deviation: number;
  /** The range of all elements; none for normal draws. */
  readonly range?: readonly [number, number];
}

const even = (low: number, high: number): Omit<InitialiserProbe, 'of' | 'call'> => ({
  mean: (low + high) / 2,
  deviation: (high - low) / Math.sqrt(12),
  range: [low, high],
});

const same = (value: number): Omit<InitialiserProbe, 'of' | 'call'> => even(value, value);

export const initialiserProbes: readonly InitialiserProbe[] = [
  { of: 'zeros', call: 'zeros', ...same(0) },
  { of: 'ones', call: 'ones()', ...same(1) },
  { of: 'constant', call: 'constant(0.25)', ...same(0.25) },
  { of: 'constant', call: 'constant(3)', ...same(3) },
  { of: 'uniform', call: 'uniform()', ...even(0, 1) },
  { of: 'uniform', call: 'uniform(low = -0.1, high = 0.3)', ...even(-0.1, 0.3) },
  { of: 'normal', call: 'normal', mean: 0, deviation: 1 },
  { of: 'normal', call: 'normal(mean = 2, std = 0.1)', mean: 2, deviation: 0.1 },
  {
    of: 'truncated_normal',
    call: 'truncated_normal(mean = 1, std = 0.5)',
    mean: 1,
    deviation: 0.5 * 0.87962566,
    range: [0, 2],
  },
  {
    of: 'xavier_uniform',
    call: 'xavier_uniform(fan_in = 4, fan_out = 8)',
    ...even(-Math.SQRT1_2, Math.SQRT1_2),
  },
  { of: 'xavier_normal', call: 'xavier_normal(fan_in = 4, fan_out = 4)', mean: 0, deviation: 0.5 },
  { of: 'he_uniform', call: 'he_uniform(fan_in = 24)', ...even(-0.5, 0.5) },
  { of: 'he_normal', call: 'he_normal(fan_in = 8)', mean: 0, deviation: 0.5 },
  // The squares of each row of 200 add up to 1, or to 4.
  { of: 'orthogonal', call: 'orthogonal', mean: 0, deviation: Math.sqrt(1 / 200) },
  { of: 'orthogonal', call: 'orthogonal(gain = 2)', mean: 0, deviation: Math.sqrt(4 / 200) },
  { of: 'lecun_normal', call: 'lecun_normal(fan_in = 4)', mean: 0, deviation: 0.5 },
];
