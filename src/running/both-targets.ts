/** A model, weights and data in; what an adapter and the processor make of them out: how far apart, and how fast each was. */
import { DeviceError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/execute.ts';
import type { TypedArray } from '../../runtime/tensor.ts';
import { convertInputs, readInputs } from '../data/inputs.ts';
import { savedParameters } from '../data/weights.ts';
import { withSession } from '../device/session.ts';
import { checkModel } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import { dimensionsOf } from '../model/free-dimensions.ts';
import { parseModel } from '../model/model.ts';
import { startingWeights } from '../saved/starting-weights.ts';

export interface TargetRun {
  /** Of the adapter, or of the processor. */
  readonly name: string;
  /** The fastest of some runs. */
  readonly milliseconds: number;
}

export interface BothTargets {
  readonly processor: TargetRun;
  readonly adapter: TargetRun;
  /** Of all outputs, losses and metrics, beside the largest of each. */
  readonly difference: number;
}

const attempts = 3;

/** The same evaluation by WebAssembly and by WGSL, on the adapter that there is. Throws a DeviceError where there is none. */
export async function onBothTargets(
  file: string,
  weights: string,
  data: ReadonlyMap<string, string>,
): Promise<BothTargets> {
  const run = evaluated(file, weights, data);
  const on = (device: 'any' | 'cpu') =>
    withSession({ device, seed: 0, quiet: true, verbose: false }, (session) => run(session));
  const adapter = await on('any');
  const processor = await on('cpu');
  return { processor, adapter, difference: differenceOf(processor.results, adapter.results) };
}

type Run = TargetRun & { readonly results: ReadonlyMap<string, TypedArray> };

function evaluated(
  file: string,
  weights: string,
  data: ReadonlyMap<string, string>,
): (session: Session) => Promise<Run> {
  const parsed = parseModel(file);
  const silent = (): void => {};
  const start = startingWeights({ whole: weights, parts: new Map() }, silent);
  const first = checkModel(parsed, { training: false, bindings: new Map() }).program;
  const { tensors } = readInputs(first, data, undefined, silent, start.learned(first).classes);
  const bindings = dimensionsOf(first, tensors, new Map());
  const { program } = checkModel(parsed, { training: false, bindings });
  return async (session) => {
    const compiled = compileFor(program, { kind: 'run' }, session.info.summary).program;
    const runner = await session.load(compiled);
    const values = start.values(program, session.seed);
    for (const { path } of savedParameters(program)) await session.set(path, values.get(path)!);
    for (const [name, input] of convertInputs(program, compiled, tensors)) runner.write(name, input.data);
    let fastest = Infinity;
    // The first one is not counted: drivers finish compiling in it.
    for (let k = 0; k <= attempts; k++) {
      const from = performance.now();
      await runner.run();
      await session.settle();
      if (k > 0) fastest = Math.min(fastest, performance.now() - from);
    }
    const results = await runner.readMany(compiled.results.map(({ name }) => name));
    return { name: session.info.name, milliseconds: fastest, results };
  };
}

function differenceOf(left: Run['results'], right: Run['results']): number {
  const differences = [...left].map(([name, values]) => {
    const other = right.get(name)!;
    let [largest, scale] = [0, 0];
    values.forEach((value, k) => {
      largest = Math.max(largest, Math.abs(value - other[k]!));
      scale = Math.max(scale, Math.abs(value));
    });
    return largest / (scale || 1);
  });
  // What is not a number is not small.
  return differences.reduce((most, one) => (one <= most ? most : one), 0);
}

/** Kernels that differ by more than this compute something else. */
const tolerance = 1e-4;

/** In one line: that both agree, and how fast each was. */
export function bothText({ processor, adapter, difference }: BothTargets, what: string): string {
  if (!(difference <= tolerance)) {
    throw new DeviceError(
      `the kernels of ${adapter.name} and of the processor differ by ${difference.toExponential(1)}`,
    );
  }
  const time = ({ milliseconds }: TargetRun) =>
    `${milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
  return (
    `the same weights through WGSL, on ${adapter.name}: agree within ${difference.toExponential(0)}; ` +
    `${what} take ${time(adapter)} there, ${time(processor)} on the processor`
  );
}
