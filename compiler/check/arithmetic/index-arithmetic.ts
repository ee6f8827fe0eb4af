/**
 * Arithmetic of indices and whole numbers: a function and its operands in, the element out. It is exact: what can
 * leave 32 bits over the ranges of the indices, and what divides by no positive number, is a problem.
 */
import type { Span } from '../../../grammar/source.ts';
import type { Range } from '../../index/affine.ts';
import { bounds } from '../../index/bounds.ts';
import { isWithin32Bits, leaves32Bits } from '../../index/fits.ts';
import { asAffine, constant, indexCall } from '../../scalar/build.ts';
import type { FunctionName } from '../../scalar/functions.ts';
import { forEach } from '../../scalar/walk.ts';
import { type Checker, report } from '../checker.ts';
import { divisorNotPositive, leavesIntegers } from '../problems/indices.ts';
import { call } from '../tensors/element.ts';
import { rangeHere } from '../tensors/safety.ts';
import type { Element } from '../typed.ts';

/** The call of a function; one that is index arithmetic must be exact, or a problem is reported. */
export function checkedCall(
  checker: Checker,
  fn: FunctionName,
  operands: readonly Element[],
  places: readonly Span[],
  at: Span,
): Element {
  const [dividend, divisor] = operands;
  if ((fn === 'divide' || fn === 'modulo') && asAffine(dividend!) !== undefined) {
    const by = asAffine(divisor!);
    if (by?.terms.length === 0 && by.constant <= 0) {
      report(checker, divisorNotPositive(places[1] ?? at, fn, by.constant));
      return constant(0, 'i32');
    }
  }
  const of = indexCall(fn, operands, checker.ranges);
  const outside = of === undefined ? undefined : leaves32Bits(of, (part) => bounds(part, checker.ranges));
  if (outside === undefined) return call(fn, operands, checker.ranges);
  const changing = operands.findIndex((operand) => operand.kind === 'index');
  report(checker, leavesIntegers(at, outside, places[Math.max(changing, 0)] ?? at));
  return constant(0, 'i32');
}

/** Whether it depends on indices alone, and not on data. */
export function isOfIndices(element: Element): boolean {
  let pure = true;
  forEach(element, ({ kind }) => {
    if (kind === 'load' || kind === 'result') pure = false;
  });
  return pure;
}

/** The values of an integer made of indices, also one that is not quasi-affine: `i * j`, `min(i, 3)`. Undefined: unknown. */
export function rangeOfInteger(checker: Checker, element: Element): Range | undefined {
  const known = new Map<Element, Range | undefined>();
  const rangeOf = (part: Element): Range | undefined => {
    if (known.has(part)) return known.get(part);
    const of = asAffine(part);
    const range = of === undefined ? combined(part, rangeOf) : rangeHere(checker, of);
    // What leaves 32 bits wraps around.
    const sure = range !== undefined && isWithin32Bits(range) ? range : undefined;
    known.set(part, sure);
    return sure;
  };
  return rangeOf(element);
}

function combined(element: Element, rangeOf: (part: Element) => Range | undefined): Range | undefined {
  if (element.dtype !== 'i32' || (element.kind !== 'call' && element.kind !== 'select')) return undefined;
  const operands = element.kind === 'call' ? element.operands : [element.then, element.otherwise];
  const [a, second] = operands.map(rangeOf);
  // One operand alone stands for both; one that is not known is no range.
  const b = operands.length === 1 ? a : second;
  if (a === undefined || b === undefined) return undefined;
  if (element.kind === 'select') return hull([a.min, a.max, b.min, b.max]);
  const pairs = (combine: (x: number, y: number) => number): Range =>
    hull([combine(a.min, b.min), combine(a.min, b.max), combine(a.max, b.min), combine(a.max, b.max)]);
  switch (element.fn) {
    case 'add':
      return pairs((x, y) => x + y);
    case 'subtract':
      return pairs((x, y) => x - y);
    case 'multiply':
      return pairs((x, y) => x * y);
    case 'minimum':
      return pairs(Math.min);
    case 'maximum':
      return pairs(Math.max);
    case 'negate':
      return { min: -a.max, max: -a.min };
    case 'abs':
      return { min: Math.max(0, a.min, -a.max), max: Math.max(-a.min, a.max) };
    case 'divide':
      return b.min > 0 ? pairs((x, y) => Math.floor(x / y)) : undefined;
    case 'modulo':
      return b.min > 0 ? { min: 0, max: b.max - 1 } : undefined;
    default:
      return undefined;
  }
}

const hull = (values: readonly number[]): Range => ({ min: Math.min(...values), max: Math.max(...values) });
