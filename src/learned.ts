/** What a training learned of its data, beside the weights: the standards of inputs, and the codes of class names. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { TensorFile } from '../runtime/data/safetensors.ts';
import { type Classes, readClasses } from './classes.ts';
import { readStandards, type Standards } from './standards.ts';

export interface Learned {
  readonly standards: Standards;
  readonly classes: Classes;
}

/** What a file of weights says; nothing without one. */
export const learnedIn = (
  program: Pick<TypedProgram, 'model' | 'inputs'>,
  file: TensorFile | undefined,
  path = '',
): Learned => ({
  standards: file === undefined ? new Map() : readStandards(program, file.tensors, path),
  classes: file === undefined ? new Map() : readClasses(program, file.metadata, path),
});
