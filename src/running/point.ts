/**
 * Where a command evaluates a model: `--at`, `--data`, `--inputs` and weights in, a checked program and the value
 * of every leaf out, each rounded as a device keeps it.
 */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { meant } from '../../compiler/check/problems/suggest.ts';
import type { LeafTensor, TypedProgram } from '../../compiler/check/typed.ts';
import type { Graph, Leaf } from '../../compiler/ir/graph.ts';
import { isLeaf, isPersistent, isScalar } from '../../compiler/ir/nodes.ts';
import { type IndexRange, indexRanges } from '../../compiler/plan/ranges.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { functions } from '../../compiler/scalar/functions.ts';
import { convertTo } from '../../runtime/data/convert.ts';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import { elementCount } from '../../runtime/extents.ts';
import { stepKey } from '../../runtime/random.ts';
import { readInputs } from '../data/inputs.ts';
import { type Standards, standardised } from '../data/standards.ts';
import type { Weights } from '../data/weights.ts';
import { checkModel, type Parsed } from '../model/checked-model.ts';
import { dimensionsOf } from '../model/free-dimensions.ts';
import { lengthsIn } from '../model/lengths.ts';
import { parseModel } from '../model/model.ts';
import {
  type StartingWeights,
  startingWeights,
  type WeightsChoice,
  withWeights,
} from '../saved/starting-weights.ts';
import {
  choiceOf,
  dataOption,
  dataText,
  type ModelChoice,
  modeOption,
  seedOption,
  withModel,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { tell } from '../terminal/output.ts';

export type At = ReadonlyMap<string, HostTensor>;

export interface PointOptions extends ModelChoice {
  readonly weights?: WeightsChoice;
  readonly inputs?: string;
  readonly data: ReadonlyMap<string, string>;
  readonly at: At;
  readonly seed: number;
  readonly mode: 'eval' | 'train';
}

/** Adds the options of `PointOptions`. */
export const withPoint = (command: Command): Command =>
  withWeights(withModel(command).addOption(atOption()), 'the initial ones of the seed')
    .option('--inputs <FILE>', 'a .safetensors or .npz file that holds inputs under their names')
    .addOption(dataOption())
    .addOption(modeOption())
    .addOption(seedOption())
    .addHelpText('after', dataText);

export interface Point {
  readonly program: TypedProgram;
  /** Inputs, by name, that are given. */
  readonly given: ReadonlyMap<string, HostTensor>;
  /** Parameters and states. */
  readonly weights: Weights;
  readonly standards: Standards;
}

/** Nested lists of numbers -> a tensor; undefined where they are ragged or no numbers. */
function nested(
  value: unknown,
): { readonly shape: readonly number[]; readonly data: readonly number[] } | undefined {
  if (typeof value === 'number') return { shape: [], data: [value] };
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const parts = value.map(nested);
  const [first] = parts;
  if (!first || parts.some((part) => part?.shape.join() !== first.shape.join())) return undefined;
  return { shape: [value.length, ...first.shape], data: parts.flatMap((part) => part?.data ?? []) };
}

function parseAt(text: string): At {
  const found = new Map<string, HostTensor>();
  // Commas inside brackets belong to the list.
  for (const part of text.split(/,(?![^[]*\](?:[^[]*$|[,[]))(?=\s*[^\s,[\]]+\s*=)/)) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.+?)\s*$/s.exec(part) ?? [];
    const tensor = value === undefined ? undefined : nested(parseNumber(value));
    if (name === undefined || tensor === undefined) {
      throw new InvalidArgumentError(`expected NAME=NUMBER or NAME=[…], as in x1=2,x2=5; not ${part.trim()}`);
    }
    if (found.has(name)) throw new InvalidArgumentError(`${name} is given twice`);
    found.set(name, { dtype: 'f64', shape: tensor.shape, data: Float64Array.from(tensor.data) });
  }
  return found;
}

function parseNumber(text: string): unknown {
  try {
    return JSON.parse(text.replace(/(^|[[,\s-])\./g, '$10.')) as unknown;
  } catch {
    return undefined;
  }
}

const atOption = (): Option =>
  new Option('--at <NAME=VALUE,...>', 'values of inputs and parameters: x1=2,x2=5 or x=[0.5,1]')
    .argParser(parseAt)
    .default(new Map<string, HostTensor>(), 'none');

/**
 * Reads and checks the model and everything that is given for it. Free dimensions of which neither options nor data
 * say anything are `standIn`, where that is given.
 */
export const readPoint = (file: string, options: PointOptions, standIn?: number): Point =>
  pointOf(parseModel(file), options, standIn);

/** The same of a file that is parsed. */
export function pointOf(parsed: Parsed, options: PointOptions, standIn?: number): Point {
  const training = options.mode === 'train';
  const common = { training, ...choiceOf(options) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const say = (text: string): void => tell(`${text}\n`);
  const start = startingWeights(options.weights, say);
  const { standards, classes } = start.learned(first);
  const { tensors } = readInputs(first, options.data, options.inputs, say, classes);
  const inputNames = new Set(first.inputs.map(({ label }) => label.name));
  const given = new Map([...tensors, ...[...options.at].filter(([name]) => inputNames.has(name))]);
  const known = dimensionsOf(first, given, options.set);
  const free = first.dimensions.filter(({ name }) => standIn !== undefined && !known.has(name));
  const bindings = new Map([...known, ...free.map(({ name }) => [name, standIn!] as const)]);
  const { program } = checkModel(parsed, { ...common, bindings });
  return { program, given, standards, weights: parametersOf(program, options, start, inputNames) };
}

function parametersOf(
  program: TypedProgram,
  { at, seed }: PointOptions,
  start: StartingWeights,
  inputs: ReadonlySet<string>,
): Weights {
  const values = [...at].flatMap(([name, tensor]) => {
    if (inputs.has(name)) return [];
    const parameter = program.parameters.find(({ path }) => path === name);
    if (parameter === undefined) {
      const known = [...inputs, ...program.parameters.map(({ path }) => path)];
      throw new UsageError(`model ${program.model} has no input or parameter ${name}; ${meant(name, known)}`);
    }
    return [[name, convertTo(tensor, expectedOf(parameter.tensor))] as const];
  });
  return new Map([...start.values(program, seed), ...values]);
}

const expectedOf = ({ label, dtype, dims }: LeafTensor) => ({
  name: label.name,
  dtype,
  shape: dims.map(({ extent }) => extent),
  dimensions: dims.map(({ name }) => name),
});

/** What an input gets that nobody gave: `refuse` it, or `draw` it. */
export type Missing = 'refuse' | 'draw';

/** The value of every leaf of a graph of the program. */
export function feedsOf(
  graph: Graph,
  point: Point,
  seed: number,
  missing: Missing,
): ReadonlyMap<string, Tensor64> {
  const ranges = indexRanges(graph);
  const lengths = lengthsIn(graph);
  return new Map(
    graph.nodes.flatMap((node): readonly (readonly [string, Tensor64])[] => {
      if (!isLeaf(node)) return [];
      const length = lengths.get(node.name);
      const range = ranges.get(node.name);
      const drawn = range ?? (length === undefined ? { min: 0, max: 1 } : { min: 1, max: length });
      return [[node.name, feedOf(node, point, seed, missing, range, drawn)]];
    }),
  );
}

function feedOf(
  leaf: Leaf,
  { program, given, weights, standards }: Point,
  seed: number,
  missing: Missing,
  range: IndexRange | undefined,
  whole: Pick<IndexRange, 'min' | 'max'>,
): Tensor64 {
  const shape = leaf.indices.map(({ extent }) => extent);
  if (isScalar(leaf)) {
    return { shape, data: Float64Array.of(leaf.name === 'key' ? stepKey(seed, 1) : 1) };
  }
  if (isPersistent(leaf)) return { shape, data: Float64Array.from(weights.get(leaf.name)!.data) };
  const tensor = given.get(leaf.name);
  const typed = program.inputs.find(({ label }) => label.name === leaf.name);
  if (tensor !== undefined && typed !== undefined) {
    const expected = { ...expectedOf(typed), ...(range && { range }) };
    const inputs = standardised(new Map([[leaf.name, convertTo(tensor, expected)]]), standards);
    return { shape, data: Float64Array.from(inputs.get(leaf.name)!.data) };
  }
  if (leaf.default !== undefined)
    return { shape, data: new Float64Array(elementCount(shape)).fill(leaf.default) };
  if (missing === 'draw') return drawn(leaf, shape, seed, whole);
  throw new UsageError(
    `input ${leaf.name} is missing: give ${shape.length === 0 ? `--at ${leaf.name}=VALUE` : `--data ${leaf.name}=FILE`}`,
  );
}

/** Standard normal numbers; integers from `min` to `max`. */
function drawn(
  { name, dtype }: Leaf,
  shape: readonly number[],
  seed: number,
  { min, max }: Pick<IndexRange, 'min' | 'max'>,
): Tensor64 {
  const stream = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.codePointAt(0)!) >>> 0, 7);
  const key = stepKey(seed, 1);
  const fn = dtype === 'f32' ? functions.random_normal : functions.random_uniform;
  const size = elementCount(shape);
  const draw = (_: unknown, k: number): number => {
    const x = fn.evaluate(key, stream, k);
    if (dtype === 'f32') return Math.fround(x);
    return dtype === 'bool' ? Math.floor(x * 2) : min + Math.floor(x * (max - min + 1));
  };
  return { shape, data: Float64Array.from({ length: size }, draw) };
}
