/** Data specifications -> tensors that fit a model's inputs, and the free dimensions that they decide. */

import { meant } from '../compiler/check/problems/suggest.ts';
import type { LeafTensor, SettingValue, TypedProgram } from '../compiler/check/typed.ts';
import { convertTo, type ExpectedTensor, type ProgramTensor } from '../runtime/data/convert.ts';
import type { ColumnCodes } from '../runtime/data/csv.ts';
import type { HostTensor } from '../runtime/data/tensor.ts';
import { DataError } from '../runtime/errors.ts';
import type { Program } from '../runtime/program.ts';
import type { Classes } from './classes.ts';
import { UsageError } from './failure.ts';
import { readDataFile, readTensors } from './tensor-files.ts';

export type Tensors = ReadonlyMap<string, HostTensor>;

export interface ReadInputs {
  readonly tensors: Tensors;
  /** The codes of the class names in tables. */
  readonly classes: Classes;
}

/** `--data x1=2.5`: a value itself, where others name a file. */
const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export const isNumberText = (text: string): boolean => number.test(text);

/**
 * Reads `x=PATH…` specifications and a file that holds inputs under their names. The class names of an input that is
 * `known` get the codes that they had in the data read before; one that is new is refused.
 */
export function readInputs(
  specifications: ReadonlyMap<string, string>,
  file: string | undefined,
  note: (text: string) => void,
  known?: Classes,
): ReadInputs {
  const classes = new Map<string, ColumnCodes>();
  const tensors = new Map<string, HostTensor>(file === undefined ? [] : readTensors(file));
  if (tensors.has('')) throw new DataError(`${file} does not name its tensors; use --data NAME=${file}`);
  for (const [name, specification] of specifications) {
    if (isNumberText(specification)) {
      tensors.set(name, { dtype: 'f64', shape: [], data: Float64Array.of(Number(specification)) });
      continue;
    }
    const { tensor, codes, notes } = readDataFile(specification, name, known?.get(name));
    if (codes !== undefined) classes.set(name, codes);
    for (const text of notes) note(`${name}: ${text}`);
    tensors.set(name, tensor);
  }
  return { tensors, classes };
}

/** Refuses data for what is no input of the model. */
export function checkInputNames(program: TypedProgram, tensors: Tensors): void {
  const known = program.inputs.map((t) => t.label.name);
  for (const name of tensors.keys()) {
    if (known.includes(name)) continue;
    throw new UsageError(`model ${program.model} has no input ${name}; ${meant(name, known)}`);
  }
}

/** What the data says of the free dimensions: `B` from the rows of `x`. `bound` are those given already. */
export function dimensionsOf(
  program: TypedProgram,
  tensors: Tensors,
  bound: ReadonlyMap<string, SettingValue>,
): ReadonlyMap<string, SettingValue> {
  const free = new Set(program.dimensions.map((d) => d.name));
  const found = new Map<string, { readonly extent: number; readonly from: string }>();
  for (const input of program.inputs) {
    const shape = tensors.get(input.label.name)?.shape;
    if (!shape) continue;
    const axes = shape.length === input.dims.length ? input.dims : input.dims.slice(0, 1);
    axes.forEach(({ name }, axis) => {
      const extent = shape[axis];
      // A single number has no rows; that it does not fit is said where it is converted.
      if (extent === undefined || name === undefined || !free.has(name) || bound.has(name)) return;
      const known = found.get(name);
      if (known && known.extent !== extent) {
        throw new DataError(
          `dimension ${name} is ${known.extent} in ${known.from}, but ${extent} in ${input.label.name}`,
        );
      }
      found.set(name, { extent, from: input.label.name });
    });
  }
  return new Map([...bound, ...[...found].map(([name, { extent }]) => [name, extent] as const)]);
}

/** What a model's input takes; its first dimension, if it is called `samples`, is any number of them. */
function expectedInput(
  input: LeafTensor,
  program: Pick<Program, 'inputs'>,
  samples: string | undefined,
): ExpectedTensor {
  const { name } = input.label;
  const range = program.inputs.find((i) => i.name === name)?.range;
  return {
    name,
    dtype: input.dtype,
    shape: input.dims.map((d, axis) =>
      axis === 0 && d.name !== undefined && d.name === samples ? null : d.extent,
    ),
    dimensions: input.dims.map((d) => d.name),
    ...(range && { range }),
  };
}

/**
 * The inputs that a compiled program needs, converted to their types, but for those that have a default and are not
 * given; `samples` as in `expectedInput`.
 */
export function convertInputs(
  typed: TypedProgram,
  program: Pick<Program, 'inputs'>,
  tensors: Tensors,
  samples?: string,
  flag: '--data' | '--eval' = '--data',
): ReadonlyMap<string, ProgramTensor> {
  const needed = new Set(program.inputs.map((i) => i.name));
  return new Map(
    typed.inputs
      .filter((input) => needed.has(input.label.name))
      .flatMap((input): readonly (readonly [string, ProgramTensor])[] => {
        const { name } = input.label;
        const expected = expectedInput(input, program, samples);
        const tensor = tensors.get(name);
        if (tensor) return [[name, convertTo(tensor, expected)]];
        if (input.default !== undefined) return [];
        throw new UsageError(`input ${name} is missing: give ${flag} ${name}=FILE`);
      }),
  );
}
