/** `--weights FILE` and `--weights PART=FILE` in, the values that parameters start with out, with a list of what was loaded. */
import { type Command, InvalidArgumentError } from 'commander';
import { isBelow } from '../../compiler/check/paths.ts';
import { meant } from '../../compiler/check/problems/suggest.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { TensorFile } from '../../runtime/data/safetensors.ts';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { type Learned, learnedIn } from '../data/learned.ts';
import { readTensorFile } from '../data/tensor-files.ts';
import { initialWeights, pickWeights, savedParameters, type Weights } from '../data/weights.ts';
import { RepeatedOption } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Place } from './outputs.ts';

export interface WeightsChoice {
  /** A file with all parameters that no part names. */
  readonly whole?: string;
  /** Files by the path of the part: `enc`, `enc.Block_1`. */
  readonly parts: ReadonlyMap<string, string>;
}

const part = /^([A-Za-z_]\w*(?:\.\w+)*)=(.+)$/s;

function parseWeights(text: string, before?: WeightsChoice): WeightsChoice {
  const { whole, parts } = before ?? { parts: new Map<string, string>() };
  const [, name, file] = part.exec(text) ?? [];
  if (name === undefined || file === undefined) {
    if (whole !== undefined)
      throw new InvalidArgumentError('expected one FILE; parts are given as PART=FILE');
    return { whole: text, parts };
  }
  if (parts.has(name)) throw new InvalidArgumentError(`${name} is given twice`);
  return { ...(whole !== undefined && { whole }), parts: new Map([...parts, [name, file]]) };
}

/** Adds `--weights`. */
export const withWeights = (command: Command, otherwise: string): Command =>
  command.addOption(
    new RepeatedOption(
      '--weights <FILE>',
      `parameters (default: ${otherwise}); PART=FILE loads those of a layer, as in enc=FILE`,
    ).argParser(parseWeights),
  );

/** What a command reads there. */
export const weightsPlaces = (choice: WeightsChoice | undefined): readonly Place[] =>
  filesOf(choice).map((path) => ({ what: '--weights', path }));

/** In the order in which what they know of inputs counts. */
export const filesOf = (choice: WeightsChoice | undefined): readonly string[] =>
  choice === undefined
    ? []
    : [...(choice.whole === undefined ? [] : [choice.whole]), ...choice.parts.values()];

/** The files of a choice, read. */
export interface StartingWeights {
  /** What those who trained the parameters knew of their inputs. */
  learned(program: TypedProgram): Learned;
  /** All parameters and states of the model: as the files say, and else their first values. */
  values(program: TypedProgram, seed: number): Weights;
}

interface Opened {
  readonly path: string;
  readonly file: TensorFile;
  /** Absent: the whole model. */
  readonly part?: string;
}

export function startingWeights(
  choice: WeightsChoice | undefined,
  say: (text: string) => void,
): StartingWeights {
  const open = (path: string): Opened => ({ path, file: readTensorFile(path) });
  const whole = choice?.whole === undefined ? undefined : open(choice.whole);
  const parts = [...(choice?.parts ?? [])].map(([name, path]) => ({ ...open(path), part: name }));
  return {
    learned(program) {
      const all = [...(whole === undefined ? [] : [whole]), ...parts].map((opened) =>
        learnedOf(program, opened),
      );
      return {
        standards: new Map(all.toReversed().flatMap(({ standards }) => [...standards])),
        classes: new Map(all.toReversed().flatMap(({ classes }) => [...classes])),
        lengths: new Map(all.toReversed().flatMap(({ lengths }) => [...lengths])),
      };
    },
    values(program, seed) {
      const wanted = savedParameters(program);
      const loaded = new Map(parts.flatMap((opened) => [...partValues(program, opened)]));
      const others = wanted.filter(({ path }) => !loaded.has(path));
      const rest =
        whole === undefined
          ? initialWeights(program, seed)
          : pickWeights(others, whole.file.tensors, whole.path);
      for (const opened of parts) say(account(program, opened, loaded));
      if (parts.length > 0 && whole === undefined && others.length > 0)
        say(`first values: ${listed(others.map(({ path }) => path))}`);
      return new Map([...rest, ...loaded]);
    },
  };
}

/** Of a part, what it knows of inputs that this model has. */
function learnedOf(program: TypedProgram, { path, file, part: name }: Opened): Learned {
  if (name === undefined) return learnedIn(program, file, path);
  const inputs = program.inputs.map(({ label }) => `standardize.${label.name}.`);
  const own = [...file.tensors].filter(([key]) => inputs.some((prefix) => key.startsWith(prefix)));
  return learnedIn(program, { tensors: new Map(own), metadata: new Map() }, path);
}

const ownPaths = (program: TypedProgram, name: string): readonly string[] =>
  savedParameters(program).flatMap(({ path }) => (isBelow(path, name) ? [path] : []));

const hasBelow = (file: TensorFile, name: string): boolean =>
  [...file.tensors.keys()].some((key) => isBelow(key, name));

/** A file has the part under its path here, or is of the part alone. */
const namesIn = (file: TensorFile, name: string): ((path: string) => string) =>
  hasBelow(file, name) ? (path) => path : (path) => (path === name ? path : path.slice(name.length + 1));

/** The tensors of a file that none of these names is the name of; what it knows of inputs is not among them. */
const notTaken = (file: TensorFile, names: readonly string[]): readonly string[] =>
  [...file.tensors.keys()].filter((key) => !names.includes(key) && !key.startsWith('standardize.'));

function partValues(program: TypedProgram, { path: file, file: read, part: name = '' }: Opened): Weights {
  const paths = ownPaths(program, name);
  if (paths.length === 0) {
    const known = savedParameters(program).map(({ path }) => path);
    throw new UsageError(
      `--weights ${name}=${file}: model ${program.model} has no parameter ${name} or below it; ${meant(name, known)}`,
    );
  }
  const inFile = namesIn(read, name);
  const others = notTaken(read, paths.map(inFile));
  // Of another model, which may have layers of the same names in quite another place.
  if (!hasBelow(read, name) && others.length > 0)
    throw new DataError(
      `${file} has no ${name} or below it, and is not of ${name} alone\n  hint: it has ${listed([...read.tensors.keys()])}`,
    );
  const tensors = new Map(
    paths.flatMap((path): readonly (readonly [string, HostTensor])[] => {
      const tensor = read.tensors.get(inFile(path));
      return tensor === undefined ? [] : [[path, tensor]];
    }),
  );
  const wanted = savedParameters(program).filter(({ path }) => paths.includes(path));
  return pickWeights(wanted, tensors.size === 0 ? read.tensors : tensors, file);
}

function account(
  program: TypedProgram,
  { path, file, part: name = '' }: Opened,
  loaded: ReadonlyMap<string, unknown>,
): string {
  const paths = ownPaths(program, name).filter((own) => loaded.has(own));
  const left = notTaken(file, paths.map(namesIn(file, name)));
  const unused = left.length === 0 ? '' : `; not used of it: ${listed(left)}`;
  return `${name}: ${listed(paths)} from ${path}${unused}`;
}

const mostListed = 8;

function listed(names: readonly string[]): string {
  const more = names.length - mostListed;
  return more > 0 ? `${names.slice(0, mostListed).join(', ')} and ${more} more` : names.join(', ');
}
