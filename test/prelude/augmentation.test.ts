/** What augmentation draws in training, and draws of whole numbers and categories: against their distributions and in plain loops. */
import { describe, expect, it } from 'vitest';
import { draws, evaluateWith, graphOf, scalar64, tensor64 } from './harness.ts';
import { average } from './probe.ts';

/** The outputs of a model in training, by name. */
function run(lines: string, feeds: Readonly<Record<string, ReturnType<typeof tensor64>>> = {}, key = 7) {
  const text = `model m {\n${lines}\n}\n`;
  const { results } = evaluateWith(graphOf(text, 'run', { training: true }), {
    key: scalar64(key),
    ...feeds,
  });
  return (name: string): readonly number[] => [...results.get(name)!.data];
}

describe('integers', () => {
  it.each([1, 2, 3, 7, 10, 1000, 2 ** 24])('of 0 to %i - 1 are even', (n) => {
    const count = 20_000;
    const values = run(`  output y = integers(${n})[${count}]`)('y');
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < n)).toBe(true);
    // The mean of so many, within five deviations.
    const deviation = Math.sqrt((n * n - 1) / 12 / count);
    expect(Math.abs(average([...values]) - (n - 1) / 2)).toBeLessThanOrEqual(5 * deviation);
    if (n > 10) return;
    const times = Array.from({ length: n }, (_, k) => values.filter((value) => value === k).length);
    const squares = times.reduce((sum, t) => sum + (t - count / n) ** 2 / (count / n), 0);
    // Chi-squared with n - 1 degrees of freedom: beyond 5 deviations once in a million.
    expect(squares).toBeLessThan(n - 1 + 5 * Math.sqrt(2 * n));
  });

  it('are others at each place and for each key', () => {
    const lines = '  output a = integers(100)[50]\n  output b = integers(100)[50]';
    const [first, second] = [run(lines), run(lines, {}, 8)];
    expect(first('a')).not.toEqual(first('b'));
    expect(first('a')).not.toEqual(second('a'));
    expect(first('a')).toEqual(run(lines)('a'));
  });

  it('are positions', () => {
    const values = run(
      '  input x: f32[5]\n  k = integers(5)[40]\n  output k_of = k\n  output y[i] = x[k[i]]',
      {
        x: tensor64([5], [10, 11, 12, 13, 14]),
      },
    );
    expect(values('y')).toEqual(values('k_of').map((k) => 10 + k));
  });
});

describe('categorical', () => {
  it('draws each as often as its probability says, and never one of probability 0', () => {
    const p = [0.5, 0, 0.2, 0.3];
    const count = 20_000;
    const values = run(
      `  input p: f32[4]\n  rows[b: ${count}, c] = 3 * p[c]\n  output y = categorical(rows)`,
      {
        p: tensor64([4], p),
      },
    )('y');
    p.forEach((probability, c) => {
      const times = values.filter((value) => value === c).length;
      const deviation = Math.sqrt(count * probability * (1 - probability));
      expect(Math.abs(times - count * probability)).toBeLessThanOrEqual(5 * deviation);
    });
  });
});

const shape = [40, 2, 5, 4] as const;
const [N, C, H, W] = shape;
const pixels = draws(3, N * C * H * W);
const x = tensor64(shape, pixels);
const augmented = (call: string): readonly number[] =>
  run(`  input x: f32[${shape.join(', ')}]\n  output y = ${call}`, { x })('y');
const image = (values: readonly number[], n: number): readonly number[] =>
  values.slice(n * C * H * W, (n + 1) * C * H * W);
const at = (values: readonly number[], n: number, c: number, j: number, i: number): number =>
  j < 0 || j >= H || i < 0 || i >= W ? 0 : values[((n * C + c) * H + j) * W + i]!;
const picture = (of: (c: number, j: number, i: number) => number): readonly number[] =>
  Array.from({ length: C * H * W }, (_, k) => of(Math.floor(k / (H * W)), Math.floor(k / W) % H, k % W));
const each = Array.from({ length: N }, (_, n) => n);

describe('augmentation in training', () => {
  it('adds noise of the width that is told', () => {
    const noise = augmented('noisy(x, 0.5)').map((y, k) => y - pixels[k]!);
    expect(average(noise)).toBeCloseTo(0, 1);
    expect(Math.sqrt(average(noise.map((e) => e * e)))).toBeCloseTo(0.5, 1);
  });

  it('turns a part of the images left to right, each as a whole', () => {
    const y = augmented('flipped(x, 0.5)');
    const turned = each.filter((n) => image(y, n).join() !== image(pixels, n).join());
    expect(turned.length).toBeGreaterThan(8);
    expect(turned.length).toBeLessThan(32);
    for (const n of turned) expect(image(y, n)).toEqual(picture((c, j, i) => at(pixels, n, c, j, W - 1 - i)));
    expect(augmented('flipped(x, 0)')).toEqual(pixels);
  });

  it('shifts each image by whole elements', () => {
    const y = augmented('shifted(x, 1)');
    const found = each.map((n) =>
      [-1, 0, 1]
        .flatMap((a) => [-1, 0, 1].map((b) => [a, b] as const))
        .find(([a, b]) => picture((c, j, i) => at(pixels, n, c, j + a, i + b)).join() === image(y, n).join()),
    );
    expect(found).not.toContain(undefined);
    expect(new Set(found.map(String)).size).toBe(9);
  });

  it('changes brightness and contrast of each channel', () => {
    const y = augmented('recoloured(x, 0.2)');
    for (const n of each) {
      for (let c = 0; c < C; c++) {
        const before = [at(pixels, n, c, 0, 0), at(pixels, n, c, 3, 2)] as const;
        const after = [at(y, n, c, 0, 0), at(y, n, c, 3, 2)] as const;
        const gain = (after[1] - after[0]) / (before[1] - before[0]);
        const offset = after[0] - gain * before[0];
        expect(Math.abs(gain - 1)).toBeLessThanOrEqual(0.2 + 1e-9);
        expect(Math.abs(offset)).toBeLessThanOrEqual(0.2 + 1e-9);
        expect(at(y, n, c, 4, 1)).toBeCloseTo(gain * at(pixels, n, c, 4, 1) + offset, 9);
      }
    }
  });

  it('rotates and zooms about the middle, which stays', () => {
    // Of 5 rows and 5 columns, so that there is a middle.
    const bump = Array.from({ length: 25 }, (_, k) => (k === 12 ? 1 : k === 13 ? 0.5 : 0));
    const feeds = { x: tensor64([1, 1, 5, 5], bump) };
    const one = (call: string, key: number) =>
      run(`  input x: f32[1, 1, 5, 5]\n  output y = ${call}`, feeds, key)('y');
    for (let key = 1; key < 6; key++) {
      const [turned, zoomed] = [one('rotated(x, 180)', key), one('zoomed(x, 0.5)', key)];
      for (const y of [turned, zoomed]) expect(y[12]).toBeCloseTo(1, 9);
      expect(turned).not.toEqual(one('rotated(x, 180)', key + 1));
      // A zoom leaves columns above and below the middle dark.
      expect(zoomed[2]).toBe(0);
    }
    expect(one('rotated(x, 0)', 1)).toEqual(bump);
    expect(one('zoomed(x, 0)', 1)).toEqual(bump);
  });

  it('replaces a part of the labels by classes that are drawn', () => {
    const t = Array.from({ length: 4000 }, () => 2);
    const feeds = { t: tensor64([4000], t) };
    const y = run('  input t: i32[4000]\n  output y = noisy_labels(t, 4, 0.4)', feeds)('y');
    const times = [0, 1, 2, 3].map((c) => y.filter((label) => label === c).length);
    [400, 400, 2800, 400].forEach((expected, c) => {
      expect(Math.abs(times[c]! - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });
});
