/** Scalar functions of values: operands that are numbers or tensors in, their result element by element out. */
import type { Span } from '../../../grammar/source.ts';
import { withinEnds } from '../../ir/reducers.ts';
import { constant, convert } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import { type FunctionName, foldCall, functions, resultType } from '../../scalar/functions.ts';
import { type Checker, report, wrong } from '../checker.ts';
import {
  axesCross,
  doesNotApply,
  integerDivisionRounds,
  notBroadcast,
  notComputable,
  notFinite,
  numberOutOfRange,
} from '../problems/values.ts';
import type { Dim, Element } from '../typed.ts';
import {
  type BooleanValue,
  booleanValue,
  type NumberValue,
  numberValue,
  scalarValue,
  type TensorValue,
  tensorOf,
  unknown,
  type Value,
} from '../values.ts';
import { crossing, leftOf } from './alignment.ts';
import { checkedCall } from './index-arithmetic.ts';

export interface Operand {
  readonly value: Value;
  readonly at: Span;
}

/** What can be computed with. */
export type Computable = NumberValue | BooleanValue | TensorValue;

const largestFloat = 3.4028234663852886e38;

export function applyScalar(
  checker: Checker,
  fn: FunctionName,
  operands: readonly Operand[],
  at: Span,
): Value {
  const values: Computable[] = [];
  for (const { value, at: place } of operands) {
    if (value.kind === 'unknown') return unknown;
    if (!isComputable(value)) return wrong(checker, notComputable(place, fn, value));
    values.push(value);
  }
  const arity = functions[fn].type.arity;
  if (values.length !== arity) {
    report(
      checker,
      doesNotApply(
        at,
        fn,
        operands.map(({ value }) => value),
      ),
    );
    return unknown;
  }
  if (values.every((value) => value.kind !== 'tensor')) {
    return fold(checker, fn, values as readonly (NumberValue | BooleanValue)[], at);
  }
  const types = operandTypes(fn, values);
  if (types === undefined) return wrong(checker, doesNotApply(at, fn, values));
  const tensors = values.map((value, k) => asTensor(checker, value, types[k]!, operands[k]!.at));
  return pointwise(checker, resultType(fn, types)!, tensors, operands, at, (elements) =>
    checkedCall(
      checker,
      fn,
      elements.map((element, k) => convert(element, types[k]!)),
      operands.map((operand) => operand.at),
      at,
    ),
  );
}

// ---------------------------------------------------------------- numbers

const keepInteger = new Set<FunctionName>([
  'add',
  'subtract',
  'multiply',
  'negate',
  'abs',
  'sign',
  'minimum',
  'maximum',
]);

/** Both known while compiling. Of integers, division rounds down, as it does for indices. */
function fold(
  checker: Checker,
  fn: FunctionName,
  values: readonly (NumberValue | BooleanValue)[],
  at: Span,
): Value {
  const numbers = values.map(({ value }) => Number(value));
  const whole = values.every((value) => value.kind === 'boolean' || value.integer);
  const record = functions[fn];
  const types = values.map((value): DType => (value.kind === 'boolean' ? 'bool' : 'f32'));
  const result =
    resultType(fn, types) ??
    resultType(
      fn,
      types.map(() => 'f32' as const),
    );
  if (result === undefined) return wrong(checker, doesNotApply(at, fn, values));
  if (result === 'bool') return booleanValue(record.evaluate(...numbers) !== 0);
  if (whole && (fn === 'divide' || fn === 'modulo'))
    return divideIntegers(checker, fn, numbers[0]!, numbers[1]!, convertedIn(values), at);
  const integer = result === 'i32' || result === 'u32' ? result : undefined;
  const value = foldCall(fn, integer ?? 'f32', numbers);
  const ofInfinity = !Number.isNaN(value) && numbers.some((number) => Math.abs(number) === Infinity);
  if (!Number.isFinite(value) && !ofInfinity) return wrong(checker, notFinite(at, fn, numbers));
  const isWhole = Number.isSafeInteger(value);
  if (integer !== undefined) return numberValue(value, isWhole, integer);
  const keeps = whole && (keepInteger.has(fn) || (fn === 'power' && numbers[1]! >= 0));
  return numberValue(value, keeps && isWhole, convertedIn(values));
}

/** The type that one of them was converted to. */
const convertedIn = (values: readonly (NumberValue | BooleanValue)[]): NumberValue['converted'] =>
  values.flatMap((value) => (value.kind === 'number' && value.converted ? [value.converted] : []))[0];

function divideIntegers(
  checker: Checker,
  fn: 'divide' | 'modulo',
  a: number,
  b: number,
  converted: NumberValue['converted'],
  at: Span,
): Value {
  if (b === 0) return wrong(checker, notFinite(at, fn, [a, b]));
  const quotient = Math.floor(a / b);
  if (fn === 'modulo') return numberValue(a - b * quotient, true, converted);
  if (a !== 0 && quotient === 0) report(checker, integerDivisionRounds(at, a, b));
  return numberValue(quotient, true, converted);
}

// ---------------------------------------------------------------- types

/** The types that the operands are converted to: literals adapt, integers and booleans become f32 beside an f32. */
function operandTypes(fn: FunctionName, values: readonly Computable[]): readonly DType[] | undefined {
  const own = values.map((value): DType | undefined =>
    value.kind === 'tensor' ? value.dtype : value.kind === 'boolean' ? 'bool' : undefined,
  );
  const others = own.filter((dtype) => dtype !== undefined);
  const integers = others.find((dtype) => dtype === 'i32' || dtype === 'u32');
  const adapted = values.map((value, k): DType => {
    const known = own[k];
    if (known !== undefined) return known;
    const literal = value as NumberValue;
    if (fn === 'power') return literal.integer && (k === 1 || others[0] === 'i32') ? 'i32' : 'f32';
    return fitsIntegers(literal) && integers !== undefined && !others.includes('f32') ? integers : 'f32';
  });
  const mixed = new Set(adapted).has('i32') && new Set(adapted).has('u32');
  const attempts: readonly (readonly DType[])[] = [
    adapted,
    ...(mixed && !adapted.includes('f32') ? [adapted.map(() => 'i32' as const)] : []),
    adapted.map(() => 'f32' as const),
  ];
  return attempts.find((types) => resultType(fn, types) !== undefined);
}

/** Whether a number may be one of an integer type: `inf` is the end of any. */
export const fitsIntegers = ({ value, integer }: NumberValue): boolean =>
  integer || Math.abs(value) === Infinity;

/** A tensor as it is, a number or a truth value as a constant of the given type. */
export function asTensor(checker: Checker, value: Computable, dtype: DType, at: Span): TensorValue {
  if (value.kind === 'tensor') return value;
  return scalarValue(constantOf(checker, Number(value.value), dtype, at));
}

export const isComputable = (value: Value): value is Computable =>
  value.kind === 'number' || value.kind === 'boolean' || value.kind === 'tensor';

/** A number as a constant; one that the type cannot hold is a problem, but for infinity, which is its end. */
export function constantOf(checker: Checker, value: number, dtype: DType, at: Span): Element {
  if (Math.abs(value) === Infinity) return constant(withinEnds(value, dtype), dtype);
  const fits =
    dtype === 'f32'
      ? Math.abs(value) <= largestFloat
      : dtype === 'bool' ||
        (Number.isInteger(value) &&
          value >= (dtype === 'u32' ? 0 : -(2 ** 31)) &&
          value < 2 ** (dtype === 'u32' ? 32 : 31));
  if (!fits) report(checker, numberOutOfRange(at, value, dtype));
  return constant(fits ? value : 0, dtype);
}

// ---------------------------------------------------------------- shapes

/** Values side by side: axes are aligned from the last, and an axis of extent 1 is repeated. */
export function pointwise(
  checker: Checker,
  dtype: DType,
  values: readonly TensorValue[],
  operands: readonly { readonly at: Span }[],
  at: Span,
  compute: (elements: readonly Element[]) => Element,
): Value {
  const dims = broadcast(checker, values, operands, at);
  if (dims === undefined) return unknown;
  const result = tensorOf(dims, dtype, (indices) =>
    compute(values.map((value) => value.element(aligned(value.dims, dims, indices)))),
  );
  return { ...result, ...leftOf(values) };
}

const zero = constant(0, 'i32');

export function broadcast(
  checker: Checker,
  values: readonly TensorValue[],
  operands: readonly { readonly at: Span }[],
  at: Span,
): readonly Dim[] | undefined {
  const crossed = crossing(values);
  if (crossed !== undefined) {
    const [own, beside] = [crossed.of, crossed.against].map((k) => ({
      at: operands[k]!.at,
      value: values[k]!,
    }));
    return report(checker, axesCross(own!, beside!, crossed.own, crossed.beside));
  }
  const rank = Math.max(...values.map((value) => value.dims.length));
  const result: Dim[] = [];
  for (let fromEnd = rank; fromEnd >= 1; fromEnd--) {
    let chosen: { readonly dim: Dim; readonly by: number } | undefined;
    for (const [by, value] of values.entries()) {
      const dim = value.dims[value.dims.length - fromEnd];
      if (dim === undefined) continue;
      if (chosen === undefined || (chosen.dim.extent === 1 && dim.extent !== 1)) {
        chosen = { dim, by };
        continue;
      }
      if (dim.extent === 1) continue;
      if (dim.extent !== chosen.dim.extent) {
        const [first, second] = [chosen.by, by].map((k) => ({ at: operands[k]!.at, value: values[k]! }));
        return report(checker, notBroadcast(at, first!, second!, chosen.dim, dim));
      }
      chosen = { dim: joined(chosen.dim, dim), by: chosen.by };
    }
    result.push(chosen!.dim);
  }
  return result;
}

/** The first operand's names, where it has any. */
const joined = (a: Dim, b: Dim): Dim => {
  if (a.name !== undefined && a.index !== undefined) return a;
  const base = a.name === undefined && b.name !== undefined ? b : a;
  const index = a.index ?? b.index;
  return index === undefined ? base : { ...base, index };
};

/** The positions in an operand for a position in the result. */
export const aligned = (
  own: readonly Dim[],
  result: readonly Dim[],
  indices: readonly Element[],
): readonly Element[] =>
  own.map((dim, axis) => {
    const at = result.length - own.length + axis;
    return dim.extent === 1 && result[at]!.extent !== 1 ? zero : indices[at]!;
  });
