/** Data specifications -> tensors that fit a model's inputs, and the free dimensions that they decide. */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { LeafTensor, TypedProgram } from '../../compiler/check/typed.ts';
import { convertTo, type ExpectedTensor, type ProgramTensor } from '../../runtime/data/convert.ts';
import type { ColumnCodes } from '../../runtime/data/csv.ts';
import type { ReadTensor } from '../../runtime/data/read.ts';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import { piecesOf, type TextPieces, unitOf } from '../../runtime/data/text.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Program } from '../../runtime/program.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Classes } from './classes.ts';
import { type DataSource, dataSource } from './data-source.ts';
import { type Pictures, readPictures } from './pictures.ts';
import { readDataFile, readTensors, readTextFile } from './tensor-files.ts';

export type Tensors = ReadonlyMap<string, HostTensor>;

export interface ReadInputs {
  readonly tensors: Tensors;
  /** The file of each row, of inputs that are pictures. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** The codes of the class names in tables. */
  readonly classes: Classes;
}

/** One number has no rows; several are a row, or, of an input with one dimension, all of it. */
function numbersOf(values: readonly number[], { dims }: LeafTensor): HostTensor {
  const shape = values.length === 1 ? [] : dims.length === 1 ? [values.length] : [1, values.length];
  return { dtype: 'f64', shape, data: Float64Array.from(values) };
}

/**
 * Reads `x=PATH…` specifications and a file that holds inputs under their names; refuses data for what is no input of
 * the model. The class names of an input that is `known` get the codes that they had in the data read before; one that
 * is new is refused.
 */
export function readInputs(
  program: TypedProgram,
  specifications: ReadonlyMap<string, string>,
  file: string | undefined,
  note: (text: string) => void,
  known?: Classes,
): ReadInputs {
  const classes = new Map<string, ColumnCodes>();
  const files = new Map<string, readonly string[]>();
  const tensors = new Map<string, HostTensor>(file === undefined ? [] : readTensors(file));
  if (tensors.has('')) throw new DataError(`${file} does not name its tensors; use --data NAME=${file}`);
  for (const name of tensors.keys()) inputCalled(program, name);
  for (const [name, specification] of specifications) {
    const input = inputCalled(program, name);
    const read = readSource(dataSource(specification), input, program, known?.get(name));
    if (read.codes !== undefined) classes.set(name, read.codes);
    if (read.files !== undefined) files.set(name, read.files);
    for (const text of read.notes) note(`${name}: ${text}`);
    tensors.set(name, read.tensor);
  }
  return { tensors, files, classes };
}

function readSource(
  source: DataSource,
  input: LeafTensor,
  program: TypedProgram,
  known: ColumnCodes | undefined,
): ReadTensor & Partial<Pick<Pictures, 'files'>> {
  switch (source.kind) {
    case 'numbers':
      return { tensor: numbersOf(source.values, input), notes: [] };
    case 'pictures':
      return readPictures(source.spec, input);
    case 'file':
      return readDataFile(source.spec, input.label.name, known);
    case 'text':
      return readTextFile(source.spec, textRow(input, program, known), known);
    case 'line':
      return piecesOf(
        new TextEncoder().encode(source.text),
        textRow(input, program, known),
        'the line',
        known,
      );
  }
  return source satisfies never;
}

/** Rows as long as the input's, where that is fixed, in the units that the training counted. */
function textRow(
  { dims }: LeafTensor,
  { dimensions }: TypedProgram,
  known: ColumnCodes | undefined,
): TextPieces {
  const { name, extent } = dims.at(-1) ?? { extent: 0 };
  const isFree = dims.length < 2 || dimensions.some((free) => free.name === name && free.by === 'stand-in');
  const codes = known?.[0];
  return {
    length: isFree ? 'all' : extent,
    unit: codes === undefined ? 'characters' : unitOf(codes),
    overlapping: false,
  };
}

function inputCalled(program: TypedProgram, name: string): LeafTensor {
  const input = program.inputs.find(({ label }) => label.name === name);
  if (input !== undefined) return input;
  const known = program.inputs.map((t) => t.label.name);
  throw new UsageError(`model ${program.model} has no input ${name}; ${meant(name, known)}`);
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
        if (tensor) return [[name, convertTo(tensor, withHint(typed, expected))]];
        if (input.default !== undefined) return [];
        throw new UsageError(inputIsMissing(name, flag));
      }),
  );
}

export const inputIsMissing = (name: string, flag: string): string =>
  `input ${name} is missing: give ${flag} ${name}=FILE`;

/** With the model's own parameter that says how many positions there are. */
function withHint({ settings, parameters }: TypedProgram, expected: ExpectedTensor): ExpectedTensor {
  const { range } = expected;
  const sized = settings.find(
    ({ name, value }) =>
      value === (range?.max ?? 0) + 1 &&
      parameters.some(({ tensor }) => tensor.dims.some((dimension) => dimension.name === name)),
  );
  if (range === undefined || sized === undefined) return expected;
  const hint = (largest: number) => `the data count to ${largest}: --set ${sized.name}=${largest + 1}`;
  return { ...expected, range: { ...range, hint } };
}
