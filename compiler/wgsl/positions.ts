/**
 * Quasi-affine expressions in, u32 arithmetic out.
 *
 * Sums wrap around at 2^32, so a sum is right whenever its value is not negative, whatever its parts are. Only
 * what is divided must not be negative itself: it is shifted by a multiple of the divisor.
 */
import type { Affine, Atom, Ranges } from '../index/affine.ts';
import { add, constant } from '../index/build.ts';
import { bounds } from '../index/query.ts';
import type { Namer } from './names.ts';

export function positionText(of: Affine, ranges: Ranges, names: Namer): string {
  const positive = of.terms.filter(({ coefficient }) => coefficient > 0);
  const negative = of.terms.filter(({ coefficient }) => coefficient < 0);
  const product = (magnitude: number, atom: Atom): string =>
    magnitude === 1 ? atomText(atom, ranges, names) : `${magnitude}u * ${atomText(atom, ranges, names)}`;
  const plus = positive.map(({ coefficient, atom }) => product(coefficient, atom));
  const minus = negative.map(({ coefficient, atom }) => product(-coefficient, atom));
  if (of.constant > 0) plus.push(`${of.constant}u`);
  if (of.constant < 0) minus.push(`${-of.constant}u`);
  const first = plus.length === 0 ? '0u' : plus.join(' + ');
  return [first, ...minus].join(' - ');
}

/** In parentheses unless it is a name or a number. */
export function atomicPositionText(of: Affine, ranges: Ranges, names: Namer): string {
  const text = positionText(of, ranges, names);
  return /^\w+$/.test(text) ? text : `(${text})`;
}

function atomText(atom: Atom, ranges: Ranges, names: Namer): string {
  if (atom.kind === 'index') return names(atom.name);
  const { min } = bounds(atom.of, ranges);
  const shift = min < 0 ? Math.ceil(-min / atom.by) : 0;
  const shifted = add(atom.of, constant(shift * atom.by));
  const operand = atomicPositionText(shifted, ranges, names);
  if (atom.kind === 'mod') return `(${operand} % ${atom.by}u)`;
  return shift === 0 ? `(${operand} / ${atom.by}u)` : `(${operand} / ${atom.by}u - ${shift}u)`;
}
