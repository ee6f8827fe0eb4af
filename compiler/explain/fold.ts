/** Steps in; the runs of steps that say the same again and again, up to names, out. */
import type { Fold, Formula, Line, Step } from './explanation.ts';
import { mapParts } from './rewrite.ts';
import { formulaText } from './text.ts';

/** Fewer than this many repetitions are shown in full. */
const fewest = 3;

export function foldsOf(steps: readonly Step[]): readonly Fold[] {
  const keys = steps.map(keyOf);
  const folds: Fold[] = [];
  let from = 0;
  while (from < keys.length) {
    const fold = longestFrom(keys, from);
    if (fold === undefined) from += 1;
    else {
      folds.push(fold);
      from += fold.length * fold.times;
    }
  }
  return folds;
}

/** The repetition that starts here and covers most; the shortest period of it. */
function longestFrom(keys: readonly string[], from: number): Fold | undefined {
  let best: Fold | undefined;
  for (let length = 1; from + fewest * length <= keys.length; length++) {
    let end = from + length;
    while (end < keys.length && keys[end] === keys[end - length]) end += 1;
    const times = Math.floor((end - from) / length);
    const covered = times * length;
    if (times >= fewest && covered > (best === undefined ? 0 : best.length * best.times)) {
      best = { from, length, times };
    }
  }
  return best;
}

/** The text of a step with every name replaced by the place where it first comes up. */
function keyOf(step: Step): string {
  const names = new Map<string, string>();
  const anonymous = (name: string): string => {
    const known = names.get(name) ?? `#${names.size}`;
    names.set(name, known);
    return known;
  };
  const formula = (f: Formula): string => formulaText(renamed(f, anonymous));
  const line = ({ left, right }: Line): string => `${formula(left)} = ${formula(right)}`;
  return [
    ...step.through.flatMap(({ equation, rules }) => [
      line(equation),
      ...rules.map((rule) => rule.replace(/of \S+/, 'of #')),
    ]),
    line(step.derived),
    line(step.final),
  ].join('\n');
}

/** The formula with tensors under other names. */
function renamed(formula: Formula, rename: (name: string) => string): Formula {
  const inner = mapParts(formula, (part) => renamed(part, rename));
  if (inner.kind !== 'tensor') return inner;
  const { adjointOf, indices, name } = inner;
  return { kind: 'tensor', name: adjointOf === undefined ? rename(name) : `d.${rename(adjointOf)}`, indices };
}
