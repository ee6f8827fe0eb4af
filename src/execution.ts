/** What `run` and `grad` share: bind the data, compile for it, give the parameters, run once, read everything. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { Purpose } from '../compiler/lower/index.ts';
import type { Session } from '../runtime/execute.ts';
import type { ResultRole } from '../compiler/ir/graph.ts';
import { elementCount, type Tensor } from '../runtime/tensor.ts';
import { compileFor } from './compilation.ts';
import { readTensors } from './files.ts';
import { checkInputNames, convertInputs, dimensionsOf, readInputs } from './inputs.ts';
import { checkModel, parseModel } from './model.ts';
import { type DeviceKind, withSession } from './session.ts';
import { initialWeights, pickWeights, savedParameters } from './weights.ts';

export interface ExecutionOptions {
  readonly set: ReadonlyMap<string, number>;
  readonly model?: string;
  readonly weights?: string;
  readonly inputs?: string;
  readonly data: ReadonlyMap<string, string>;
  readonly seed: number;
  readonly mode: 'eval' | 'train';
  readonly device: DeviceKind;
}

export interface Executed {
  readonly name: string;
  readonly role: ResultRole;
  readonly tensor: Tensor;
}

/** Runs a model once on its data. `purpose` is chosen when the model is known. */
export async function execute(
  file: string,
  options: ExecutionOptions,
  purpose: (program: TypedProgram) => Purpose,
): Promise<readonly Executed[]> {
  const parsed = parseModel(file);
  const training = options.mode === 'train';
  const common = { training, ...(options.model !== undefined && { model: options.model }) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const tensors = readInputs(options.data, options.inputs, (text) => process.stderr.write(`${text}\n`));
  checkInputNames(first, tensors);
  const bindings = dimensionsOf(first, tensors, options.set);
  const { program } = checkModel(parsed, { ...common, bindings });
  return withSession(options, async (session) => {
    const compiled = compileFor(program, purpose(program), session.device.info.summary).program;
    const inputs = convertInputs(program, compiled, tensors, false);
    await giveParameters(session, program, options);
    const runner = await session.load(compiled);
    for (const [name, { data }] of inputs) runner.write(name, data);
    await runner.run();
    const names = compiled.results.map((r) => r.name);
    const values = await runner.readMany(names);
    return compiled.results.map(({ name, role, dtype, shape }) => ({
      name,
      role,
      tensor: { dtype, shape, data: values.get(name)! },
    }));
  });
}

async function giveParameters(session: Session, program: TypedProgram, options: ExecutionOptions): Promise<void> {
  const weights =
    options.weights === undefined
      ? initialWeights(program, options.seed)
      : pickWeights(savedParameters(program), readTensors(options.weights), options.weights);
  for (const { path } of savedParameters(program)) await session.set(path, weights.get(path)!);
}

/** A line for each result: the value of a number, the type of a tensor. */
export const describeResult = ({ name, role, tensor }: Executed): string =>
  elementCount(tensor.shape) === 1
    ? `${role} ${name} = ${tensor.data[0]}`
    : `${role} ${name}: ${tensor.dtype}[${tensor.shape.join(', ')}]`;
