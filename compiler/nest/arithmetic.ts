/**
 * Quasi-affine expressions in, u32 arithmetic that any target has out.
 *
 * Sums wrap around at 2^32, so a sum is right, modulo 2^32, whatever its parts are. Only what is divided must
 * not be negative itself: it is shifted by a multiple of the divisor. Where the shifted number could leave 32
 * bits, the division is signed, and right wherever the dividend is an i32.
 */
import type { Affine, Atom, Ranges } from '../index/affine.ts';
import { add, constant } from '../index/build.ts';
import { bounds } from '../index/query.ts';

export type Arithmetic =
  /** From 0 to 2^32 - 1. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'product'; readonly factor: number; readonly of: Arithmetic }
  /** The sum of `plus`, of which there is at least one, less all of `minus`. */
  | { readonly kind: 'sum'; readonly plus: readonly Arithmetic[]; readonly minus: readonly Arithmetic[] }
  | Division;

/** By a constant. */
export interface Division {
  readonly kind: 'quotient' | 'remainder';
  readonly of: Arithmetic;
  readonly by: number;
  /** Whether `of` is an i32; the quotient is rounded down, and the remainder not negative, as always. */
  readonly signed: boolean;
  /** What `of` is at most. */
  readonly max: number;
}

export function arithmeticOf(of: Affine, ranges: Ranges): Arithmetic {
  const product = (magnitude: number, atom: Atom): Arithmetic => {
    const factor = wrapped(magnitude);
    const part = atomOf(atom, ranges);
    return factor === 1 ? part : { kind: 'product', factor, of: part };
  };
  const number = (magnitude: number): Arithmetic => ({ kind: 'number', value: wrapped(magnitude) });
  const plus = of.terms.filter((t) => t.coefficient > 0).map((t) => product(t.coefficient, t.atom));
  const minus = of.terms.filter((t) => t.coefficient < 0).map((t) => product(-t.coefficient, t.atom));
  if (of.constant > 0) plus.push(number(of.constant));
  if (of.constant < 0) minus.push(number(-of.constant));
  if (plus.length === 0) plus.push(number(0));
  return plus.length === 1 && minus.length === 0 ? plus[0]! : { kind: 'sum', plus, minus };
}

const wrapped = (magnitude: number): number => magnitude % 2 ** 32;

function atomOf(atom: Atom, ranges: Ranges): Arithmetic {
  if (atom.kind === 'index') return { kind: 'name', name: atom.name };
  const kind = atom.kind === 'div' ? 'quotient' : 'remainder';
  const { by } = atom;
  const { min, max } = bounds(atom.of, ranges);
  const shift = min < 0 ? Math.ceil(-min / by) : 0;
  if (shift > 0 && max + shift * by >= 2 ** 32) {
    return { kind, of: arithmeticOf(atom.of, ranges), by, signed: true, max };
  }
  const shifted = add(atom.of, constant(shift * by));
  const division: Division = {
    kind,
    of: arithmeticOf(shifted, ranges),
    by,
    signed: false,
    max: bounds(shifted, ranges).max,
  };
  return kind === 'remainder' || shift === 0
    ? division
    : { kind: 'sum', plus: [division], minus: [{ kind: 'number', value: shift }] };
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
