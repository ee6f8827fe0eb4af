/** Guards in; the constant bounds that they put on an index, out. */
import type { Affine, Range, Ranges } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { bounds, variablesOf } from '../index/query.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';

/** What a guard says to be 0 or more. */
export function nonnegative(guard: Expr): readonly Affine[] {
  if (guard.kind !== 'call') return [];
  const [a, b] = guard.operands.map(asAffine);
  if (a === undefined || b === undefined) return [];
  const less = affine.subtract(b, a);
  const more = affine.subtract(a, b);
  switch (guard.fn) {
    case 'less_equal':
      return [less];
    case 'less':
      return [affine.add(less, affine.constant(-1))];
    case 'greater_equal':
      return [more];
    case 'greater':
      return [affine.add(more, affine.constant(-1))];
    case 'equal':
      return [less, more];
    default:
      return [];
  }
}

/** The range of an index, narrowed by `of >= 0` whatever the other indices are. */
export function narrowed(range: Range, name: string, of: Affine, ranges: Ranges): Range {
  const own = of.terms.filter(({ atom }) => atom.kind === 'index' && atom.name === name);
  const rest = { constant: of.constant, terms: of.terms.filter((term) => !own.includes(term)) };
  const [term] = own;
  if (term === undefined || variablesOf(rest).has(name)) return range;
  const { max } = bounds(rest, ranges);
  // c*i + rest >= 0 and rest <= max, so c*i >= -max
  const edge = -max / term.coefficient;
  return term.coefficient > 0
    ? { min: Math.max(range.min, Math.ceil(edge)), max: range.max }
    : { min: range.min, max: Math.min(range.max, Math.floor(edge)) };
}
