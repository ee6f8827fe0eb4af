/** What reductions give where no element takes part, and where few do: in every order of work, on both classes and on the processor. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import type { Device } from '../../runtime/device.ts';
import { elementCount } from '../../runtime/extents.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { graphOf as graphOfModel } from '../prelude/harness.ts';
import { executeOn, type Feeds } from '../support/execute.ts';
import { graphOf } from '../support/graphs.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const lowest = -3.4028234663852886e38;
const reductions = [
  ['sum', 'f32', 0],
  ['prod', 'f32', 1],
  ['max', 'f32', lowest],
  ['min', 'f32', -lowest],
  ['argmax', 'f32', 0],
  ['argmin', 'f32', 0],
  ['sum', 'i32', 0],
  ['prod', 'i32', 1],
  ['max', 'i32', -(2 ** 31)],
  ['min', 'i32', 2 ** 31 - 1],
  ['argmax', 'i32', 0],
  ['argmin', 'i32', 0],
  ['max', 'u32', 0],
  ['min', 'u32', 2 ** 32 - 1],
  ['argmax', 'u32', 0],
  ['argmin', 'u32', 0],
  ['any', 'bool', 0],
  ['all', 'bool', 1],
] as const;

type Type = (typeof reductions)[number][1];

const resultType = (by: string, dtype: Type): string => (by.startsWith('arg') ? 'i32' : dtype);

/** The ends of each type and little else: ties, and elements that equal what nothing gives. */
const extremes: Readonly<Record<Type, readonly number[]>> = {
  f32: [lowest, -lowest, lowest],
  i32: [-(2 ** 31), 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 2 ** 32 - 1, 0],
  bool: [0, 1, 0],
};

/** How many elements of row b take part: none, one, two, or all but the first. */
const takesPart = (b: number, c: number, columns: number): boolean =>
  [false, c === columns - 1, c === 1 || c === 2, c > 0][b % 4]!;

const tensor = (shape: readonly number[], at: (k: number) => number): Tensor64 => ({
  shape,
  data: Float64Array.from({ length: elementCount(shape) }, (_, k) => at(k)),
});

async function expectSame(
  text: Parameters<typeof executeOn>[1],
  feeds: Feeds,
  kind: 'software' | 'hardware' | 'cpu',
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const found = await executeOn(open.device!, text, feeds, kind);
  for (const [name, { data }] of evaluateGraph(differentiate(text), feeds).results) {
    const device = found.get(name)!.data;
    const bad = data.findIndex((x, k) => !(Math.abs(x - device[k]!) <= 1e-5 * Math.abs(x)));
    if (bad >= 0) expect.fail(`${name}[${bad}]: the reference says ${data[bad]}, the device ${device[bad]}`);
  }
  return new Map([...found].map(([name, { data }]) => [name, data] as const));
}

describe.each(['software', 'hardware', 'cpu'] as const)('%s kernels', (kind) => {
  describe.each([
    [5, 3],
    [130, 7],
    [4, 130],
    [2, 1024],
  ])('%d rows of %d', (rows, columns) => {
    test.each(['row by row', 'column by column', 'equal elements'])('%s', async (layout) => {
      const turned = layout === 'column by column';
      const [at, axes] = turned
        ? ['c, b', `c: ${columns}, b: ${rows}`]
        : ['b, c', `b: ${rows}, c: ${columns}`];
      const types = ['f32', 'i32', 'u32', 'bool'] as const;
      const lines = [
        `input %on[${axes}]: i32`,
        ...types.map((dtype) => `input %${dtype}[${axes}]: ${dtype}`),
        ...reductions.map(
          ([by, dtype]) =>
            `%${by}_${dtype}[b: ${rows}]: ${resultType(by, dtype)} = ${by}[c: ${columns} where %on[${at}] > 0] %${dtype}[${at}]
             result output ${by}_${dtype} %${by}_${dtype}`,
        ),
      ];
      const shape = turned ? [columns, rows] : [rows, columns];
      const place = (k: number): readonly [number, number] =>
        turned ? [k % rows, Math.floor(k / rows)] : [Math.floor(k / columns), k % columns];
      const feeds = new Map<string, Tensor64>([
        ['on', tensor(shape, (k) => Number(takesPart(...place(k), columns)))],
        ...types.map((dtype): [string, Tensor64] => {
          const values = extremes[dtype];
          const each = layout === 'equal elements' ? () => values[0]! : (k: number) => values[k % 3]!;
          // Products and sums of the largest numbers have no value to compare.
          return [dtype, tensor(shape, dtype === 'f32' ? (k) => (k % 7) / 8 : each)];
        }),
      ]);
      const found = await expectSame(graphOf(lines.join('\n')), feeds, kind);
      for (const [by, dtype, nothing] of reductions) expect(found.get(`${by}_${dtype}`)![0]).toBe(nothing);
    });
  });

  test.each([
    [4, 3],
    [4, 130],
  ])('derived reductions and all gradients are finite over nothing: %d rows of %d', async (rows, columns) => {
    const graph = graphOfModel(
      `model nothing {
         input x: f32[${rows}, ${columns}]
         input on: i32[${rows}, ${columns}]
         output average[b] = mean[c where on[b, c] > 0] x[b, c]
         output smooth[b] = logsumexp[c where on[b, c] > 0] x[b, c]
         output largest[b] = max[c where on[b, c] > 0] x[b, c]
         output product[b] = prod[c where on[b, c] > 0] x[b, c]
         output length[b] = norm[c where on[b, c] > 0] x[b, c]
         output spread[b] = var[c where on[b, c] > 0] x[b, c]
         weighted[b] = average[b] + product[b] + length[b] + spread[b] + (if largest[b] > -1000 then 2 * smooth[b] + 3 * largest[b] else 0)
         loss = sum(weighted)
         output d = grad(loss, x)
       }`,
      'run',
    );
    const shape = [rows, columns];
    const feeds = new Map([
      ['x', tensor(shape, (k) => 1 + (((k * 37) % 11) - 5) / 2048)],
      ['on', tensor(shape, (k) => Number(takesPart(Math.floor(k / columns), k % columns, columns)))],
    ]);
    const found = await expectSame(graph, feeds, kind);
    expect(found.get('average')![0]).toBe(0);
    expect(found.get('length')![0]).toBe(0);
    expect(found.get('spread')![0]).toBe(0);
    expect(found.get('smooth')![0]).toBe(lowest);
    expect(found.get('largest')![0]).toBe(lowest);
    expect(Array.from(found.get('d')!).slice(0, columns)).toEqual(Array(columns).fill(0));
  });
});
