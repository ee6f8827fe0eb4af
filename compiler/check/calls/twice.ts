/**
 * Arguments of functions of the prelude in, a warning out where a function makes anew what was made already: a
 * cross-entropy takes the softmax itself. What counts is where the value comes from, under whatever name.
 */
import type { Fn } from '../../../grammar/ast.ts';
import { type Checker, type Given, isInPrelude, report } from '../checker.ts';
import { madeTwice } from '../problems/values.ts';
import type { Element, Readable } from '../typed.ts';
import type { Value } from '../values.ts';

interface Own {
  readonly parameter: string;
  /** What the function applies to the argument itself. */
  readonly applies: string;
}

/** What must not have made the argument. */
const probabilities = new Set(['softmax', 'sigmoid']);

const own: Readonly<Record<string, Own>> = {
  cross_entropy: { parameter: 'logits', applies: 'the softmax' },
  soft_cross_entropy: { parameter: 'logits', applies: 'the softmax' },
  bce_with_logits: { parameter: 'z', applies: 'the sigmoid' },
};

/** Looks at the arguments of a call that the author of the program wrote. */
export function warnTwice(checker: Checker, fn: Fn, given: ReadonlyMap<string, Given>): void {
  const rule = isInPrelude(checker, fn.span) ? own[fn.name.name] : undefined;
  const argument = rule && given.get(rule.parameter);
  if (rule === undefined || argument === undefined || isInPrelude(checker, argument.at)) return;
  const maker = makerOf(checker, checker.scope.names.get(rule.parameter));
  if (maker !== undefined && probabilities.has(maker))
    report(checker, madeTwice(argument.at, fn.name.name, rule.applies, maker));
}

/** Notes which function of the prelude made a value. */
export function noteMaker(checker: Checker, fn: Fn, value: Value): void {
  if (value.kind !== 'tensor' || !isInPrelude(checker, fn.span)) return;
  const made = value.tensor ?? (value.dims.length === 0 ? value.element([]) : undefined);
  if (made !== undefined && !checker.makers.has(made)) checker.makers.set(made, fn.name.name);
}

/** The function that made a value, also where its elements were only moved since. */
function makerOf({ makers }: Checker, value: Value | undefined): string | undefined {
  if (value?.kind !== 'tensor') return undefined;
  let at: Readable | Element | undefined =
    value.tensor ?? (value.dims.length === 0 ? value.element([]) : undefined);
  while (at !== undefined) {
    const maker = makers.get(at);
    if (maker !== undefined) return maker;
    if (at.kind === 'load') at = at.value;
    else at = at.kind === 'equation' && at.reduce === undefined ? at.body : undefined;
  }
  return undefined;
}
