/** The data sets that nnc makes itself: what their formulas say is so, and a specification reads what the command writes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { dataSets, madeData, madeDataNamed, parts } from '../../src/data/sets/index.ts';
import { readDataFile } from '../../src/data/tensor-files.ts';
import { nnc } from '../cli/command-line.ts';
import { average } from '../prelude/probe.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nnc-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

const column = (spec: string): readonly number[] => [
  ...(readDataFile(parseDataSpec(`data:${spec}`)).tensor.data as Float64Array),
];
const columns = (set: string, ...names: readonly string[]): readonly (readonly number[])[] =>
  names.map((name) => column(`${set}#${name}`));

describe.each([...dataSets])('%s', (name, set) => {
  test('has the same bytes each time, other ones with another seed or for another part', () => {
    const bytes = madeData(set, 'training', 20);
    expect(madeDataNamed(`data:${name}:20`)).toEqual(bytes);
    const isDrawn = name !== 'gates' && name !== 'analogies';
    expect(Buffer.compare(madeData(set, 'training', 20, 2), bytes) !== 0).toBe(isDrawn);
    expect(Buffer.compare(madeDataNamed(`data:${name}/test:20`)!, bytes) !== 0).toBe(isDrawn);
  });

  test.runIf(set.extension !== 'npz')('begins with the rows of a shorter one', () => {
    const text = (count: number): string => new TextDecoder().decode(madeData(set, 'training', count));
    expect(text(30).startsWith(text(10))).toBe(true);
  });
});

test('the command writes what a specification reads', async () => {
  const { code, out } = await nnc('data', 'moons', '--out', path.join(folder, 'moons'), '--test', '30');
  expect(code).toBe(0);
  for (const part of parts) {
    const file = path.join(folder, 'moons', `${part}.csv`);
    expect(out).toContain(file);
    const count = part === 'test' ? ':30' : '';
    expect(new Uint8Array(readFileSync(file))).toEqual(madeDataNamed(`data:moons/${part}${count}`));
  }
});

describe('what is not there is told', () => {
  test.each([
    ['data:mons', 'nnc makes no data set mons'],
    ['data:moons/held', 'nnc makes no data set moons/held'],
    ['data:moons:0', 'expected 1 to 1000000 rows'],
  ])('%s', (name, message) => {
    expect(() => madeDataNamed(name)).toThrow(message);
  });

  test('a name of the command line', async () => {
    const { code, err } = await nnc('data', 'mons');
    expect([code, err]).toEqual([2, expect.stringContaining('moons')]);
  });
});

test('points of separable are on the side that is said, and not near the line', () => {
  const [x1, x2, side] = columns('separable', 'x1', 'x2', 'side') as [number[], number[], number[]];
  for (const [k, t] of side.entries()) expect(t * (0.6 * x1[k]! - 0.8 * x2[k]!)).toBeGreaterThan(0.0999);
  expect(new Set(side)).toEqual(new Set([-1, 1]));
});

test('60.65 % of circles are outside, and these are class 1', () => {
  const [x1, x2, t] = columns('circles/test:4000', 'x1', 'x2', 'class') as [number[], number[], number[]];
  for (const [k, value] of t.entries()) {
    const far = x1[k]! ** 2 + x2[k]! ** 2;
    if (Math.abs(far - 1) > 1e-4) expect(value).toBe(Number(far > 1));
  }
  expect(average(t)).toBeCloseTo(Math.exp(-0.5), 1);
});

test('moons, spirals and gaussians are where their formulas say, within four deviations of the noise', () => {
  const far = (set: string, noise: number, distance: (x1: number, x2: number, t: number) => number): void => {
    const [x1, x2, t] = columns(set, 'x1', 'x2', 'class') as [number[], number[], number[]];
    const off = t.map((value, k) => distance(x1[k]!, x2[k]!, value));
    expect(Math.max(...off)).toBeLessThan(4.5 * noise);
    expect(average(off.map((d) => d ** 2))).toBeGreaterThan(0.3 * noise ** 2);
  };
  far('moons', 0.1, (x, y, t) => Math.abs(t === 0 ? Math.hypot(x, y) - 1 : Math.hypot(x - 1, y - 0.5) - 1));
  far('gaussians', 0.1, (x, y, t) =>
    Math.hypot(x - 2 * Math.cos((Math.PI / 4) * t), y - 2 * Math.sin((Math.PI / 4) * t)),
  );
  far('spirals', 0.02, (x, y, t) => {
    const on = Array.from({ length: 2000 }, (_, k) => 0.1 + (0.9 * k) / 1999);
    return Math.min(
      ...on.map((r) =>
        Math.hypot(x - r * Math.cos(Math.PI * (3 * r + t)), y - r * Math.sin(Math.PI * (3 * r + t))),
      ),
    );
  });
});

test('five features of sparse make up all but the noise', () => {
  const x = [1, 4, 7, 10, 13].map((k) => column(`sparse/test#x${k}`));
  const rest = column('sparse/test#t').map(
    (t, k) => t - [3, -2, 1.5, -1, 0.5].reduce((sum, w, i) => sum + w * x[i]![k]!, 0),
  );
  expect(average(rest)).toBeCloseTo(0, 0);
  expect(Math.abs(average(rest.map((r) => r * r)) - 1)).toBeLessThan(0.15);
});

test("what is heard on the belly is the child's heart, far below the mother's", () => {
  const [belly, fetal] = columns('heartbeats', 'belly', 'fetal') as [number[], number[]];
  const power = (values: readonly number[]): number => average(values.map((v) => v * v));
  expect(power(belly.map((v, k) => v - fetal[k]!))).toBeGreaterThan(3 * power(fetal));
  expect(power(fetal)).toBeGreaterThan(10 * 0.01 ** 2);
});

test('boxes of shapes hold all of the ink', () => {
  const count = 40;
  const images = column(`shapes:${count}#images`);
  const boxes = column(`shapes:${count}#boxes`);
  for (let k = 0; k < count; k++) {
    const [x, y, w, h] = boxes.slice(4 * k, 4 * k + 4) as [number, number, number, number];
    const inked = images.slice(256 * k, 256 * (k + 1)).flatMap((ink, at) => (ink > 128 ? [at] : []));
    expect(inked.length).toBeGreaterThan(8);
    for (const at of inked) {
      const [row, across] = [(Math.floor(at / 16) + 0.5) / 16, ((at % 16) + 0.5) / 16];
      expect(Math.abs(row - y)).toBeLessThanOrEqual(h / 2 + 0.5 / 16);
      expect(Math.abs(across - x)).toBeLessThanOrEqual(w / 2 + 0.5 / 16);
    }
  }
});

test('classes of overlapping shapes are brighter than what is around them', () => {
  const count = 20;
  const images = column(`overlapping:${count}#images`);
  const classes = column(`overlapping:${count}#classes`);
  expect(new Set(classes)).toEqual(new Set([0, 1, 2, 3]));
  for (let k = 0; k < count; k++) {
    const ofClass = (isShape: boolean): readonly number[] =>
      images.slice(1024 * k, 1024 * (k + 1)).filter((_, at) => classes[1024 * k + at]! > 0 === isShape);
    const [shapes, ground] = [ofClass(true), ofClass(false)];
    expect(shapes.length).toBeGreaterThan(30);
    expect(average(shapes)).toBeGreaterThan(average(ground) + 30);
    expect(Math.max(...ground)).toBeLessThan(80 + 12 * 5);
  }
});

test('a fourth of messages is spam, and most words of both classes are the same', () => {
  const named = readDataFile(parseDataSpec('data:messages:2000#class:labels')).tensor.data as Int32Array;
  expect(average([...named])).toBeCloseTo(0.25, 1);
  const { tensor, codes } = readDataFile(parseDataSpec('data:messages:2000#text:24:words'));
  const words = [...(tensor.data as Int32Array)];
  const of = (k: number): ReadonlySet<number> =>
    new Set(words.filter((word, at) => word > 0 && named[Math.floor(at / 24)] === k));
  expect(Math.min(of(0).size, of(1).size)).toBeGreaterThan(0.9 * (codes![0]!.size - 1));
  // None is cut off.
  expect(words.filter((_, at) => at % 24 === 23).every((word) => word === 0)).toBe(true);
});

test('scenes have one to three shapes, evenly; their boxes hold all of the ink, and none meets another', () => {
  const [count, side] = [150, 28];
  const images = column(`scenes:${count}#images`);
  const boxes = column(`scenes:${count}#boxes`);
  const classes = column(`scenes:${count}#classes`);
  const many = [0, 0, 0];
  for (let k = 0; k < count; k++) {
    const there = [0, 1, 2].filter((n) => classes[3 * k + n]! >= 0);
    expect(there).toEqual(there.map((_, n) => n));
    many[there.length - 1]!++;
    const own = there.map((n) => boxes.slice(4 * (3 * k + n), 4 * (3 * k + n) + 4)) as [
      number,
      number,
      number,
      number,
    ][];
    const far = (box: (typeof own)[number], x: number, y: number): number =>
      Math.max(Math.abs(x - box[0]) - box[2] / 2, Math.abs(y - box[1]) - box[3] / 2);
    for (const [n, box] of own.entries())
      for (const [x, y, width] of own.slice(0, n))
        expect(far(box, x, y)).toBeGreaterThanOrEqual(width / 2 - 1e-6);
    const inked = own.map(() => 0);
    for (let at = 0; at < side * side; at++) {
      if (images[k * side * side + at]! <= 128) continue;
      const distances = own.map((box) =>
        far(box, ((at % side) + 0.5) / side, (Math.floor(at / side) + 0.5) / side),
      );
      const nearest = Math.min(...distances);
      expect(nearest).toBeLessThanOrEqual(0.5 / side);
      inked[distances.indexOf(nearest)]!++;
    }
    expect(Math.min(...inked)).toBeGreaterThan(8);
  }
  expect(Math.min(...many)).toBeGreaterThan(count / 5);
});
