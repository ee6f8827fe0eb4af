/** Products and convolutions of any size on the processor: every layout, what is masked, batches and ends. */
import { expect, test } from 'vitest';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { compareOnProcessor } from '../support/processor-run.ts';
import { randomSource } from '../support/random.ts';

const random = randomSource(11);
const extent = (): number =>
  random.pick([random.integer(1, 9), random.integer(1, 40), random.integer(20, 70)]);
const declared = (names: readonly string[], extents: Readonly<Record<string, number>>): string =>
  names.map((name) => `${name}: ${extents[name]}`).join(', ');

/** A bias and a slope behind it, and old values that the new ones overwrite. */
function product(): TestKernel {
  const extents = { b: 3, h: 4, m: extent(), n: extent(), k: random.pick([extent(), 600]) };
  // Two axes that no operand has side by side as the result does are not one.
  const batch = random.pick([[], [], ['b'], ['b', 'h']]);
  const left = [
    ...batch,
    ...random.pick([
      ['m', 'k'],
      ['k', 'm'],
    ]),
  ];
  const right = [
    ...[...batch].reverse(),
    ...random.pick([
      ['k', 'n'],
      ['n', 'k'],
    ]),
  ];
  const rows = [
    ...batch,
    ...random.pick([
      ['m', 'n'],
      ['n', 'm'],
    ]),
  ];
  return kernelOf(
    `input %x[${declared(left, extents)}]: f32
     input %w[${declared(right, extents)}]: f32
     input %c[n: ${extents.n}]: f32
     state %old[${declared(rows, extents)}]: f32
     %s[${declared(rows, extents)}]: f32 = sum[k: ${extents.k}] %x[${left}] * %w[${right}]
     %y[${declared(rows, extents)}]: f32 = %old[${rows}] - maximum(%s[${rows}] + %c[n], 0.0)`,
    { rows, inPlace: { y: 'old' } },
  );
}

/** Strided, dilated, padded and in groups: forward, or with the same windows a gradient. */
function convolution(): TestKernel {
  // Of many maps, what is gathered is packed.
  const many = random.pick([random.integer(24, 40), 31]);
  const [n, g] = [random.integer(1, 3), random.pick([1, 1, 2])];
  const c = random.pick([random.integer(1, 9), random.integer(1, 9), 31]);
  const f = c === 31 ? random.integer(1, 31) : random.pick([random.integer(1, 20), many]);
  const [v, u] = [random.integer(1, 5), random.integer(1, 5)];
  const [stride, dilation, pad] = [random.integer(1, 3), random.integer(1, 2), random.integer(0, 2)];
  // Whole vectors, too.
  const [j, i] = [random.integer(1, 12), random.pick([random.integer(1, 20), 4 * random.integer(1, 5)])];
  const [height, width] = [j, i].map((out, k) =>
    Math.max(1, (out - 1) * stride + ([v, u][k]! - 1) * dilation + 1 - 2 * pad),
  );
  const at = (row: string, column: string): string => `${stride}*${row} + ${dilation}*${column} - ${pad}`;
  const inside = (position: string, size: number): string => `0 <= ${position} and ${position} < ${size}`;
  const [y, x] = [at('j', 'v'), at('i', 'u')];
  const read = `(if ${inside(y, height!)} and ${inside(x, width!)} then %x[n, g, c, ${y}, ${x}] else 0.0)`;
  const images = `n: ${n}, g: ${g}, c: ${c}, j: ${height}, i: ${width}`;
  const [maps, weights] = [
    `n: ${n}, g: ${g}, f: ${f}, j: ${j}, i: ${i}`,
    `g: ${g}, f: ${f}, c: ${c}, v: ${v}, u: ${u}`,
  ];
  // Of the output that a pixel went into by a weight: its place times the stride.
  const from = (pixel: string, weight: string): string => `${pixel} + ${pad} - ${dilation}*${weight}`;
  const [down, across] = [from('j', 'v'), from('i', 'u')];
  const reached = (position: string, size: number): string =>
    stride === 1
      ? inside(position, size)
      : `${inside(position, stride * size)} and (${position}) mod ${stride} == 0`;
  const place = (position: string): string => (stride === 1 ? position : `(${position}) div ${stride}`);
  return random.pick([
    () =>
      kernelOf(
        `input %x[${images}]: f32
         param %w[${weights}]: f32
         %y[${maps}]: f32 = sum[c: ${c}, v: ${v}, u: ${u}] %w[g, f, c, v, u] * ${read}`,
        { rows: ['n', 'g', 'f', 'j', 'i'] },
      ),
    () =>
      kernelOf(
        `input %x[${images}]: f32
         input %dy[${maps}]: f32
         %dw[${weights}]: f32 = sum[n: ${n}, j: ${j}, i: ${i}] %dy[n, g, f, j, i] * ${read}`,
        { rows: ['g', 'f', 'c', 'v', 'u'] },
      ),
    () =>
      kernelOf(
        `param %w[${weights}]: f32
         input %dy[${maps}]: f32
         %dx[${images}]: f32 = sum[f: ${f}, v: ${v}, u: ${u}] (if ${reached(down, j)} and ${reached(across, i)} then %dy[n, g, f, ${place(down)}, ${place(across)}] else 0.0) * %w[g, f, c, v, u]`,
        { rows: ['n', 'g', 'c', 'j', 'i'] },
      ),
  ])();
}

/** Exponentials that three walks of a row need, which lies in either direction and in one or two axes. */
function rows(): TestKernel {
  const extents = { r: extent(), c: random.integer(17, 70), d: random.pick([1, 4, 5]) };
  const columns = extents.d === 1 ? ['c'] : ['c', 'd'];
  const indices = random.pick([
    ['r', ...columns],
    [...columns, 'r'],
  ]);
  const [all, over] = [declared(indices, extents), declared(columns, extents)];
  return kernelOf(
    `input %x[${all}]: f32
     %m[r: ${extents.r}]: f32 = max[${over}] %x[${indices}]
     %e[${all}]: f32 = exp(%x[${indices}] - %m[r])
     %s[r: ${extents.r}]: f32 = sum[${over}] %e[${indices}]
     %v[r: ${extents.r}]: f32 = sum[${over}] %e[${indices}] * %e[${indices}] / %s[r]
     %y[${all}]: f32 = %e[${indices}] / (%s[r] + %v[r])`,
    { rows: ['r'] },
  );
}

test('exponentials of a row are kept from walk to walk', () => {
  for (let seed = 0; seed < 30; seed++) {
    const { error, scheduled } = compareOnProcessor(rows(), {}, seed);
    expect(scheduled.nest.memories.map(({ name }) => name)).toEqual(['e_row']);
    expect(error, scheduled.decision.because).toBeLessThan(1e-5);
  }
});

test.each([
  ['products', product],
  ['convolutions', convolution],
])('%s of random sizes', (_, make) => {
  const ways = new Set<string>();
  for (let seed = 0; seed < 80; seed++) {
    const kernel = make();
    const { error, scheduled } = compareOnProcessor(kernel, {}, seed);
    const shapes = kernel.graph.nodes.map(({ indices }) => indices.map((index) => index.extent).join(' x '));
    expect(error, `${shapes.join(', ')}: ${scheduled.decision.because}`).toBeLessThan(1e-5);
    ways.add(scheduled.decision.because);
  }
  // Packed panels of many sizes, and tiles that read memory.
  const packed = [...ways].filter((way) => way.startsWith('a thread packs')).length;
  expect(packed).toBeGreaterThan(10);
  expect(ways.size).toBeGreaterThan(packed);
});
