/** A sum within one element in; what it adds up out. */
import type { Expr } from '../scalar/expr.ts';

/** More are not looked at: parts of a sum that are shared would be gone through again for each use. */
const mostTerms = 100;

/** What a sum adds up; nothing where that is too much. */
export function termsOf(sum: Expr): readonly Expr[] {
  const terms: Expr[] = [];
  const open: Expr[] = [sum];
  for (let e = open.pop(); e !== undefined; e = open.pop()) {
    if (terms.length + open.length >= mostTerms) return [];
    if (e.kind === 'call' && e.fn === 'add' && e.dtype === 'f32') open.push(...[...e.operands].reverse());
    else terms.push(e);
  }
  return terms;
}
