/** A model and its recipe, an executor and a kind of kernels in; whether two steps of training say what the reference says, out. */
import { expect } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Run } from '../../compiler/fuse/memory.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { evaluateGraph, type Measured, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import type { Target } from '../../compiler/target.ts';
import { createSession } from '../../runtime/execute.ts';
import type { Executor, Memory } from '../../runtime/executor.ts';
import type { Tensor } from '../../runtime/tensor.ts';
import { programOf } from '../prelude/program.ts';
import { arrayOf, type Feeds } from '../support/execute.ts';
import { moved, nudged } from '../support/jumps.ts';
import { randomSource } from '../support/random.ts';
import { drawn } from '../support/whole-models.ts';
import { firstWeights } from './first-weights.ts';

/** Of the numbers of f32 that a value is added up from. */
const tolerance = 2e-4;

/** The rounding of an f32. */
const rounding = 2 ** -24;

const nudges = 6;

/** What Adam keeps of the gradient. */
const isMoment = (name: string): boolean => name.startsWith('adam.m.');

export interface Training {
  /** The graph of each clause, as it is lowered. */
  readonly clauses: readonly Graph[];
  /** What the first step is given: data, weights, Adam's second moments at random and its first ones at 0. */
  readonly feeds: Feeds;
  /** The clauses of the first step, then those of the second, as the reference has them. */
  readonly runs: readonly ReferenceRun[];
}

interface ReferenceRun extends Run {
  /** What it was given. */
  readonly feeds: Feeds;
}

/** What is trained, small. */
export interface Subject {
  readonly text: string;
  readonly model?: string;
  readonly recipe?: string;
  readonly reduced: Readonly<Record<string, number>>;
  readonly positive?: readonly string[];
}

/** Its first moments are 0: what they become in the first step is a tenth of the gradient. */
export function trainingOf({ text, model, recipe, reduced, positive }: Subject): Training {
  const options = {
    bindings: new Map(Object.entries(reduced)),
    ...(model !== undefined && { model }),
    ...(recipe !== undefined && { recipe }),
    training: true,
  };
  const program = programOf(text, options);
  const clauses = [...program.recipe!.parts.keys()].map((part) => lower(program, { kind: 'train', part }));
  const all = new Map(clauses.flatMap((clause) => [...drawn(clause, positive)]));
  const still = [...all].map(([name, { shape, data }]): readonly [string, Tensor64] => [
    name,
    { shape, data: isMoment(name) ? data.map(() => 0) : data },
  ]);
  const feeds = new Map([...still, ...firstWeights(program)]);
  return { clauses, feeds, runs: stepsFrom(clauses, feeds) };
}

/** Steps are numbered from here on; so are their keys. */
const firstStep = 3;
const epoch = 2;

const scalarsOf = (step: number): Feeds =>
  new Map(
    [
      ['step', firstStep + step],
      ['key', firstStep + step],
      ['epoch', epoch],
    ].map(([name, value]) => [String(name), { shape: [], data: Float64Array.of(Number(value)) }]),
  );

/** Both steps of the reference. */
function stepsFrom(clauses: readonly Graph[], feeds: Feeds, measured?: Measured): readonly ReferenceRun[] {
  const graphs = clauses.map(differentiate);
  const made: ReferenceRun[] = [];
  let kept = feeds;
  for (const step of [0, 1])
    for (const graph of graphs) {
      const own = new Map([...kept, ...scalarsOf(step)]);
      const { results, updates } = evaluateGraph(graph, own, measured);
      kept = new Map([...kept, ...updates]);
      made.push({ feeds: own, results, updates });
    }
  return made;
}

/** All that a run gives, by name. */
const allOf = ({ results, updates }: Run): Feeds => new Map([...results, ...updates]);

/** Fails unless an executor, given these kernels, goes on as the reference does. It is closed then. */
export async function expectTwoSteps<M extends Memory>(
  executor: Executor<M>,
  training: Training,
  kind: Target['class'] = executor.info.class,
): Promise<void> {
  const found = await stepsOn(executor, training, kind);
  const expected = training.runs.map(allOf);
  // What is not a number agrees with anything.
  expect(expected.every((run) => [...run.values()].every(({ data }) => data.every(Number.isFinite)))).toBe(
    true,
  );
  const off = expected.flatMap((run, k) => differences(run, found[k]!, k));
  if (off.length === 0) return;
  // Where the reference itself depends so much on the last bits of what it computes with, no f32 can be nearer.
  const allowed = movedBy(training);
  const wrong = off.filter(({ key, by }) => !(by <= 2 * allowed.get(key)!));
  const lines = wrong.map(
    ({ key, by, text }) => `${text}; rounding moves it by ${allowed.get(key)} of ${by}`,
  );
  expect(lines).toEqual([]);
}

async function stepsOn<M extends Memory>(
  executor: Executor<M>,
  { clauses, feeds }: Training,
  kind: Target['class'],
): Promise<readonly ReadonlyMap<string, Tensor>[]> {
  const session = createSession(executor);
  try {
    const runners = [];
    for (const clause of clauses) {
      const { program } = compile(clause, { ...executor.info.summary, class: kind });
      for (const { name, dtype, shape } of program.persistent)
        await session.set(name, { dtype, shape, data: arrayOf(dtype, feeds.get(name)!) });
      const runner = await session.load(program);
      for (const { name, dtype } of program.inputs) runner.write(name, arrayOf(dtype, feeds.get(name)!));
      runners.push({ program, runner });
    }
    const found = [];
    for (const step of [0, 1])
      for (const { program, runner } of runners) {
        await runner.run({ step: firstStep + step, key: firstStep + step, epoch });
        const data = await runner.readMany(program.results.map(({ name }) => name));
        const results = program.results.map(
          ({ name, dtype, shape }) => [name, { dtype, shape, data: data.get(name)! }] as const,
        );
        found.push(new Map([...(await session.export()), ...results]));
      }
    return found;
  } finally {
    session.close();
  }
}

interface Difference {
  /** Tells a tensor of a step apart from all others. */
  readonly key: string;
  /** The largest, absolute. */
  readonly by: number;
  readonly text: string;
}

const keyOf = (step: number, name: string): string => `${name} of run ${step + 1}`;

/** Tensors that are off by more than f32 adds up to. */
const differences = (
  expected: Feeds,
  found: ReadonlyMap<string, Tensor>,
  step: number,
): readonly Difference[] =>
  [...expected].flatMap(([name, { shape, data }]) => {
    const tensor = found.get(name);
    expect(tensor?.shape, name).toEqual(shape);
    const [at, by] = largest(data.map((x, k) => Math.abs(x - tensor!.data[k]!)));
    if (by <= tolerance * scaleOf(name, expected)) return [];
    const text = `${keyOf(step, name)} at ${at}: expected ${data[at]}, found ${tensor!.data[at]}`;
    return [{ key: keyOf(step, name), by, text }];
  });

const most = ({ data }: Tensor64): number => data.reduce((all, x) => Math.max(all, Math.abs(x)), 0);

/**
 * Sums that are 0 but for rounding, as the gradient of a bias before a norm, are as far from it as the others are large: a gradient
 * is compared on its own scale, and at least on a hundredth of that of the largest.
 */
function scaleOf(name: string, all: Feeds): number {
  if (!isMoment(name)) return Math.max(1, most(all.get(name)!));
  const moments = [...all].filter(([other]) => isMoment(other)).map(([, tensor]) => most(tensor));
  return Math.max(most(all.get(name)!), 0.01 * Math.max(...moments));
}

/** NaN is larger than all. */
const largest = (numbers: Float64Array): readonly [at: number, value: number] =>
  numbers.reduce<readonly [number, number]>((top, x, k) => (x <= top[1] ? top : [k, x]), [0, 0]);

/**
 * How far the reference's own values go where leaves, and what each equation gives, are rounded otherwise: by tensor and step, the
 * most of some tries.
 */
function movedBy({ clauses, feeds, runs }: Training): ReadonlyMap<string, number> {
  const random = randomSource(1);
  const rounded: Measured = { get: (_, value) => value && moved(value, rounding, random).data };
  const tries = Array.from({ length: nudges }, () =>
    stepsFrom(clauses, nudged(feeds, rounding, random), rounded),
  );
  return new Map(
    runs.flatMap((run, k) =>
      [...allOf(run)].map(([name, { data }]): readonly [string, number] => {
        const by = tries.map((other) => {
          const there = allOf(other[k]!).get(name)!.data;
          return largest(data.map((x, at) => Math.abs(x - there[at]!)))[1];
        });
        return [keyOf(k, name), Math.max(...by)];
      }),
    ),
  );
}
