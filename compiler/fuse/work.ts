/**
 * A fused kernel in; the arithmetic that it does and the bytes that it must move out: what a roofline needs
 * (Williams, Waterman and Patterson, "Roofline", 2009).
 */
import { countPoints, elementCount } from '../../runtime/extents.ts';
import type { Expr, ValueId } from '../scalar/expr.ts';
import { childrenOf, loadsOf, variablesOf } from '../scalar/walk.ts';
import { type Kernel, type Position, type Step, stepRead, type ValueTable } from './kernel.ts';

export interface Work {
  /** Operations on f32, each counted as one, whatever it costs: an addition, a comparison, an exponential. */
  readonly flops: number;
  /** Every tensor that is read or written, once: less is not possible, more happens where caches are small. */
  readonly bytes: number;
  /** The part of each step in the operations, in the order of the steps; sums to 1. */
  readonly shares: readonly number[];
}

export function workOf(kernel: Kernel, values: ValueTable): Work {
  const rows = countPoints(kernel.rows);
  const all = rows * countPoints(kernel.columns);
  const flopsOf = (step: Step): number => {
    const own = operations(step.body) + step.guards.reduce((sum, guard) => sum + operations(guard), 0);
    if (step.level === 'row') return rows * own;
    return all * (own + (step.level === 'reduce' ? 1 : 0));
  };
  const flops = kernel.steps.map(flopsOf);
  const total = flops.reduce((sum, n) => sum + n, 0);
  // Kernels that only move data have no operations to go by.
  const weights = kernel.steps.map((step, k) => flops[k]! + (step.level === 'row' ? rows : all));
  const weight = weights.reduce((sum, n) => sum + n, 0);
  return {
    flops: total,
    bytes: 4 * moved(kernel, values).reduce((sum, elements) => sum + elements, 0),
    shares: weights.map((n) => n / weight),
  };
}

/**
 * The elements of each value that is read from memory or stored; one that is read and overwritten moves twice. In a loop
 * only those at one position move.
 */
function moved(kernel: Kernel, values: ValueTable): readonly number[] {
  const { position, steps, stores } = kernel;
  const read = new Map<ValueId, number>();
  for (const load of steps.flatMap(({ body, guards }) => [body, ...guards].flatMap(loadsOf))) {
    if (stepRead(kernel, load) !== undefined) continue;
    const { shape } = values.get(load.value)!;
    const elements = elementCount(shape.filter((_, axis) => !isFixed(load.indices[axis]!, position)));
    read.set(load.value, Math.max(read.get(load.value) ?? 0, elements));
  }
  const stored = stores.map((value) => {
    const { indices } = steps.find((step) => step.value === value)!;
    return elementCount(values.get(value)!.shape.filter((_, axis) => indices[axis] !== position?.name));
  });
  return [...read.values(), ...stored];
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
