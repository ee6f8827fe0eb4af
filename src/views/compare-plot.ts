/** Curves over two logarithmic axes in, a plot for the terminal out. */
import { type Chart, visiblePoints } from './chart.ts';

/** What marks the points of a curve, and what stands where several meet. */
const marksOfCurves = ['o', 'x', '+', '#'] as const;
const several = '*';

interface Range {
  readonly low: number;
  readonly high: number;
}

const decades = (values: readonly number[]): Range =>
  values.length === 0
    ? { low: 0, high: 1 }
    : {
        low: Math.floor(Math.min(...values.map(Math.log10))),
        high: Math.max(
          Math.floor(Math.min(...values.map(Math.log10))) + 1,
          Math.ceil(Math.max(...values.map(Math.log10))),
        ),
      };

const cellWidth = 4;

/** A row a decade, a column a decade; `*` where several curves meet. */
export function plotText(chart: Chart): string {
  const curves = chart.curves.map((curve, k) => ({
    name: curve.name,
    mark: marksOfCurves[k % marksOfCurves.length]!,
    points: visiblePoints(curve, chart),
  }));
  const points = curves.flatMap((curve) => curve.points);
  const [across, up] = [decades(points.map((p) => p.x)), decades(points.map((p) => p.y))];
  const marks = new Map<string, string>();
  for (const { mark, points: own } of curves) {
    for (const point of own) {
      const column = Math.round((Math.log10(point.x) - across.low) * cellWidth);
      const row = Math.round(Math.log10(point.y));
      const key = `${row} ${column}`;
      const before = marks.get(key);
      marks.set(key, before === undefined || before === mark ? mark : several);
    }
  }
  const columns = (across.high - across.low) * cellWidth + 1;
  const rows = Array.from({ length: up.high - up.low + 1 }, (_, k) => {
    const row = up.high - k;
    const cells = Array.from({ length: columns }, (__, column) => marks.get(`${row} ${column}`) ?? ' ');
    return `${`1e${row}`.padStart(7)} |${cells.join('')}`.trimEnd();
  });
  const ticks = Array.from({ length: Math.ceil((across.high - across.low + 1) / 2) }, (_, k) =>
    `1e${across.low + 2 * k}`.padEnd(2 * cellWidth),
  );
  const legend = curves.map(({ mark, name }) => `${mark} ${name}`).join('   ');
  return [
    `${chart.title} (${legend}   ${several} both)`,
    '',
    `${chart.y.label.padStart(7)}`,
    ...rows,
    `        +${'-'.repeat(columns)}`,
    `         ${ticks.join('').trimEnd()}   ${chart.x.label}`,
    '',
  ].join('\n');
}
