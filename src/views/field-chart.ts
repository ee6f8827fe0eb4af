/** Numbers or classes over two axes in, a picture with axes, their names and what its colours mean, out. */
import type { Markish } from '@observablehq/plot';
import { tickText } from './chart.ts';
import { chartWidth, drawChart } from './chart-library.ts';
import { seriesColours } from './palette.ts';
import { type Colour, pngUri } from './png.ts';

/** Along an axis: numbers from one end to the other, or things with names, one after the other. */
export type FieldAxis =
  | { readonly label: string; readonly from: number; readonly to: number }
  | { readonly label: string; readonly names: readonly string[] };

/** What a colour or a mark stands for. */
export type Key =
  | { readonly kind: 'mark'; readonly name: string; readonly colour: string }
  | { readonly kind: 'scale'; readonly name: string; readonly least: number; readonly most: number };

export interface Field {
  readonly title: string;
  readonly x: FieldAxis;
  readonly y: FieldAxis;
  readonly columns: number;
  readonly rows: number;
  /** Rows from the top. */
  readonly at: (column: number, row: number) => Colour;
  readonly keys: readonly Key[];
  readonly marks?: (plot: typeof import('@observablehq/plot')) => readonly Markish[];
}

/** From nothing to strong, on light paper and on dark. */
export const strength = (share: number): Colour => [0.11, 0.42, 0.88, 0.04 + 0.96 * share];

const classTints = ['#1d5fd1', '#c2571a', '#14795a', '#b3297f', '#8a6d00', '#5b4bc4', '#0d7f8c', '#7a4a2b'];

/** Of classes, which are told apart by their marks, too. */
export const classColour = (k: number): string => classTints[k % classTints.length]!;

export const classTint = (k: number, alpha: number): Colour => {
  const hex = classColour(k);
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  return [r!, g!, b!, alpha];
};

export const symbols = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const;

const keyRow = 17;
/** Pixels that most letters do not need. */
const letterWidth = 7;
const rampWidth = 90;
const margins = { left: 60, right: 16, bottom: 40 };
/** Of a name on an axis, in letters. */
const longestName = 20;
/** Degrees by which names are turned that stand beside each other and are wider than their columns. */
const turn = 40;

export function fieldChart({ title, x, y, columns, rows, at, keys, marks }: Field): Promise<string> {
  const left = 'names' in y ? Math.max(margins.left, widthOf(y.names) + 30) : margins.left;
  const width = chartWidth - left - margins.right;
  const isTurned = 'names' in x && widthOf(x.names) > everyName(x.names, false) * (width / columns);
  const bottom = isTurned ? widthOf(x.names) * Math.sin((turn * Math.PI) / 180) + 36 : margins.bottom;
  // Cells are squares, as long as a picture is neither flat nor a tower; what has numbers along its axes is square.
  const isGrid = 'names' in x && 'names' in y;
  const height = isGrid ? Math.min(1.5 * width, Math.max(60, (width * rows) / columns)) : width;
  const marginTop = 24 + keyRow * keys.length;
  return drawChart(title, 'file', (plot) => ({
    height: marginTop + height + bottom,
    marginTop,
    marginBottom: bottom,
    marginLeft: left,
    marginRight: margins.right,
    x: { ...axisOf(x, false), ...(isTurned && { tickRotate: -turn }) },
    y: axisOf(y, true),
    marks: [
      plot.image([pngUri(columns, rows, at)], {
        frameAnchor: 'middle',
        src: (self: string) => self,
        width,
        height,
        preserveAspectRatio: 'none',
        imageRendering: isGrid ? 'pixelated' : 'auto',
      }),
      ...(marks?.(plot) ?? []),
      plot.frame({ strokeOpacity: 0.4 }),
      ...keys.flatMap((key, k) => keyMarks(plot, key, keyRow * (k - keys.length) + 3, k)),
    ],
  }));
}

/** There is room for so many on each axis. */
const everyName = (names: readonly string[], isDown: boolean): number =>
  Math.ceil(names.length / (isDown ? 24 : 14));

const shortened = (name: string): string =>
  name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;

const widthOf = (names: readonly string[]): number =>
  names.reduce((most, name) => Math.max(most, letterWidth * shortened(name).length), 0);

function axisOf(axis: FieldAxis, isDown: boolean) {
  const { label } = axis;
  if (!('names' in axis))
    return {
      label,
      domain: [axis.from, axis.to],
      ticks: 6,
      tickFormat: tickText,
      labelAnchor: 'center' as const,
      labelArrow: 'none' as const,
    };
  const { names } = axis;
  const domain = [-0.5, names.length - 0.5];
  const every = everyName(names, isDown);
  const ticks = names.flatMap((_, k) => (k % every === 0 ? [k] : []));
  return {
    label,
    domain: isDown ? domain.toReversed() : domain,
    ticks,
    tickFormat: (k: number) => shortened(names[k] ?? ''),
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
  };
}

function keyMarks(
  plot: typeof import('@observablehq/plot'),
  key: Key,
  dy: number,
  k: number,
): readonly Markish[] {
  const place = { frameAnchor: 'top-left', dy } as const;
  const beside = { ...place, textAnchor: 'start', lineAnchor: 'middle' } as const;
  if (key.kind === 'mark') {
    return [
      plot.dot([key.name], { ...place, fill: key.colour, symbol: symbols[k % symbols.length]!, r: 4, dx: 8 }),
      plot.text([key.name], { ...beside, dx: 20 }),
    ];
  }
  const ramp = pngUri(32, 1, (column) => strength(column / 31));
  const [least, most] = [tickText(key.least), tickText(key.most)];
  const from = letterWidth * (key.name.length + least.length) + 10;
  return [
    plot.image([ramp], {
      ...place,
      dx: from + 6 + rampWidth / 2,
      src: (self: string) => self,
      width: rampWidth,
      height: 9,
      preserveAspectRatio: 'none',
    }),
    plot.text([key.name], beside),
    plot.text([least], { ...beside, textAnchor: 'end', dx: from }),
    plot.text([most], { ...beside, dx: from + rampWidth + 12 }),
  ];
}

/** A way over the picture, its beginning hollow and its end full. */
export const pathMarks = (
  plot: typeof import('@observablehq/plot'),
  points: readonly { readonly x: number; readonly y: number }[],
): readonly Markish[] => {
  const colour = seriesColours[1]!;
  return [
    plot.line(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2 }),
    plot.dot(points, { x: 'x', y: 'y', fill: colour, r: 2 }),
    plot.dot(points.slice(0, 1), { x: 'x', y: 'y', stroke: colour, fill: 'white', r: 4.5, strokeWidth: 2 }),
    plot.dot(points.slice(-1), { x: 'x', y: 'y', fill: colour, r: 5 }),
  ];
};
