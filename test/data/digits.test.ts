import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { digitSize, generateDigits } from '../../src/data/digits/generate.ts';

const pixels = digitSize * digitSize;

test('the same count and seed give the same bytes', () => {
  const { images, labels } = generateDigits(40, 7);
  const digest = createHash('sha256').update(images).update(labels).digest('hex');
  expect(digest).toMatchInlineSnapshot(`"9f47ad146c5190aa83635e2c99f8dd76ad96d5046a8c8285bd2feb4df02c83bc"`);
  expect(generateDigits(40, 8).images).not.toEqual(images);
});

test('a longer set begins with the shorter one', () => {
  const short = generateDigits(10, 3);
  const long = generateDigits(20, 3);
  expect(long.images.subarray(0, short.images.length)).toEqual(short.images);
  expect(long.labels.subarray(0, 10)).toEqual(short.labels);
});

test('every picture holds ink, dark enough, and paper around it', () => {
  const { images, labels, count } = generateDigits(300, 5);
  expect(new Set(labels).size).toBe(10);
  for (let k = 0; k < count; k++) {
    const picture = images.subarray(k * pixels, (k + 1) * pixels);
    const inked = picture.filter((grey) => grey > 100).length;
    expect(Math.max(...picture)).toBeGreaterThan(150);
    expect(inked).toBeGreaterThan(15);
    expect(inked).toBeLessThan(pixels / 2);
  }
});

/** Softmax regression by plain stochastic gradient descent; the share of held-out pictures that it gets right. */
function heldOutAccuracy(trainCount: number, testCount: number): number {
  const train = generateDigits(trainCount, 1);
  const held = generateDigits(testCount, 2);
  const weights = new Float64Array(10 * pixels);
  const scores = (images: Uint8Array, k: number): Float64Array => {
    const result = new Float64Array(10);
    for (let p = 0; p < pixels; p++) {
      const grey = images[k * pixels + p]! / 255;
      if (grey > 0) for (let c = 0; c < 10; c++) result[c]! += grey * weights[p * 10 + c]!;
    }
    return result;
  };
  for (let step = 0; step < 4 * trainCount; step++) {
    const k = step % trainCount;
    const z = scores(train.images, k);
    const top = Math.max(...z);
    const total = z.reduce((sum, value) => sum + Math.exp(value - top), 0);
    const push = z.map(
      (value, c) => 0.02 * ((c === train.labels[k] ? 1 : 0) - Math.exp(value - top) / total),
    );
    for (let p = 0; p < pixels; p++) {
      const grey = train.images[k * pixels + p]! / 255;
      if (grey > 0) for (let c = 0; c < 10; c++) weights[p * 10 + c]! += grey * push[c]!;
    }
  }
  const guess = (k: number): number => {
    const z = scores(held.images, k);
    return z.indexOf(Math.max(...z));
  };
  return held.labels.filter((label, k) => guess(k) === label).length / testCount;
}

test('the digits can be learned, and a linear model does not get them all', () => {
  const accuracy = heldOutAccuracy(2000, 500);
  expect(accuracy).toBeGreaterThan(0.8);
  expect(accuracy).toBeLessThan(0.97);
});
