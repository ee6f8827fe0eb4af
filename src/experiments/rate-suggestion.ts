/** Losses of steps whose rate rises in; a smooth curve of them, where it falls, is least and grows, and a rate to take, out. */

export interface RateLoss {
  readonly rate: number;
  readonly loss: number;
}

export interface RateCurve {
  /** As far as the loss is of the size that it began with. */
  readonly points: readonly (RateLoss & { readonly smooth: number })[];
  /** The rate at which the smooth loss falls most, and at which it is least; undefined where it does not fall. */
  readonly steepest: number | undefined;
  readonly least: number | undefined;
  /** The rate from which on the loss grows out of all bounds. */
  readonly grows: number | undefined;
  /** With one digit. */
  readonly suggested: number | undefined;
}

/** Of all steps, the part on each side that a mean is taken over. */
const reach = 1 / 20;

/** How far below the least loss a rate is safe. */
const margin = 10;

/**
 * The suggestion is where the loss falls most for each time that the rate grows by the same factor, but a tenth of where it is least
 * at most (Smith, Cyclical Learning Rates for Training Neural Networks, 2015, section 3.3: the range between the two).
 */
export function rateCurve(losses: readonly RateLoss[]): RateCurve {
  const half = Math.max(1, Math.round(losses.length * reach));
  const begin = meanOf(losses.slice(0, half + 1).map(({ loss }) => loss));
  const lowest = losses.reduce((least, { loss }) => (loss < least ? loss : least), begin);
  /** As far above the beginning as the loss has been below it, and once more its size. */
  const bound = begin + Math.max(Math.abs(begin), begin - lowest);
  const end = losses.findIndex(({ loss }) => !(loss <= bound));
  const seen = end < 0 ? losses : losses.slice(0, end);
  const points = seen.map((point, k) => ({ ...point, smooth: smoothed(seen, k, half) }));
  const grows = end < 0 ? undefined : losses[end]!.rate;
  const none = { points, steepest: undefined, least: undefined, grows, suggested: undefined };
  if (points.length < 3) return none;
  const at = points.reduce((best, { smooth }, k) => (smooth < points[best]!.smooth ? k : best), 0);
  const noise = Math.sqrt(meanOf(points.slice(0, at + 1).map(({ loss, smooth }) => (loss - smooth) ** 2)));
  // What a mean over a few noisy steps is off by anyway is no fall.
  if (points[0]!.smooth - points[at]!.smooth <= (2 * noise) / Math.sqrt(half)) return none;
  const slope = (k: number): number =>
    points[Math.min(k + 1, points.length - 1)]!.smooth - points[Math.max(k - 1, 0)]!.smooth;
  const inside = points.map((_, k) => k).filter((k) => k > 0 && k < at);
  const steep = inside.reduce((best, k) => (slope(k) < slope(best) ? k : best), inside[0] ?? at);
  const [steepest, least] = [points[steep]!.rate, points[at]!.rate];
  return { points, steepest, least, grows, suggested: oneDigit(Math.min(steepest, least / margin)) };
}

/** Those near weigh more. */
function smoothed(losses: readonly RateLoss[], at: number, half: number): number {
  let [sum, weights] = [0, 0];
  for (let k = Math.max(0, at - half); k <= Math.min(losses.length - 1, at + half); k++) {
    const weight = half + 1 - Math.abs(k - at);
    sum += weight * losses[k]!.loss;
    weights += weight;
  }
  return sum / weights;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const oneDigit = (value: number): number => Number(value.toPrecision(1));
