/** Reductions over rows of any length on the processor: what vectors leave at the end of a row, in every layout. */
import { expect, test } from 'vitest';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { compareOnProcessor } from '../support/processor-run.ts';
import { randomSource } from '../support/random.ts';

const random = randomSource(23);
const extent = (): number =>
  random.pick([random.integer(1, 9), random.integer(15, 40), random.pick([61, 64, 127])]);

/** Exponentials that are kept, a position, a sum under a condition, and old values that are overwritten. */
function rows(): TestKernel {
  const extents: Readonly<Record<string, number>> = {
    a: random.integer(1, 5),
    b: extent(),
    c: extent(),
    d: random.integer(1, 7),
  };
  const row = random.pick([['b'], ['a'], ['a', 'b'], []]);
  const columns = random.pick([['c'], ['c'], ['c', 'd'], ['d', 'c']]);
  const all = [...row, ...columns];
  const shuffled = random.pick([all, all, [...columns, ...row], [...all].reverse()]);
  const of = (names: readonly string[]): string =>
    names.map((name) => `${name}: ${extents[name]}`).join(', ');
  const at = (names: readonly string[]): string => (names.length === 0 ? '' : `[${names}]`);
  const as = (names: readonly string[]): string => (names.length === 0 ? '' : `[${of(names)}]`);
  // Dear ones are kept from walk to walk, unless there are many; cheap ones are made again.
  const bent = random.pick(['exp(', '2.5 + 0.25 * (']);
  const limit = random.integer(0, extents.c! + 1);
  return kernelOf(
    `state %x${as(shuffled)}: f32
     input %g[c: ${extents.c}]: f32
     %m${as(row)}: f32 = max[${of(columns)}] %x${at(shuffled)}
     %first${as(row)}: i32 = argmax[${of(columns)}] %x${at(shuffled)}
     %e${as(all)}: f32 = ${bent}%x${at(shuffled)} - %m${at(row)})
     %s${as(row)}: f32 = sum[${of(columns)}] %e${at(all)}
     %q${as(row)}: f32 = sum[${of(columns)} where c < ${limit}] %e${at(all)} * %g[c] / %s${at(row)}
     %y${as(shuffled)}: f32 = %e${at(all)} / %s${at(row)} + %x${at(shuffled)} * %q${at(row)}`,
    { rows: row, stores: ['first', 's', 'q', 'y'], inPlace: { y: 'x' } },
  );
}

test('rows of any length, walked as often as need be', () => {
  const ways = new Set<string>();
  for (let k = 0; k < 40; k++) {
    const { scheduled, error } = compareOnProcessor(rows(), {}, k + 1);
    expect(error, `kernel ${k}: ${scheduled.decision.because}`).toBeLessThan(2e-5);
    ways.add(scheduled.decision.because.split(', ').at(-1)!);
  }
  const all = [
    '3 times four rows side by side',
    'all columns at once',
    'four columns at a time',
    'four rows side by side',
    'one column at a time',
  ];
  expect([...ways]).toEqual(expect.arrayContaining(all));
});

test('columns that are one in memory are vectors, however long each of them is', () => {
  const variance = (height: number, width: number): TestKernel =>
    kernelOf(
      `input %x[n: 3, c: 2, j: ${height}, i: ${width}]: f32
       %s[c: 2]: f32 = sum[n: 3, j: ${height}, i: ${width}] %x[n, c, j, i]
       %v[c: 2]: f32 = sum[n: 3, j: ${height}, i: ${width}] (%x[n, c, j, i] - 0.01 * %s[c]) ** 2`,
      { rows: ['c'] },
    );
  for (const [height, width] of [
    [14, 14],
    [15, 15],
    [7, 1],
    [3, 7],
  ] as const) {
    const { scheduled, error } = compareOnProcessor(variance(height, width));
    expect(error).toBeLessThan(1e-5);
    expect(scheduled.decision.because).toContain('four columns at a time');
  }
});

test.each([
  [512, '4 times four rows side by side'],
  [513, '4 times four rows side by side'],
  [127, '3 times four rows side by side'],
  [40, '2 times four rows side by side'],
  [7, 'four rows side by side'],
])('the matrix behind a single row is read along its %d rows, whose old values are overwritten', (n, way) => {
  const kernel = kernelOf(
    `input %x[k: 300]: f32
     input %w[a: 3, k: 300, j: ${n}]: f32
     state %b[a: 3, j: ${n}]: f32
     %s[a: 3, j: ${n}]: f32 = sum[k: 300] %x[k] * %w[a, k, j]
     %y[a: 3, j: ${n}]: f32 = %b[a, j] - 0.1 * %s[a, j] * to_f32(a + 1)`,
    { rows: ['a', 'j'], stores: ['s', 'y'], inPlace: { y: 'b' } },
  );
  const { scheduled, error } = compareOnProcessor(kernel);
  expect(error).toBeLessThan(1e-5);
  expect(scheduled.decision.because).toContain(way);
});
