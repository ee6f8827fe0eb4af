/**
 * Positions by what stands there: the equation that lists them, made of what stands at each position, or found again in
 * an equation.
 *
 * Where `t[n, i]` holds numbers from 0 to V - 1, the positions of each number v are a list that is walked from element
 * v, each element naming the next; position b of N (row-major over n and i) is element V + b:
 *
 *     %lists[p: V + N]: i32 = min[n, i where (if p < V then p else t[(p - V) …]) == t[n, i], p - V < b] b
 *
 * so `lists[v]` is the first position of v, `lists[V + b]` the next one of the same number after b, and what has none
 * is the largest i32. In a sum over the positions of v, the conditions `lists[v] <= b` and `b < lists[V + b]` follow from
 * `t[b] == v`; they say that the list may be walked instead of all positions.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { add, scale, variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import * as scalar from '../scalar/build.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, structuralKey, substituteIndices } from '../scalar/walk.ts';
import type { Equation, Index, Reduce } from './graph.ts';
import { renamedApart } from './names.ts';

/** What stands at each position, over the indices `batch` and `positions`, is a number below `values`. */
export interface Listed {
  readonly batch: readonly Index[];
  readonly positions: readonly Index[];
  readonly values: number;
  readonly key: Expr;
}

/** The row-major position that indices name. */
export const flatten = (indices: readonly Index[]): Affine =>
  indices.reduce(
    (position, { name, extent }) => add(scale(position, extent), variable(name)),
    affine.constant(0),
  );

/** Elements of the lists of one batch. */
export const elementsOf = ({ values, positions }: Pick<Listed, 'values' | 'positions'>): number =>
  values + countPoints(positions);

/** The parts of the equation that lists positions. */
export function listsEquation({ batch, positions, values, key }: Listed): {
  readonly indices: readonly Index[];
  readonly reduce: Reduce;
  readonly body: Expr;
} {
  const [element] = renamedApart(
    [{ name: 'p', extent: values + countPoints(positions) }],
    [...batch, ...positions],
  ) as readonly [Index];
  const own = [...batch, element];
  const ranges = rangesOf([...own, ...positions]);
  const before = add(variable(element.name), affine.constant(-values));
  const there = new Map(
    positions.map(({ name }, k) => [name, coordinate(before, positions, k, ranges)] as const),
  );
  const at = scalar.index(variable(element.name));
  const same = scalar.equals(
    scalar.select(scalar.less(at, scalar.constant(values, 'i32')), at, substituteIndices(key, there, ranges)),
    key,
  );
  const later = scalar.less(scalar.index(before), scalar.index(flatten(positions)));
  const guards = [later, same].map((guard) => simplify(guard, ranges));
  return {
    indices: own,
    reduce: { by: 'min', indices: positions, guards },
    body: scalar.index(flatten(positions)),
  };
}

/** The `axis`-th of the coordinates of a row-major position. */
function coordinate(
  position: Affine,
  indices: readonly Index[],
  axis: number,
  ranges: ReturnType<typeof rangesOf>,
): Affine {
  const inner = countPoints(indices.slice(axis + 1));
  const divided = affine.divide(position, inner, ranges);
  return axis === 0 ? divided : affine.modulo(divided, indices[axis]!.extent, ranges);
}

/** What an equation lists; undefined where it lists nothing. */
export function listedBy({ indices, reduce, body, dtype }: Equation): Listed | undefined {
  if (reduce?.by !== 'min' || dtype !== 'i32' || indices.length === 0) return undefined;
  const element = indices.at(-1)!;
  const values = element.extent - countPoints(reduce.indices);
  if (values <= 0) return undefined;
  for (const guard of reduce.guards) {
    if (guard.kind !== 'call' || guard.fn !== 'equal') continue;
    const [choice, key] = guard.operands as readonly [Expr, Expr];
    if (choice.kind !== 'select' || bareVariable(choice.then) !== element.name) continue;
    const listed: Listed = { batch: indices.slice(0, -1), positions: reduce.indices, values, key };
    const made = listsEquation(listed);
    const rename = new Map([[made.indices.at(-1)!.name, variable(element.name)]]);
    const ranges = rangesOf([...indices, ...reduce.indices]);
    const keys = (list: readonly Expr[]): string =>
      list.map((e) => structuralKey(simplify(substituteIndices(e, rename, ranges), ranges))).join('\n\n');
    if (keys([...made.reduce.guards, made.body]) === keys([...reduce.guards, body])) return listed;
  }
  return undefined;
}

/** The key over indices that have no names: equal for, and only for, keys that read the same at the same points. */
export function namelessKey({ batch, positions, key }: Omit<Listed, 'values'>): Expr {
  const all = [...batch, ...positions];
  const nameless = all.map(({ extent }, k) => ({ name: `#${k}`, extent }));
  const map = new Map(all.map(({ name }, k) => [name, variable(nameless[k]!.name)] as const));
  return simplify(substituteIndices(key, map, rangesOf(nameless)), rangesOf(nameless));
}

/** Whether an expression is this index arithmetic. */
export const isAffine = (e: Expr, of: Affine): boolean => {
  const found = asAffine(e);
  return found !== undefined && structuralKey(scalar.index(found)) === structuralKey(scalar.index(of));
};
