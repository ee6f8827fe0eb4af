/** Which output of a model tells the classes of which target apart. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf } from '../../compiler/lower/index.ts';

export interface Classifier {
  readonly output: string;
  readonly target: string;
  /** A score for each of them; 1 where there is one number, for class 1 against class 0. */
  readonly classes: number;
}

/**
 * A target with one class for each sample, and the first output with a row of scores for each that is made without it.
 * Only those that `counts` are looked at; `isBinary` says whether all that a target holds is 0 and 1.
 */
export function classifierOf(
  { inputs, outputs }: TypedProgram,
  counts: (target: string) => boolean,
  isBinary: (target: string) => boolean,
): Classifier | undefined {
  for (const { label, dtype, dims } of inputs) {
    const target = label.name;
    if (dims.length !== 1 || !counts(target)) continue;
    const scores = outputs.flatMap((output) => {
      const { name, role, tensor } = output;
      const [rows, ...others] = tensor.dims.map(({ extent }) => extent);
      const isScore = role === 'output' && tensor.dtype === 'f32' && rows === dims[0]!.extent;
      return isScore && !inputsOf(output).includes(target) ? [{ name, others }] : [];
    });
    const several = scores.find(({ others }) => others.length === 1 && others[0]! > 1);
    if (dtype === 'i32' && several) return { output: several.name, target, classes: several.others[0]! };
    const one = scores.find(({ others }) => others.length === 0);
    if (one && isBinary(target)) return { output: one.name, target, classes: 1 };
  }
  return undefined;
}
