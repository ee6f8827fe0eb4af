/**
 * A nest with reads and writes of four elements in; the same nest out, in which each buffer is either an array
 * of vectors, accessed at multiples of four only, or an array of scalars, accessed one by one: WGSL declares a
 * buffer as one or the other.
 */
import type { Affine } from '../index/affine.ts';
import { add, constant } from '../index/build.ts';
import type { Lanes, Nest, Statement, Term } from '../nest/nest.ts';
import { compose, lane, partsOf, withParts } from '../nest/terms.ts';
import { forEachStatement, mapStatement, termsOf } from '../nest/walk.ts';

export interface Viewed {
  readonly nest: Nest;
  /** Of each buffer: how many elements each of its accesses is of. */
  readonly lanes: readonly Lanes[];
}

export function withViews(nest: Nest): Viewed {
  const mixed = new Set<number>();
  const used = new Set<number>();
  const note = (buffer: number, position: Affine, lanes: number): void => {
    used.add(buffer);
    if (lanes !== 4 || !isMultipleOfFour(position)) mixed.add(buffer);
  };
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    if (term.kind === 'load') note(term.buffer, term.position, term.lanes);
    partsOf(term).forEach(visit);
  };
  forEachStatement(nest.body, (statement) => {
    termsOf(statement).forEach(visit);
    if (statement.kind === 'store') note(statement.buffer, statement.position, statement.value.lanes);
  });
  const lanes = nest.buffers.map(
    ({ size }, k): Lanes => (used.has(k) && !mixed.has(k) && size % 4 === 0 ? 4 : 1),
  );
  const done = new Map<Term, Term>();
  const split = (term: Term): Term => {
    const known = done.get(term);
    if (known !== undefined) return known;
    const result = splitLoad(withParts(term, partsOf(term).map(split)), lanes);
    done.set(term, result);
    return result;
  };
  const body = nest.body.flatMap((statement) => splitStatement(statement, lanes, split));
  return { nest: { ...nest, body }, lanes };
}

function splitLoad(term: Term, lanes: readonly Lanes[]): Term {
  if (term.kind !== 'load' || term.lanes === 1 || lanes[term.buffer] === 4) return term;
  return compose(
    [0, 1, 2, 3].map((k): Term => ({ ...term, lanes: 1, position: add(term.position, constant(k)) })),
  );
}

function splitStatement(
  statement: Statement,
  lanes: readonly Lanes[],
  split: (term: Term) => Term,
): readonly Statement[] {
  const changed = mapStatement(statement, split, (s) => splitStatement(s, lanes, split));
  if (changed.kind !== 'store' || changed.value.lanes === 1 || lanes[changed.buffer] === 4) return [changed];
  return [0, 1, 2, 3].map((k) => ({
    ...changed,
    position: add(changed.position, constant(k)),
    value: lane(changed.value, k),
  }));
}

/** Whatever its names are. */
const isMultipleOfFour = (position: Affine): boolean =>
  position.constant % 4 === 0 && position.terms.every(({ coefficient }) => coefficient % 4 === 0);
