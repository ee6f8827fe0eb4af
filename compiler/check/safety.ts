/** Reads and the conditions around them in, proof that they stay inside out. The proof is that of `ir/verify`. */
import type { Affine, Range, Ranges } from '../index/affine.ts';
import { variablesOf } from '../index/query.ts';
import type { Expr } from '../scalar/expr.ts';
import { assume, boundsUnder, type Facts, factsOf } from '../scalar/facts.ts';
import type { Checker } from './checker.ts';
import { affineOf, freeVariables, parts, visitElements } from './element.ts';
import type { Element } from './typed.ts';

/** A condition, and whether it holds or not where something is computed. */
export interface Condition {
  readonly element: Element;
  readonly holds: boolean;
}

/** A condition as the fact engine reads it: what is no arithmetic of indices says nothing. */
function readable(element: Element): Expr {
  const known = readAs.get(element);
  if (known !== undefined) return known;
  const made = reading(element);
  readAs.set(element, made);
  return made;
}

const readAs = new WeakMap<Element, Expr>();

function reading(element: Element): Expr {
  if (element.kind === 'constant' || element.kind === 'index') return element;
  if (element.kind === 'call') return { ...element, operands: element.operands.map(readable) };
  return { kind: 'result', dtype: element.dtype };
}

function rangesOf(checker: Checker, ids: Iterable<string>): Ranges {
  const ranges = new Map<string, Range>();
  for (const id of ids) {
    const range = checker.ranges.get(id);
    if (range !== undefined) ranges.set(id, range);
  }
  return ranges;
}

const under = (facts: Facts, conditions: readonly Condition[]): Facts =>
  conditions.reduce((known, { element, holds }) => assume(known, readable(element), holds), facts);

/** The values that index arithmetic can have where the checker stands. */
export function rangeHere(checker: Checker, of: Affine): Range {
  const conditions = checker.conditions;
  const ids = [...variablesOf(of), ...conditions.flatMap(({ element }) => [...freeVariables(element)])];
  const facts = under(factsOf(rangesOf(checker, ids)), conditions);
  return facts.impossible ? { min: 0, max: -1 } : boundsUnder(of, facts);
}

/** Whether all reads inside are in range by themselves, without the conditions around. */
export function isSafe(checker: Checker, element: Element, own: readonly Element[] = []): boolean {
  const ids = new Set<string>();
  for (const root of [element, ...own]) {
    visitElements(root, (part) => {
      for (const id of freeVariables(part)) ids.add(id);
    });
  }
  const facts = under(
    factsOf(rangesOf(checker, ids)),
    own.map((guard) => ({ element: guard, holds: true })),
  );
  return allInside(element, facts, new Map());
}

function allInside(element: Element, facts: Facts, seen: Map<Facts, Set<Element>>): boolean {
  if (facts.impossible) return true;
  const here = seen.get(facts) ?? new Set();
  seen.set(facts, here);
  if (here.has(element)) return true;
  here.add(element);
  const inside = (part: Element, known = facts): boolean => allInside(part, known, seen);
  switch (element.kind) {
    case 'load':
      return element.indices.every((index, axis) => {
        const of = affineOf(index);
        if (of === undefined) return inside(index);
        const { min, max } = boundsUnder(of, facts);
        return min >= 0 && max < element.tensor.dims[axis]!.extent;
      });
    case 'select': {
      const condition = readable(element.condition);
      return (
        inside(element.condition) &&
        inside(element.then, assume(facts, condition)) &&
        inside(element.otherwise, assume(facts, condition, false))
      );
    }
    case 'reduce': {
      const guarded = element.guards.reduce((known, guard) => assume(known, readable(guard)), facts);
      return element.guards.every((guard) => inside(guard)) && inside(element.body, guarded);
    }
    default:
      return parts(element).every((part) => inside(part));
  }
}

/** The conditions around, as elements that hold. */
export const conditionsHere = (checker: Checker): readonly Element[] =>
  checker.conditions.map(({ element, holds }) =>
    holds ? element : { kind: 'call', dtype: 'bool', fn: 'not', operands: [element] },
  );
