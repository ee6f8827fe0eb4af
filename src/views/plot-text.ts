/** Curves in, a plot of characters for the terminal out: two columns and four rows of dots to a character. */
import { numberText } from '../progress.ts';
import { type Axis, type Chart, tickText, visiblePoints } from './chart.ts';

const columns = 64;
const rows = 12;
/** Bits of the dots of a braille character (Unicode, block U+2800), by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export function plotText(chart: Chart): string {
  const { title } = chart;
  const curves = chart.curves.map((curve) => ({ ...curve, points: visiblePoints(curve, chart) }));
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return '';
  const across = rangeOf(
    chart.x,
    points.map(({ x }) => x),
  );
  const up = rangeOf(
    chart.y,
    points.map(({ y }) => y),
  );
  const cells = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  /** Both are parts of the whole. */
  const mark = (x: number, y: number): void => {
    const column = Math.round(x * (2 * columns - 1));
    const row = Math.round((1 - y) * (4 * rows - 1));
    cells[row >> 2]![column >> 1]! |= dots[row & 3]![column & 1]!;
  };
  for (const { points: own } of curves) {
    const placed = own.map(({ x, y }) => ({ x: across.partOf(x), y: up.partOf(y) }));
    placed.forEach((point, k) => {
      const next = placed[k + 1] ?? point;
      const far = Math.max(2 * columns * (next.x - point.x), 4 * rows * Math.abs(next.y - point.y));
      const steps = 1 + Math.ceil(far);
      for (let s = 0; s < steps; s++) {
        const share = s / steps;
        mark(point.x + share * (next.x - point.x), point.y + share * (next.y - point.y));
      }
    });
  }
  const labels = [numberText(up.most), numberText(up.least)] as const;
  const margin = Math.max(...labels.map((text) => text.length));
  const lines = cells.map((row, k) => {
    const label = k === 0 ? labels[0] : k === rows - 1 ? labels[1] : '';
    return `${label.padStart(margin)} │${String.fromCodePoint(...row.map((bits) => 0x2800 + bits))}`.trimEnd();
  });
  const begin = tickText(across.least);
  const end = `${chart.x.label} ${tickText(across.most)}`;
  return [
    `${title}: ${curves.map(({ name }) => name).join(', ')}`,
    ...lines,
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    `${' '.repeat(margin + 2)}${begin}${end.padStart(columns - begin.length)}`,
    '',
  ].join('\n');
}

/** The ends of an axis, and where between them a value stands, from 0 to 1; what never changes stands in the middle. */
function rangeOf({ logarithmic, from }: Axis, values: readonly number[]) {
  const scale = logarithmic ? Math.log : (value: number) => value;
  const least = from ?? values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const whole = scale(most) - scale(least);
  const partOf = (value: number): number => (whole > 0 ? (scale(value) - scale(least)) / whole : 0.5);
  return { least, most, partOf };
}
