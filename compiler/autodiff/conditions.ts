/** Conditions between index expressions: as lists of conjuncts, and as guards of the index solver. */
import * as affine from '../index/build.ts';
import type { Guard } from '../index/solve.ts';
import { equals, index, lessEqual } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { forEach } from '../scalar/walk.ts';

/** The parts of a conjunction. */
export const conjuncts = (e: Expr): readonly Expr[] =>
  e.kind === 'call' && e.fn === 'and' ? e.operands.flatMap(conjuncts) : [e];

/** A guard of the solver, as a condition with positive terms on both sides. */
export function condition({ kind, of }: Guard): Expr {
  const negative = of.terms.filter(({ coefficient }) => coefficient < 0);
  const right = affine.scale({ constant: Math.min(of.constant, 0), terms: negative }, -1);
  const left = affine.add(of, right);
  return kind === 'zero' ? equals(index(left), index(right)) : lessEqual(index(right), index(left));
}

/** Does the condition depend on indices and integer data only, and on no f32? */
export function isDiscrete(e: Expr): boolean {
  let discrete = true;
  forEach(e, (part) => {
    if (part.dtype === 'f32') discrete = false;
  });
  return discrete;
}
