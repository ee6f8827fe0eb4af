/**
 * Products and sums of cotangents: two expressions in, one out.
 *
 * A product is formed *inside* a select, never around it: in `select(c, s, 0) * p` the partial p may be infinite
 * or not a number where c does not hold, and 0 * NaN is NaN. So `times` gives `select(c, s * p, 0)`.
 */
import { add, constant, divide, holds, multiply, negate, or, select, truth } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { structuralKey } from '../scalar/walk.ts';

export const zero: Expr = constant(0);
export const one: Expr = constant(1);

const isValue = (e: Expr, value: number): boolean => e.kind === 'constant' && e.value === value;
export const isZero = (e: Expr): boolean => isValue(e, 0);

/** A cotangent with more choices and sums than this is not written out once more for each product. */
const mostChoices = 32;

/** `cotangent * partial`; zero where the cotangent's guards exclude a point, whatever the partial is there. */
export function times(cotangent: Expr, partial: Expr): Expr {
  if (isZero(cotangent) || isZero(partial)) return zero;
  if (isGuarded(cotangent) && choicesIn(cotangent) > mostChoices) {
    return choose(flowsThrough(cotangent), product(cotangent, partial), zero);
  }
  if (cotangent.kind === 'select' && isGuarded(cotangent)) {
    return choose(cotangent.condition, times(cotangent.then, partial), times(cotangent.otherwise, partial));
  }
  if (isSum(cotangent) && isGuarded(cotangent)) {
    return plus(times(cotangent.operands[0]!, partial), times(cotangent.operands[1]!, partial));
  }
  if (partial.kind === 'select' && isMask(partial)) {
    return choose(partial.condition, times(cotangent, partial.then), times(cotangent, partial.otherwise));
  }
  return product(cotangent, partial);
}

/** How many selects and sums `times` would go through, shared ones each time; no more than just above the most. */
function choicesIn(cotangent: Expr): number {
  let count = 0;
  const visit = (e: Expr): void => {
    if (count > mostChoices || !isGuarded(e)) return;
    count++;
    for (const part of flowsOf(e)) visit(part);
  };
  visit(cotangent);
  return count;
}

const conditions = new WeakMap<Expr, Expr>();

/** Where something flows: a condition with as many parts as the cotangent; what is shared there is shared here. */
function flowsThrough(e: Expr): Expr {
  if (isZero(e)) return truth(false);
  if (!isGuarded(e)) return truth(true);
  const known =
    conditions.get(e) ??
    (e.kind === 'select'
      ? select(e.condition, flowsThrough(e.then), flowsThrough(e.otherwise))
      : flowsOf(e).map(flowsThrough).reduce(or));
  conditions.set(e, known);
  return known;
}

/** The parts that a guarded cotangent chooses from, or adds. */
const flowsOf = (e: Expr): readonly Expr[] =>
  e.kind === 'select' ? [e.then, e.otherwise] : isSum(e) ? e.operands : [];

function product(a: Expr, b: Expr): Expr {
  if (isValue(a, 1)) return b;
  if (isValue(b, 1)) return a;
  if (isValue(b, -1)) return negative(a);
  if (b.kind === 'call' && b.fn === 'negate') return negative(product(a, b.operands[0]!));
  if (a.kind === 'call' && a.fn === 'negate') return negative(product(a.operands[0]!, b));
  if (a.kind === 'constant' && b.kind === 'constant' && holds('f32', a.value * b.value)) {
    return constant(a.value * b.value);
  }
  if (b.kind === 'call' && b.fn === 'divide' && isValue(b.operands[0]!, 1)) return divide(a, b.operands[1]!);
  return multiply(a, b);
}

function negative(a: Expr): Expr {
  if (a.kind === 'constant') return constant(-a.value);
  return a.kind === 'call' && a.fn === 'negate' ? a.operands[0]! : negate(a);
}

/** `a + b`; complementary guards join: `select(c, x, 0) + select(c, 0, y)` is `select(c, x, y)`. */
export function plus(a: Expr, b: Expr): Expr {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  if (
    a.kind === 'select' &&
    b.kind === 'select' &&
    isMasked(a) &&
    isMasked(b) &&
    same(a.condition, b.condition)
  ) {
    return choose(a.condition, plus(a.then, b.then), plus(a.otherwise, b.otherwise));
  }
  return add(a, b);
}

/** `select(c, a, b)`, or a where both are the same. */
export const choose = (condition: Expr, then: Expr, otherwise: Expr): Expr =>
  isZero(then) && isZero(otherwise) ? zero : select(condition, then, otherwise);

const same = (a: Expr, b: Expr): boolean => a === b || structuralKey(a) === structuralKey(b);

const isSum = (e: Expr): e is Extract<Expr, { kind: 'call' }> => e.kind === 'call' && e.fn === 'add';
const isMasked = (e: Extract<Expr, { kind: 'select' }>): boolean => isZero(e.then) || isZero(e.otherwise);

const guarded = new WeakMap<Expr, boolean>();

/** Is there a branch where this is zero because nothing flows there? Expressions never change: each is asked once. */
function isGuarded(e: Expr): boolean {
  const known = guarded.get(e) ?? ((e.kind === 'select' && isMasked(e)) || flowsOf(e).some(isGuarded));
  guarded.set(e, known);
  return known;
}

/** A select between constants one of which is 0: the partial of a maximum, a step. */
const isMask = (e: Extract<Expr, { kind: 'select' }>): boolean =>
  e.then.kind === 'constant' && e.otherwise.kind === 'constant' && isMasked(e);
