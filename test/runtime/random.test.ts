import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mix, shuffle, stepKey } from '../../runtime/random.ts';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const bits = (word: number): number => word.toString(2).replaceAll('0', '').length;

describe('step keys', () => {
  test('are these numbers, for ever: saved trainings depend on them', () => {
    expect([
      stepKey(0, 1),
      stepKey(0, 2),
      stepKey(1, 1),
      stepKey(2 ** 32 - 1, 1_000_000),
    ]).toMatchInlineSnapshot(`
      [
        2282565096,
        157755168,
        2092235709,
        2496722614,
      ]
    `);
  });

  test('are words, and differ for the first steps and seeds', () => {
    const keys = Array.from({ length: 100 }, (_, seed) =>
      Array.from({ length: 100 }, (_, step) => stepKey(seed, step)),
    ).flat();
    expect(keys.every((key) => Number.isInteger(key) && key >= 0 && key < 2 ** 32)).toBe(true);
    // 10,000 draws of 2^32: 0.012 collisions are expected.
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('change about half of their bits with the step and with the seed', () => {
    const changes = (other: (i: number) => number) =>
      Array.from({ length: 1000 }, (_, i) => bits((stepKey(3, i) ^ other(i)) >>> 0)).reduce((a, b) => a + b) /
      1000;
    expect(changes((i) => stepKey(3, i + 1))).toBeCloseTo(16, 0);
    expect(changes((i) => stepKey(4, i))).toBeCloseTo(16, 0);
  });
});

test('mixing loses nothing', () => {
  fc.assert(fc.property(u32, u32, (a, b) => a === b || mix(a) !== mix(b)));
});

describe('a shuffle', () => {
  test('is a permutation, and the same for the same seed and epoch', () => {
    fc.assert(
      fc.property(fc.nat(300), u32, fc.nat(1000), (n, seed, epoch) => {
        const order = shuffle(n, seed, epoch);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(shuffle(n, seed, epoch)).toEqual(order);
      }),
    );
  });

  test('differs between epochs and between seeds', () => {
    const orders = [shuffle(50, 1, 0), shuffle(50, 1, 1), shuffle(50, 2, 0)].map((order) => order.join());
    expect(new Set(orders).size).toBe(3);
  });

  test('favours no order', () => {
    const draws = 6000;
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < draws; epoch++) {
      const order = shuffle(3, 11, epoch).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Chi-squared with 5 degrees of freedom: 25 is passed with a probability of about 1 in 7,000.
    const expected = draws / 6;
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(25);
  });
});
