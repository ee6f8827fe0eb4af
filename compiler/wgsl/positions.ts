/**
 * Quasi-affine expressions in, u32 arithmetic out.
 *
 * A division is printed as a shift, or as a product and a shift: a software adapter has no division of vectors,
 * and even on hardware it is the dearest of integer operations.
 */
import type { Affine, Ranges } from '../index/affine.ts';
import { type Arithmetic, arithmeticOf, type Division, reciprocal } from '../nest/arithmetic.ts';
import type { Namer } from './names.ts';
import { atomic } from './parentheses.ts';

export const positionText = (of: Affine, ranges: Ranges, names: Namer): string =>
  arithmeticText(arithmeticOf(of, ranges), names);

function arithmeticText(of: Arithmetic, names: Namer): string {
  const part = (inner: Arithmetic): string => {
    const text = arithmeticText(inner, names);
    return inner.kind === 'sum' ? `(${text})` : text;
  };
  switch (of.kind) {
    case 'number':
      return `${of.value}u`;
    case 'name':
      return names(of.name);
    case 'product':
      return `${of.factor}u * ${part(of.of)}`;
    case 'sum':
      return [of.plus.map(part).join(' + '), ...of.minus.map(part)].join(' - ');
    case 'quotient':
    case 'remainder':
      return divisionText(of, arithmeticText(of.of, names));
    default:
      return of satisfies never;
  }
}

function divisionText({ kind, by, signed, max }: Division, dividend: string): string {
  if (signed) return signedText(kind, `i32(${dividend})`, by);
  const operand = atomic(dividend);
  return kind === 'quotient' ? quotientText(operand, by, max) : remainderText(operand, by, max);
}

/** Division in WGSL is towards zero: where a remainder is negative, the quotient is one too large. */
function signedText(kind: Division['kind'], dividend: string, by: number): string {
  const negative = `${dividend} % ${by} < 0`;
  return kind === 'quotient'
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

function remainderText(operand: string, by: number, max: number): string {
  if (isPowerOfTwo(by)) return `(${operand} & ${by - 1}u)`;
  if (reciprocal(by, max) === undefined) return `(${operand} % ${by}u)`;
  return `(${operand} - ${quotientText(operand, by, max)} * ${by}u)`;
}
