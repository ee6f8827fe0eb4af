/** Reductions in, values out: `sum[i where g] body` in an equation, `mean(x, over C)` of a whole tensor. */

import type { Expression, Reduction } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { countPoints } from '../../../runtime/extents.ts';
import {
  derived,
  identityOf,
  isDerived,
  isPositional,
  isReductionName,
  type ReducerName,
  type ReductionName,
  reducers,
} from '../../ir/reducers.ts';
import { constant, convert, isConstant, load, truth } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import type { FunctionName } from '../../scalar/functions.ts';
import { variablesOf } from '../../scalar/walk.ts';
import { constantOf } from '../arithmetic/arithmetic.ts';
import { type Checker, inside, limits, newVariable, report, where, wrong } from '../checker.ts';
import {
  axisNotFound,
  axisOutside,
  bodyNotScalar,
  reducerDoesNotApply,
  reductionTooLarge,
} from '../problems/indices.ts';
import { conditionNotBoolean } from '../problems/values.ts';
import { lookUp } from '../scope.ts';
import { call, selectElement, variableElement } from '../tensors/element.ts';
import { indexNames } from '../tensors/tensors.ts';
import type { Dim, Element, IndexVariable, NestedReduction, Readable } from '../typed.ts';
import {
  type BoundDim,
  scalarValue,
  type TensorValue,
  tensorOf,
  unknown,
  type Value,
  wholeNumber,
} from '../values.ts';
import { bind } from './indices.ts';

export function evaluateReduction(around: Checker, expression: Reduction): Value {
  const { by, indices, where: condition, body, span } = expression;
  if (!isReductionName(by.name)) return unknown;
  // An `else` around is no word on what is reduced.
  const checker = inside(around, { outside: undefined });
  const bound = bind(checker, indices, condition === undefined ? [body] : [condition, body]);
  if (bound === undefined) return unknown;
  const guard = condition === undefined ? undefined : guardElement(bound.inner, condition);
  const guards = guard === undefined ? [] : [guard];
  const value = where(bound.inner, guards).evaluate(body);
  if (value.kind === 'unknown' || (condition !== undefined && guard === undefined)) return unknown;
  const element = bodyElement(checker, value, body.span);
  if (element === undefined || !admits(checker, bound.variables, span)) return unknown;
  // `sum[] e`, or `sum[...] x[...]` of a number, is over the one point that no index leaves.
  const over = bound.variables.length > 0 ? bound.variables : [newVariable(checker, 'i', 1)];
  const reduced = reduceElement(checker, by.name, over, guards, element);
  if (reduced !== undefined) return scalarValue(reduced);
  return wrong(checker, reducerDoesNotApply(span, by.name, element.dtype));
}

function guardElement(checker: Checker, expression: Expression): Element | undefined {
  const condition = checker.evaluate(expression);
  if (condition.kind === 'boolean') return truth(condition.value);
  if (condition.kind === 'tensor' && condition.dtype === 'bool' && condition.dims.length === 0) {
    return condition.element([]);
  }
  if (condition.kind === 'unknown') return undefined;
  return report(checker, conditionNotBoolean(expression.span, condition));
}

/** The scalar that a body is; a literal counts as f32. */
function bodyElement(checker: Checker, value: Value, at: Span): Element | undefined {
  if (value.kind === 'number') return constantOf(checker, value.value, 'f32', at);
  if (value.kind === 'tensor' && value.dims.length === 0) return value.element([]);
  return report(checker, bodyNotScalar(at, value));
}

/** Whether the positions of all elements that are reduced are 32-bit integers. */
function admits(checker: Checker, over: readonly Dim[], at: Span): boolean {
  if (countPoints(over) <= limits.elements) return true;
  report(checker, reductionTooLarge(at, over, limits.elements));
  return false;
}

/** The type that a body is converted to: booleans count as 0 and 1, derived reducers are of f32. */
function bodyType(by: ReductionName, dtype: DType): DType {
  if (isDerived(by)) return 'f32';
  return reducers[by].result(dtype) === undefined && dtype === 'bool' ? 'f32' : dtype;
}

export function resultTypeOf(by: ReductionName, dtype: DType): DType | undefined {
  const body = bodyType(by, dtype);
  return isDerived(by) ? 'f32' : reducers[by].result(body);
}

/** A reduction as an element; a derived one written out as its formula over others. */
function reduceElement(
  checker: Checker,
  by: ReductionName,
  variables: readonly IndexVariable[],
  guards: readonly Element[],
  body: Element,
): Element | undefined {
  const { ranges } = checker;
  const converted = convert(body, bodyType(by, body.dtype));
  const dtype = resultTypeOf(by, body.dtype);
  if (dtype === undefined) return undefined;
  const takesNone = guards.some((guard) => isConstant(guard, 0));
  const plain = (reducer: ReducerName, inner: Element): Element => {
    const result = reducers[reducer].result(inner.dtype)!;
    // What no element takes part in reads none: of a sequence of one position nothing is earlier.
    if (takesNone) return constant(isPositional(reducer) ? 0 : identityOf(reducer, inner.dtype), result);
    return readOf(checker, {
      kind: 'reduction',
      dtype: result,
      by: reducer,
      indices: variables,
      guards,
      body: inner,
    });
  };
  if (!isDerived(by)) return plain(by, converted);
  return derived[by].formula<Element>(converted, {
    guarded: guards.length > 0,
    points: countPoints(variables),
    number: constant,
    call: (fn, ...operands) => call(fn, operands, ranges),
    choose: selectElement,
    reduce: plain,
  });
}

/** The value of a reduction, at the indices that it depends on. */
function readOf(checker: Checker, reduction: NestedReduction): Element {
  const { dtype, indices, guards, body } = reduction;
  const free = new Set([...guards, body].flatMap((part) => [...variablesOf(part)]));
  for (const { id } of indices) free.delete(id);
  const at = [...free].map((id) => variableElement(checker.variables.get(id)!));
  return load<Readable>(reduction, dtype, at);
}

// ---------------------------------------------------------------- whole tensors

/** `sum(x)`, `argmax(logits, over -1)`: `over` absent means all axes. */
export function reduceTensor(
  checker: Checker,
  by: ReductionName,
  value: TensorValue,
  axes: ReadonlySet<number>,
  at: Span,
): Value {
  const dtype = resultTypeOf(by, value.dtype);
  if (dtype === undefined) return wrong(checker, reducerDoesNotApply(at, by, value.dtype));
  if (axes.size === 0) return overNothing(checker, by, value, dtype);
  const kept = value.dims.filter((_, axis) => !axes.has(axis));
  const reduced = value.dims.filter((_, axis) => axes.has(axis));
  if (!admits(checker, reduced, at)) return unknown;
  const names = indexNames(value.dims);
  const element = (indices: readonly Element[]): Element => {
    let next = 0;
    const variables: IndexVariable[] = [];
    const positions = value.dims.map((dim, axis) => {
      if (!axes.has(axis)) return indices[next++]!;
      const variable = newVariable(checker, names[axis]!, dim.extent, dim.index !== names[axis]);
      variables.push(variable);
      return variableElement(variable);
    });
    return reduceElement(checker, by, variables, [], value.element(positions))!;
  };
  return { ...tensorOf(kept, dtype, element), reduced: { dims: value.dims, axes } };
}

/** What `reduceTensor` made, with the axes that are gone as axes of one element. */
export function withReducedAxes(value: Value, of: TensorValue, axes: ReadonlySet<number>): Value {
  if (value.kind !== 'tensor' || axes.size === 0) return value;
  let next = 0;
  const dims = of.dims.map((_, axis): BoundDim => (axes.has(axis) ? { extent: 1 } : value.dims[next++]!));
  return tensorOf(dims, value.dtype, (indices) =>
    value.element(indices.filter((_, axis) => !axes.has(axis))),
  );
}

/** Over no axis, as of a scalar, each element is the only one that is reduced; its position is 0. */
function overNothing(checker: Checker, by: ReductionName, tensor: TensorValue, dtype: DType): Value {
  const { dims, dtype: own, element: of } = tensor;
  const element = (indices: readonly Element[]): Element => {
    if (!isDerived(by) && isPositional(by)) return constant(0, 'i32');
    const only = convert(of(indices), bodyType(by, own));
    const alone = isDerived(by) ? derived[by].ofOne : undefined;
    if (alone === undefined) return only;
    const apply = (fn: FunctionName, ...operands: readonly Element[]) => call(fn, operands, checker.ranges);
    return alone<Element>(only, { number: constant, call: apply });
  };
  return tensorOf(dims, dtype, element);
}

/** Axes by name, or by position (negative from the end). Undefined: a problem was reported. */
export function axesOf(
  checker: Checker,
  over: readonly Expression[],
  value: TensorValue,
): ReadonlySet<number> | undefined {
  const axes = new Set<number>();
  let complete = true;
  for (const expression of over) {
    const axis = axisOf(checker, expression, value);
    if (axis === undefined) complete = false;
    else axes.add(axis);
  }
  return complete ? axes : undefined;
}

function axisOf(checker: Checker, expression: Expression, value: TensorValue): number | undefined {
  if (expression.kind === 'name') {
    const named = value.dims.findIndex((dim) => isCalled(dim, expression.name));
    if (named >= 0) return named;
    if (
      lookUp(checker.scope, expression.name)?.kind !== 'number' ||
      value.dims.some(({ name }) => name !== undefined)
    )
      return report(checker, axisNotFound(expression.span, expression.name, value));
  }
  const evaluated = checker.evaluate(expression);
  if (evaluated.kind === 'unknown') return undefined;
  const position = wholeNumber(evaluated);
  if (position === undefined) return report(checker, axisNotFound(expression.span, 'this', value));
  const axis = position < 0 ? position + value.dims.length : position;
  if (axis >= 0 && axis < value.dims.length) return axis;
  return report(checker, axisOutside(expression.span, position, value));
}

const isCalled = (dim: BoundDim, name: string): boolean =>
  dim.name === name || (dim.binding !== undefined && isCalled(dim.binding.outer, name));
