/**
 * The kernels of a loop in; of which values only the latest positions are kept, and of how many, out.
 *
 * What nothing outside of the loop reads needs as many slots as positions are in use at once: one more than the farthest
 * read goes back. One slot does for a read of the position before where the new value is written after the old one was
 * read: by a kernel that comes later, or at the very point that was read.
 */
import type { ValueId } from '../ir/graph.ts';
import type { Recurrence } from '../ir/recurrences.ts';
import type { Load } from '../scalar/expr.ts';
import { bareVariable, loadsOf } from '../scalar/walk.ts';
import type { Kernel, Slots, Step } from './kernel.ts';

/** `kept`: what is read outside, and so for all positions. */
export function slotsOf(
  { members, axes, extent, reads }: Recurrence,
  kernels: readonly Kernel[],
  kept: ReadonlySet<ValueId>,
): ReadonlyMap<ValueId, Slots> {
  const stored = new Set(kernels.flatMap(({ stores }) => stores));
  return new Map(
    members.flatMap((value) => {
      if (kept.has(value) || !stored.has(value)) return [];
      const axis = axes.get(value)!;
      const back = Math.max(0, ...reads.map(({ load, farthest }) => (load.value === value ? farthest : 0)));
      const count = back === 1 && isReadBeforeWritten(kernels, value, axis) ? 1 : back + 1;
      return count < extent ? [[value, { axis, count }] as const] : [];
    }),
  );
}

/**
 * Is a value at other positions read only before the one at hand is written: by kernels that run before the one that
 * writes it, or by that one at the very point?
 */
export const isReadBeforeWritten = (kernels: readonly Kernel[], value: ValueId, axis: number): boolean =>
  kernels.every((reader, k) => {
    const readers = reader.steps.filter((step) => readsElsewhere(reader, step, value, axis).length > 0);
    const writer = kernels.findIndex(
      (other) => other.position!.from === reader.position!.from && other.stores.includes(value),
    );
    if (readers.length === 0 || writer < 0 || writer > k) return true;
    return writer === k && readers.every((step) => readsItsPoint(reader, step, value, axis));
  });

/** The loads of the value at other positions than the one at hand. */
const readsElsewhere = (
  { position }: Kernel,
  { guards, body }: Step,
  value: ValueId,
  axis: number,
): readonly Load[] =>
  [...guards, body]
    .flatMap(loadsOf)
    .filter((load) => load.value === value && bareVariable(load.indices[axis]!) !== position!.name);

/** A value of a row is stored when the row is done. What a walk reads or stores comes at other times. */
function readsItsPoint(kernel: Kernel, reader: Step, value: ValueId, axis: number): boolean {
  const { level, indices } = kernel.steps.find((step) => step.value === value)!;
  return (
    level !== 'element' &&
    reader.level === 'row' &&
    readsElsewhere(kernel, reader, value, axis).every((load) =>
      load.indices.every((at, k) => k === axis || bareVariable(at) === indices[k]),
    )
  );
}
