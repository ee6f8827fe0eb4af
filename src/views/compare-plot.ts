/** Curves over two logarithmic axes in; a plot for the terminal, or an SVG, out. */
import { escapeHtml } from './html.ts';

export interface Curve {
  readonly name: string;
  /** What marks its points in the terminal: one character. */
  readonly mark: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
}

/** Decades, for axes that show them; points at 0 or infinity have no place. */
const visible = ({ points }: Curve): Curve['points'] =>
  points.filter(({ x, y }) => x > 0 && y > 0 && Number.isFinite(x) && Number.isFinite(y));

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
export function plotText({ title, x, y, curves }: Plot): string {
  const points = curves.flatMap(visible);
  const [across, up] = [decades(points.map((p) => p.x)), decades(points.map((p) => p.y))];
  const marks = new Map<string, string>();
  for (const curve of curves) {
    for (const point of visible(curve)) {
      const column = Math.round((Math.log10(point.x) - across.low) * cellWidth);
      const row = Math.round(Math.log10(point.y));
      const key = `${row} ${column}`;
      const before = marks.get(key);
      marks.set(key, before === undefined || before === curve.mark ? curve.mark : '*');
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
    `${title} (${legend}   * both)`,
    '',
    `${y.padStart(7)}`,
    ...rows,
    `        +${'-'.repeat(columns)}`,
    `         ${ticks.join('').trimEnd()}   ${x}`,
    '',
  ].join('\n');
}

const picture = { width: 640, height: 400, left: 70, right: 20, top: 20, bottom: 50 } as const;
const colours = ['#c2410c', '#1d4ed8', '#15803d'] as const;
const shapes = [
  (x: number, y: number) => `<circle cx="${x}" cy="${y}" r="4"/>`,
  (x: number, y: number) => `<rect x="${x - 4}" y="${y - 4}" width="8" height="8"/>`,
  (x: number, y: number) => `<path d="M${x} ${y - 5}l5 9h-10z"/>`,
] as const;

export function plotSvg({ title, x, y, curves }: Plot): string {
  const points = curves.flatMap(visible);
  const [across, up] = [decades(points.map((p) => p.x)), decades(points.map((p) => p.y))];
  const { width, height, left, right, top, bottom } = picture;
  const [inner, tall] = [width - left - right, height - top - bottom];
  const px = (value: number): number =>
    rounded(left + ((Math.log10(value) - across.low) / (across.high - across.low)) * inner);
  const py = (value: number): number =>
    rounded(top + tall - ((Math.log10(value) - up.low) / (up.high - up.low)) * tall);
  const grid = [
    ...everySecond(across).map((k) =>
      tick(px(10 ** k), top, px(10 ** k), top + tall, px(10 ** k), height - 30, `1e${k}`, 'middle'),
    ),
    ...everySecond(up).map((k) =>
      tick(left, py(10 ** k), left + inner, py(10 ** k), left - 6, py(10 ** k) + 4, `1e${k}`, 'end'),
    ),
  ];
  const lines = curves.map((curve, k) => {
    const at = visible(curve).map((p) => ({ x: px(p.x), y: py(p.y) }));
    const colour = colours[k % colours.length]!;
    const path = `<polyline fill="none" stroke="${colour}" points="${at.map((p) => `${p.x},${p.y}`).join(' ')}"/>`;
    const marks = at.map((p) => shapes[k % shapes.length]!(p.x, p.y)).join('');
    // Such curves fall and rise again: the middle of the upper edge is free.
    const name = `<text x="${left + 0.45 * inner}" y="${top + 16 + 18 * k}">${escapeHtml(curve.name)}</text>`;
    return `<g fill="${colour}">${path}${marks}${name}</g>`;
  });
  return [
    `<figure><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}" font-size="12" font-family="system-ui, sans-serif">`,
    ...grid,
    ...lines,
    `<text x="${left + inner / 2}" y="${height - 8}" text-anchor="middle" fill="currentColor">${escapeHtml(x)}</text>`,
    `<text x="14" y="${top + tall / 2}" text-anchor="middle" fill="currentColor" transform="rotate(-90 14 ${top + tall / 2})">${escapeHtml(y)}</text>`,
    `</svg><figcaption>${escapeHtml(title)}</figcaption></figure>`,
  ].join('\n');
}

const rounded = (x: number): number => Number(x.toFixed(1));

const everySecond = ({ low, high }: Range): readonly number[] =>
  Array.from({ length: Math.floor((high - low) / 2) + 1 }, (_, k) => low + 2 * k);

const tick = (
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  x: number,
  y: number,
  text: string,
  anchor: string,
): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="currentColor" opacity="0.15"/>` +
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="currentColor">${text}</text>`;
