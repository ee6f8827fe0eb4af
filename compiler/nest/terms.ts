/** Constructors of terms: parts in, a typed term out, with what literals decide already decided. */
import type { Affine } from '../index/affine.ts';
import { InternalError } from '../internal-error.ts';
import type { DType, Expr } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';
import type { Lanes, Literal, Name, Term } from './nest.ts';

export const literal = (value: number, dtype: DType): Literal => ({
  kind: 'literal',
  dtype,
  lanes: 1,
  value,
});

export const name = (of: string, dtype: DType, lanes: Lanes = 1): Name => ({
  kind: 'name',
  dtype,
  lanes,
  name: of,
});

export const indexTerm = (of: Affine, dtype: 'i32' | 'u32'): Term =>
  of.terms.length === 0 ? literal(of.constant, dtype) : { kind: 'index', dtype, lanes: 1, of };

/** Four lanes, whatever the term has. */
export const widen = (term: Term): Term =>
  term.lanes === 4 ? term : { kind: 'splat', dtype: term.dtype, lanes: 4, of: term };

/** One lane. A term of one lane is the same in all. */
export function lane(of: Term, at: number): Term {
  if (of.lanes === 1) return of;
  if (of.kind === 'compose') return of.parts[at]!;
  if (of.kind === 'splat') return of.of;
  return { kind: 'lane', dtype: of.dtype, lanes: 1, of, lane: at };
}

/** Four terms of one lane side by side; one term where they are the same. */
export function compose(parts: readonly Term[]): Term {
  const first = parts[0]!;
  if (parts.every((part) => sameTerm(part, first))) return first;
  if (
    first.kind === 'lane' &&
    parts.every((p, k) => p.kind === 'lane' && p.of === first.of && p.lane === k)
  ) {
    return first.of;
  }
  return { kind: 'compose', dtype: first.dtype, lanes: 4, parts };
}

function sameTerm(a: Term, b: Term): boolean {
  if (a === b) return true;
  return a.kind === 'literal' && b.kind === 'literal' && a.dtype === b.dtype && a.value === b.value;
}

const isLiteral = (term: Term, value: number): boolean => term.kind === 'literal' && term.value === value;

/** What a literal operand decides, of the functions that bounds checks and masks are made of. */
function decided(fn: FunctionName, operands: readonly Term[]): Term | undefined {
  const [a, b] = operands;
  switch (fn) {
    case 'and':
      if (isLiteral(a!, 0) || isLiteral(b!, 0)) return literal(0, 'bool');
      return isLiteral(a!, 1) ? b : isLiteral(b!, 1) ? a : undefined;
    case 'or':
      if (isLiteral(a!, 1) || isLiteral(b!, 1)) return literal(1, 'bool');
      return isLiteral(a!, 0) ? b : isLiteral(b!, 0) ? a : undefined;
    case 'not':
      return a!.kind === 'literal' ? literal(1 - a!.value, 'bool') : undefined;
    default:
      return undefined;
  }
}

export function call(fn: FunctionName, dtype: DType, ...operands: readonly Term[]): Term {
  const known = decided(fn, operands);
  if (known !== undefined) return known;
  const lanes: Lanes = operands.some((x) => x.lanes === 4) ? 4 : 1;
  return { kind: 'call', dtype, lanes, fn, operands: lanes === 4 ? operands.map(widen) : operands };
}

/** The nearest position of an axis: an integer that data gave, held within it. */
export const heldWithin = (of: Term, extent: number): Term =>
  call('minimum', 'i32', call('maximum', 'i32', of, literal(0, 'i32')), literal(extent - 1, 'i32'));

export function select(condition: Term, whenTrue: Term, whenFalse: Term): Term {
  if (condition.kind === 'literal') return condition.value === 0 ? whenFalse : whenTrue;
  const parts = [condition, whenTrue, whenFalse];
  const lanes: Lanes = parts.some((x) => x.lanes === 4) ? 4 : 1;
  const [c, t, f] = lanes === 4 ? parts.map(widen) : parts;
  return { kind: 'select', dtype: whenTrue.dtype, lanes, condition: c!, whenTrue: t!, whenFalse: f! };
}

export function dot(left: Term, right: Term): Term {
  return { kind: 'dot', dtype: left.dtype, lanes: 1, left: widen(left), right: widen(right) };
}

export const add = (a: Term, b: Term): Term => call('add', a.dtype, a, b);
export const multiply = (a: Term, b: Term): Term => call('multiply', a.dtype, a, b);
export const and = (a: Term, b: Term): Term => call('and', 'bool', a, b);
export const less = (a: Term, b: Term): Term => call('less', 'bool', a, b);

/** The parts of a term, in order. */
export function partsOf(term: Term): readonly Term[] {
  switch (term.kind) {
    case 'literal':
    case 'name':
    case 'index':
    case 'load':
    case 'recall':
      return [];
    case 'call':
      return term.operands;
    case 'select':
      return [term.condition, term.whenTrue, term.whenFalse];
    case 'dot':
      return [term.left, term.right];
    case 'compose':
      return term.parts;
    case 'splat':
    case 'lane':
      return [term.of];
    default:
      return term satisfies never;
  }
}

/** The same term of other parts. */
export function withParts(term: Term, parts: readonly Term[]): Term {
  const before = partsOf(term);
  if (parts.every((part, k) => part === before[k])) return term;
  switch (term.kind) {
    case 'call':
      return { ...term, operands: parts };
    case 'select':
      return { ...term, condition: parts[0]!, whenTrue: parts[1]!, whenFalse: parts[2]! };
    case 'dot':
      return { ...term, left: parts[0]!, right: parts[1]! };
    case 'compose':
      return { ...term, parts };
    case 'splat':
      return { ...term, of: parts[0]! };
    case 'lane':
      return lane(parts[0]!, term.lane);
    default:
      throw new InternalError(`a ${term.kind} has no parts`, { pass: 'schedule' });
  }
}

/** What the table of functions asks of an operand: its type, and its value if that is a constant. */
export function standIn(term: Term): Expr {
  const scalar = term.kind === 'splat' ? term.of : term;
  if (scalar.kind === 'literal') return { kind: 'constant', dtype: scalar.dtype, value: scalar.value };
  return { kind: 'result', dtype: term.dtype };
}
