/** A sum within one element in; what it adds up out. */
import { negate } from '../scalar/build.ts';
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

/** The same, where what is taken off counts as added with its sign changed. */
export function signedTermsOf(sum: Expr): readonly Expr[] {
  const terms: Expr[] = [];
  const open = [{ e: sum, isNegative: false }];
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    if (terms.length + open.length >= mostTerms) return [];
    const { e, isNegative } = top;
    const [a, b] = e.kind === 'call' && e.dtype === 'f32' ? e.operands : [];
    const fn = e.kind === 'call' ? e.fn : undefined;
    if (fn === 'negate' && a !== undefined) open.push({ e: a, isNegative: !isNegative });
    else if ((fn === 'add' || fn === 'subtract') && a !== undefined && b !== undefined)
      open.push({ e: b, isNegative: isNegative !== (fn === 'subtract') }, { e: a, isNegative });
    else terms.push(isNegative ? negate(e) : e);
  }
  return terms;
}
