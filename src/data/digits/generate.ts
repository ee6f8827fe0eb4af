/**
 * A count and a seed in, labelled pictures of handwritten-like digits out: the data that comes with nnc.
 *
 * Every picture is drawn by code: one of several ways to write the digit, its points moved a little, the
 * whole slanted, turned, stretched and warped, then drawn with a pen of random width. Picture k depends on the
 * seed and on k alone, so a longer set begins with the shorter one. Pictures are 28 x 28, as in MNIST.
 */

import { type Random, randomStream } from '../random.ts';
import { drawDigit, type Point } from './glyphs.ts';
import { render, smooth } from './render.ts';

export const digitSize = 28;

export interface Digits {
  readonly count: number;
  /** Row-major pictures, `count` x 28 x 28. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** The same count and seed give the same bytes. */
export const generateDigits = (count: number, seed: number): Digits =>
  drawDigits(count, (k) => randomStream(seed, k));

/** `stream(k)` is the source of random numbers of picture k. */
export function drawDigits(count: number, stream: (k: number) => Random): Digits {
  const images = new Uint8Array(count * digitSize * digitSize);
  const labels = new Uint8Array(count);
  for (let k = 0; k < count; k++) {
    const random = stream(k);
    labels[k] = random.below(10);
    drawPicture(
      labels[k]!,
      random,
      images.subarray(k * digitSize * digitSize, (k + 1) * digitSize * digitSize),
    );
  }
  return { count, images, labels };
}

function drawPicture(digit: number, random: Random, picture: Uint8Array): void {
  const wobble = random.between(0.01, 0.028);
  const strokes = drawDigit(digit, random).map((stroke) =>
    stroke.map(([x, y]): Point => [x + wobble * random.normal(), y + wobble * random.normal()]),
  );
  const place = handwriting(random);
  const lines = strokes.map((stroke) => smooth(stroke.map(place), 6));
  const pen = {
    radius: random.between(0.75, 1.75),
    pressure: random.between(0, 0.35),
    ink: random.between(200, 255),
  };
  render(centred(lines, random), pen, digitSize, picture);
}

/** From the unit box to pixels: warp, slant, turn and stretch, all drawn at random. */
function handwriting(random: Random): (point: Point) => Point {
  const height = random.between(16.5, 21);
  const width = height * random.between(0.58, 0.94);
  const slant = random.between(-0.08, 0.42) + 0.06 * random.normal();
  const turn = 0.08 * random.normal();
  const [warpX, warpY] = [0.05 * random.normal(), 0.05 * random.normal()];
  const [phaseX, phaseY] = [random.between(0, 6.28), random.between(0, 6.28)];
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  return ([x, y]) => {
    const u = x - 0.5 + warpX * Math.sin(4 * y + phaseX);
    const v = y - 0.5 + warpY * Math.sin(4 * x + phaseY);
    const px = (u - slant * v) * width;
    const py = v * height;
    return [px * cosine - py * sine, px * sine + py * cosine];
  };
}

/** The middle of the drawing goes to the middle of the picture, a pixel or so beside it. */
function centred(lines: readonly (readonly Point[])[], random: Random): readonly (readonly Point[])[] {
  const middle = (axis: 0 | 1): number => {
    const values = lines.flat().map((point) => point[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  };
  const aside = (): number => (digitSize - 1) / 2 + 0.8 * random.normal();
  const [shiftX, shiftY] = [aside() - middle(0), aside() - middle(1)];
  return lines.map((line) => line.map(([x, y]): Point => [x + shiftX, y + shiftY]));
}
