/** Curves in, a picture out in which each has a colour, dashes and marks of its own, named with its last value. */
import type { Markish, ScaleOptions, VectorShapeImplementation } from '@observablehq/plot';
import { numberText } from '../terminal/progress.ts';
import { type Axis, type Chart, type Point, tickText, visiblePoints } from './chart.ts';
import { type ChartPlace, drawChart } from './chart-library.ts';
import { seriesColours } from './palette.ts';

const symbols = ['circle', 'square', 'triangle', 'diamond'] as const;
const dashes = ['none', '6 3', '2 3', '9 3 2 3'] as const;

/** How a curve looks, so that no two of them differ by colour alone, and of sixteen no two are alike. */
const looks = (k: number) => {
  const round = Math.floor(k / symbols.length);
  return {
    colour: seriesColours[k % seriesColours.length]!,
    symbol: symbols[(k + round) % symbols.length]!,
    dash: dashes[(k + 2 * round) % dashes.length]!,
  };
};

const legendRow = 17;
/** Of the name of the vertical axis, above the legend. */
const nameRow = 20;
/** Of the curves themselves. */
const frameHeight = 190;
/** More marks on one curve hide it. */
const mostMarks = 24;

/** The empty text where there is nothing that could be drawn. */
export async function lineChart(chart: Chart, place: ChartPlace = 'page'): Promise<string> {
  const curves = chart.curves.map((curve) => ({ ...curve, points: visiblePoints(curve, chart) }));
  const all = curves.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const marginTop = nameRow + legendRow * curves.length;
  const marginBottom = 36;
  const across = all.map(({ x }) => x);
  const up = all.flatMap(({ y, spread = 0 }) => [lowest(chart.y, y, spread), y + spread]);
  return drawChart(chart.title, place, (plot) => ({
    height: marginTop + frameHeight + marginBottom,
    marginTop,
    marginBottom,
    marginLeft: 60,
    marginRight: 16,
    x: scale(chart.x, across),
    y: { ...scale(chart.y, up), grid: true },
    marks: curves.flatMap(({ name, value, points }, k): readonly Markish[] => {
      const { colour, symbol, dash } = looks(k);
      const line = { stroke: colour, strokeWidth: 1.75, strokeDasharray: dash } as const;
      const dot = { fill: colour, symbol, r: 3.5 } as const;
      const place = { frameAnchor: 'top-left', dy: legendRow * (k - curves.length) + 3 } as const;
      const title = ({ x, y }: Point): string => `${name}, ${chart.x.label} ${tickText(x)}: ${numberText(y)}`;
      return [
        plot.line(points, { x: 'x', y: 'y', ...line }),
        plot.ruleX(points.filter(reaches), {
          x: 'x',
          y1: ({ y, spread = 0 }: Point) => lowest(chart.y, y, spread),
          y2: ({ y, spread = 0 }: Point) => y + spread,
          stroke: colour,
          strokeOpacity: 0.5,
        }),
        plot.dot(spread(points), { x: 'x', y: 'y', ...dot, title }),
        plot.vector([name], { ...place, ...line, dx: 18, length: 36, rotate: 90, shape: stroke }),
        plot.dot([name], { ...place, ...dot, dx: 18 }),
        plot.text([value === undefined ? name : `${name}: ${value}`], {
          ...place,
          dx: 44,
          textAnchor: 'start',
          lineAnchor: 'middle',
        }),
      ];
    }),
  }));
}

const reaches = ({ spread = 0 }: Point): boolean => spread > 0;

/** Below a mean that is hardly larger than its deviation, a logarithmic axis has no end. */
const lowest = ({ logarithmic }: Axis, y: number, spread: number): number =>
  logarithmic ? Math.max(y - spread, y / 10) : y - spread;

/** A vector without a head: the line of a curve beside its name. */
const stroke: VectorShapeImplementation = {
  draw(path, length) {
    path.moveTo(0, 0);
    path.lineTo(0, -length);
  },
};

/** The first, the last, and what lies evenly between them. */
function spread(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil((points.length - 1) / (mostMarks - 1));
  return points.filter((_, k) => k === points.length - 1 || k % every === 0);
}

function scale({ label, logarithmic, from }: Axis, values: readonly number[]): ScaleOptions {
  const least = from ?? values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  if (!logarithmic) return { label, domain: wideEnough(least, most), ticks: 5, nice: true };
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
  const stride = Math.ceil((high - low) / 7);
  const ticks = Array.from({ length: Math.floor((high - low) / stride) + 1 }, (_, k) =>
    powerOfTen(low + k * stride),
  );
  return { label, type: 'log', domain: [powerOfTen(low), powerOfTen(high)], ticks };
}

/** Less than this part of its size, and a value that hardly changes would look as if it did. */
const leastSpread = 0.01;

/** What never changes stands in the middle. */
function wideEnough(least: number, most: number): readonly [number, number] {
  const spread = leastSpread * Math.max(Math.abs(least), Math.abs(most)) || 1;
  const missing = Math.max(0, spread - (most - least)) / 2;
  return [least - missing, most + missing];
}

const powerOfTen = (power: number): number => Number(`1e${power}`);
