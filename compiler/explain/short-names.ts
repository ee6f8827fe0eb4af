/**
 * An explanation in; the same with `score` for `MultiHeadAttention_1.attention_weights.score`, where no other name ends so,
 * out. Formulas are there to be read; a step's value keeps its whole name.
 */
import { isReducerName } from '../ir/reducers.ts';
import type { Explanation, Formula, TensorFormula } from './explanation.ts';
import { mapExplanation } from './map.ts';
import { mapParts, tensorsOf } from './rewrite.ts';

/** A layer in which no name is longer keeps its own. */
const longest = 20;

export function withShortNames(explanation: Explanation): Explanation {
  const short = shortNames(namesIn(explanation));
  if (short.size === 0) return explanation;
  const tensor = (one: TensorFormula): TensorFormula => {
    if (one.adjointOf === undefined) return { ...one, name: short.get(one.name) ?? one.name };
    const of = short.get(one.adjointOf);
    return of === undefined ? one : { ...one, name: `d.${of}`, adjointOf: of };
  };
  const formula = (one: Formula): Formula => {
    const inner = mapParts(one, formula);
    return inner.kind === 'tensor' ? tensor(inner) : inner;
  };
  const longestFirst = [...short].sort(([a], [b]) => b.length - a.length);
  const rule = (text: string): string =>
    longestFirst.reduce((shorter, [name, to]) => shorter.replaceAll(name, to), text);
  return mapExplanation(explanation, {
    formula,
    rule,
    tensor: (one) => tensor({ ...one, indices: one.indices.map(formula) }),
  });
}

/** What the formulas name, adjoints by what they are adjoints of. */
function namesIn(explanation: Explanation): ReadonlySet<string> {
  const names = new Set<string>();
  const see = (formula: Formula): Formula => {
    for (const { name, adjointOf } of tensorsOf(formula)) names.add(adjointOf ?? name);
    return formula;
  };
  mapExplanation(explanation, {
    formula: see,
    rule: (text) => text,
    tensor: (one) => {
      see(one);
      return one;
    },
  });
  return names;
}

/** By the whole name, of layers with a long one. */
function shortNames(names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const owner = (name: string): string | undefined => (name.includes('.') ? name.split('.')[0] : undefined);
  const long = new Set([...names].filter((name) => name.length > longest).map(owner));
  const ends = (name: string): readonly string[] => {
    const parts = name.split('.');
    const all = parts.map((_, k) => parts.slice(parts.length - k - 1).join('.'));
    return all.filter((end) => !isReducerName(end) && end !== 'arg');
  };
  const users = new Map<string, number>();
  for (const end of [...names].flatMap(ends)) users.set(end, (users.get(end) ?? 0) + 1);
  return new Map(
    [...names].flatMap((name) => {
      const from = owner(name);
      if (from === undefined || !long.has(from)) return [];
      const end = ends(name).find((one) => users.get(one) === 1);
      return end === undefined || end === name ? [] : [[name, end] as const];
    }),
  );
}
