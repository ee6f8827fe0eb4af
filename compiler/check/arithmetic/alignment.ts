/**
 * Operands side by side in, one that lines up with the wrong axis out. Axes are aligned from the last, so what a
 * reduction without indices leaves of `x` fits `x` again by its extents alone where these are equal: `x - mean(x, over
 * -1)` of a square x. So does a target f32[B] a prediction f32[B, 1]. Names of dimensions tell, and so does what was reduced.
 */
import type { Dim } from '../typed.ts';
import { type BoundDim, outermost, type TensorValue } from '../values.ts';

/** The operand `of`, whose axis `own` stands beside axis `beside` of the operand `against`. */
export interface Crossing {
  readonly of: number;
  readonly against: number;
  readonly own: BoundDim;
  readonly beside: BoundDim;
}

export function crossing(values: readonly TensorValue[]): Crossing | undefined {
  for (const [of, value] of values.entries()) {
    for (const [against, other] of values.entries()) {
      if (of === against) continue;
      const shift = other.dims.length - value.dims.length;
      const axis = value.dims.findIndex((_, k) => crosses(value, other, k, k + shift));
      if (axis >= 0) return { of, against, own: value.dims[axis]!, beside: other.dims[axis + shift]! };
    }
  }
  return undefined;
}

function crosses(value: TensorValue, other: TensorValue, axis: number, beside: number): boolean {
  const [own, aligned] = [value.dims[axis]!, other.dims[beside]];
  if (aligned === undefined || own.extent === 1) return false;
  // An axis of one element would be repeated, so that one dimension is there twice: each row with each.
  if (aligned.extent === 1)
    return value.dims.length < other.dims.length && other.dims.some((dim) => isSame(own, dim));
  // Both axes of a square may have one name; then all names must agree with what was reduced.
  if (isSame(own, aligned))
    return isLeftOver(value, other, axis, beside) && haveNames(value.reduced!.dims, other.dims);
  // Where the extents differ, that is what is wrong.
  const fits = own.extent === aligned.extent;
  const elsewhere = fits && other.dims.some((dim, k) => k !== beside && isSame(own, dim));
  return elsewhere || isLeftOver(value, other, axis, beside);
}

/** Whether both are one dimension of the model, by its name. */
function isSame(a: BoundDim, b: BoundDim): boolean {
  const [one, two] = [outermost(a), outermost(b)];
  return one.name !== undefined && one.name === two.name && one.extent === two.extent;
}

const haveNames = (a: readonly BoundDim[], b: readonly BoundDim[]): boolean =>
  a.every((dim, axis) => isSame(dim, b[axis]!));

/** Whether the value is left of a tensor of the other's shape, and this axis of it stood elsewhere there. */
function isLeftOver({ reduced }: TensorValue, { dims }: TensorValue, axis: number, beside: number): boolean {
  if (reduced === undefined || !haveExtents(reduced.dims, dims)) return false;
  const kept = [...dims.keys()].filter((k) => !reduced.axes.has(k));
  return kept[axis] !== beside;
}

/**
 * What is known of the result of arithmetic element by element: it is left of the same tensor as its operands, numbers aside, where
 * they all are left of one.
 */
export function leftOf(values: readonly TensorValue[]): Pick<TensorValue, 'reduced'> {
  const [first, ...others] = values.filter(({ dims }) => dims.length > 0).map(({ reduced }) => reduced);
  const same = others.every(
    (other) =>
      other !== undefined &&
      first !== undefined &&
      haveExtents(other.dims, first.dims) &&
      other.axes.size === first.axes.size &&
      [...other.axes].every((axis) => first.axes.has(axis)),
  );
  return first !== undefined && same ? { reduced: first } : {};
}

const haveExtents = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every(({ extent }, axis) => extent === b[axis]!.extent);
