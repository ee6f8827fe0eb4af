/**
 * The adjoint of one load: an equation, a load `x[f(i, r)]` in it and the cotangent of that load in; the
 * contribution to the adjoint of x, an equation over x's own indices p, out.
 *
 *     %y[b, o] = sum[i] %x[b, i] * %W[o, i]      with cotangent d.y[b, o] * x[b, i] of the load %W[o, i] gives
 *     %d.W[o, i] = sum[b] %d.y[b, o] * %x[b, i]
 *
 * Solving `f(i, r) = p` (`index/solve.ts`) turns the scatter over (i, r) into a gather over what remains. A
 * data-dependent index keeps its equality: `%d.E[v, d] = sum[b where %t[b] == v] %d.y[b, d]`.
 */
import type { Affine, Ranges } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { isConstant as isConstantIndex, rangesOf, substitute } from '../index/query.ts';
import { type Solution, solve } from '../index/solve.ts';
import type { Equation, Index, Reduce } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { asAffine, conjunction, equals, index, isConstant, not, select } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { loadsOf, rewrite, structuralKey, substituteIndices } from '../scalar/walk.ts';
import { isZero, zero } from './combine.ts';
import { condition, conjuncts, isDiscrete } from './conditions.ts';

/** What one load adds to the adjoint of the value that it reads, at the value's own indices. */
export interface Contribution {
  readonly reduce?: Reduce;
  readonly body: Expr;
}

export interface LoadAdjoint {
  /** The equation that the load stands in. */
  readonly equation: Equation;
  readonly load: Load;
  /** Of the load, over the indices of the equation and its reduction. */
  readonly cotangent: Expr;
  /** The indices of the value that is read. */
  readonly positions: readonly Index[];
}

/** Undefined where nothing reaches the value. */
export function adjointOfLoad({
  equation,
  load,
  cotangent,
  positions,
}: LoadAdjoint): Contribution | undefined {
  const own = [...equation.indices, ...(equation.reduce?.indices ?? [])];
  // The equation's indices and the value's may have the same names: set the former apart.
  const apart = new Map(own.map(({ name }) => [name, affine.variable(hidden(name))] as const));
  const ownRanges = rangesOf(own.map(hide));
  const setApart = (e: Expr): Expr => substituteIndices(e, apart, ownRanges);
  const sources = load.indices.map(setApart);
  const targets = positions.map(({ name }) => affine.variable(name));
  const exact = sources.flatMap((source, k) => {
    const map = asAffine(source);
    return map === undefined ? [] : [{ map, position: targets[k]! }];
  });
  const solution = renamed(solve(exact, own.map(hide), rangesOf(positions)), positions);
  const solved = (e: Expr): Expr => {
    const atPosition = rewrite(e, (part) =>
      part.kind === 'index' ? index(intoPosition(part.of, exact)) : part,
    );
    return simplify(substituteIndices(atPosition, solution.values, solution.ranges), solution.ranges);
  };
  const gathered = sources.flatMap((source, k) =>
    asAffine(source) === undefined ? [equals(solved(source), index(targets[k]!))] : [],
  );
  const { conditions, value } = unguarded(solved(setApart(cotangent)));
  const guards = [
    ...(equation.reduce?.guards ?? []).map((guard) => solved(setApart(guard))),
    ...solution.guards.map((guard) => simplify(condition(guard), solution.ranges)),
    ...gathered,
    ...conditions.map((e) => simplify(e, solution.ranges)),
  ];
  const all = { value, guards: distinct(guards.flatMap(conjuncts)), remaining: solution.remaining };
  return contribution(withoutFixed(all, solution.ranges));
}

/** A sum of values over what remains, as far as the guards hold. */
interface Gathered {
  readonly value: Expr;
  readonly guards: readonly Expr[];
  readonly remaining: readonly Index[];
}

/** A remainder that must be 0 is no index that anything runs over. */
function withoutFixed({ value, guards, remaining }: Gathered, ranges: Ranges): Gathered {
  const fixed = new Set(
    remaining.map(({ name }) => name).filter((name) => guards.some((guard) => isAtMostZero(guard, name))),
  );
  if (fixed.size === 0) return { value, guards, remaining };
  const zeros = new Map([...fixed].map((name) => [name, affine.constant(0)] as const));
  const put = (e: Expr): Expr => simplify(substituteIndices(e, zeros, ranges), ranges);
  return {
    value: put(value),
    guards: guards.map(put),
    remaining: remaining.filter(({ name }) => !fixed.has(name)),
  };
}

/** Of an index, which counts from 0: is it 0 where this holds? */
function isAtMostZero(guard: Expr, name: string): boolean {
  if (guard.kind !== 'call' || (guard.fn !== 'less_equal' && guard.fn !== 'equal')) return false;
  const [position, bound] = guard.operands;
  const of = asAffine(position!);
  const [term, ...more] = of?.terms ?? [];
  const isAlone = more.length === 0 && term?.coefficient === 1 && of?.constant === 0;
  return isAlone && term.atom.kind === 'index' && term.atom.name === name && isConstant(bound!, 0);
}

function contribution({ value, guards, remaining }: Gathered): Contribution | undefined {
  if (isZero(value) || guards.some((guard) => isConstant(guard, 0))) return undefined;
  const needed = guards.filter((guard) => !isConstant(guard));
  // What speaks of indices alone comes first: it may keep the loads of the others in range.
  const open = [...needed.filter((guard) => !readsData(guard)), ...needed.filter(readsData)];
  if (remaining.some(({ extent }) => extent !== 1))
    return { reduce: { by: 'sum', indices: remaining, guards: open }, body: value };
  // A sum of one term is that term: it needs no equation of its own.
  const only = new Map(remaining.map(({ name }) => [name, affine.constant(0)] as const));
  const term = open.length > 0 ? select(conjunction(open), value, zero) : value;
  return { body: only.size === 0 ? term : substituteIndices(term, only, new Map()) };
}

const readsData = (guard: Expr): boolean => loadsOf(guard).length > 0;

const hidden = (name: string): string => `~${name}`;
const hide = ({ name, extent }: Index): Index => ({ name: hidden(name), extent });

/** The solution with the names that its reader would give: those of the equation, numbered where they clash. */
function renamed(solution: Solution, positions: readonly Index[]): Solution {
  const plain = solution.remaining.map(({ name, extent }) => ({ name: name.replace(/^~/, ''), extent }));
  const remaining = renamedApart(plain, positions);
  const ranges = rangesOf([...positions, ...remaining]);
  const map = new Map(
    solution.remaining.map(({ name }, k) => [name, affine.variable(remaining[k]!.name)] as const),
  );
  const rename = (of: Affine): Affine => substitute(of, map, ranges);
  return {
    values: new Map([...solution.values].map(([name, value]) => [name, rename(value)] as const)),
    remaining,
    guards: solution.guards.map(({ kind, of }) => ({ kind, of: rename(of) })),
    ranges,
  };
}

/** An index expression that is the load's own up to a constant, as that position: `0 <= 2*j + u - 1` is `0 <= p`. */
function intoPosition(
  of: Affine,
  exact: readonly { readonly map: Affine; readonly position: Affine }[],
): Affine {
  for (const { map, position } of exact) {
    if (isConstantIndex(map)) continue;
    const rest = affine.subtract(of, map);
    if (rest.terms.length + 1 < of.terms.length || (isConstantIndex(rest) && of.terms.length > 0)) {
      return affine.add(position, rest);
    }
  }
  return of;
}

/**
 * `select(c, e, 0)` taken apart: e under the condition c, where c says which points take part and not which
 * values. `select(c, 0, e)` is e under `not c`.
 */
function unguarded(e: Expr): { readonly conditions: readonly Expr[]; readonly value: Expr } {
  if (e.kind !== 'select' || !isDiscrete(e.condition)) return { conditions: [], value: e };
  if (!isZero(e.then) && !isZero(e.otherwise)) return { conditions: [], value: e };
  const holds = isZero(e.otherwise);
  const inner = unguarded(holds ? e.then : e.otherwise);
  return { conditions: [holds ? e.condition : not(e.condition), ...inner.conditions], value: inner.value };
}

const distinct = (conditions: readonly Expr[]): readonly Expr[] => [
  ...new Map(conditions.map((e) => [structuralKey(e), e] as const)).values(),
];
