/** The sweeps of `models/experiments`: the figures that the courses show come out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { randomSource } from '../support/random.ts';
import { nnc, root, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const folder = `${root}/models/experiments`;

it.each(readdirSync(folder))('models/experiments/%s is formatted', (name) => {
  const text = readFileSync(`${folder}/${name}`, 'utf8');
  expect(text).toMatch(/^\/\/ .+\n(\/\/ .*\n)*\/\/ Shows: /);
  expect(format({ name, text })).toEqual({ text });
});

interface Told {
  readonly rows: readonly { readonly values: Readonly<Record<string, { readonly mean: number }>> }[];
}

/** The means of one value, in the order of the sweep. */
async function swept(name: string, ...args: readonly string[]) {
  const said = await nnc('sweep', `${folder}/${name}.nn`, '--device', 'cpu', '--json', ...args);
  expect(said.code, said.err).toBe(0);
  const { rows } = JSON.parse(said.out) as Told;
  return (value: string): readonly number[] => rows.map(({ values }) => values[value]!.mean);
}

function writePoints(name: string, count: number, seed: number): string {
  const random = randomSource(seed);
  const rows = Array.from({ length: count }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()] as const;
    return [a, b, c, Math.sin(2 * a) + 0.5 * b * c + 0.2 * random.normal()].join(',');
  });
  writeFileSync(at(name), `${rows.join('\n')}\n`);
  return at(name);
}

it('least squares of random features are worst where there are as many numbers as samples', async () => {
  const [training, test] = [writePoints('training.csv', 40, 1), writePoints('test.csv', 200, 2)];
  const value = await swept(
    'double_descent',
    ...['--set', 'features=10,20,80', '--seeds', '2'],
    ...['--data', `x=${training}#0-2`, '--data', `t=${training}#3`],
    ...['--eval', `x=${test}#0-2`, '--eval', `t=${test}#3`],
  );
  const [few, peak, many] = value('eval.loss') as [number, number, number];
  expect(peak / Math.max(few, many)).toBeGreaterThan(10);
  const sizes = value('size');
  expect(Math.max(...sizes)).toBe(sizes[1]);
  const losses = value('loss');
  expect(losses[0]).toBeGreaterThan(0.01);
  expect(losses[2]).toBeLessThan(1e-8);
});

it('a network that is built as in the proof is twice as close if it is twice as wide, a learned one sooner', async () => {
  const value = await swept(
    'universal_approximation',
    ...['--set', 'width=8,16,32', '--recipes', 'built,learned'],
  );
  const largest = value('largest');
  const [built, learned] = [largest.filter((_, k) => k % 2 === 0), largest.filter((_, k) => k % 2 === 1)];
  for (const [k, wide] of built.slice(1).entries()) expect(built[k]! / wide).toBeCloseTo(2, 0);
  expect(learned[0]! / built[0]!).toBeLessThan(0.5);
});

it('descent leaves in a valley what theory says of each optimiser', async () => {
  const value = await swept('optimisers', '--recipes', 'plain,heavy_ball,accelerated');
  const [plain, ball, accelerated] = value('distance') as [number, number, number];
  expect(plain).toBeCloseTo(Math.SQRT2 * (99 / 101) ** 199, 5);
  // At most so much, with its factor of as many steps: both roots of a step are equal.
  expect(ball).toBeLessThan(2 * 200 * (9 / 11) ** 199);
  expect(ball).toBeGreaterThan((9 / 11) ** 199);
  expect(accelerated).toBeLessThan(Math.sqrt(200 * 0.9 ** 199));
});

it('an error falls, rises and falls again over the epochs, and once with a rate for each part', async () => {
  const turns = async (recipe: string): Promise<readonly number[]> => {
    const log = at(`${recipe}.csv`);
    const said = await nnc(
      'train',
      `${folder}/epochs.nn`,
      '--recipe',
      recipe,
      '--device',
      'cpu',
      '--log',
      log,
    );
    expect(said.code, said.err).toBe(0);
    const [head, ...rows] = readFileSync(log, 'utf8').trim().split('\n');
    const column = head!.split(',').indexOf('risk');
    const risk = rows.map((row) => Number(row.split(',')[column]));
    return risk.filter((value, k) => {
      const [before, after] = [risk[k - 1]!, risk[k + 1]!];
      return (value - before) * (after - value) < 0;
    });
  };
  const [first, peak, second] = (await turns('same')) as [number, number, number];
  expect(peak).toBeGreaterThan(first + 0.5);
  expect(second).toBeLessThan(first - 1);
  expect(await turns('own')).toHaveLength(1);
});

describe('bias and variance', () => {
  it('are those of the book, and their sum is least near ln lambda = 0.5', async () => {
    const value = await swept('bias_variance', '--set', 'log_lambda=-2.4,0.5,2.6');
    const near = (found: readonly number[], expected: readonly number[], part: number) =>
      found.forEach((v, k) => void expect(Math.abs(v / expected[k]! - 1)).toBeLessThan(part));
    near(value('bias_squared'), [0.0007, 0.005, 0.067], 0.3);
    near(value('variance'), [0.03, 0.017, 0.0066], 0.15);
    const [low, least, high] = value('both') as [number, number, number];
    expect(least).toBeLessThan(Math.min(low, high));
    expect(least).toBeCloseTo(0.022, 2);
  });
});
