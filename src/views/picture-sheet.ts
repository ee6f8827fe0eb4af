/** A tensor that looks like a picture, or like one a row, in; a PNG of them side by side out. */
import type { Tensor } from '../../runtime/tensor.ts';
import { extremesOf } from '../extremes.ts';
import { pngBytes } from './png.ts';
import { pictureShape } from './report-data.ts';

/** Pixels between two pictures. */
const gap = 2;

/** Undefined where it does not look like one. */
export function pictureSheet({ dtype, shape, data }: Tensor): Uint8Array | undefined {
  const each = shape.length > 1 ? pictureShape(shape.slice(1)) : undefined;
  const look = each ?? (shape.length > 1 ? pictureShape(shape) : undefined);
  if (look === undefined || dtype === 'bool' || data.length === 0) return undefined;
  const { width, height, channels } = look;
  const plane = width * height;
  const count = data.length / (channels * plane);
  const across = Math.ceil(Math.sqrt(count));
  const down = Math.ceil(count / across);
  const scale = scaleOf(data);
  return pngBytes(across * (width + gap) - gap, down * (height + gap) - gap, (x, y) => {
    const [column, left] = [Math.floor(x / (width + gap)), x % (width + gap)];
    const [row, top] = [Math.floor(y / (height + gap)), y % (height + gap)];
    const picture = row * across + column;
    if (left >= width || top >= height || picture >= count) return [1, 1, 1, 0];
    const at = picture * channels * plane + top * width + left;
    const [r, g, b] = [0, 1, 2].map((c) => scale(data[at + (channels === 3 ? c * plane : 0)]!));
    return [r!, g!, b!, 1];
  });
}

/** From 0 to 1, or from -1 to 1, as pictures are; else from the least to the largest of all. */
function scaleOf(data: ArrayLike<number>): (value: number) => number {
  const { least, most } = extremesOf(data);
  const isWithin = (from: number): boolean => least >= from - 1e-3 && most <= 1 + 1e-3;
  const [from, to] = isWithin(0) ? [0, 1] : isWithin(-1) ? [-1, 1] : [least, most];
  return (value) => (to > from ? (value - from) / (to - from) : 0.5);
}
