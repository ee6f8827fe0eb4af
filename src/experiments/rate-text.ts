/** A search for a rate in; its curve, and the suggestion with its reason, out. */
import { numberText } from '../terminal/progress.ts';
import { type Chart, scaled } from '../views/chart.ts';
import type { RateSearch } from './rate-search.ts';

/** The rate on an axis by powers of ten. */
export function rateChart({ lossName, points }: RateSearch): Chart {
  const curve = (name: string, pick: (point: RateSearch['points'][number]) => number) => ({
    name,
    points: points.map((point) => ({ x: point.rate, y: pick(point) })),
  });
  return {
    title: `${lossName} over the rate`,
    x: { label: 'lr', logarithmic: true },
    y: scaled(
      lossName,
      points.map(({ loss }) => loss),
    ),
    curves: [curve('smoothed', ({ smooth }) => smooth), curve('steps', ({ loss }) => loss)],
  };
}

export function suggestionText({ suggested, steepest, least, grows, sense, lossName, present }: RateSearch): {
  readonly head: string;
  readonly reason: string;
} {
  const [falls, extreme] = sense === 'minimize' ? ['falls', 'least'] : ['rises', 'largest'];
  const loss = `${lossName}, smoothed,`;
  const end =
    grows === undefined
      ? 'up to the last rate it does not grow out of bounds'
      : `from ${numberText(grows)} on it grows out of bounds`;
  const has = `the recipe has ${typeof present === 'number' ? numberText(present) : present}`;
  if (suggested === undefined || steepest === undefined || least === undefined)
    return {
      head: 'no rate is suggested',
      reason: `${loss} ${falls} nowhere by more than its noise; ${end}; ${has}`,
    };
  const isSteepest = steepest <= least / 10;
  const why = isSteepest
    ? `there ${loss} ${falls} most steeply, and it is ${extreme} at ${numberText(least)}`
    : `a tenth of ${numberText(least)}, where ${loss} is ${extreme}`;
  return { head: `suggested: lr = ${suggested}`, reason: `${why}; ${end}; ${has}` };
}
