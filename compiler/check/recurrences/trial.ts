/**
 * A look at what would be found, without finding it: the checker in, a copy out that nobody else sees.
 *
 * The equations of a recurrence read themselves, so what they are must be known before they are checked. In a trial,
 * what is not known yet is `unknown`, `(… else e)` and a branch then count as their other side, and a call as its
 * declared result: what is left is the value at the first position.
 */
import { type Checker, inside } from '../checker.ts';
import type { Scope } from '../scope.ts';

/** Runs `look` on a copy; how much was expanded counts. */
export function trying<Result>(checker: Checker, look: (trial: Checker) => Result, guesses: boolean): Result {
  const counts = { ...checker.counts, streams: { ...checker.counts.streams } };
  const copy: Checker = {
    ...inside(checker, {
      scope: copyOf(checker.scope),
      trial: { made: new Set(), copies: new Map(), homes: new Map(), guesses },
    }),
    diagnostics: [],
    tensors: [...checker.tensors],
    parameters: [...checker.parameters],
    inputs: [...checker.inputs],
    outputs: [...checker.outputs],
    updates: [...checker.updates],
    outline: [],
    variables: new Map(checker.variables),
    ranges: new Map(checker.ranges),
    reductions: new Map(checker.reductions),
    instances: new Map(checker.instances),
    scalars: new Map(checker.scalars),
    state: { ...checker.state },
    counts,
  };
  const result = look(copy);
  checker.counts.expansions = counts.expansions;
  checker.counts.passes = counts.passes;
  return result;
}

const copyOf = (scope: Scope): Scope => ({
  ...scope,
  names: new Map(scope.names),
  evaluated: new Map(scope.evaluated),
  inline: new Map(scope.inline),
  writable: new Map(scope.writable),
  owned: { parameters: [...scope.owned.parameters], updates: [...scope.owned.updates] },
  ...(scope.parent === undefined ? {} : { parent: copyOf(scope.parent) }),
});
