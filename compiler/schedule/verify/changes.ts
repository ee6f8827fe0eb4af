/**
 * A nest in, an answer to whether a term that was used before reads something that has changed since out.
 *
 * A schedule may hold a term and use it again: it means a value to it. A term that reads a variable, a memory or a
 * buffer that is written means another value once that was changed.
 */
import type { Nest, Statement, Term } from '../nest.ts';
import { partsOf } from '../terms.ts';
import { forEachStatement } from '../views.ts';

export interface Changes {
  /** Of a term that is used here: what it reads that was changed since it was last used. */
  readonly sinceLastUse: (term: Term) => string | undefined;
  /** What a statement changes counts as changed from now on. */
  readonly note: (statement: Statement) => void;
}

export function changesIn({ buffers, body }: Nest): Changes {
  const changing = new Set<string>();
  forEachStatement(body, (statement) => {
    const changed = changedBy(statement);
    if (changed !== undefined) changing.add(changed);
  });
  const reads = new Map<Term, ReadonlySet<string>>();
  const readsOf = (term: Term): ReadonlySet<string> => {
    const known = reads.get(term);
    if (known !== undefined) return known;
    const all = new Set(partsOf(term).flatMap((part) => [...readsOf(part)]));
    const own = readBy(term);
    if (own !== undefined && changing.has(own)) all.add(own);
    reads.set(term, all);
    return all;
  };
  const times = new Map<string, number>();
  const count = (of: string): number => times.get(of) ?? 0;
  const lastUse = new Map<Term, ReadonlyMap<string, number>>();
  return {
    sinceLastUse: (term) => {
      // A bare name means the variable, not a value of it.
      const read = term.kind === 'name' ? [] : [...readsOf(term)];
      if (read.length === 0) return undefined;
      const before = lastUse.get(term);
      lastUse.set(term, new Map(read.map((of) => [of, count(of)])));
      const changed = before && read.find((of) => before.get(of) !== count(of));
      return changed?.replace(/^buffer (\d+)$/, (_, k: string) => buffers[Number(k)]!.name);
    },
    note: (statement) => {
      forEachStatement([statement], (within) => {
        const changed = changedBy(within);
        if (changed !== undefined) times.set(changed, count(changed) + 1);
      });
    },
  };
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
