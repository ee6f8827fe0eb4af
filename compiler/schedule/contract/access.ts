/** How an operand lies in memory along an axis: an operand and an axis in, what four neighbours cost to read out. */
import type { ReadCosts } from '../../classes/class.ts';
import { constant } from '../../index/build.ts';
import { bounds, someVariable } from '../../index/query.ts';
import { asAffine } from '../../scalar/build.ts';
import type { Expr, Load } from '../../scalar/expr.ts';
import { functions } from '../../scalar/functions.ts';
import { forEach } from '../../scalar/walk.ts';
import type { Axis } from '../axes.ts';
import type { Builder } from '../builder.ts';
import { addressOf, sizeOf } from '../facts.ts';
import type { Operand } from './recognise.ts';

/**
 * - `vector`: four neighbours along the axis are one aligned read;
 * - `near`: they are four reads side by side, unaligned or not all inside;
 * - `apart`: they are four reads at different places;
 * - `same`: they are one element.
 */
export type Access = 'vector' | 'near' | 'apart' | 'same';

export function accessOf(builder: Builder, load: Load, axis: Axis): Access {
  const info = builder.values.get(load.value)!;
  const indices = load.indices.map(asAffine);
  const names = axis.members.map((member) => member.name);
  const form = addressOf(
    info,
    indices.map((index) => index ?? constant(0)),
    builder.indexRanges,
  );
  const gathered = load.indices.some((_, k) => indices[k] === undefined);
  const inner = names.at(-1)!;
  const depends = someVariable(form, (name) => names.includes(name));
  if (!depends) return gathered ? 'apart' : 'same';
  const size = sizeOf(info);
  const range = bounds(form, builder.indexRanges);
  const near =
    !gathered &&
    form.terms.some(
      ({ coefficient, atom }) => coefficient === 1 && atom.kind === 'index' && atom.name === inner,
    );
  const aligned =
    axis.extent % 4 === 0 &&
    size % 4 === 0 &&
    form.constant % 4 === 0 &&
    range.min >= 0 &&
    range.max < size &&
    form.terms.every(({ coefficient, atom }) =>
      atom.kind === 'index' && atom.name === inner ? coefficient === 1 : coefficient % 4 === 0,
    );
  return near ? (aligned ? 'vector' : 'near') : 'apart';
}

/** Computing the operand once at a point, or at four points along an axis. */
export function readCost(
  builder: Builder,
  operand: Operand,
  axis: Axis | undefined,
  costs: ReadCosts,
): number {
  const each = {
    vector: costs.vector,
    near: 4 * costs.near,
    apart: 4 * costs.apart,
    same: costs.same,
  } as const;
  const reads = operand.loads.reduce(
    (sum, load) => sum + (axis === undefined ? costs.same : each[accessOf(builder, load, axis)]),
    0,
  );
  return reads + operationsIn(operand.expr) * costs.operation * (axis === undefined ? 1 : 4);
}

function operationsIn(expr: Expr): number {
  let count = 0;
  forEach(expr, (e) => {
    if (e.kind === 'select') count++;
    if (e.kind === 'call') count += functions[e.fn].cost === 'dear' ? 20 : 1;
  });
  return count;
}
