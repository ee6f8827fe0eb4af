/**
 * A kernel in; its structure out: all that a schedule and its text depend on, with indices and values named by their
 * position. Kernels of equal structure differ in names and origins alone, as those of equal layers do.
 */
import type { Affine, Atom } from '../index/affine.ts';
import type { ValueId } from '../scalar/expr.ts';
import { keyTable } from '../scalar/walk.ts';
import { type Kernel, rangeOf, type ValueTable } from './kernel.ts';

export interface Structure {
  /** Equal for, and only for, kernels of equal structure. */
  readonly key: string;
  /** What the kernel reads or makes, in the order of first sight: the same order in kernels of equal structure. */
  readonly values: readonly ValueId[];
}

export function structureOf(kernel: Kernel, table: ValueTable): Structure {
  const bound = [...kernel.rows, ...kernel.columns, ...(kernel.position ? [kernel.position] : [])];
  const places = new Map(bound.map(({ name }, k) => [name, `i${k}`]));
  const place = (name: string): string => places.get(name) ?? name;
  const positions = new Map<ValueId, number>();
  const position = (value: ValueId): string => {
    const known = positions.get(value) ?? positions.size;
    positions.set(value, known);
    return `v${known}`;
  };
  const keys = keyTable({ value: position, index: (of) => affineText(of, place) });
  const steps = kernel.steps.map(({ level, value, dtype, indices, by, guards, body }) => {
    const parts = [...guards, body].map((e) => keys.keyOf(e));
    return [level, position(value), dtype, indices.map(place), by ?? '', parts].join(' ');
  });
  const stores = kernel.stores.map((value) => {
    const old = kernel.inPlace.get(value);
    return old === undefined ? position(value) : `${position(value)} over ${position(old)}`;
  });
  const values = [...positions.keys()];
  const lines = [
    `rows ${kernel.rows.map(({ extent }) => extent)} columns ${kernel.columns.map(({ extent }) => extent)}`,
    ...(kernel.position ? [`at ${Object.values(rangeOf(kernel.position))}`] : []),
    ...values.map((value) => {
      const { dtype, shape, slots, lists } = table.get(value)!;
      const kept = slots ? ` slots ${slots.axis} ${slots.count}` : '';
      return `${dtype} ${shape}${kept}${lists ? ` lists ${lists.values} ${keys.keyOf(lists.key)}` : ''}`;
    }),
    ...keys.byStructure.keys(),
    ...steps,
    `store ${stores}`,
  ];
  return { key: lines.join('\n'), values };
}

/** Terms in the order of their text: the order that an expression has depends on its names. */
function affineText({ constant, terms }: Affine, place: (name: string) => string): string {
  const atom = (a: Atom): string =>
    a.kind === 'index' ? place(a.name) : `(${affineText(a.of, place)} ${a.kind} ${a.by})`;
  return [constant, ...terms.map((term) => `${term.coefficient}*${atom(term.atom)}`).sort()].join(' + ');
}
