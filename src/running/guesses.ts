/** A result of a run in; with what it says of classes, under the names that the training data had, out. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Classes } from '../data/classes.ts';
import { classifierOf } from '../data/classifier.ts';
import { guessesOf, type Result } from '../views/results.ts';

interface Known {
  readonly classes: Classes;
  /** The classes that the data give the samples, also where nothing that was computed needs them. */
  readonly labelsOf: (target: string) => ArrayLike<number> | undefined;
  /** Of inputs that are pictures, the file of each row. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

export function guessed(program: TypedProgram, result: Result, { classes, labelsOf, files }: Known): Result {
  const { tensor } = result;
  const namesOf = (target: string): readonly string[] => [...(classes.get(target)?.[0]?.keys() ?? [])];
  const found = classifierOf(
    program,
    () => true,
    (target) => namesOf(target).length === 2 && tensor.data.every((p) => p >= 0 && p <= 1),
  );
  if (found?.output !== result.name) return result;
  const names = namesOf(found.target);
  const own = [...files.values()].find(({ length }) => length === tensor.shape[0]);
  const nameOf = (code: number): string => names[code] ?? String(code);
  return { ...result, guesses: guessesOf(found.target, tensor, nameOf, own, labelsOf(found.target)) };
}
