/** Curves in, a plot of characters for the terminal out: two columns and four rows of dots to a character. */
import { numberText } from '../terminal/progress.ts';
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
  for (const [k, { points: own }] of curves.entries()) {
    const placed = own.map(({ x, y }) => ({ x: across.partOf(x), y: up.partOf(y) }));
    let walked = 0;
    placed.forEach((point, at) => {
      const next = placed[at + 1] ?? point;
      const far = Math.max(2 * columns * (next.x - point.x), 4 * rows * Math.abs(next.y - point.y));
      const steps = 1 + Math.ceil(far);
      for (let s = 0; s < steps; s++) {
        const share = s / steps;
        walked += 1;
        if (isDrawn(k, walked))
          mark(point.x + share * (next.x - point.x), point.y + share * (next.y - point.y));
      }
    });
  }
  const ends = endsOf(
    curves.map(({ name, value, points: own }) => {
      const last = own.at(-1);
      const row = last === undefined ? 0 : Math.round((1 - up.partOf(last.y)) * (rows - 1));
      return { row, text: value === undefined ? name : `${name} ${value}` };
    }),
  );
  const labels = [numberText(up.most), numberText(up.least)] as const;
  const margin = Math.max(...labels.map((text) => text.length));
  const lines = cells.map((row, k) => {
    const label = k === 0 ? labels[0] : k === rows - 1 ? labels[1] : '';
    const drawn = String.fromCodePoint(...row.map((bits) => 0x2800 + bits));
    return `${label.padStart(margin)} │${drawn}${ends.get(k) ?? ''}`.trimEnd();
  });
  const begin = tickText(across.least);
  const end = `${chart.x.label} ${tickText(across.most)}`;
  return [
    `${title}: ${curves.map(({ name }, k) => `${name}${curves.length > 1 ? ` ${samples[k % samples.length]}` : ''}`).join(', ')}`,
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

/** How each curve is drawn, where there are several: whole, in dashes, in dots. */
const samples = ['⠒⠒⠒', '⠒⠂⠐⠒', '⠂⠐⠀⠂'] as const;
const patterns = [
  [1, 1],
  [4, 7],
  [1, 4],
] as const;

/** Of each pattern's length, so many dots are drawn. */
function isDrawn(curve: number, at: number): boolean {
  const [drawn, length] = patterns[curve % patterns.length]!;
  return at % length < drawn;
}

/** By row, what stands behind it: the names of the curves that end there, or as near to it as there is room. */
function endsOf(
  curves: readonly { readonly row: number; readonly text: string }[],
): ReadonlyMap<number, string> {
  const ends = new Map<number, string>();
  for (const { row, text } of [...curves].sort((a, b) => a.row - b.row)) {
    const near = Array.from({ length: rows }, (_, k) => k).sort(
      (a, b) => Math.abs(a - row) - Math.abs(b - row),
    );
    const free = near.find((k) => !ends.has(k)) ?? row;
    ends.set(free, ` ${text}`);
  }
  return ends;
}
