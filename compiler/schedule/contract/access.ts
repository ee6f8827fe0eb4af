/** How an operand lies in memory along an axis: an operand and an axis in, what four neighbours cost to read out. */
import { constant } from '../../index/build.ts';
import { bounds, rangesOf, variablesOf } from '../../index/query.ts';
import { asAffine } from '../../scalar/build.ts';
import type { Load } from '../../scalar/expr.ts';
import type { Axis } from '../axes.ts';
import { type Builder, flatten } from '../builder.ts';
import type { Operand } from './recognise.ts';

/**
 * - `vector`: four neighbours along the axis are one aligned read;
 * - `apart`: they are four reads;
 * - `same`: they are one element.
 */
export type Access = 'vector' | 'apart' | 'same';

export function accessOf(builder: Builder, load: Load, axis: Axis): Access {
  const { shape } = builder.values.get(load.value)!;
  const indices = load.indices.map(asAffine);
  const names = axis.members.map((member) => member.name);
  const form = flatten(
    indices.map((index) => index ?? constant(0)),
    shape,
  );
  const gathered = load.indices.some((_, k) => indices[k] === undefined);
  const inner = names.at(-1)!;
  const depends = [...variablesOf(form)].some((name) => names.includes(name));
  if (!depends) return gathered ? 'apart' : 'same';
  const size = shape.reduce((product, extent) => product * extent, 1);
  const range = bounds(form, rangesOf([...builder.kernel.rows, ...builder.kernel.columns]));
  const aligned =
    !gathered &&
    axis.extent % 4 === 0 &&
    size % 4 === 0 &&
    form.constant % 4 === 0 &&
    range.min >= 0 &&
    range.max < size &&
    form.terms.every(({ coefficient, atom }) =>
      atom.kind === 'index' && atom.name === inner ? coefficient === 1 : coefficient % 4 === 0,
    ) &&
    form.terms.some(({ atom }) => atom.kind === 'index' && atom.name === inner);
  return aligned ? 'vector' : 'apart';
}

/** In the units of `cost.ts`. */
export interface ReadCosts {
  readonly vector: number;
  readonly scalar: number;
}

/** Reading the operand once at a point, or at four points along an axis. */
export function readCost(
  builder: Builder,
  { loads }: Operand,
  axis: Axis | undefined,
  costs: ReadCosts,
): number {
  const each = { vector: costs.vector, apart: 4 * costs.scalar, same: costs.scalar } as const;
  return loads.reduce(
    (sum, load) => sum + (axis === undefined ? costs.scalar : each[accessOf(builder, load, axis)]),
    0,
  );
}
