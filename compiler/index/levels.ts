/**
 * Index maps in; by which numbers each of their dividends is divided, out.
 *
 * A flattened axis is read at several levels, `f div 24`, `(f div 4) mod 6`, `f mod 4`: digits of one number in a mixed
 * radix. Where one level divides another, the quotient by the larger is that of the quotient by the smaller, and all
 * digits come from one tower of divisions.
 */
import type { Affine, Atom } from './affine.ts';
import { print } from './print.ts';

export type Levels = ReadonlyMap<string, ReadonlySet<number>>;

type DivisionAtom = Exclude<Atom, { kind: 'index' }>;

export function levelsOf(maps: readonly Affine[]): Levels {
  const levels = new Map<string, Set<number>>();
  const note = (of: Affine, by: number): void => {
    const key = print(of);
    levels.set(key, (levels.get(key) ?? new Set()).add(by));
  };
  const visit = ({ terms }: Affine): void => {
    for (const { atom } of terms) {
      if (atom.kind === 'index') continue;
      note(atom.of, atom.by);
      // (a div m) mod n has the levels m and m*n of a
      const inner = quotientIn(atom.of);
      if (inner !== undefined) note(inner.of, inner.by * atom.by);
      visit(atom.of);
    }
  };
  maps.forEach(visit);
  return levels;
}

/** The quotient that an expression is, and nothing else. */
function quotientIn({ constant, terms }: Affine): DivisionAtom | undefined {
  const [term, ...others] = terms;
  if (constant !== 0 || others.length > 0 || term?.coefficient !== 1) return undefined;
  return term.atom.kind === 'div' ? term.atom : undefined;
}

/** The next level below a division: the largest smaller number that divides its divisor; undefined where there is none. */
export function levelBelow(levels: Levels, of: Affine, by: number): number | undefined {
  const below = [...(levels.get(print(of)) ?? [])].filter(
    (level) => level > 1 && level < by && by % level === 0,
  );
  return below.length === 0 ? undefined : Math.max(...below);
}
