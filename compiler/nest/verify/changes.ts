/**
 * A nest in, an answer to whether a term that was used before reads something that has changed since out.
 *
 * A schedule may hold a term and use it again: it means a value to it. A term that reads a variable, a memory or a
 * buffer that is written means another value once that was changed.
 */
import type { Nest, Statement, Term } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { forEachStatement } from '../walk.ts';

export interface Changes {
  /** Of a term that is used here: what it reads that was changed since it was first used. */
  readonly sinceFirstUse: (term: Term) => string | undefined;
  /** What a statement changes counts as changed from now on. */
  readonly note: (statement: Statement) => void;
}

export function changesIn({ buffers, body }: Nest): Changes {
  /** When each thing that is changed anywhere was changed last: how many changes there had been. */
  const last = new Map<string, number>();
  forEachStatement(body, (statement) => {
    const changed = changedBy(statement);
    if (changed !== undefined) last.set(changed, 0);
  });
  const readsOf = readsAmong(last);
  const firstUse = new Map<Term, number>();
  let changes = 0;
  return {
    sinceFirstUse: (term) => {
      // A bare name means the variable, not a value of it.
      if (term.kind === 'name' || readsOf(term).size === 0) return undefined;
      const first = firstUse.get(term);
      if (first === undefined) {
        firstUse.set(term, changes);
        return undefined;
      }
      const changed = [...readsOf(term)].find((of) => last.get(of)! > first);
      return changed?.replace(/^buffer (\d+)$/, (_, k: string) => buffers[Number(k)]!.name);
    },
    note: (statement) => {
      forEachStatement([statement], (within) => {
        const changed = changedBy(within);
        if (changed !== undefined) last.set(changed, ++changes);
      });
    },
  };
}

const nothing: ReadonlySet<string> = new Set();

/** What a term reads of what changes. Terms share a set where they read the same. */
function readsAmong(changing: ReadonlyMap<string, number>): (term: Term) => ReadonlySet<string> {
  const known = new Map<Term, ReadonlySet<string>>();
  const readsOf = (term: Term): ReadonlySet<string> => {
    const before = known.get(term);
    if (before !== undefined) return before;
    const own = readBy(term);
    const reads =
      own !== undefined && changing.has(own)
        ? new Set([own])
        : partsOf(term).map(readsOf).reduce(union, nothing);
    known.set(term, reads);
    return reads;
  };
  return readsOf;
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (a === b || b.size === 0) return a;
  return a.size === 0 ? b : new Set([...a, ...b]);
}

/** Buffers by their numbers, since one may have the name of a variable. */
function changedBy(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'assign':
      return statement.name;
    case 'keep':
      return statement.memory;
    case 'store':
      return `buffer ${statement.buffer}`;
    default:
      return undefined;
  }
}

function readBy(term: Term): string | undefined {
  switch (term.kind) {
    case 'name':
      return term.name;
    case 'recall':
      return term.memory;
    case 'load':
      return `buffer ${term.buffer}`;
    default:
      return undefined;
  }
}
