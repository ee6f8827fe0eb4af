/** Questions about quasi-affine expressions: bounds, values, variables, substitution, equality. */
import type { Affine, Atom, Range, Ranges, Term } from './affine.ts';
import { bounds } from './bounds.ts';
import { add, constant, divide, modulo, scale, variable } from './build.ts';
import { print } from './print.ts';

export { bounds, print };

/** The value at a point. Every variable must be in `env`. */
export function evaluate(a: Affine, env: ReadonlyMap<string, number>): number {
  return a.terms.reduce(
    (sum, { coefficient, atom }) => sum + coefficient * evaluateAtom(atom, env),
    a.constant,
  );
}

function evaluateAtom(atom: Atom, env: ReadonlyMap<string, number>): number {
  if (atom.kind === 'index') {
    const value = env.get(atom.name);
    if (value === undefined) throw new RangeError(`index ${atom.name} has no value`);
    return value;
  }
  const of = evaluate(atom.of, env);
  const quotient = Math.floor(of / atom.by);
  return atom.kind === 'div' ? quotient : of - atom.by * quotient;
}

/**
 * `a` with each variable in `map` replaced, all at once; `ranges` are those of the variables of the result.
 * Variables that are not in `map` stay.
 */
export function substitute(a: Affine, map: ReadonlyMap<string, Affine>, ranges: Ranges): Affine {
  return a.terms.reduce(
    (sum, { coefficient, atom }) => add(sum, scale(substituteAtom(atom, map, ranges), coefficient)),
    constant(a.constant),
  );
}

function substituteAtom(atom: Atom, map: ReadonlyMap<string, Affine>, ranges: Ranges): Affine {
  if (atom.kind === 'index') return map.get(atom.name) ?? variable(atom.name);
  const build = atom.kind === 'div' ? divide : modulo;
  return build(substitute(atom.of, map, ranges), atom.by, ranges);
}

/** Built again, so that what was made without ranges, or with wider ones, gets as simple as these allow. */
export const simplify = (a: Affine, ranges: Ranges): Affine =>
  a.terms.every(({ atom }) => atom.kind === 'index') ? a : substitute(a, new Map(), ranges);

/** Structural equality, which for canonical expressions means: written the same. */
export function equal(a: Affine, b: Affine): boolean {
  if (a === b) return true;
  return (
    a.constant === b.constant &&
    a.terms.length === b.terms.length &&
    a.terms.every((term, k) => equalTerms(term, b.terms[k]!))
  );
}

function equalTerms(s: Term, t: Term): boolean {
  if (s.coefficient !== t.coefficient) return false;
  if (s.atom.kind === 'index') return t.atom.kind === 'index' && s.atom.name === t.atom.name;
  return t.atom.kind === s.atom.kind && t.atom.by === s.atom.by && equal(s.atom.of, t.atom.of);
}

export function variablesOf(a: Affine): ReadonlySet<string> {
  const names = new Set<string>();
  someVariable(a, (name) => {
    names.add(name);
    return false;
  });
  return names;
}

/** Whether it has a variable of which something holds. */
export const someVariable = (a: Affine, holds: (name: string) => boolean): boolean =>
  a.terms.some(({ atom }) => (atom.kind === 'index' ? holds(atom.name) : someVariable(atom.of, holds)));

export const isConstant = (a: Affine): boolean => a.terms.length === 0;

/** Each index runs over 0 ≤ name < extent. */
export function rangesOf(indices: readonly { readonly name: string; readonly extent: number }[]): Ranges {
  const ranges = new Map<string, Range>();
  for (const { name, extent } of indices) ranges.set(name, { min: 0, max: extent - 1 });
  return ranges;
}
