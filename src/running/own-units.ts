/**
 * Results of a model that learned standardised numbers in; those that predict them, in the units that the data had, out.
 */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf } from '../../compiler/lower/index.ts';
import { restored } from '../../runtime/data/standardise.ts';
import type { Standards } from '../data/standards.ts';
import { sameUnits } from '../model/same-units.ts';
import { numberText } from '../terminal/progress.ts';
import type { Result } from '../views/results.ts';

/** Says what was undone, and which losses and metrics are of standardised numbers. */
export function inOwnUnits(
  program: TypedProgram,
  results: readonly Result[],
  standards: Standards,
  say: (text: string) => void,
): readonly Result[] {
  const undone = new Map<string, string>();
  let found = results;
  for (const [input, standard] of standards) {
    const leaf = program.inputs.find(({ label }) => label.name === input)!;
    const columns = standard.mean.length;
    const alike = sameUnits(program, leaf, columns);
    const names = program.outputs.flatMap(({ name, role, tensor }) =>
      role === 'output' && alike.has(tensor) && !undone.has(name) ? [name] : [],
    );
    found = found.map((result) => {
      if (result.role !== 'output' || !names.includes(result.name)) return result;
      undone.set(result.name, input);
      return { ...result, tensor: restored(result.tensor, standard) };
    });
  }
  for (const [name, input] of undone)
    if (name !== input) say(`${name}: in the units of ${input}, which was standardised`);
  for (const [input, { deviation }] of standards) {
    const of = program.outputs.filter(
      (output) =>
        output.role !== 'output' && inputsOf(output).includes(input) && [...undone.values()].includes(input),
    );
    const names = of.map(({ name }) => name).filter((name) => results.some((result) => result.name === name));
    if (names.length > 0 && deviation.length === 1)
      say(`${names.join(', ')}: of ${input} as standardised; its deviation is ${numberText(deviation[0]!)}`);
  }
  return found;
}
