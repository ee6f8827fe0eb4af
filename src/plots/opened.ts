/** A model, its weights and data in; a session in which it can be evaluated anywhere, out: what pictures of a model ask. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import type { Runner, Session } from '../../runtime/execute.ts';
import type { Classes } from '../data/classes.ts';
import { readInputs, type Tensors } from '../data/inputs.ts';
import type { Standards } from '../data/standards.ts';
import { savedParameters } from '../data/weights.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { checkModel, type Parsed } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import { startingWeights, type WeightsChoice } from '../saved/starting-weights.ts';
import { choiceOf, type ModelChoice } from '../terminal/command.ts';

export interface ModelOptions extends ModelChoice {
  readonly weights?: WeightsChoice;
  readonly data: ReadonlyMap<string, string>;
  readonly seed: number;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}

export interface Opened {
  /** Checked as it is asked for, without data. */
  readonly program: TypedProgram;
  readonly session: Session;
  readonly standards: Standards;
  readonly classes: Classes;
  readonly tensors: Tensors;
  /** Compiled with these sizes of free dimensions. */
  readonly load: (bindings: ReadonlyMap<string, number>, purpose: Purpose) => Promise<Runner>;
}

export async function withModelOpened<T>(
  parsed: Parsed,
  options: ModelOptions,
  say: (text: string) => void,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const common = { training: false, ...choiceOf(options) };
  const program = checkModel(parsed, { ...common, bindings: options.set }).program;
  const start = startingWeights(options.weights, say);
  const { standards, classes: learned } = start.learned(program);
  const { tensors, classes: found } = readInputs(program, options.data, undefined, say, learned);
  const classes = new Map([...found, ...learned]);
  return withSession(options, async (session) => {
    const values = start.values(program, options.seed);
    for (const { path } of savedParameters(program)) await session.set(path, values.get(path)!);
    const load = (sizes: ReadonlyMap<string, number>, purpose: Purpose): Promise<Runner> => {
      const bindings = new Map([...sizes, ...options.set]);
      const sized = checkModel(parsed, { ...common, bindings }).program;
      return session.load(compileFor(sized, purpose, session.info.summary).program);
    };
    return work({ program, session, standards, classes, tensors, load });
  });
}
