/** Drawn pictures: digits, shapes with a caption and a box, scenes of them, and two ways to draw the same shapes. */
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

const drawn = (random: Random, width = side): Drawn => {
  const radius = random.between(3, 6);
  const place = (): number => random.between(radius, width - 1 - radius);
  return { kind: random.below(kinds.length), x: place(), y: place(), radius };
};

/** Filled, or only a line of a pixel and a half; over what is there already. */
function paint(
  { kind, x, y, radius }: Drawn,
  filled: boolean,
  random: Random,
  picture: Uint8Array,
  width = side,
): void {
  const ink = random.between(180, 255);
  for (let at = 0; at < picture.length; at++) {
    const far = radius - kinds[kind]!((at % width) - x, Math.floor(at / width) - y);
    const cover = Math.min(Math.max(filled ? far + 0.5 : Math.min(far + 0.5, 2 - far), 0), 1);
    picture[at] = Math.max(picture[at]!, Math.round(ink * cover));
  }
}

/** Middle x, middle y, width, height, as parts of the picture. */
const boxOf = ({ x, y, radius }: Drawn, width = side): readonly number[] =>
  [x + 0.5, y + 0.5, 2 * radius, 2 * radius].map((v) => v / width);

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
    const boxes = all.flatMap((shape) => boxOf(shape));
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

const sceneSide = 28;
const mostShapes = 3;

const boxesMeet = (a: Drawn, b: Drawn): boolean =>
  Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) < a.radius + b.radius;

/** There is always a place for a small one: two boxes leave at least two corners free. */
function drawnApart(random: Random, others: readonly Drawn[]): Drawn {
  for (;;) {
    const shape = drawn(random, sceneSide);
    if (!others.some((other) => boxesMeet(shape, other))) return shape;
  }
}

export const scenes: DataSet = {
  summary:
    'one to three shapes in a picture of 28 x 28 pixels: images, classes (disc, square, cross, -1 for none), boxes (middle x, ' +
    'middle y, width, height in parts of the picture), three of each a picture',
  formula:
    '1, 2 or 3 shapes as in `shapes`, evenly; each is drawn anew until its box meets none of those before it',
  counts: { training: 4000, test: 500 },
  extension: 'npz',
  make: (count, stream) => {
    const images = new Uint8Array(count * sceneSide ** 2);
    const classes = new Int32Array(count * mostShapes).fill(-1);
    const boxes = new Float32Array(count * mostShapes * 4);
    for (let k = 0; k < count; k++) {
      const random = stream(k);
      const picture = images.subarray(k * sceneSide ** 2, (k + 1) * sceneSide ** 2);
      const all: Drawn[] = [];
      const many = 1 + random.below(mostShapes);
      while (all.length < many) all.push(drawnApart(random, all));
      for (const [n, shape] of all.entries()) {
        const at = k * mostShapes + n;
        paint(shape, true, random, picture, sceneSide);
        classes[at] = shape.kind;
        boxes.set(boxOf(shape, sceneSide), 4 * at);
      }
    }
    return tensorBytes({
      images: hostTensor('u8', [count, 1, sceneSide, sceneSide], images),
      classes: hostTensor('i32', [count, mostShapes], classes),
      boxes: hostTensor('f32', [count, mostShapes, 4], boxes),
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

const wide = 32;

/** What a pixel of the picture is, of the shapes in the order in which they are laid down; a shape has a number from 1 on. */
function layDown(shape: Drawn, classes: Int32Array, change: (at: number) => void): void {
  for (let at = 0; at < classes.length; at++) {
    if (kinds[shape.kind]!((at % wide) - shape.x, Math.floor(at / wide) - shape.y) > shape.radius) continue;
    classes[at] = shape.kind + 1;
    change(at);
  }
}

export const overlapping: DataSet = {
  summary:
    'filled shapes, some in front of others, in noise, 32 x 32 pixels: images, classes (of each pixel: 0 nothing, 1 disc, 2 square, ' +
    '3 cross)',
  formula:
    '2 or 3 shapes, radius 4 to 7, place anywhere within, ink 110 to 230 on a ground of 20 to 80, + 12 n; 0 to 255',
  counts: { training: 1000, test: 200 },
  extension: 'npz',
  make: (count, stream) => {
    const size = wide * wide;
    const images = new Uint8Array(count * size);
    const classes = new Int32Array(count * size);
    for (let k = 0; k < count; k++) {
      const random = stream(k);
      const picture = new Float64Array(size).fill(random.between(20, 80));
      const own = classes.subarray(k * size, (k + 1) * size);
      for (let left = 2 + random.below(2); left > 0; left--) {
        const radius = random.between(4, 7);
        const place = (): number => random.between(radius, wide - 1 - radius);
        const shape = { kind: random.below(kinds.length), x: place(), y: place(), radius };
        const ink = random.between(110, 230);
        layDown(shape, own, (at) => {
          picture[at] = ink;
        });
      }
      for (const [at, value] of picture.entries()) {
        images[k * size + at] = Math.min(Math.max(Math.round(value + 12 * random.normal()), 0), 255);
      }
    }
    return tensorBytes({
      images: hostTensor('u8', [count, 1, wide, wide], images),
      classes: hostTensor('i32', [count, wide, wide], classes),
    });
  },
};
