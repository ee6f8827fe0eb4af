/**
 * Quasi-affine expressions in, u32 arithmetic out.
 *
 * Division is by constants, of numbers whose range is known, so it is printed as a shift, or as a product and
 * a shift: a software adapter has no division of vectors, and even on hardware it is the dearest of integer
 * operations.
 *
 * Sums wrap around at 2^32, so a sum is right, modulo 2^32, whatever its parts are. Only what is divided must
 * not be negative itself: it is shifted by a multiple of the divisor. Where the shifted number could leave 32
 * bits, the division is signed, and right wherever the dividend is an i32.
 */
import type { Affine, Atom, Ranges } from '../index/affine.ts';
import { add, constant } from '../index/build.ts';
import { bounds } from '../index/query.ts';
import type { Namer } from './names.ts';
import { atomic } from './parentheses.ts';

type Division = Exclude<Atom, { kind: 'index' }>;

export function positionText(of: Affine, ranges: Ranges, names: Namer): string {
  const positive = of.terms.filter(({ coefficient }) => coefficient > 0);
  const negative = of.terms.filter(({ coefficient }) => coefficient < 0);
  const product = (magnitude: number, atom: Atom): string => {
    const factor = literal(magnitude);
    return factor === '1u' ? atomText(atom, ranges, names) : `${factor} * ${atomText(atom, ranges, names)}`;
  };
  const plus = positive.map(({ coefficient, atom }) => product(coefficient, atom));
  const minus = negative.map(({ coefficient, atom }) => product(-coefficient, atom));
  if (of.constant > 0) plus.push(literal(of.constant));
  if (of.constant < 0) minus.push(literal(-of.constant));
  const first = plus.length === 0 ? '0u' : plus.join(' + ');
  return [first, ...minus].join(' - ');
}

/** Modulo 2^32, as all sums are. */
const literal = (magnitude: number): string => `${magnitude % 2 ** 32}u`;

function atomText(atom: Atom, ranges: Ranges, names: Namer): string {
  if (atom.kind === 'index') return names(atom.name);
  const { min, max: largest } = bounds(atom.of, ranges);
  const shift = min < 0 ? Math.ceil(-min / atom.by) : 0;
  if (shift > 0 && largest + shift * atom.by >= 2 ** 32) return signedText(atom, ranges, names);
  const shifted = add(atom.of, constant(shift * atom.by));
  const operand = atomic(positionText(shifted, ranges, names));
  const { max } = bounds(shifted, ranges);
  if (atom.kind === 'mod') return moduloText(operand, atom.by, max);
  const quotient = quotientText(operand, atom.by, max);
  return shift === 0 ? quotient : `(${quotient} - ${shift}u)`;
}

/** Division in WGSL is towards zero: where a remainder is negative, the quotient is one too large. */
function signedText({ kind, of, by }: Division, ranges: Ranges, names: Namer): string {
  const dividend = `i32(${positionText(of, ranges, names)})`;
  const negative = `${dividend} % ${by} < 0`;
  return kind === 'div'
    ? `(u32(${dividend} / ${by}) - select(0u, 1u, ${negative}))`
    : `(u32(${dividend} % ${by}) + select(0u, ${by}u, ${negative}))`;
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

function quotientText(operand: string, by: number, max: number): string {
  if (isPowerOfTwo(by)) return `(${operand} >> ${Math.log2(by)}u)`;
  const found = reciprocal(by, max);
  return found === undefined
    ? `(${operand} / ${by}u)`
    : `((${operand} * ${found.factor}u) >> ${found.shift}u)`;
}

function moduloText(operand: string, by: number, max: number): string {
  if (isPowerOfTwo(by)) return `(${operand} & ${by - 1}u)`;
  if (reciprocal(by, max) === undefined) return `(${operand} % ${by}u)`;
  return `(${operand} - ${quotientText(operand, by, max)} * ${by}u)`;
}

/**
 * `n div by` = `(n * factor) >> shift` for all n up to `max`, without overflow (Granlund & Montgomery,
 * *Division by invariant integers using multiplication*, PLDI 1994).
 */
export function reciprocal(
  by: number,
  max: number,
): { readonly factor: number; readonly shift: number } | undefined {
  for (let shift = 1; shift < 32; shift++) {
    const factor = Math.ceil(2 ** shift / by);
    const excess = factor * by - 2 ** shift;
    if (max * excess < 2 ** shift && max * factor < 2 ** 32) return { factor, shift };
  }
  return undefined;
}
