/**
 * Which scalar functions WGSL applies to vectors as they stand: a call of four lanes in, the same call, or
 * four calls of one lane out.
 *
 * A function's text is its text for vectors too where it is one operator, or one builtin of just its
 * operands: `(x + y)`, `exp(x)`; not `tanh(clamp(x, -10.0, 10.0))`, `f32(x)`, `(x && y)` or a helper's call.
 */

import { type FunctionName, functions } from '../scalar/functions.ts';
import type { Nest, Statement, Term } from '../schedule/nest.ts';
import { call, compose, lane, partsOf, standIn, withParts } from '../schedule/terms.ts';
import { mapStatement } from '../schedule/views.ts';

const operator = /^\((?:-|!)?a(?: (?:\+|-|\*|\/|==|!=|<|<=|>|>=) b)?\)$/;
const builtin = /^([a-z]\w*)\(a(?:, b)?\)$/;
const conversions: ReadonlySet<string> = new Set(['f32', 'i32', 'u32', 'bool', 'bitcast']);

export function worksOnVectors(fn: FunctionName, operands: readonly Term[]): boolean {
  const types = operands.map(standIn);
  if ((functions[fn].helpers?.(types) ?? []).length > 0) return false;
  const text = functions[fn].wgsl(['a', 'b', 'c'].slice(0, operands.length), types);
  if (text === 'a') return true;
  return operator.test(text) || (builtin.test(text) && !conversions.has(builtin.exec(text)![1]!));
}

export function splitVectors(nest: Nest): Nest {
  const done = new Map<Term, Term>();
  const visit = (term: Term): Term => {
    const known = done.get(term);
    if (known !== undefined) return known;
    const result = splitCall(withParts(term, partsOf(term).map(visit)));
    done.set(term, result);
    return result;
  };
  const within = (statement: Statement): readonly Statement[] => [mapStatement(statement, visit, within)];
  return { ...nest, body: nest.body.flatMap(within) };
}

function splitCall(term: Term): Term {
  if (term.kind !== 'call' || term.lanes === 1 || worksOnVectors(term.fn, term.operands)) return term;
  // Built again: what is decided in one lane need not be in another.
  return compose([0, 1, 2, 3].map((k) => call(term.fn, term.dtype, ...term.operands.map((x) => lane(x, k)))));
}
