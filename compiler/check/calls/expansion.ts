/** Calls in, the bounds on them kept: every expansion is on a stack that has no declaration twice. */
import type { Declaration } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Step } from '../../ir/graph.ts';
import { type Checker, inside, isInPrelude, limits, report } from '../checker.ts';
import { callsItself, nestedCalls, tooManyCalls } from '../problems/names.ts';
import { newScope, type Settings } from '../scope.ts';

export interface Entry {
  readonly declaration: Exclude<Declaration, { kind: 'train' }>;
  readonly step: Step;
  readonly at: Span;
  /** An instance that was made elsewhere may be applied inside of another one of its layer. */
  readonly mayBeInside?: true;
  /** What the names inside begin with, and the like. */
  readonly names?: Settings;
}

/** Runs `expand` as a call, with names of its own; undefined where a bound forbids it, which is reported. */
export function expanding<Result>(
  checker: Checker,
  entry: Entry,
  expand: (inner: Checker) => Result,
): Result | undefined {
  const { declaration, at, step } = entry;
  const { name } = declaration.name;
  if (checker.state.stopped) return undefined;
  const around = entry.mayBeInside
    ? undefined
    : checker.frames.find((frame) => frame.declaration === declaration);
  if (around !== undefined) return report(checker, callsItself(at, declaration));
  if (checker.frames.length >= limits.depth) return report(checker, nestedCalls(at, name, limits.depth));
  if (checker.counts.expansions >= limits.expansions) {
    report(checker, tooManyCalls(at, name, limits.expansions));
    checker.state.stopped = true;
    return undefined;
  }
  checker.counts.expansions += 1;
  const fromPrelude = isInPrelude(checker, declaration.span);
  const scope = newScope(checker, declaration.kind, { fromPrelude, ...entry.names });
  return expand(inside(checker, { frames: [...checker.frames, { declaration, step, at }], scope }));
}
