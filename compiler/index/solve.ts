/**
 * Index maps `f(i, r) = p` in; the same set of points, written as `(i, r) = g(p, remaining)` where guards hold, out.
 *
 * This is what turns the scatter of a textbook's adjoint into a gather. A window of a strided convolution,
 * `2*j + u - 1 = p` with a long axis j and a short kernel axis u, becomes
 *
 *     j = (p - u + 1) div 2,   u remains,   where (p - u + 1) mod 2 = 0,  0 <= p - u + 1,  p - u + 1 <= 2*J - 1
 *
 * and a reshape, `i div 28 = p, i mod 28 = q`, becomes `i = 28*p + q` with nothing left. The points on both
 * sides are in one-to-one correspondence, so a sum over the one is a sum over the other.
 *
 * Method: every `a div n`, `a mod n` of unknowns becomes two auxiliary unknowns q and r with
 * `a = n*q + r`, 0 <= r < n. The system is then linear over bounded integers and three steps solve it:
 * 1. peel (mixed radix): in `c*v + rest = t` with c larger than the spread of `rest`, v is a division of t and
 *    `rest` its remainder; with no rest this is plain division;
 * 2. eliminate: a long unknown with coefficient 1 is expressed by the shorter ones;
 * 3. pin: an unknown that nothing determines stays as a reduction index.
 */
import type { Affine, Range, Ranges } from './affine.ts';
import { add, constant, divide, modulo, subtract, variable } from './build.ts';
import { levelsOf } from './levels.ts';
import { combine, commonFactor, eliminate, knownOnly, type Linear, negate, without } from './linear.ts';
import { bounds, print, variablesOf } from './query.ts';
import { type Guard, introduce, linearise, type System, type Unknown, type Variable } from './system.ts';

export type { Guard, Unknown } from './system.ts';

/** `map`, over the unknowns, equals `position`, over known indices. */
export interface Equality {
  readonly map: Affine;
  readonly position: Affine;
}

export interface Solution {
  /** Each unknown in terms of known and remaining indices; a remaining one maps to itself. */
  readonly values: ReadonlyMap<string, Affine>;
  /** What a reduction must still run over: some of the unknowns, and new indices. */
  readonly remaining: readonly Unknown[];
  readonly guards: readonly Guard[];
  /** The known ranges and those of the remaining indices. */
  readonly ranges: Ranges;
}

/** Solves the equalities for as many unknowns as they determine. Names of unknowns and known indices differ. */
export function solve(
  equalities: readonly Equality[],
  unknowns: readonly Unknown[],
  known: Ranges,
): Solution {
  const system: System = {
    equations: [],
    variables: new Map(),
    ranges: new Map(known),
    divisions: new Map(),
    levels: levelsOf(equalities.map(({ map }) => map)),
    solved: new Map(),
    remaining: [],
    guards: new Map(),
  };
  const determined = new Set(equalities.flatMap(({ map }) => [...variablesOf(map)]));
  for (const { name, extent } of unknowns) {
    introduce(system, name, { min: 0, max: extent - 1 }, 'given');
    if (extent === 1 && determined.has(name)) system.solved.set(name, knownOnly(constant(0)));
  }
  for (const { map, position } of equalities) {
    system.equations.push(combine(linearise(system, map), knownOnly(position), -1));
  }
  closeEquations(system);
  while (system.equations.length > 0) {
    if (!system.equations.some((equation) => peel(system, equation))) eliminateLongest(system);
    closeEquations(system);
  }
  for (const name of system.variables.keys()) if (isFree(system, name)) pin(system, name);
  for (const [name, variable] of system.variables) guardRange(system, name, variable);
  return {
    values: new Map(unknowns.map(({ name }) => [name, system.solved.get(name)!.known] as const)),
    remaining: inOrder(system),
    guards: [...system.guards.values()],
    ranges: system.ranges,
  };
}

/** Equations with no unknown left become guards; the shortest of the others come first. */
function closeEquations(system: System): void {
  for (const { unknowns, known } of system.equations) if (unknowns.size === 0) guard(system, 'zero', known);
  system.equations = system.equations
    .filter(({ unknowns }) => unknowns.size > 0)
    .sort((a, b) => a.unknowns.size - b.unknowns.size);
}

/** `c*v + rest = t`: where c exceeds the spread of `rest`, `v = (t - low) div c` and `rest = low + (t - low) mod c`. */
function peel(system: System, equation: Linear): boolean {
  const [name, coefficient] = [...equation.unknowns].reduce((a, b) =>
    Math.abs(b[1]) > Math.abs(a[1]) ? b : a,
  );
  const size = Math.abs(coefficient);
  const rest = without(coefficient > 0 ? equation : negate(equation), name);
  const spread = rangeOf(system, rest.unknowns);
  if (spread.max - spread.min >= size) return false;
  const target = subtract(constant(-spread.min), rest.known);
  system.equations = system.equations.filter((other) => other !== equation);
  if (size > 1) {
    const remainder = add(constant(spread.min), modulo(target, size, system.ranges));
    system.equations.push({ unknowns: rest.unknowns, known: subtract(constant(0), remainder) });
  }
  assign(system, name, knownOnly(divide(target, size, system.ranges)));
  return true;
}

/** No equation determines an unknown alone: expresses a long axis by shorter ones. */
function eliminateLongest(system: System): void {
  const candidates = system.equations.map((equation) => ({ equation, ...longest(system, equation) }));
  const best = candidates.reduce((a, b) => {
    if (a.unit !== b.unit) return a.unit ? a : b;
    return b.length > a.length ? b : a;
  });
  if (!best.unit) {
    for (const name of best.equation.unknowns.keys()) if (name !== best.name) pin(system, name);
    return;
  }
  system.equations = system.equations.filter((other) => other !== best.equation);
  const equation = divideByCommonFactor(system, best.equation);
  const rest = without(equation, best.name);
  assign(system, best.name, equation.unknowns.get(best.name)! > 0 ? negate(rest) : rest);
}

/** The unknown to solve an equation for: the longest, then one with coefficient 1, then a given one. */
function longest(system: System, equation: Linear): { name: string; length: number; unit: boolean } {
  const factor = commonFactor(equation);
  const candidates = [...equation.unknowns].map(([name, coefficient]) => {
    const { range, role } = system.variables.get(name)!;
    return {
      name,
      length: range.max - range.min,
      unit: Math.abs(coefficient) === factor,
      given: role === 'given',
    };
  });
  return candidates.reduce((a, b) => {
    if (a.length !== b.length) return a.length > b.length ? a : b;
    if (a.unit !== b.unit) return a.unit ? a : b;
    return a.given || !b.given ? a : b;
  });
}

function divideByCommonFactor(system: System, equation: Linear): Linear {
  const factor = commonFactor(equation);
  if (factor === 1) return equation;
  guard(system, 'zero', modulo(equation.known, factor, system.ranges));
  const unknowns = new Map([...equation.unknowns].map(([name, c]) => [name, c / factor] as const));
  return { unknowns, known: divide(equation.known, factor, system.ranges) };
}

/** Notes the value of an unknown and replaces it everywhere. */
function assign(system: System, name: string, value: Linear): void {
  system.solved.set(name, value);
  for (const [other, linear] of system.solved) system.solved.set(other, eliminate(linear, name, value));
  system.equations = system.equations.map((equation) => eliminate(equation, name, value));
}

/** Leaves an unknown as an index that the reduction still runs over, from 0. */
function pin(system: System, name: string): void {
  const { min, max } = system.variables.get(name)!.range;
  system.remaining.push({ name, extent: max - min + 1 });
  system.ranges.set(name, { min: 0, max: max - min });
  assign(system, name, knownOnly(add(variable(name), constant(min))));
}

/** The remaining indices: the given ones in their order, then new ones. */
const inOrder = (system: System): readonly Unknown[] =>
  [...system.variables.keys()].flatMap((name) => system.remaining.find((other) => other.name === name) ?? []);

/** A given index needs a value; an auxiliary one only where another value depends on it. */
function isFree(system: System, name: string): boolean {
  if (system.solved.has(name)) return false;
  if (system.variables.get(name)!.role === 'given') return true;
  return [...system.solved.values()].some(({ unknowns }) => unknowns.has(name));
}

function rangeOf(system: System, unknowns: ReadonlyMap<string, number>): Range {
  let min = 0;
  let max = 0;
  for (const [name, coefficient] of unknowns) {
    const { range } = system.variables.get(name)!;
    min += coefficient * (coefficient > 0 ? range.min : range.max);
    max += coefficient * (coefficient > 0 ? range.max : range.min);
  }
  return { min, max };
}

function guardRange(system: System, name: string, { range, role }: Variable): void {
  const value = system.solved.get(name)?.known;
  if (role === 'quotient' || value === undefined) return;
  guard(system, 'nonnegative', subtract(value, constant(range.min)));
  guard(system, 'nonnegative', subtract(constant(range.max), value));
}

/** Adds a condition, unless the ranges decide it. */
function guard(system: System, kind: Guard['kind'], of: Affine): void {
  const { min, max } = bounds(of, system.ranges);
  if (kind === 'zero' ? min === 0 && max === 0 : min >= 0) return;
  const condition = kind === 'zero' ? of : withoutDivision(of);
  system.guards.set(`${kind} ${print(condition)}`, { kind, of: condition });
}

/** `(a div n) + k >= 0` is `a + n*k >= 0`; `k - (a div n) >= 0` is `n*k + n - 1 - a >= 0`. */
function withoutDivision(a: Affine): Affine {
  const [term, ...more] = a.terms;
  if (term === undefined || more.length > 0 || term.atom.kind !== 'div') return a;
  const { of, by } = term.atom;
  if (term.coefficient === 1) return withoutDivision(add(of, constant(by * a.constant)));
  if (term.coefficient === -1) return withoutDivision(subtract(constant(by * a.constant + by - 1), of));
  return a;
}
