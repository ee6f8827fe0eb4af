/** A sweep and a loss or metric in; its curves over what is swept, or over the epochs, out. */
import { spreadOf } from '../data/spread.ts';
import { type Chart, type Curve, overEpochs, scaled } from '../views/chart.ts';
import { type Point, pointText, type Row, type Sweep, type Axis as SweptAxis } from './sweep.ts';

const places = [
  { of: 'training', prefix: '' },
  { of: 'held-out', prefix: 'eval.' },
] as const;

/** Over the first axis of several numbers; the others, and recipes, are curves of their own. Over epochs where there is none. */
export function sweepChart(sweep: Sweep, quantity: string): Chart {
  const across = sweep.axes.find(
    ({ values }) => values.length > 1 && values.every((value) => typeof value === 'number'),
  );
  return across === undefined ? epochChart(sweep, quantity) : axisChart(sweep, across, quantity);
}

/** What tells curves apart: the axes of several values, but for the one that they lie over. */
function nameOf(point: Point, axes: readonly SweptAxis[], across: SweptAxis | undefined, of: string): string {
  const own = axes.filter((axis) => axis !== across && axis.values.length > 1);
  const others = new Map(own.map(({ name }) => [name, point.get(name)!]));
  return others.size === 0 ? of : `${pointText(others)}, ${of}`;
}

function axisChart({ axes, rows }: Sweep, across: SweptAxis, quantity: string): Chart {
  const curves = new Map<string, Curve['points'][number][]>();
  for (const { of, prefix } of places) {
    for (const { point, values } of rows) {
      const spread = values.get(`${prefix}${quantity}`);
      if (spread === undefined) continue;
      const name = nameOf(point, axes, across, of);
      const x = Number(point.get(across.name));
      curves.set(name, [...(curves.get(name) ?? []), { x, y: spread.mean, spread: spread.deviation }]);
    }
  }
  const lists = [...curves].map(([name, points]) => ({
    name,
    points: [...points].sort((a, b) => a.x - b.x),
  }));
  const all = lists.flatMap(({ points }) => points);
  return {
    title: `${quantity} over ${across.name}`,
    x: scaled(
      across.name,
      all.map(({ x }) => x),
    ),
    y: scaled(
      quantity,
      all.map(({ y }) => y),
    ),
    curves: lists,
  };
}

function epochChart({ axes, rows }: Sweep, quantity: string): Chart {
  const curves = rows.flatMap((row) =>
    places.flatMap(({ of }): readonly Curve[] => {
      const points = pointsOf(row, of, quantity);
      return points.length === 0 ? [] : [{ name: nameOf(row.point, axes, undefined, of), points }];
    }),
  );
  return overEpochs(`${quantity} over the epochs`, quantity, curves);
}

/** The mean over the seeds, as far as all of them have an epoch. */
function pointsOf({ runs }: Row, of: (typeof places)[number]['of'], quantity: string): Curve['points'] {
  const sound = runs.filter(({ diverged }) => !diverged);
  const least = Math.min(...sound.map(({ epochs }) => epochs.length));
  if (!Number.isFinite(least)) return [];
  return Array.from({ length: least }, (_, k) => k).flatMap((k) => {
    const values = sound.flatMap(({ epochs }) => {
      const { training, evaluation } = epochs[k]!;
      return (of === 'training' ? training : evaluation)?.get(quantity) ?? [];
    });
    if (values.length < sound.length) return [];
    const { mean, deviation } = spreadOf(values);
    return [{ x: sound[0]!.epochs[k]!.epoch, y: mean, spread: deviation }];
  });
}
