/** What a training learned of its data, beside the weights: the standards of inputs, and the codes of class names. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { TensorFile } from '../../runtime/data/safetensors.ts';
import { type Classes, readClasses } from './classes.ts';
import { readStandards, type Standards } from './standards.ts';

export interface Learned {
  readonly standards: Standards;
  readonly classes: Classes;
  /** How long the rows of inputs that are texts were. */
  readonly lengths: ReadonlyMap<string, number>;
}

/** What a file of weights says; nothing without one. */
export const learnedIn = (
  program: Pick<TypedProgram, 'model' | 'inputs'>,
  file: TensorFile | undefined,
  path = '',
): Learned => ({
  standards: file === undefined ? new Map() : readStandards(program, file.tensors, path),
  classes: file === undefined ? new Map() : readClasses(program, file.metadata, path),
  lengths: new Map(
    program.inputs.flatMap(({ label: { name } }) => {
      const length = Number(file?.metadata.get(`${lengthPrefix}${name}`));
      return Number.isSafeInteger(length) && length > 0 ? [[name, length] as const] : [];
    }),
  ),
});

const lengthPrefix = 'length.';

/** What is saved beside the weights of the rows of inputs that have codes: of a text, so many at once. */
export const lengthMetadata = (
  { inputs }: Pick<TypedProgram, 'inputs'>,
  classes: Classes,
): readonly (readonly [string, string])[] =>
  inputs.flatMap(({ label: { name }, dtype, dims }) =>
    dtype === 'i32' && dims.length === 2 && classes.has(name)
      ? [[`${lengthPrefix}${name}`, String(dims[1]!.extent)] as const]
      : [],
  );
