/** What `run` and `grad` share: bind the data, compile for it, give the parameters, run once, read everything. */
import type { Command } from 'commander';
import type { Output, TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf, type Purpose } from '../../compiler/lower/index.ts';
import { convertInputs, readInputs, type Tensors } from '../data/inputs.ts';
import { standardised } from '../data/standards.ts';
import { savedParameters } from '../data/weights.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { checkModel } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import { dimensionsOf } from '../model/free-dimensions.ts';
import { parseModel } from '../model/model.ts';
import { spansOf } from '../model/places.ts';
import { checkOutputs, dataPlaces, sourcePlaces } from '../saved/outputs.ts';
import {
  filesOf,
  startingWeights,
  type WeightsChoice,
  weightsPlaces,
  withWeights,
} from '../saved/starting-weights.ts';
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
  threadsOption,
  verboseOption,
  withModel,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { print, tell } from '../terminal/output.ts';
import { textWidth } from '../terminal/text-table.ts';
import { dataJson } from '../views/json.ts';
import { nestedValues, type Result } from '../views/results.ts';
import { resultText } from '../views/results-text.ts';
import { guessed } from './guesses.ts';
import { inOwnUnits } from './own-units.ts';
import { checkResultFile, resultFiles, writeResultFile } from './result-files.ts';
import { type Feed, sanitizer } from './sanitize.ts';

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
  readonly threads?: number;
  readonly verbose: boolean;
  readonly json: boolean;
}

/** Adds the options of `ExecutionOptions`. */
export const withExecution = (command: Command): Command =>
  withWeights(withModel(command), 'the initial ones of the seed')
    .option('--inputs <FILE>', 'a .safetensors or .npz file that holds inputs under their names')
    .addOption(dataOption())
    .option('--out <FILE>', `where to write the results: ${resultFiles}`)
    .addOption(modeOption())
    .addOption(seedOption())
    .addOption(sanitizeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(verboseOption())
    .addOption(jsonOption())
    .addHelpText('after', dataText);

const say = (text: string): void => tell(`${text}\n`);

/** Runs a model once on its data. `purpose` is chosen when the model is known. */
export async function execute(
  file: string,
  options: ExecutionOptions,
  purpose: (program: TypedProgram) => Purpose,
): Promise<readonly Result[]> {
  const parsed = parseModel(file);
  if (options.out !== undefined) {
    checkResultFile(options.out);
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
  const { tensors, files } = readInputs(first, options.data, options.inputs, say, classes);
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
    const labelsOf = (target: string): ArrayLike<number> | undefined => {
      const given = tensors.get(target);
      return inputs.get(target)?.data ?? (given && Array.from(given.data, Number));
    };
    const read = await runner.readMany(compiled.results.map((result) => result.name));
    const results = compiled.results.map(({ name, role, dtype, shape }) => ({
      name,
      role,
      tensor: { dtype, shape, data: read.get(name)! },
    }));
    return inOwnUnits(program, results, standards, say).map((result) =>
      guessed(program, result, { classes, labelsOf, files }),
    );
  });
}

/**
 * Without what needs an input that nobody gave, as long as something is left: what a network says needs no labels. But
 * an output that needs an `input`, and not only a `target`, is wanted, and so is all where nothing is left.
 */
function withData(purpose: Purpose, { inputs, outputs }: TypedProgram, tensors: Tensors): Purpose {
  if (purpose.kind !== 'run' || purpose.outputs !== undefined) return purpose;
  const missing = new Map(
    inputs.flatMap(({ label: { name }, kind, default: filled }) =>
      tensors.has(name) || filled !== undefined ? [] : [[name, kind] as const],
    ),
  );
  const lacks = (output: Output): readonly string[] => inputsOf(output).filter((name) => missing.has(name));
  const left = outputs.filter((output) => lacks(output).length > 0);
  const wanted = left.some(
    (output) => output.role === 'output' && lacks(output).some((name) => missing.get(name) === 'input'),
  );
  const [first, ...others] = new Set(left.flatMap(lacks));
  if (first === undefined || wanted) return purpose;
  if (left.length === outputs.length) {
    const needed = left.map(({ name }) => name).join(', ');
    throw new UsageError(
      `input ${first} is missing: give --data ${first}=FILE\n  hint: all that the model has (${needed}) is made of it; ` +
        'what it says without is an output, as in `output p = softmax(logits)`, and its weights stay as they are',
    );
  }
  const names = [first, ...others].join(', ');
  say(`left out, as there is no data for ${names}: ${left.map(({ name }) => name).join(', ')}`);
  return { kind: 'run', outputs: outputs.filter((o) => !left.includes(o)).map(({ name }) => name) };
}

/** To the file that was asked for, and to stdout: as values, or in short where they are many. */
export async function writeResults(
  results: readonly Result[],
  { out, json }: Pick<ExecutionOptions, 'out' | 'json'>,
): Promise<void> {
  if (out !== undefined) await writeResultFile(out, results);
  if (!json) {
    const width = textWidth(process.stdout);
    print(...results.map((result) => resultText(result, width)));
    if (out !== undefined) print(`written to ${out}\n`);
    return;
  }
  const data = results.map(({ name, role, tensor, guesses }) => ({
    name,
    role,
    dtype: tensor.dtype,
    shape: tensor.shape,
    ...(tensor.shape.length === 0 ? { value: nestedValues(tensor) } : { values: nestedValues(tensor) }),
    ...(guesses && { target: guesses.target, classes: guesses.rows }),
  }));
  print(dataJson({ results: data, ...(out !== undefined && { out }) }));
}
