/** A folder that a training saved into and a step in; that step done again, with its trace and its updates, out. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import { objectivesOf } from '../../compiler/check/recipes/part-states.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { isLeaf } from '../../compiler/ir/nodes.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { dependenciesOf, trace as traceOf } from '../../compiler/trace/index.ts';
import type { Runner, StepScalars } from '../../runtime/execute.ts';
import type { Tensor, TypedArray } from '../../runtime/tensor.ts';
import type { Weights } from '../data/weights.ts';
import type { DeviceKind } from '../device/session.ts';
import { readAsked } from '../saved/asked-training.ts';
import { metadataIn, readCheckpoint } from '../saved/checkpoint.ts';
import { checkCourse } from '../saved/course.ts';
import { UsageError } from '../terminal/failure.ts';
import { type TraceRows, traceRows } from '../views/trace-rows.ts';
import { trainModel } from './training.ts';

export interface ReplayOptions {
  readonly step: number;
  /** Default: what the training ran on. */
  readonly device?: DeviceKind;
  readonly threads?: number;
}

/** What the step did to a parameter or a state. */
export interface Change {
  readonly path: string;
  /** Euclidean norms, before it and of the difference. */
  readonly before: number;
  readonly change: number;
}

export interface Replayed {
  readonly model: string;
  readonly step: number;
  readonly epoch: number;
  readonly device: string;
  /** Losses, metrics and rates of this step. */
  readonly values: ReadonlyMap<string, number>;
  readonly trace: TraceRows;
  readonly changes: readonly Change[];
  /** Where the step is the last that was saved: how many numbers then have the saved bits, of how many. */
  readonly saved: { readonly equal: number; readonly of: number } | undefined;
}

export async function replay(
  folder: string,
  { step, device, threads }: ReplayOptions,
  signal: AbortSignal,
): Promise<Replayed> {
  const { file, options } = readAsked(metadataIn(folder).get('asked'), folder);
  let typed: TypedProgram | undefined;
  let saved: ReturnType<typeof readCheckpoint> | undefined;
  let epoch = 0;
  let scalars: StepScalars = {};
  let name = '';
  let last = 0;
  let values: ReadonlyMap<string, number> = new Map();
  const batch = new Map<string, TypedArray>();
  let before: Weights = new Map();
  let after: Weights = new Map();
  await trainModel(
    file,
    {
      ...options,
      ...(device && { device }),
      ...(threads && { threads }),
      resume: false,
      quiet: true,
      inspection: {
        step,
        begin(course, program, stepsPerEpoch) {
          typed = program;
          saved = readCheckpoint(folder, program);
          checkCourse(saved.checkpoint.course, course, 'replay');
          const { position } = saved.checkpoint;
          last = position.epoch * stepsPerEpoch + position.step;
          if (step > last) throw new UsageError(`--step ${step}: ${folder} was saved after step ${last}`);
        },
        async before(ahead, session) {
          if (ahead.part > 0 || before.size > 0) return;
          ({ epoch, scalars } = ahead);
          name = session.info.name;
          before = await session.export();
          ahead.feed(listening(batch));
        },
        steps({ names, rows }) {
          const row = rows.find((one) => one.step === step);
          if (row) values = new Map(names.map((value, k) => [value, row.values[k]!]));
        },
        async after(session) {
          after = await session.export();
        },
      },
    },
    signal,
    () => {},
  );
  if (typed === undefined || before.size === 0)
    throw new UsageError(`--step ${step}: the training of ${folder} has fewer steps`);
  return {
    model: typed.model,
    step,
    epoch,
    device: name,
    values,
    trace: traced(typed, before, batch, scalars, step),
    changes: [...before].map(([path, tensor]) => changeOf(path, tensor, after.get(path)!)),
    saved: last === step ? equalBits(saved!.values, after) : undefined,
  };
}

/** Keeps what it is given. */
const listening = (batch: Map<string, TypedArray>): Runner =>
  ({
    write: (name: string, data: TypedArray) => void batch.set(name, data.slice()),
  }) as unknown as Runner;

/** The forward and the backward pass of the first loss, in f64, from the weights and the batch that the step had. */
function traced(
  typed: TypedProgram,
  weights: Weights,
  batch: ReadonlyMap<string, TypedArray>,
  scalars: StepScalars,
  step: number,
): TraceRows {
  const graph = differentiate(lower(typed, { kind: 'run' }));
  const loss = objectivesOf(typed.recipe!)[0]!.lossName;
  const part = dependenciesOf(graph, graph.results.find(({ name }) => name === loss)!.value);
  const given = (name: string): ArrayLike<number> =>
    weights.get(name)?.data ??
    batch.get(name) ?? [{ step: 1, epoch: 1, key: 0, ...scalars }[name as keyof StepScalars]];
  const feeds = new Map(
    part.nodes.filter(isLeaf).map((leaf): readonly [string, Tensor64] => {
      const shape = leaf.indices.map(({ extent }) => extent);
      return [leaf.name, { shape, data: Float64Array.from(given(leaf.name)) }];
    }),
  );
  const made = traceOf(part, feeds);
  const { values: exact } = evaluateGraph(made.graph, feeds);
  return traceRows(
    made,
    { exact },
    `${loss} of model ${typed.model} at step ${step}`,
    loss,
    undefined,
    'folded',
  );
}

const norm = (data: Iterable<number>): number => Math.sqrt([...data].reduce((sum, x) => sum + x * x, 0));

function changeOf(path: string, { data }: Tensor, after: Tensor): Change {
  return { path, before: norm(data), change: norm(Array.from(data, (x, k) => after.data[k]! - x)) };
}

function equalBits(saved: Weights, after: Weights): NonNullable<Replayed['saved']> {
  const pairs = [...saved].map(([path, { data }]) => [data, after.get(path)!.data] as const);
  const equal = pairs.reduce(
    (sum, [a, b]) => sum + Array.from(a).filter((x, k) => Object.is(x, b[k])).length,
    0,
  );
  return { equal, of: pairs.reduce((sum, [a]) => sum + a.length, 0) };
}
