/** A quasi-affine expression in, its text out: `3*j + u - 1`, `(i + 1) mod 4`. Equal expressions print equal. */
import type { Affine, Atom, Term } from './affine.ts';

const known = new WeakMap<Atom, string>();

/** Sums are compared and sorted by it: written once. */
export function printAtom(atom: Atom): string {
  if (atom.kind === 'index') return atom.name;
  const text = known.get(atom) ?? printDivision(atom);
  known.set(atom, text);
  return text;
}

function printDivision(atom: Exclude<Atom, { readonly kind: 'index' }>): string {
  const only = atom.of.terms[0];
  const bare =
    atom.of.constant === 0 &&
    atom.of.terms.length === 1 &&
    only?.coefficient === 1 &&
    only.atom.kind === 'index';
  return `${bare ? print(atom.of) : `(${print(atom.of)})`} ${atom.kind} ${atom.by}`;
}

function printTerm(magnitude: number, { atom }: Term): string {
  if (magnitude === 1) return printAtom(atom);
  return atom.kind === 'index' ? `${magnitude}*${atom.name}` : `${magnitude}*(${printAtom(atom)})`;
}

/** Positive parts first, negative ones as subtractions; a constant comes last unless only it is positive. */
export function print(a: Affine): string {
  const first = a.terms[0];
  if (first === undefined) return String(a.constant);
  if (first.coefficient === 1 && a.terms.length === 1 && a.constant === 0) return printAtom(first.atom);
  const parts = a.terms.map((term) => ({
    negative: term.coefficient < 0,
    text: printTerm(Math.abs(term.coefficient), term),
  }));
  if (a.constant !== 0) {
    const constant = { negative: a.constant < 0, text: String(Math.abs(a.constant)) };
    if (constant.negative || parts.some((part) => !part.negative)) parts.push(constant);
    else parts.unshift(constant);
  }
  return parts
    .map(({ negative, text }, k) => {
      if (k === 0)
        return negative ? `-${text.includes(' ') && !/^\d+\*/.test(text) ? `(${text})` : text}` : text;
      return negative ? ` - ${text}` : ` + ${text}`;
    })
    .join('');
}
