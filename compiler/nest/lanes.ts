/**
 * Calls of four lanes, of functions that a target computes lane by lane only: a nest in, the same nest out, in
 * which such a call is four calls of one lane.
 */
import type { CallTerm, Nest, Statement, Term } from './nest.ts';
import { call, compose, lane, partsOf, withParts } from './terms.ts';
import { mapStatement } from './walk.ts';

/** `ofFour` tells whether the target computes four lanes of a call at once. */
export function splitLanes(nest: Nest, ofFour: (call: CallTerm) => boolean): Nest {
  const done = new Map<Term, Term>();
  const visit = (term: Term): Term => {
    const known = done.get(term);
    if (known !== undefined) return known;
    const result = splitCall(withParts(term, partsOf(term).map(visit)), ofFour);
    done.set(term, result);
    return result;
  };
  const within = (statement: Statement): readonly Statement[] => [mapStatement(statement, visit, within)];
  return { ...nest, body: nest.body.flatMap(within) };
}

function splitCall(term: Term, ofFour: (call: CallTerm) => boolean): Term {
  if (term.kind !== 'call' || term.lanes === 1 || ofFour(term)) return term;
  // Built again: what is decided in one lane need not be in another.
  return compose([0, 1, 2, 3].map((k) => call(term.fn, term.dtype, ...term.operands.map((x) => lane(x, k)))));
}
