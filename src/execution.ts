/** What `run` and `grad` share: bind the data, compile for it, give the parameters, run once, read everything. */
import type { Command } from 'commander';
import type { Output, TypedProgram } from '../compiler/check/typed.ts';
import type { ResultRole } from '../compiler/ir/graph.ts';
import { inputsOf, type Purpose } from '../compiler/lower/index.ts';
import type { Tensor } from '../runtime/tensor.ts';
import {
  choiceOf,
  dataOption,
  dataText,
  deviceOption,
  jsonOption,
  type ModelChoice,
  modeOption,
  sanitizeOption,
  seedOption,
  verboseOption,
  withModel,
} from './command.ts';
import { compileFor } from './compilation.ts';
import { checkInputNames, convertInputs, dimensionsOf, readInputs, type Tensors } from './inputs.ts';
import { checkModel, parseModel } from './model.ts';
import { print, tell } from './output.ts';
import { checkOutputs, dataPlaces, sourcePlaces } from './outputs.ts';
import { spansOf } from './places.ts';
import { type Feed, sanitizer } from './sanitize.ts';
import { type DeviceKind, withSession } from './session.ts';
import { standardised } from './standards.ts';
import {
  filesOf,
  startingWeights,
  type WeightsChoice,
  weightsPlaces,
  withWeights,
} from './starting-weights.ts';
import { checkTensorFile, writeTensors } from './tensor-files.ts';
import { dataJson } from './views/json.ts';
import { hostTensor, savedParameters } from './weights.ts';

export interface ExecutionOptions extends ModelChoice {
  readonly weights?: WeightsChoice;
  readonly inputs?: string;
  readonly data: ReadonlyMap<string, string>;
  readonly out?: string;
  readonly seed: number;
  readonly mode: 'eval' | 'train';
  /** Stops at the first number that is out of its domain. */
  readonly sanitize?: boolean;
  readonly device: DeviceKind;
  readonly verbose: boolean;
  readonly json: boolean;
}

/** Adds the options of `ExecutionOptions`. */
export const withExecution = (command: Command): Command =>
  withWeights(withModel(command), 'the initial ones of the seed')
    .option('--inputs <FILE>', 'a .safetensors or .npz file that holds inputs under their names')
    .addOption(dataOption())
    .option('--out <FILE>', 'where to write the results: .safetensors, .npz')
    .addOption(modeOption())
    .addOption(seedOption())
    .addOption(sanitizeOption())
    .addOption(deviceOption())
    .addOption(verboseOption())
    .addOption(jsonOption())
    .addHelpText('after', dataText);

export interface Executed {
  readonly name: string;
  readonly role: ResultRole;
  readonly tensor: Tensor;
}

const say = (text: string): void => tell(`${text}\n`);

/** Runs a model once on its data. `purpose` is chosen when the model is known. */
export async function execute(
  file: string,
  options: ExecutionOptions,
  purpose: (program: TypedProgram) => Purpose,
): Promise<readonly Executed[]> {
  const parsed = parseModel(file);
  if (options.out !== undefined) {
    checkTensorFile(options.out);
    checkOutputs(
      [{ what: '--out', path: options.out }],
      [
        ...sourcePlaces(parsed),
        ...weightsPlaces(options.weights),
        { what: '--inputs', path: options.inputs },
        ...dataPlaces('--data', options.data),
      ],
    );
  }
  const training = options.mode === 'train';
  const common = { training, ...choiceOf(options) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const start = startingWeights(options.weights, say);
  const { standards, classes } = start.learned(first);
  const { tensors } = readInputs(options.data, options.inputs, say, classes);
  checkInputNames(first, tensors);
  const bindings = dimensionsOf(first, tensors, options.set);
  const { program } = checkModel(parsed, { ...common, bindings });
  const wanted = withData(purpose(program), program, tensors);
  const given = options.weights && start.values(program, options.seed);
  for (const name of standards.keys())
    say(`${name}: standardised by the means and deviations in ${filesOf(options.weights).join(', ')}`);
  return withSession(options, async (session) => {
    const { summary } = session.info;
    const { program: compiled, optimized } = compileFor(program, wanted, summary);
    const inputs = standardised(convertInputs(program, compiled, tensors), standards);
    // First, because it refuses what the device cannot hold.
    const runner = await session.load(compiled);
    const values = given ?? start.values(program, options.seed);
    for (const { path } of savedParameters(program)) await session.set(path, values.get(path)!);
    const feed: Feed = (to) => {
      for (const [name, { data }] of inputs) to.write(name, data);
    };
    feed(runner);
    if (options.sanitize) {
      const guard = await sanitizer(session, optimized, spansOf(program), summary);
      await guard.check(feed, {}, 'in this run');
    }
    await runner.run();
    const read = await runner.readMany(compiled.results.map((result) => result.name));
    return compiled.results.map(({ name, role, dtype, shape }) => ({
      name,
      role,
      tensor: { dtype, shape, data: read.get(name)! },
    }));
  });
}

/**
 * Without the losses and metrics whose inputs nobody gave: what a network says needs no labels. Where an output lacks
 * something, or nothing is left, all is wanted, and what is missing is said.
 */
function withData(purpose: Purpose, { inputs, outputs }: TypedProgram, tensors: Tensors): Purpose {
  if (purpose.kind !== 'run') return purpose;
  const missing = new Set(
    inputs.flatMap(({ label: { name }, default: filled }) =>
      tensors.has(name) || filled !== undefined ? [] : [name],
    ),
  );
  const lacks = (output: Output): readonly string[] => inputsOf(output).filter((name) => missing.has(name));
  const left = outputs.filter((output) => lacks(output).length > 0);
  if (left.length === 0 || left.length === outputs.length || left.some(({ role }) => role === 'output'))
    return purpose;
  const names = [...new Set(left.flatMap(lacks))].join(', ');
  say(`left out, as there is no data for ${names}: ${left.map(({ name }) => name).join(', ')}`);
  return { kind: 'run', outputs: outputs.filter((o) => !left.includes(o)).map(({ name }) => name) };
}

/** To the file that was asked for, and a summary to stdout. */
export function writeResults(
  results: readonly Executed[],
  { out, json }: Pick<ExecutionOptions, 'out' | 'json'>,
): void {
  if (out !== undefined) writeTensors(out, new Map(results.map((r) => [r.name, hostTensor(r.tensor)])));
  const data = results.map(({ name, role, tensor: { dtype, shape, data } }) => ({
    name,
    role,
    dtype,
    shape,
    ...(shape.length === 0 && { value: data[0] }),
  }));
  print(
    json
      ? dataJson({ results: data, ...(out !== undefined && { out }) })
      : [...results.map(describeResult), ...(out === undefined ? [] : [`written to ${out}`])]
          .map((line) => `${line}\n`)
          .join(''),
  );
}

/** Longer tensors show their type alone. */
const mostShown = 8;

/** A line for each result. */
function describeResult({ name, role, tensor: { dtype, shape, data } }: Executed): string {
  const label = role === name ? name : `${role} ${name}`;
  const title = shape.length === 0 ? label : `${label}: ${dtype}[${shape.join(', ')}]`;
  return data.length > mostShown ? title : `${title} = ${[...data].join(', ')}`;
}
