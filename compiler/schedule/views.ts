/**
 * A nest with reads and writes of four elements in; the same nest out, in which each buffer is either an array
 * of vectors, accessed at multiples of four only, or an array of scalars, accessed one by one.
 */
import type { Affine } from '../index/affine.ts';
import { add, constant } from '../index/build.ts';
import type { Buffer, Nest, Statement, Term } from './nest.ts';
import { compose, lane, partsOf, withParts } from './terms.ts';

export function withViews(nest: Nest): Nest {
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
  const buffers = nest.buffers.map((buffer, k): Buffer => {
    const vectors = used.has(k) && !mixed.has(k) && buffer.size % 4 === 0;
    return { ...buffer, lanes: vectors ? 4 : 1 };
  });
  const done = new Map<Term, Term>();
  const split = (term: Term): Term => {
    const known = done.get(term);
    if (known !== undefined) return known;
    const result = splitLoad(withParts(term, partsOf(term).map(split)), buffers);
    done.set(term, result);
    return result;
  };
  return {
    ...nest,
    buffers,
    body: nest.body.flatMap((statement) => splitStatement(statement, buffers, split)),
  };
}

function splitLoad(term: Term, buffers: readonly Buffer[]): Term {
  if (term.kind !== 'load' || term.lanes === 1 || buffers[term.buffer]!.lanes === 4) return term;
  return compose(
    [0, 1, 2, 3].map((k): Term => ({ ...term, lanes: 1, position: add(term.position, constant(k)) })),
  );
}

function splitStatement(
  statement: Statement,
  buffers: readonly Buffer[],
  split: (term: Term) => Term,
): readonly Statement[] {
  const changed = mapStatement(statement, split, (s) => splitStatement(s, buffers, split));
  if (changed.kind !== 'store' || changed.value.lanes === 1 || buffers[changed.buffer]!.lanes === 4)
    return [changed];
  return [0, 1, 2, 3].map((k) => ({
    ...changed,
    position: add(changed.position, constant(k)),
    value: lane(changed.value, k),
  }));
}

/** Whatever its names are. */
export const isMultipleOfFour = (position: Affine): boolean =>
  position.constant % 4 === 0 && position.terms.every(({ coefficient }) => coefficient % 4 === 0);

/** The terms that a statement evaluates itself, not those of statements within. */
export function termsOf(statement: Statement): readonly Term[] {
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign':
    case 'store':
    case 'keep':
      return [statement.value];
    case 'if':
      return [statement.condition];
    case 'loop':
    case 'barrier':
      return [];
    default:
      return statement satisfies never;
  }
}

/** The index arithmetic that a statement does itself, not that of its terms. */
export function affinesOf(statement: Statement): readonly Affine[] {
  if (statement.kind === 'store' || statement.kind === 'keep') return [statement.position];
  return statement.kind === 'loop' ? [statement.from] : [];
}

/** Each statement, outer ones before those within. */
export function forEachStatement(body: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of body) {
    visit(statement);
    if (statement.kind === 'loop' || statement.kind === 'if') forEachStatement(statement.body, visit);
  }
}

/** The statement with its terms, and the statements within, replaced. */
export function mapStatement(
  statement: Statement,
  term: (term: Term) => Term,
  within: (statement: Statement) => readonly Statement[],
): Statement {
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign':
    case 'store':
    case 'keep':
      return { ...statement, value: term(statement.value) };
    case 'if':
      return { ...statement, condition: term(statement.condition), body: statement.body.flatMap(within) };
    case 'loop':
      return { ...statement, body: statement.body.flatMap(within) };
    case 'barrier':
      return statement;
    default:
      return statement satisfies never;
  }
}
