/** Strokes in pixels and the width of the pen in; a grey picture, 0 paper and 255 ink, out. */
import type { Point, Stroke } from './glyphs.ts';

/** Catmull and Rom's curve (1974) through the points, as a fine polyline. */
export function smooth(stroke: Stroke, steps: number): readonly Point[] {
  const result: Point[] = [stroke[0]!];
  for (let k = 0; k + 1 < stroke.length; k++) {
    const [p0, p1, p2, p3] = [
      stroke[k - 1] ?? stroke[k]!,
      stroke[k]!,
      stroke[k + 1]!,
      stroke[k + 2] ?? stroke[k + 1]!,
    ];
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const along = (axis: 0 | 1): number =>
        0.5 *
        (2 * p1[axis] +
          (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t);
      result.push([along(0), along(1)]);
    }
  }
  return result;
}

export interface Pen {
  /** Half the width of the line in pixels; `pressure` (0 to 1) makes it thinner towards the end of a stroke. */
  readonly radius: number;
  readonly pressure: number;
  /** The darkest grey, up to 255. */
  readonly ink: number;
}

/** Draws into a `size` x `size` picture: each pixel is as dark as the nearest line covers it. */
export function render(
  lines: readonly (readonly Point[])[],
  pen: Pen,
  size: number,
  picture: Uint8Array,
): void {
  for (const line of lines) {
    for (let k = 0; k + 1 < line.length; k++) {
      const radius = pen.radius * (1 - (pen.pressure * k) / line.length);
      drawSegment(line[k]!, line[k + 1]!, radius, pen.ink, size, picture);
    }
  }
}

function drawSegment(
  [ax, ay]: Point,
  [bx, by]: Point,
  radius: number,
  ink: number,
  size: number,
  picture: Uint8Array,
): void {
  const reach = radius + 0.7;
  const within = (value: number): number => Math.min(size - 1, Math.max(0, value));
  const [left, right] = [
    within(Math.floor(Math.min(ax, bx) - reach)),
    within(Math.ceil(Math.max(ax, bx) + reach)),
  ];
  const [top, bottom] = [
    within(Math.floor(Math.min(ay, by) - reach)),
    within(Math.ceil(Math.max(ay, by) + reach)),
  ];
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy || 1;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared));
      const away = Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
      // The edge fades over 1.4 pixels, as scanned ink does.
      const cover = Math.min(1, Math.max(0, (reach - away) / 1.4));
      const grey = Math.round(ink * cover);
      const at = y * size + x;
      if (grey > picture[at]!) picture[at] = grey;
    }
  }
}
