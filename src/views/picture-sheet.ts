/** A tensor that looks like a picture, or like one a row, in; a PNG of them side by side out. */
import type { Tensor } from '../../runtime/tensor.ts';
import { extremesOf } from '../data/extremes.ts';
import { type Colour, pngBytes } from './png.ts';
import { pictureShape } from './report-data.ts';
import { signedColour } from './signed-colour.ts';

/** Pixels between two pictures, and between enlarged ones. */
const [narrow, wide] = [2, 6];
/** A picture of a sheet is made so many times as large that it has this many pixels, as long as the sheet has no more than that. */
const leastSide = 64;
const mostSide = 2000;

/**
 * Undefined where it does not look like one. A picture alone has a pixel for each number; of several, small ones are
 * enlarged. What is `signed` has no colour at 0, blue below it and orange above.
 */
export function pictureSheet(
  { dtype, shape, data }: Tensor,
  of: 'light' | 'signed' = 'light',
): Uint8Array | undefined {
  const each = shape.length > 1 ? pictureShape(shape.slice(1)) : undefined;
  const look = each ?? (shape.length > 1 ? pictureShape(shape) : undefined);
  if (look === undefined || dtype === 'bool' || data.length === 0) return undefined;
  const { channels } = look;
  const plane = look.width * look.height;
  const count = data.length / (channels * plane);
  const across = Math.ceil(Math.sqrt(count));
  const down = Math.ceil(count / across);
  const scale = scaleOf(data);
  const { least, most } = extremesOf(data);
  const largest = Math.max(Math.abs(least), Math.abs(most)) || 1;
  const wanted = Math.ceil(leastSide / Math.max(look.width, look.height));
  const room = Math.floor(mostSide / (across * look.width));
  const times = count === 1 ? 1 : Math.max(1, Math.min(wanted, room));
  const gap = times === 1 ? narrow : wide;
  const [width, height] = [times * look.width, times * look.height];
  return pngBytes(across * (width + gap) - gap, down * (height + gap) - gap, (x, y) => {
    const [column, left] = [Math.floor(x / (width + gap)), x % (width + gap)];
    const [row, top] = [Math.floor(y / (height + gap)), y % (height + gap)];
    const picture = row * across + column;
    if (left >= width || top >= height || picture >= count) return [1, 1, 1, 0];
    const pixel = Math.floor(top / times) * look.width + Math.floor(left / times);
    const parts = Array.from({ length: channels }, (_, c) => data[(picture * channels + c) * plane + pixel]!);
    if (of === 'signed') return onWhite(signedColour(parts.reduce((a, b) => a + b, 0) / channels / largest));
    const [r, g = r, b = r] = parts.map(scale);
    return [r!, g!, b!, 1];
  });
}

const onWhite = ([r, g, b, alpha]: Colour): Colour => {
  const over = (part: number): number => alpha * part + 1 - alpha;
  return [over(r), over(g), over(b), 1];
};

/** From 0 to 1, or from -1 to 1, as pictures are; else from the least to the largest of all. */
function scaleOf(data: ArrayLike<number>): (value: number) => number {
  const { least, most } = extremesOf(data);
  const isWithin = (from: number): boolean => least >= from - 1e-3 && most <= 1 + 1e-3;
  const [from, to] = isWithin(0) ? [0, 1] : isWithin(-1) ? [-1, 1] : [least, most];
  return (value) => (to > from ? (value - from) / (to - from) : 0.5);
}
