/** A pointwise equation and a load of it in; its body where the load reads it, out. */
import type { Affine } from '../index/affine.ts';
import { substitute } from '../index/query.ts';
import { asAffine, index } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable, forEach, rewrite, substituteIndices, variablesOf } from '../scalar/walk.ts';
import type { Equation } from './graph.ts';

/** The source's indices that the load gives as index arithmetic. */
export const affinePositions = (source: Equation, l: Load): ReadonlyMap<string, Affine> =>
  new Map(
    source.indices.flatMap(({ name }, k) => {
      const at = asAffine(l.indices[k]!);
      return at === undefined ? [] : [[name, at] as const];
    }),
  );

/** Can the load be replaced? An index that is itself data can stand only where the body has that index alone. */
export function takesIndices(source: Equation, l: Load): boolean {
  const data = new Set(source.indices.filter((_, k) => !asAffine(l.indices[k]!)).map((i) => i.name));
  let possible = true;
  if (data.size > 0) {
    forEach(source.body, (e) => {
      if (e.kind !== 'index' || bareVariable(e) !== undefined) return;
      if ([...variablesOf(e)].some((name) => data.has(name))) possible = false;
    });
  }
  return possible;
}

/** The body of `source` at the indices of the load `l`, which it must take. */
export function bodyAt(source: Equation, l: Load): Expr {
  const affine = affinePositions(source, l);
  const data = new Map(
    source.indices.flatMap(({ name }, k) => (affine.has(name) ? [] : [[name, l.indices[k]!] as const])),
  );
  // The names of the source must not meet those of the reader: all are replaced at once.
  if (data.size === 0) return substituteIndices(source.body, affine, new Map());
  return rewrite(source.body, (e) => {
    if (e.kind !== 'index') return e;
    return data.get(bareVariable(e) ?? '') ?? index(substitute(e.of, affine, new Map()));
  });
}
