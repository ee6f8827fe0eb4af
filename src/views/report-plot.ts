/** Curves in, a plot of characters for the terminal out: two columns and four rows of dots to a character. */
import { numberText } from '../progress.ts';
import type { Chart } from './chart.ts';

const columns = 64;
const rows = 12;
/** Bits of the dots of a braille character (Unicode, block U+2800), by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export function plotText({ title, curves }: Chart): string {
  const points = curves.flatMap((curve) => curve.points).filter(({ y }) => Number.isFinite(y));
  if (points.length === 0) return '';
  const ys = points.map(({ y }) => y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const last = Math.max(...points.map(({ x }) => x));
  const cells = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  const mark = (x: number, y: number): void => {
    const column = Math.round((last > 0 ? x / last : 0) * (2 * columns - 1));
    const row = Math.round((most > least ? (most - y) / (most - least) : 0.5) * (4 * rows - 1));
    cells[row >> 2]![column >> 1]! |= dots[row & 3]![column & 1]!;
  };
  for (const { points: own } of curves) {
    own.forEach((point, k) => {
      const next = own[k + 1] ?? point;
      const across = (2 * columns * (next.x - point.x)) / Math.max(last, Number.MIN_VALUE);
      const up = (4 * rows * Math.abs(next.y - point.y)) / Math.max(most - least, Number.MIN_VALUE);
      const steps = 1 + Math.ceil(Math.min(Math.max(across, up), 4 * columns));
      for (let s = 0; s < steps; s++) {
        const share = s / steps;
        mark(point.x + share * (next.x - point.x), point.y + share * (next.y - point.y));
      }
    });
  }
  const labels = [numberText(most), numberText(least)] as const;
  const margin = Math.max(...labels.map((text) => text.length));
  const lines = cells.map((row, k) => {
    const label = k === 0 ? labels[0] : k === rows - 1 ? labels[1] : '';
    return `${label.padStart(margin)} │${String.fromCodePoint(...row.map((bits) => 0x2800 + bits))}`.trimEnd();
  });
  const end = `epoch ${Number(last.toPrecision(4))}`;
  return [
    `${title}: ${curves.map(({ name }) => name).join(', ')}`,
    ...lines,
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    `${' '.repeat(margin + 2)}0${end.padStart(columns - 1)}`,
    '',
  ].join('\n');
}
