/**
 * A checked model in; bindings under which all of its sizes are equal, out: fusion confuses axes most easily where
 * they have one extent, and a model's own sizes are mostly different.
 */
import type { SettingValue, TypedProgram } from '../../compiler/check/typed.ts';

/** Few enough for a loop in f64, and more than the fewest rows of a kernel for a software adapter. */
export const equalExtents = [3, 9] as const;

/** Free dimensions and parameters of the model that are the extent of something; what is in `fixed` stays. */
export function equalSizes(
  program: TypedProgram,
  extent: number,
  fixed: ReadonlyMap<string, SettingValue>,
): ReadonlyMap<string, SettingValue> {
  const extents = new Set(program.tensors.flatMap(({ dims }) => dims.map(({ name }) => name)));
  const sizes = program.settings.filter(({ name, value }) => typeof value === 'number' && extents.has(name));
  const names = [...program.dimensions, ...sizes].map(({ name }) => name);
  return new Map([...names.map((name): [string, number] => [name, extent]), ...fixed]);
}
