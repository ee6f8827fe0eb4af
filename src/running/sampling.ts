/** What texts and pictures share that a model makes up: its options, its weights, a session with one output compiled. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Session } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import { batchAxis } from '../data/dataset.ts';
import { savedParameters } from '../data/weights.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { checkModel, type Parsed } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import type { StartingWeights, WeightsChoice } from '../saved/starting-weights.ts';
import { choiceOf, type ModelChoice } from '../terminal/command.ts';

export interface SampleOptions extends ModelChoice {
  readonly weights?: WeightsChoice;
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
  readonly window?: number;
  readonly count?: number;
  readonly out?: string;
  readonly seed: number;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}

export interface Sampling {
  readonly parsed: Parsed;
  readonly first: TypedProgram;
  readonly start: StartingWeights;
  readonly options: SampleOptions;
}

/** The model, checked for so many samples at once, and with these extents of other free dimensions. */
export function checkedFor(
  { parsed, first, options }: Sampling,
  count: number,
  others: ReadonlyMap<string, number> = new Map(),
): TypedProgram {
  const axis = batchAxis(first);
  const samples = axis === undefined ? [] : [[axis, count] as const];
  const bindings = new Map([...samples, ...others, ...options.set]);
  return checkModel(parsed, { training: false, ...choiceOf(options), bindings }).program;
}

/** Opens a device with the weights on it and one output compiled. */
export async function withOutput<T>(
  { start, options }: Sampling,
  program: TypedProgram,
  output: string,
  work: (session: Session, compiled: Program) => Promise<T>,
): Promise<T> {
  const values = start.values(program, options.seed);
  return withSession(options, async (session) => {
    const { program: compiled } = compileFor(
      program,
      { kind: 'run', outputs: [output] },
      session.info.summary,
    );
    for (const { path } of savedParameters(program)) await session.set(path, values.get(path)!);
    return work(session, compiled);
  });
}
