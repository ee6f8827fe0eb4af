/** A model and shapes of data for its inputs in; how long its free dimensions are out. */
import type { SettingValue, TypedProgram } from '../../compiler/check/typed.ts';
import { DataError } from '../../runtime/errors.ts';

/** All that is asked of a tensor here. */
export interface Shaped {
  readonly shape: readonly number[];
}

/** What the data says of the free dimensions: `B` from the rows of `x`. `bound` are those given already. */
export function dimensionsOf(
  program: TypedProgram,
  tensors: ReadonlyMap<string, Shaped>,
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
