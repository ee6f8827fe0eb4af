/** What a plot shows: curves, with a name and a scale for each axis. */
import { extremesOf } from '../data/extremes.ts';
import { numberText } from '../terminal/progress.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** How far up and down it may as well be: the deviation of a mean. */
  readonly spread?: number;
}

export interface Curve {
  readonly name: string;
  /** What the legend says beside the name. */
  readonly value?: string;
  readonly points: readonly Point[];
}

export interface Axis {
  readonly label: string;
  /** By powers of ten: what is not positive has no place on it. */
  readonly logarithmic: boolean;
  /** Its beginning, wherever the curves begin. */
  readonly from?: number;
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
}

const isVisible = (value: number, { logarithmic }: Axis): boolean =>
  Number.isFinite(value) && (!logarithmic || value > 0);

/** The points of a curve that have a place on both axes. */
export const visiblePoints = ({ points }: Curve, { x, y }: Chart): readonly Point[] =>
  points.filter((point) => isVisible(point.x, x) && isVisible(point.y, y));

/** More than this from the least to the most, and a linear axis shows the largest alone. */
const widestLinear = 30;

/** An axis for these values: of orders of magnitude where they are as far apart. */
export function scaled(label: string, values: readonly number[]): Axis {
  const { least, most } = extremesOf(values);
  return { label, logarithmic: least > 0 && most / least > widestLinear };
}

/** Curves over the epochs of a training, with their last values; those of what shrinks by orders of magnitude on a logarithmic axis. */
export function overEpochs(title: string, quantity: string, curves: readonly Curve[]): Chart {
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y));
  return {
    title,
    x: { label: 'epoch', logarithmic: false, from: 0 },
    y: scaled(quantity, values),
    curves: curves.map((curve) => {
      const last = curve.points.at(-1);
      return last && curve.value === undefined ? { ...curve, value: numberText(last.y) } : curve;
    }),
  };
}

/** A number beside an axis or in words: short, and never in twenty digits. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(0)
    : String(Number(value.toPrecision(4)));
}
