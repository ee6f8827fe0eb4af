/** Calls of scalar functions in, their WGSL out: an operator, a builtin, or a function of the module for a formula. */
import type { CallTerm, Nest, Term } from '../nest/nest.ts';
import { partsOf, standIn } from '../nest/terms.ts';
import { forEachStatement, termsOf } from '../nest/walk.ts';
import type { Expr } from '../scalar/expr.ts';
import { type Formula, withUsed } from '../scalar/formula.ts';
import { type FunctionName, functions } from '../scalar/functions.ts';
import { forms, intrinsics, type PrimitiveForm } from './primitives.ts';

type Way =
  | { readonly kind: 'operand' }
  | { readonly kind: 'form'; readonly form: PrimitiveForm }
  | { readonly kind: 'formula'; readonly formula: Formula };

/** How WGSL computes a function of such operands. */
function wayOf(fn: FunctionName, operands: readonly Expr[]): Way {
  const computed = functions[fn].compute(operands);
  if (computed === 'operand') return { kind: 'operand' };
  if (typeof computed === 'string') return { kind: 'form', form: forms[computed] };
  const intrinsic = intrinsics[computed.name];
  return intrinsic === undefined ? { kind: 'formula', formula: computed } : { kind: 'form', form: intrinsic };
}

/** The text of a function of operands with these texts, which may stand beside any operator; so may the result. */
export function callText(fn: FunctionName, args: readonly string[], operands: readonly Expr[]): string {
  const way = wayOf(fn, operands);
  switch (way.kind) {
    case 'operand':
      return args[0]!;
    case 'form':
      return way.form.text(...args);
    case 'formula':
      return `${way.formula.name}(${args.slice(0, way.formula.parameters.length).join(', ')})`;
    default:
      return way satisfies never;
  }
}

/** The formulas that a call needs as functions of the module, in the order to print. */
export function formulasOf(fn: FunctionName, operands: readonly Expr[]): readonly Formula[] {
  const way = wayOf(fn, operands);
  return way.kind === 'formula' ? withUsed(way.formula) : [];
}

const wayOfTerm = ({ fn, operands }: CallTerm): Way => wayOf(fn, operands.map(standIn));

/** Whether WGSL computes four lanes of a call at once. A function of the module has one lane. */
export function isOfFour(term: CallTerm): boolean {
  const way = wayOfTerm(term);
  return way.kind === 'operand' || (way.kind === 'form' && way.form.ofFour);
}

/** Whether an operand of four equal lanes may stand as one of one lane. */
export function mixesLanes(term: CallTerm): boolean {
  const way = wayOfTerm(term);
  return term.lanes === 4 && way.kind === 'form' && way.form.mixes === true;
}

/** The formulas that the calls of a nest need, each once, in the order of first use. */
export function formulasIn(nest: Nest): readonly Formula[] {
  const found = new Set<Formula>();
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    if (term.kind === 'call') {
      for (const formula of formulasOf(term.fn, term.operands.map(standIn))) found.add(formula);
    }
    partsOf(term).forEach(visit);
  };
  forEachStatement(nest.body, (statement) => {
    termsOf(statement).forEach(visit);
  });
  return [...found];
}
