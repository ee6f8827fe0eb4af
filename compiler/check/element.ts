/** Constructors and questions of elements: parts in, typed scalar expressions out; integer arithmetic of indices stays quasi-affine. */
import type { Affine, Ranges } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { bounds, isConstant, variablesOf } from '../index/query.ts';
import { isTooLarge } from '../index/size.ts';
import type { DType } from '../scalar/expr.ts';
import { type FunctionName, foldCall, resultType } from '../scalar/functions.ts';
import type { ConstantElement, Element, IndexVariable, Tensor } from './typed.ts';

export const constantElement = (value: number, dtype: DType): ConstantElement => ({
  kind: 'constant',
  dtype,
  value,
});

export const indexElement = (of: Affine): Element =>
  isConstant(of) ? constantElement(of.constant, 'i32') : { kind: 'index', dtype: 'i32', of };

export const variableElement = ({ id, extent }: IndexVariable): Element =>
  extent === 1 ? constantElement(0, 'i32') : indexElement(affine.variable(id));

/** The quasi-affine expression that an element is, if it is one. */
export function affineOf(element: Element): Affine | undefined {
  if (element.kind === 'index') return element.of;
  if (element.kind === 'constant' && element.dtype === 'i32') return affine.constant(element.value);
  return undefined;
}

/** `element` as another type; constants are converted at once. */
export function convert(element: Element, dtype: DType): Element {
  if (element.dtype === dtype) return element;
  if (dtype === 'bool') return call('not_equal', [element, constantElement(0, element.dtype)], noRanges);
  if (element.kind === 'constant')
    return constantElement(dtype === 'f32' ? element.value : Math.trunc(element.value), dtype);
  const fn = dtype === 'f32' ? 'to_f32' : dtype === 'i32' ? 'to_i32' : 'to_u32';
  return { kind: 'call', dtype, fn, operands: [element] };
}

const noRanges: Ranges = new Map();

/** A call whose operands already have fitting types; `undefined` types are the caller's fault. */
export function call(fn: FunctionName, operands: readonly Element[], ranges: Ranges): Element {
  const dtype = resultType(
    fn,
    operands.map((operand) => operand.dtype),
  );
  if (dtype === undefined)
    throw new TypeError(`${fn} does not apply to ${operands.map((o) => o.dtype).join(', ')}`);
  return (
    affineCall(fn, operands, ranges) ?? folded(fn, dtype, operands) ?? { kind: 'call', dtype, fn, operands }
  );
}

/** Arithmetic of indices that stays quasi-affine, and small. */
function affineCall(fn: FunctionName, operands: readonly Element[], ranges: Ranges): Element | undefined {
  const made = arithmeticOf(fn, operands, ranges);
  return made?.kind === 'index' && isTooLarge(made.of) ? undefined : made;
}

function arithmeticOf(fn: FunctionName, operands: readonly Element[], ranges: Ranges): Element | undefined {
  const [a, b] = operands.map(affineOf);
  if (a === undefined) return undefined;
  if (fn === 'negate') return indexElement(affine.scale(a, -1));
  if (b === undefined) return undefined;
  switch (fn) {
    case 'add':
      return indexElement(affine.add(a, b));
    case 'subtract':
      return indexElement(affine.subtract(a, b));
    case 'multiply':
      if (isConstant(b)) return indexElement(affine.scale(a, b.constant));
      return isConstant(a) ? indexElement(affine.scale(b, a.constant)) : undefined;
    case 'divide':
      return isConstant(b) && b.constant > 0 ? indexElement(affine.divide(a, b.constant, ranges)) : undefined;
    case 'modulo':
      return isConstant(b) && b.constant > 0 ? indexElement(affine.modulo(a, b.constant, ranges)) : undefined;
    case 'equal':
    case 'not_equal':
      return boundaryCall(fn, operands, affine.subtract(a, b), ranges);
    default:
      return undefined;
  }
}

/**
 * `t == 0` for an index is `t <= 0`: said so, its opposite tells that t - 1 is in range, and not only that t
 * is different.
 */
function boundaryCall(
  fn: 'equal' | 'not_equal',
  operands: readonly Element[],
  difference: Affine,
  ranges: Ranges,
): Element | undefined {
  const { min, max } = bounds(difference, ranges);
  if (min === max || (min !== 0 && max !== 0)) return undefined;
  const below = (min === 0) === (fn === 'equal');
  const comparison = fn === 'equal' ? (below ? 'less_equal' : 'greater_equal') : below ? 'less' : 'greater';
  return { kind: 'call', dtype: 'bool', fn: comparison, operands };
}

/** Constants only, and a finite result: computed now. */
function folded(fn: FunctionName, dtype: DType, operands: readonly Element[]): Element | undefined {
  const values: number[] = [];
  for (const operand of operands) {
    if (operand.kind !== 'constant') return undefined;
    values.push(operand.value);
  }
  const value = foldCall(fn, dtype, values);
  return Number.isFinite(value) ? constantElement(value, dtype) : undefined;
}

/** `then` where the condition holds, else `otherwise`; both have the same type. */
export const selectElement = (condition: Element, then: Element, otherwise: Element): Element => ({
  kind: 'select',
  dtype: then.dtype,
  condition,
  then,
  otherwise,
});

export const both = (conditions: readonly Element[]): Element | undefined =>
  conditions.length === 0
    ? undefined
    : conditions.reduce((all, one) => ({ kind: 'call', dtype: 'bool', fn: 'and', operands: [all, one] }));

/** The direct parts of an element. */
export function parts(element: Element): readonly Element[] {
  switch (element.kind) {
    case 'constant':
    case 'index':
    case 'result':
      return [];
    case 'load':
      return element.indices;
    case 'call':
      return element.operands;
    case 'select':
      return [element.condition, element.then, element.otherwise];
    case 'reduce':
      return [...element.guards, element.body];
    case 'derivative':
      return [element.value, ...element.rules.flatMap(({ operand, partial }) => [operand, partial])];
    default:
      return element satisfies never;
  }
}

const freeOf = new WeakMap<Element, ReadonlySet<string>>();

/** The ids of the index variables that are used but not bound inside. */
export function freeVariables(element: Element): ReadonlySet<string> {
  const known = freeOf.get(element);
  if (known !== undefined) return known;
  const free = new Set<string>();
  if (element.kind === 'index') for (const id of variablesOf(element.of)) free.add(id);
  for (const part of parts(element)) for (const id of freeVariables(part)) free.add(id);
  if (element.kind === 'reduce') for (const { id } of element.indices) free.delete(id);
  freeOf.set(element, free);
  return free;
}

/** Visits each distinct part once. */
export function visitElements(element: Element, visit: (part: Element) => void): void {
  const seen = new Set<Element>();
  const walk = (part: Element): void => {
    if (seen.has(part)) return;
    seen.add(part);
    visit(part);
    for (const inner of parts(part)) walk(inner);
  };
  walk(element);
}

/** The tensors that an element reads. */
export function tensorsOf(element: Element): ReadonlySet<Tensor> {
  const found = new Set<Tensor>();
  visitElements(element, (part) => {
    if (part.kind === 'load') found.add(part.tensor);
  });
  return found;
}
