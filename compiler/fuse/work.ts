/**
 * A fused kernel in; the arithmetic that it does and the bytes that it must move out: what a roofline needs
 * (Williams, Waterman and Patterson, "Roofline", 2009).
 */
import { countPoints, elementCount } from '../../runtime/extents.ts';
import type { Expr, Load, ValueId } from '../scalar/expr.ts';
import { childrenOf, loadsOf, structuralKey, variablesOf } from '../scalar/walk.ts';
import { type Kernel, type Position, type Step, stepRead, type ValueTable } from './kernel.ts';

export interface Work {
  /** Operations on f32, each counted as one, whatever it costs: an addition, a comparison, an exponential. */
  readonly flops: number;
  /** Every element that is read or written, once: less is not possible, more happens where caches are small. */
  readonly bytes: number;
  /** The part of each step in the operations, in the order of the steps; sums to 1. */
  readonly shares: readonly number[];
}

export function workOf(kernel: Kernel, values: ValueTable): Work {
  const points = kernel.steps.map((step) => pointsOf(step, kernel, values));
  const flops = kernel.steps.map(
    ({ body, guards, level, dtype }, k) =>
      points[k]! *
      (operations(body) +
        guards.reduce((sum, guard) => sum + operations(guard), 0) +
        (level === 'reduce' && dtype === 'f32' ? 1 : 0)),
  );
  // Kernels that only move data have no operations to go by.
  const weights = flops.map((n, k) => n + points[k]!);
  const weight = weights.reduce((sum, n) => sum + n, 0);
  return {
    flops: flops.reduce((sum, n) => sum + n, 0),
    bytes: 4 * moved(kernel, values).reduce((sum, elements) => sum + elements, 0),
    shares: weights.map((n) => n / weight),
  };
}

/** Points at which a step is computed: of a sum along lists, each position is on the list of one number. */
function pointsOf({ level, guards }: Step, { rows, columns }: Kernel, values: ValueTable): number {
  if (level === 'row') return countPoints(rows);
  const [lists] = guards.flatMap(loadsOf).flatMap(({ value }) => values.get(value)?.lists ?? []);
  return countPoints([...rows, ...columns]) / (lists?.values ?? 1);
}

/**
 * The elements of each value that is read from memory or stored; one that is read and overwritten moves twice. In a loop
 * only those at one position move, and a gather reads no more elements than it has points.
 */
function moved(kernel: Kernel, values: ValueTable): readonly number[] {
  const { position, steps, stores } = kernel;
  const extents = new Map([...kernel.rows, ...kernel.columns].map(({ name, extent }) => [name, extent]));
  const read = new Map<ValueId, Map<string, Load>>();
  for (const load of steps.flatMap(({ body, guards }) => [body, ...guards].flatMap(loadsOf))) {
    if (stepRead(kernel, load) !== undefined) continue;
    const loads = read.get(load.value) ?? new Map<string, Load>();
    read.set(load.value, loads.set(structuralKey(load), load));
  }
  const loaded = [...read].map(([value, loads]) =>
    [...loads.values()].reduce((sum, load) => {
      const own = values.get(value)!.shape.filter((_, axis) => !isFixed(load.indices[axis]!, position));
      const points = [...variablesOf(load)].reduce((n, name) => n * (extents.get(name) ?? 1), 1);
      return Math.min(sum + points, elementCount(own));
    }, 0),
  );
  const stored = stores.map((value) => {
    const { indices } = steps.find((step) => step.value === value)!;
    return elementCount(values.get(value)!.shape.filter((_, axis) => indices[axis] !== position?.name));
  });
  return [...loaded, ...stored];
}

/** Is an index one element while the position stays? */
const isFixed = (at: Expr, position: Position | undefined): boolean =>
  position !== undefined &&
  at.kind === 'index' &&
  [...variablesOf(at)].every((name) => name === position.name);

/** Distinct operations whose result, or whose operand, is an f32. */
function operations(expr: Expr): number {
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e)) return 0;
    seen.add(e);
    if (e.kind === 'derivative') return visit(e.value);
    const inside = childrenOf(e).reduce((sum, part) => sum + visit(part), 0);
    const real =
      (e.kind === 'call' || e.kind === 'select') &&
      (e.dtype === 'f32' || childrenOf(e).some(({ dtype }) => dtype === 'f32'));
    return inside + (real ? 1 : 0);
  };
  return visit(expr);
}
