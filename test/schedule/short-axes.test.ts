/** A thread has all positions of a short axis at once where conditions on it choose what is computed, and only there. */
import { describe, expect, test } from 'vitest';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { printKernel } from '../../compiler/wgsl/index.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { expectNestAgrees } from '../support/nests.ts';
import { type RandomSource, randomSource } from '../support/random.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();
const targets = Object.values(defaultTargets);

const atOnce = (kernel: TestKernel, target: Target): readonly string[] =>
  [
    ...schedule(kernel.kernel, kernel.values, target).decision.because.matchAll(
      /positions of (\w+) at once/g,
    ),
  ].map(([, name]) => name!);

/** Over `[b: 3, g, j]`. */
const over = (g: number, body: string, j = 20): TestKernel =>
  kernelOf(
    `input %x[b: 3, j: ${j}]: f32
     input %z[b: 3, g: ${g}, j: ${j}]: f32
     %y[b: 3, g: ${g}, j: ${j}]: f32 = ${body}`,
    { rows: ['b', 'g', 'j'] },
  );

const gates = over(
  4,
  `(if 3 == g then tanh(%x[b, j]) * %z[b, 3, j] else 0.0) + (if 1 == g then exp(%z[b, 1, j]) else 0.0)
   + (if 0 == g then exp(%z[b, 1, j]) * tanh(%z[b, 2, j]) else 0.0) + (if 2 == g then tanh(%z[b, 2, j]) else 0.0)`,
);

describe.each(targets.map((target) => [target.class, target] as const))('on %s', (_, target) => {
  test('gates are computed together', () => expect(atOnce(gates, target)).toEqual(['g']));

  test.each([
    ['reads alone', over(2, 'if g == 0 then %x[b, j] else %z[b, 1, j]')],
    ['a condition of data', over(4, 'if %x[b, j] > 0.0 then exp(%z[b, g, j]) else 0.0')],
    ['a condition on another axis', over(4, 'if j < 5 then exp(%z[b, g, j]) else 0.0')],
    ['a branch of its own for each position', over(4, 'if g < 3 then exp(%z[b, g, j]) else 0.0')],
    ['a long axis', over(9, 'if g == 0 then exp(%x[b, j]) else 0.0')],
    ['short runs', over(4, 'if g == 0 then exp(%x[b, j]) else if g == 1 then tanh(%x[b, j]) else 0.0', 12)],
  ])('not for %s', (_, kernel) => expect(atOnce(kernel, target)).toEqual([]));
});

test('each branch stands in the text once', () => {
  const text = printKernel(schedule(gates.kernel, gates.values, defaultTargets.hardware));
  const main = text.slice(text.indexOf('@compute'));
  const calls = (of: string): number => main.split(`${of}_f32(`).length - 1;
  // A formula is called for each of four lanes: two hyperbolic tangents and an exponential.
  expect([calls('tanh'), calls('exp')]).toEqual([8, 4]);
  expect(main).not.toContain('select(');
});

test.each([
  [2, 4, ['g', 'k']],
  [4, 4, ['g']],
  [3, 2, ['g', 'k']],
])('two axes of %i and %i positions: at most eight together', (g, k, expected) => {
  const kernel = kernelOf(
    `input %x[b: 3, j: 20]: f32
     %y[b: 3, g: ${g}, k: ${k}, j: 20]: f32 = (if g == 0 then tanh(%x[b, j]) else 0.0) + (if k == 1 then exp(%x[b, j]) else 0.0)`,
    { rows: ['b', 'g', 'k', 'j'] },
  );
  expect(atOnce(kernel, defaultTargets.cpu)).toEqual(expected);
});

test('gates mean the same', () => expectSame(gates, { schedule: 'map' }));

test('in place, beside another result', () =>
  expectSame(
    kernelOf(
      `input %x[b: 3, j: 20]: f32
       state %m[b: 3, g: 3, j: 20]: f32
       %v[b: 3, g: 3, j: 20]: f32 = if g == 0 then tanh(%x[b, j]) else if g == 1 then exp(%x[b, j]) else 1.0
       %m_new[b: 3, g: 3, j: 20]: f32 = %m[b, g, j] + %v[b, g, j]`,
      { rows: ['b', 'g', 'j'], stores: ['v', 'm_new'], inPlace: { m_new: 'm' } },
    ),
    { schedule: 'map' },
  ));

test('the texts of a dear chain are not too long', () => {
  const sines = (k: number): string =>
    Array.from({ length: 12 }).reduce<string>((e) => `sin(${k}.5 + ${e})`, '%x[b, j]');
  const kernel = over(
    4,
    `if g == 0 then ${sines(0)} else if g == 1 then ${sines(1)} else if g == 2 then ${sines(2)} else ${sines(3)}`,
  );
  expect(atOnce(kernel, defaultTargets.hardware)).toEqual([]);
});

interface Extents {
  readonly b: number;
  readonly g: number;
  readonly k: number;
  readonly j: number;
}

/** Chains of conditions over `[b, g, k, j]`, in one step or two, with one result or two. */
function randomKernel(random: RandomSource): TestKernel {
  const extents: Extents = {
    b: random.integer(1, 3),
    g: random.pick([1, 2, 3, 4, 5, 8]),
    k: random.pick([1, 1, 2, 3, 4, 8]),
    j: random.pick([1, 4, 16, 17, 20]),
  };
  const { b, g, k, j } = extents;
  const all = `b: ${b}, g: ${g}, k: ${k}, j: ${j}`;
  const two = random.chance(0.5);
  const first = chain(random, extents, random.integer(1, 5));
  const second = `${chain(random, extents, random.integer(0, 3), ['%u[b, g, k, j]'])}`;
  const lines = [
    `input %x[b: ${b}, j: ${j}]: f32`,
    `input %z[${all}]: f32`,
    `%u[${all}]: f32 = ${first}`,
    ...(two ? [`%y[${all}]: f32 = ${second} + %u[b, g, k, j]`] : []),
  ];
  return kernelOf(lines.join('\n'), {
    rows: ['b', 'g', 'k', 'j'],
    ...(two && random.chance(0.5) && { stores: ['u', 'y'] }),
  });
}

function chain(random: RandomSource, extents: Extents, depth: number, more: readonly string[] = []): string {
  const leaf = (): string => branch(random, extents, more);
  if (depth === 0) return leaf();
  const rest = chain(random, extents, depth - 1, more);
  const condition = conditionOf(random, extents);
  if (random.chance(0.3)) return `(if ${condition} then ${leaf()} else 0.0) + ${rest}`;
  return random.chance(0.5)
    ? `(if ${condition} then ${leaf()} else ${rest})`
    : `(if ${condition} then ${rest} else ${leaf()})`;
}

function conditionOf(random: RandomSource, extents: Extents): string {
  const axis = random.pick(['g', 'g', 'g', 'k', 'j'] as const);
  const at = random.integer(0, extents[axis]);
  const until = random.integer(at, extents[axis]);
  return random.pick([
    `${axis} == ${at}`,
    `${at} == ${axis}`,
    `${axis} < ${at}`,
    `${axis} >= ${at}`,
    `${at} <= ${axis} and ${axis} < ${until}`,
    `${axis} == ${at} or ${axis} == ${until}`,
    `2*${axis} != ${at}`,
    `g + k == ${at}`,
    `g == ${at} and 0 <= b - 1`,
    `g == ${at} and %x[b, j] > 0.0`,
    `g < k`,
  ]);
}

function branch(random: RandomSource, { g, k, j }: Extents, more: readonly string[]): string {
  const read = random.pick([
    '%x[b, j]',
    `%z[b, ${random.integer(0, g - 1)}, ${random.integer(0, k - 1)}, j]`,
    '%z[b, g, k, j]',
    `%x[b, ${j - 1} - j]`,
    `(if 0 <= g - 1 then %z[b, g - 1, k, j] else 0.5)`,
    'to_f32(g + 2*k)',
    ...more,
  ]);
  return random.pick([`tanh(${read})`, `exp(0.1 * ${read})`, `${read} * %x[b, j]`, read, '1.5']);
}

test('random chains of conditions mean the same', { timeout: 120_000 }, () => {
  const random = randomSource(11);
  const unrolled = { one: 0, several: 0 };
  for (let n = 0; n < 150; n++) {
    const kernel = randomKernel(random);
    for (const target of targets) expectNestAgrees(kernel, target);
    const count = atOnce(kernel, defaultTargets.cpu).length;
    if (count === 1) unrolled.one++;
    if (count > 1) unrolled.several++;
  }
  expect(unrolled.one).toBeGreaterThan(15);
  expect(unrolled.several).toBeGreaterThan(2);
});

test('random chains of conditions on the device', { timeout: 120_000 }, async () => {
  const random = randomSource(23);
  let tried = 0;
  while (tried < 12) {
    const kernel = randomKernel(random);
    if (atOnce(kernel, defaultTargets.cpu).length === 0) continue;
    tried++;
    await expectSame(kernel, { schedule: 'map' });
  }
});
