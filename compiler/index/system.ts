/**
 * Index maps in; linear equations over bounded integers out, in which each quotient and each remainder of unknowns is an
 * unknown of its own: what `solve.ts` solves.
 */
import type { Affine, Atom, Range } from './affine.ts';
import { constant, divide, modulo, variable } from './build.ts';
import { type Levels, levelBelow } from './levels.ts';
import { combine, knownOnly, type Linear, unknown } from './linear.ts';
import { bounds, print, variablesOf } from './query.ts';

/** An index variable with its extent. */
export interface Unknown {
  readonly name: string;
  readonly extent: number;
}

/** A condition on the positions and the remaining indices: `of` = 0 or `of` >= 0. */
export interface Guard {
  readonly kind: 'zero' | 'nonnegative';
  readonly of: Affine;
}

export interface Variable {
  readonly range: Range;
  /** Given, or half of a division: a quotient needs no guard, it is in range where the dividend is. */
  readonly role: 'given' | 'quotient' | 'remainder';
}

/** What is known so far, while one call of `solve` runs. */
export interface System {
  /** Each = 0. */
  equations: Linear[];
  readonly variables: Map<string, Variable>;
  /** The known ranges, and those of all variables. */
  readonly ranges: Map<string, Range>;
  readonly divisions: Map<string, Division>;
  readonly levels: Levels;
  readonly solved: Map<string, Linear>;
  readonly remaining: Unknown[];
  readonly guards: Map<string, Guard>;
}

interface Division {
  readonly quotient: Linear;
  readonly remainder: Linear;
}

export function introduce(system: System, name: string, range: Range, role: Variable['role']): void {
  system.variables.set(name, { range, role });
  system.ranges.set(name, range);
  if (role !== 'given' && range.min === range.max) system.solved.set(name, knownOnly(constant(range.min)));
}

/** Writes an affine map as a linear form, with auxiliary unknowns for its divisions. */
export function linearise(system: System, a: Affine): Linear {
  let result = knownOnly(constant(a.constant));
  for (const { coefficient, atom } of a.terms) {
    const part = atom.kind === 'index' ? reference(system, atom.name) : division(system, atom);
    result = combine(result, part, coefficient);
  }
  return result;
}

function reference(system: System, name: string): Linear {
  if (!system.variables.has(name)) return knownOnly(variable(name));
  return system.solved.get(name) ?? unknown(name);
}

function division(system: System, atom: Exclude<Atom, { kind: 'index' }>): Linear {
  const dividend = linearise(system, atom.of);
  const { quotient, remainder } = divided(system, atom.of, dividend, atom.by);
  return atom.kind === 'div' ? quotient : remainder;
}

/** Where a smaller divisor divides this one, `a div (m*n)` is `(a div m) div n`, and `a mod (m*n)` is `m*((a div m) mod n) + a mod m`. */
function divided(system: System, of: Affine, dividend: Linear, by: number): Division {
  const key = `${print(of)} by ${by}`;
  const before = system.divisions.get(key);
  if (before !== undefined) return before;
  if (dividend.unknowns.size === 0) {
    const { known } = dividend;
    return {
      quotient: knownOnly(divide(known, by, system.ranges)),
      remainder: knownOnly(modulo(known, by, system.ranges)),
    };
  }
  const level = levelBelow(system.levels, of, by);
  const parts =
    level === undefined
      ? introduceDivision(system, of, dividend, by)
      : towered(system, of, dividend, level, by);
  system.divisions.set(key, parts);
  return parts;
}

function towered(system: System, of: Affine, dividend: Linear, level: number, by: number): Division {
  const inner = divided(system, of, dividend, level);
  const outer = divided(system, quotientOf(of, level), inner.quotient, by / level);
  return { quotient: outer.quotient, remainder: combine(inner.remainder, outer.remainder, level) };
}

/** As it stands in a map, so that both are one division. */
const quotientOf = (of: Affine, by: number): Affine => ({
  constant: 0,
  terms: [{ coefficient: 1, atom: { kind: 'div', of, by } }],
});

/** `of = by * quotient + remainder` as one more equation. */
function introduceDivision(system: System, of: Affine, dividend: Linear, by: number): Division {
  const { min, max } = bounds(of, system.ranges);
  const low = Math.floor(min / by);
  const high = Math.floor(max / by);
  const names = [...variablesOf(of)];
  const base = names.length === 1 ? names[0]! : 'k';
  const quotient = freshName(system, `${base}_div`);
  introduce(system, quotient, { min: low, max: high }, 'quotient');
  const remainder = freshName(system, `${base}_mod`);
  const within = low === high ? { min: min - by * low, max: max - by * low } : { min: 0, max: by - 1 };
  introduce(system, remainder, within, 'remainder');
  const parts = { quotient: reference(system, quotient), remainder: reference(system, remainder) };
  system.equations.push(combine(combine(dividend, parts.quotient, -by), parts.remainder, -1));
  return parts;
}

function freshName(system: System, wanted: string): string {
  let name = wanted;
  for (let k = 2; system.ranges.has(name); k++) name = `${wanted}${k}`;
  return name;
}
