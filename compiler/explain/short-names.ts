/**
 * An explanation in; the same with `score` for `MultiHeadAttention_1.attention_weights.score`, where no other name ends so,
 * out. Letters of one layer stay with it all together, or none does: `W` beside `Dense_1.b` would seem to be of two layers.
 * Formulas are there to be read; a step's value keeps its whole name.
 */
import { variablesOf } from '../index/query.ts';
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

/** What the formulas name, adjoints by what they are adjoints of; each with the letters of its own indices. */
function namesIn(explanation: Explanation): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  const see = (formula: Formula): Formula => {
    for (const { name, adjointOf, indices } of tensorsOf(formula)) {
      const own = names.get(adjointOf ?? name) ?? new Set();
      names.set(adjointOf ?? name, own);
      for (const index of indices)
        if (index.kind === 'index') for (const letter of variablesOf(index.of)) own.add(letter);
    }
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

/** By the whole name, of layers with a long one: not `t[b, t]`. */
function shortNames(letters: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, string> {
  const names = new Set(letters.keys());
  const owner = (name: string): string | undefined => (name.includes('.') ? name.split('.')[0] : undefined);
  const long = new Set([...names].filter((name) => name.length > longest).map(owner));
  const ends = (name: string): readonly string[] => {
    const parts = name.split('.');
    const all = parts.map((_, k) => parts.slice(parts.length - k - 1).join('.'));
    return all.filter((end) => !isReducerName(end) && end !== 'arg');
  };
  const users = new Map<string, number>();
  for (const end of [...names].flatMap(ends)) users.set(end, (users.get(end) ?? 0) + 1);
  const isAlone = (end: string): boolean => users.get(end) === 1;
  const isLetter = (name: string): boolean => /^[A-Za-z](_\d+)?$/.test(lastOf(name));
  /** Of layers in which a letter is another one's, too. */
  const shared = new Set([...names].filter((name) => isLetter(name) && !isAlone(lastOf(name))).map(layerOf));
  return new Map(
    [...names].flatMap((name) => {
      const from = owner(name);
      if (from === undefined || !long.has(from)) return [];
      const staysWithLayer = isLetter(name) && shared.has(layerOf(name));
      const isTaken = staysWithLayer || letters.get(name)!.has(lastOf(name));
      const end = ends(name).find((one) => isAlone(one) && !(isTaken && one === lastOf(name)));
      return end === undefined || end === name ? [] : [[name, end] as const];
    }),
  );
}

const lastOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));
