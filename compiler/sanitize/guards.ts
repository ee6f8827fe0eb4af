/**
 * A scalar expression in; what must not happen in it, each under the conditions around it, out.
 *
 * Only the chosen branch of a select counts, and the second operand of `and` only where the first holds: what
 * stands under a condition is guarded under that condition.
 */
import type { Node } from '../ir/graph.ts';
import { asAffine, constant, or, select, truth } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { childrenOf } from '../scalar/walk.ts';
import { type Danger, dangersOf, outside } from './domains.ts';

/** A condition, and which way it must have gone. */
export interface Condition {
  readonly of: Expr;
  readonly holds: boolean;
}

export interface Guard extends Danger {
  /** The part of the body that goes wrong. */
  readonly expression: Expr;
  /** Outermost first. */
  readonly under: readonly Condition[];
}

/** Every danger in the expression, parts before the whole. */
export function guardsOf(expr: Expr, nodes: readonly Node[]): readonly Guard[] {
  const guards: Guard[] = [];
  const dangerous = new Map<Expr, boolean>();
  const holdsDanger = (e: Expr): boolean => {
    const known = dangerous.get(e);
    if (known !== undefined) return known;
    const children = e.kind === 'derivative' ? [e.value] : childrenOf(e);
    const found = ownDangers(e, nodes).length > 0 || children.some(holdsDanger);
    dangerous.set(e, found);
    return found;
  };
  const seen = new Map<Expr, Set<string>>();
  const walk = (e: Expr, under: readonly Condition[], path: string): void => {
    if (!holdsDanger(e)) return;
    const here = seen.get(e) ?? new Set();
    seen.set(e, here);
    // A part that is shared and was met under fewer conditions needs no second guard.
    if (here.has(path) || here.has('')) return;
    here.add(path);
    const inside = (part: Expr, of: Expr, holds: boolean): void =>
      walk(part, [...under, { of, holds }], `${path}${holds ? '+' : '-'}${idOf(of)}`);
    if (e.kind === 'select') {
      walk(e.condition, under, path);
      inside(e.then, e.condition, true);
      inside(e.otherwise, e.condition, false);
    } else if (e.kind === 'call' && (e.fn === 'and' || e.fn === 'or')) {
      walk(e.operands[0]!, under, path);
      inside(e.operands[1]!, e.operands[0]!, e.fn === 'and');
    } else if (e.kind === 'derivative') {
      walk(e.value, under, path);
    } else {
      for (const child of childrenOf(e)) walk(child, under, path);
    }
    for (const danger of ownDangers(e, nodes)) guards.push({ ...danger, expression: e, under });
  };
  const ids = new Map<Expr, number>();
  const idOf = (e: Expr): number => {
    const id = ids.get(e) ?? ids.size;
    ids.set(e, id);
    return id;
  };
  walk(expr, [], '');
  return guards;
}

function ownDangers(e: Expr, nodes: readonly Node[]): readonly Danger[] {
  if (e.kind === 'call') return dangersOf(e);
  if (e.kind !== 'load') return [];
  const { name, indices } = nodes[e.value]!;
  return e.indices.flatMap((at, axis) =>
    asAffine(at) === undefined
      ? [
          outside(
            at,
            indices[axis]!.extent,
            `index out of range: %${name} has ${indices[axis]!.extent} positions along ${indices[axis]!.name}`,
          ),
        ]
      : [],
  );
}

/** `value` where all conditions went their way, else `otherwise`: what stands under them is only read there. */
export const where = (under: readonly Condition[], value: Expr, otherwise: Expr): Expr =>
  under.reduceRight(
    (inner, { of, holds }) => (holds ? select(of, inner, otherwise) : select(of, otherwise, inner)),
    value,
  );

/** Whether any of the guards finds something, as one boolean. */
export const anyOf = (guards: readonly Guard[]): Expr =>
  guards.map(({ under, bad }) => where(under, bad, truth(false))).reduce(or);

/** Stands for a reading that the conditions around it leave out. */
export const nothing = (e: Expr): Expr => constant(0, e.dtype);
