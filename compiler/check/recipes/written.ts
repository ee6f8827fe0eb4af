/** Which parameters the clauses of a recipe write in, whether two of them may write one out. */
import type { Span } from '../../../grammar/source.ts';
import { type Checker, report } from '../checker.ts';
import { trainedTwice, writtenTogether } from '../problems/recipes.ts';

interface Clause {
  readonly at: Span;
  /** Whether it names what it writes, or writes all that there is. */
  readonly chosen: boolean;
}

export interface Written {
  /** The clauses after this are another part. */
  readonly beginPart: () => void;
  readonly add: (checker: Checker, path: string, clause: Clause) => void;
  /** Whether an assignment somewhere in the recipe writes it. */
  readonly isAssigned: (path: string) => boolean;
  /**
   * What the states of an optimizer of this name for this parameter belong to: its name, where no clause before has
   * the same; `adam_2` for the second.
   */
  readonly ownerOfStates: (optimizer: string, path: string) => string;
}

/** `assigned`: the paths that assignments write. */
export function whatIsWritten(assigned: ReadonlySet<string>): Written {
  const before = new Map<string, Clause>();
  let here = new Map<string, Clause>();
  const owners = new Map<string, number>();
  return {
    beginPart() {
      for (const [path, clause] of here) before.set(path, clause);
      here = new Map();
    },
    add(checker, path, clause) {
      const together = here.get(path);
      const earlier = before.get(path);
      here.set(path, clause);
      if (together !== undefined) report(checker, writtenTogether(clause.at, path, together.at));
      else if (earlier !== undefined && !earlier.chosen && !clause.chosen)
        report(checker, trainedTwice(clause.at, path, earlier.at));
    },
    isAssigned: (path) => assigned.has(path),
    ownerOfStates(optimizer, path) {
      const key = `${optimizer}.${path}`;
      const count = (owners.get(key) ?? 0) + 1;
      owners.set(key, count);
      return count === 1 ? optimizer : `${optimizer}_${count}`;
    },
  };
}
