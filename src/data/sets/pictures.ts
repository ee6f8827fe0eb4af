/** Drawn pictures: digits, shapes with a caption and a box, and two ways to draw the same shapes. */
import { hostTensor } from '../../../runtime/data/tensor.ts';
import { digitSize, drawDigits } from '../digits/generate.ts';
import type { Random } from '../random.ts';
import { type DataSet, tensorBytes } from './data-set.ts';

export const digits: DataSet = {
  summary: 'handwritten-like digits, 28 x 28: images, labels',
  formula: 'strokes whose points, slant, turn, warp and pen are drawn, as `nnc digits` writes them',
  counts: { training: 2000, test: 1000 },
  extension: 'npz',
  make: (count, stream) => {
    const { images, labels } = drawDigits(count, stream);
    return tensorBytes({
      images: hostTensor('u8', [count, digitSize, digitSize], images),
      labels: hostTensor('u8', [count], labels),
    });
  },
};

const side = 16;

/** 0 inside, growing outwards, in pixels from the middle; a shape is what is within its radius. */
const shapes = {
  disc: (x: number, y: number) => Math.hypot(x, y),
  square: (x: number, y: number) => 1.15 * Math.max(Math.abs(x), Math.abs(y)),
  cross: (x: number, y: number) =>
    Math.max(Math.abs(x), Math.abs(y), 2.4 * Math.min(Math.abs(x), Math.abs(y))),
} as const;

const kinds = Object.values(shapes);

interface Drawn {
  readonly kind: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

const drawn = (random: Random): Drawn => {
  const radius = random.between(3, 6);
  const place = (): number => random.between(radius, side - 1 - radius);
  return { kind: random.below(kinds.length), x: place(), y: place(), radius };
};

/** Filled, or only a line of a pixel and a half. */
function paint({ kind, x, y, radius }: Drawn, filled: boolean, random: Random, picture: Uint8Array): void {
  const ink = random.between(180, 255);
  for (let at = 0; at < picture.length; at++) {
    const far = radius - kinds[kind]!((at % side) - x, Math.floor(at / side) - y);
    const cover = Math.min(Math.max(filled ? far + 0.5 : Math.min(far + 0.5, 2 - far), 0), 1);
    picture[at] = Math.round(ink * cover);
  }
}

/** The words of captions, in the order of their numbers. */
const words = ['.', 'small', 'large', 'disc', 'square', 'cross', 'above', 'below', 'left', 'right'] as const;

const caption = ({ kind, x, y, radius }: Drawn): readonly number[] => {
  const middle = (side - 1) / 2;
  return [radius < 4.5 ? 1 : 2, 3 + kind, y < middle ? 6 : 7, x < middle ? 8 : 9, 0];
};

export const captioned: DataSet = {
  summary:
    'a filled shape of 16 x 16 pixels: images, classes (disc, square, cross), captions (five words by number), boxes (middle x, ' +
    'middle y, width, height in parts of the picture)',
  formula: `radius 3 to 6, place anywhere within, ink 180 to 255; words by number: ${words.join(' ')}`,
  counts: { training: 1000, test: 500 },
  extension: 'npz',
  make: (count, stream) => {
    const images = new Uint8Array(count * side * side);
    const all = Array.from({ length: count }, (_, k) => {
      const random = stream(k);
      const shape = drawn(random);
      paint(shape, true, random, images.subarray(k * side * side, (k + 1) * side * side));
      return shape;
    });
    const boxes = all.flatMap(({ x, y, radius }) =>
      [x + 0.5, y + 0.5, 2 * radius, 2 * radius].map((v) => v / side),
    );
    return tensorBytes({
      images: hostTensor('u8', [count, 1, side, side], images),
      classes: hostTensor(
        'i32',
        [count],
        Int32Array.from(all, ({ kind }) => kind),
      ),
      captions: hostTensor('i32', [count, 5], Int32Array.from(all.flatMap(caption))),
      boxes: hostTensor('f32', [count, 4], Float32Array.from(boxes)),
    });
  },
};

export const domains: DataSet = {
  summary:
    'shapes of 16 x 16 pixels, filled in one domain, lines in the other, never the same: filled, outlined',
  formula: 'as `shapes`, each drawn by itself',
  counts: { training: 1000, test: 200 },
  extension: 'npz',
  make: (count, stream) => {
    const pictures = (first: number, filled: boolean) => {
      const images = new Uint8Array(count * side * side);
      for (let k = 0; k < count; k++) {
        const random = stream(first + 2 * k);
        paint(drawn(random), filled, random, images.subarray(k * side * side, (k + 1) * side * side));
      }
      return hostTensor('u8', [count, 1, side, side], images);
    };
    return tensorBytes({ filled: pictures(0, true), outlined: pictures(1, false) });
  },
};
