/** A reduction of formulas in; the same with its conditions where a person writes them, out. */
import type { Affine } from '../index/affine.ts';
import { add, subtract } from '../index/build.ts';
import type { Formula, ReduceFormula } from './explanation.ts';
import { freeIndices, keyOf, mapParts } from './rewrite.ts';

const call = (fn: 'and' | 'multiply' | 'less_equal', first: Formula, second: Formula): Formula => ({
  kind: 'call',
  fn,
  dtype: fn === 'multiply' ? 'f32' : 'bool',
  operands: [first, second],
});

const conjuncts = (formula: Formula): readonly Formula[] =>
  formula.kind === 'call' && formula.fn === 'and' ? formula.operands.flatMap(conjuncts) : [formula];

/** `[n == 7] * sum[o] …`: a condition that has nothing to do with what a sum runs over stands before it. */
export function withConditions(reduce: ReduceFormula): Formula {
  const bound = new Set(reduce.indices.map(({ name }) => name));
  const isInside = (guard: Formula): boolean => [...freeIndices(guard)].some((name) => bound.has(name));
  const outside = reduce.by === 'sum' ? reduce.guards.filter((guard) => !isInside(guard)) : [];
  const [first, ...more] = outside;
  const guards = betweenBounds(reduce.guards.filter((guard) => !outside.includes(guard)));
  const inner: Formula = { ...reduce, guards };
  if (first === undefined) return inner;
  const condition = more.reduce((all, guard) => call('and', all, guard), first);
  return call('multiply', { kind: 'indicator', condition }, inner);
}

/** What is 0 is left out of a sum: `sum[t] (if 1 <= t then x else 0)` is `sum[t where 1 <= t] x`. */
export function withoutZeros(formula: Formula): Formula {
  const inner = mapParts(formula, withoutZeros);
  if (inner.kind !== 'reduce' || inner.by !== 'sum' || inner.body.kind !== 'choice') return inner;
  const { condition, then, otherwise } = inner.body;
  if (otherwise.kind !== 'number' || otherwise.value !== 0) return inner;
  return withConditions({ ...inner, guards: [...inner.guards, ...conjuncts(condition)], body: then });
}

/** Two bounds of one position are one condition: `0 <= j - 2*k + 1 <= 2`, the place in a window. */
function betweenBounds(guards: readonly Formula[]): readonly Formula[] {
  const found: Formula[] = [];
  for (const guard of guards) {
    const last = found.at(-1);
    const joined = last === undefined ? undefined : between(last, guard);
    if (joined === undefined) found.push(guard);
    else found[found.length - 1] = joined;
  }
  return found;
}

/** The bounds are `0 <= x` and `x < extent`, or `0 <= x` and `x <= width` with the terms on whichever sides. */
function between(lower: Formula, upper: Formula): Formula | undefined {
  if (shareMiddle(lower, upper)) return call('and', lower, upper);
  const [x, rest] = [differenceOf(lower), differenceOf(upper)];
  if (x === undefined || rest === undefined) return undefined;
  const width = add(rest, x);
  if (width.terms.length > 0 || width.constant < 0) return undefined;
  const number = (value: number): Formula => ({ kind: 'number', value, dtype: 'i32' });
  const position: Formula = { kind: 'index', of: x };
  return call(
    'and',
    call('less_equal', number(0), position),
    call('less_equal', position, number(width.constant)),
  );
}

function shareMiddle(lower: Formula, upper: Formula): boolean {
  const isBelow = (one: Formula): one is Extract<Formula, { kind: 'call' }> =>
    one.kind === 'call' && (one.fn === 'less' || one.fn === 'less_equal');
  if (!isBelow(lower) || !isBelow(upper)) return false;
  return keyOf(lower.operands[1]!) === keyOf(upper.operands[0]!);
}

/** The b - a of `a <= b` or `b >= a`, where both are positions. */
function differenceOf(guard: Formula): Affine | undefined {
  if (guard.kind !== 'call' || (guard.fn !== 'less_equal' && guard.fn !== 'greater_equal')) return undefined;
  const [first, second] = guard.operands.map(positionOf);
  if (first === undefined || second === undefined) return undefined;
  return guard.fn === 'less_equal' ? subtract(second, first) : subtract(first, second);
}

function positionOf(formula: Formula): Affine | undefined {
  if (formula.kind === 'index') return formula.of;
  const isWhole = formula.kind === 'number' && formula.dtype !== 'f32';
  return isWhole ? { constant: formula.value, terms: [] } : undefined;
}
