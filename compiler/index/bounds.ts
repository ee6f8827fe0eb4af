/** Interval analysis: a quasi-affine expression and the ranges of its variables in, the range of its value out. */
import type { Affine, Atom, Range, Ranges } from './affine.ts';
import { printAtom } from './print.ts';

/** A variable without a range can be anything. */
const anything: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * `ranges` may also say more of a quotient or a remainder than follows from its variables, under its text:
 * `k div 28`. Never too narrow; exact where each variable occurs once. Over an empty range (an index of extent 0) the
 * result is a range with min > max or some range: nothing is ever evaluated there.
 */
export function bounds(a: Affine, ranges: Ranges): Range {
  let min = a.constant;
  let max = a.constant;
  for (const { coefficient, atom } of a.terms) {
    const range = atomBounds(atom, ranges);
    min += coefficient * (coefficient > 0 ? range.min : range.max);
    max += coefficient * (coefficient > 0 ? range.max : range.min);
  }
  return { min, max };
}

function atomBounds(atom: Atom, ranges: Ranges): Range {
  if (atom.kind === 'index') return ranges.get(atom.name) ?? anything;
  const of = bounds(atom.of, ranges);
  const low = Math.floor(of.min / atom.by);
  const high = Math.floor(of.max / atom.by);
  const computed =
    atom.kind === 'div'
      ? { min: low, max: high }
      : low === high && Number.isFinite(low)
        ? { min: of.min - low * atom.by, max: of.max - low * atom.by }
        : { min: 0, max: atom.by - 1 };
  const known = ranges.get(printAtom(atom));
  return known === undefined
    ? computed
    : { min: Math.max(known.min, computed.min), max: Math.min(known.max, computed.max) };
}
