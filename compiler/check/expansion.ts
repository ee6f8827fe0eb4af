/** Calls in, the bounds on them kept: every expansion is on a stack that has no declaration twice. */
import type { Declaration } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { type Checker, limits, report } from './checker.ts';
import { callsItself, nestedCalls, tooManyCalls } from './problems-names.ts';
import type { Scope, ScopeKind } from './scope.ts';

export interface Entry {
  readonly declaration: Exclude<Declaration, { kind: 'train' }>;
  readonly label: string;
  readonly at: Span;
}

/** Runs `expand` as a call; undefined where a bound forbids it, which is reported. */
export function expanding<Result>(checker: Checker, entry: Entry, expand: () => Result): Result | undefined {
  const { declaration, at, label } = entry;
  const { name } = declaration.name;
  if (checker.now.stopped) return undefined;
  const around = checker.frames.find((frame) => frame.declaration === declaration);
  if (around !== undefined) {
    report(checker, callsItself(at, declaration));
    return undefined;
  }
  if (checker.frames.length >= limits.depth) {
    report(checker, nestedCalls(at, name, limits.depth));
    return undefined;
  }
  if (checker.now.expansion >= limits.expansions) {
    report(checker, tooManyCalls(at, name, limits.expansions));
    checker.now.stopped = true;
    return undefined;
  }
  checker.now.expansion += 1;
  checker.frames.push({ declaration, label, at });
  const result = expand();
  checker.frames.pop();
  return result;
}

export const newScope = (
  checker: Checker,
  kind: ScopeKind,
  at: Pick<Scope, 'prefix' | 'path' | 'fromPrelude' | 'shape'>,
): Scope => ({
  kind,
  expansion: checker.now.expansion,
  names: new Map(),
  ellipsis: undefined,
  shape: at.shape,
  prefix: at.prefix,
  path: at.path,
  inline: new Map(),
  fromPrelude: at.fromPrelude,
  evaluated: new Map(),
  result: undefined,
});
