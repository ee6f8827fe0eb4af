/** Reductions in, values out: `sum[i where g] body` in an equation, `mean(x, over C)` of a whole tensor. */
import type { Expression, Reduction } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { type ReducerName, reducers } from '../ir/reducers.ts';
import type { DType } from '../scalar/expr.ts';
import { constantOf } from './arithmetic.ts';
import { type Checker, limits, newVariable, report } from './checker.ts';
import { call, constantElement, convert, variableElement } from './element.ts';
import { bind } from './indices.ts';
import {
  axisNotFound,
  axisOutside,
  bodyNotScalar,
  reducerDoesNotApply,
  reductionTooLarge,
} from './problems-indices.ts';
import { conditionNotBoolean } from './problems-values.ts';
import { conditionsHere, isSafe } from './safety.ts';
import { lookUp, type Scope } from './scope.ts';
import { countOf, indexNames } from './tensors.ts';
import type { Dim, Element, IndexVariable } from './typed.ts';
import { scalarValue, type TensorValue, unknown, type Value } from './values.ts';

export type ReductionName = ReducerName | 'mean' | 'logsumexp';

export const reductionNames: readonly ReductionName[] = [
  ...(Object.keys(reducers) as readonly ReducerName[]),
  'mean',
  'logsumexp',
];

export const isReductionName = (name: string): name is ReductionName =>
  (reductionNames as readonly string[]).includes(name);

export function evaluateReduction(checker: Checker, expression: Reduction, scope: Scope): Value {
  const { by, indices, where, body, span } = expression;
  const outside = checker.now.outside;
  checker.now.outside = undefined;
  const value = isReductionName(by.name)
    ? reduceIndices(checker, by.name, indices, where, body, span, scope)
    : unknown;
  checker.now.outside = outside;
  return value;
}

function reduceIndices(
  checker: Checker,
  by: ReductionName,
  binders: Reduction['indices'],
  where: Expression | undefined,
  body: Expression,
  at: Span,
  scope: Scope,
): Value {
  const bound = bind(checker, binders, where === undefined ? [body] : [where, body], scope);
  if (bound === undefined) return unknown;
  const condition = where === undefined ? undefined : checker.evaluate(where, bound.scope);
  const guard = condition === undefined ? undefined : guardElement(checker, condition, where!.span);
  if (guard !== undefined) checker.conditions.push({ element: guard, holds: true });
  const value = checker.evaluate(body, bound.scope);
  if (guard !== undefined) checker.conditions.pop();
  if (value.kind === 'unknown' || (condition !== undefined && guard === undefined)) return unknown;
  const element = bodyElement(checker, value, body.span);
  if (element === undefined) return unknown;
  const guards = guard === undefined ? [] : [guard];
  return finish(checker, by, bound.variables, guards, element, at);
}

function guardElement(checker: Checker, condition: Value, at: Span): Element | undefined {
  if (condition.kind === 'boolean') return constantElement(condition.value ? 1 : 0, 'bool');
  if (condition.kind === 'tensor' && condition.dtype === 'bool' && condition.dims.length === 0) {
    return condition.element([]);
  }
  if (condition.kind !== 'unknown') report(checker, conditionNotBoolean(at, condition));
  return undefined;
}

/** The scalar that a body is; a literal counts as f32. */
function bodyElement(checker: Checker, value: Value, at: Span): Element | undefined {
  if (value.kind === 'number') return constantOf(checker, value.value, 'f32', at);
  if (value.kind === 'tensor' && value.dims.length === 0) return value.element([]);
  report(checker, bodyNotScalar(at, value));
  return undefined;
}

function finish(
  checker: Checker,
  by: ReductionName,
  variables: readonly IndexVariable[],
  guards: readonly Element[],
  body: Element,
  at: Span,
): Value {
  if (!admits(checker, variables, at)) return unknown;
  const reduced = reduceElement(checker, by, variables, guards, body, at);
  if (reduced !== undefined) return scalarValue(reduced);
  report(checker, reducerDoesNotApply(at, by, body.dtype));
  return unknown;
}

/** Whether the positions of all elements that are reduced are 32-bit integers. */
function admits(checker: Checker, over: readonly Dim[], at: Span): boolean {
  if (countOf(over) <= limits.elements) return true;
  report(checker, reductionTooLarge(at, over, limits.elements));
  return false;
}

/** The type that a body is converted to: booleans count as 0 and 1, means are of f32. */
function bodyType(by: ReductionName, dtype: DType): DType {
  if (by === 'mean' || by === 'logsumexp') return 'f32';
  return reducers[by].result(dtype) === undefined && dtype === 'bool' ? 'f32' : dtype;
}

export function resultTypeOf(by: ReductionName, dtype: DType): DType | undefined {
  const body = bodyType(by, dtype);
  return by === 'mean' || by === 'logsumexp' ? 'f32' : reducers[by].result(body);
}

/**
 * A reduction as an element. `mean` is a sum over a count. `logsumexp` takes the maximum off first, which
 * changes nothing but the rounding (Blanchard, Higham, Higham 2021).
 *
 * Where guards may leave nothing, a mean divides by at least 1 and is 0, and the sum of a logsumexp, which the
 * largest element makes 1 or more, counts as at least 1/2: what is left is the maximum over nothing. That bound
 * hides from the adjoint that the maximum has no effect, so there it is said.
 */
function reduceElement(
  checker: Checker,
  by: ReductionName,
  variables: readonly IndexVariable[],
  guards: readonly Element[],
  body: Element,
  at: Span,
): Element | undefined {
  const { ranges } = checker;
  const converted = convert(body, bodyType(by, body.dtype));
  const dtype = resultTypeOf(by, body.dtype);
  if (dtype === undefined) return undefined;
  const plain = (reducer: ReducerName, inner: Element): Element => {
    const result = reducers[reducer].result(inner.dtype)!;
    const all = [...guards, ...outerGuards(checker, guards, inner)];
    return { kind: 'reduce', dtype: result, by: reducer, indices: variables, guards: all, body: inner, at };
  };
  if (by === 'mean') {
    const count =
      guards.length === 0
        ? constantElement(
            variables.reduce((product, { extent }) => product * extent, 1),
            'f32',
          )
        : call('maximum', [plain('sum', constantElement(1, 'f32')), constantElement(1, 'f32')], ranges);
    return call('divide', [plain('sum', converted), count], ranges);
  }
  if (by === 'logsumexp') {
    const maximum = plain('max', converted);
    const largest = guards.length === 0 ? maximum : call('stop_gradient', [maximum], ranges);
    const shifted = call('exp', [call('subtract', [converted, largest], ranges)], ranges);
    const sum = plain('sum', shifted);
    const positive = guards.length === 0 ? sum : call('maximum', [sum, constantElement(0.5, 'f32')], ranges);
    return call('add', [call('log', [positive], ranges), largest], ranges);
  }
  return plain(by, converted);
}

/** A reduction becomes an equation that runs everywhere: conditions around it must guard its reads. */
function outerGuards(checker: Checker, own: readonly Element[], body: Element): readonly Element[] {
  const outer = conditionsHere(checker);
  return outer.length === 0 || isSafe(checker, body, own) ? [] : outer;
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
  if (dtype === undefined) {
    report(checker, reducerDoesNotApply(at, by, value.dtype));
    return unknown;
  }
  if (axes.size === 0) return overNothing(by, value, dtype);
  const kept = value.dims.filter((_, axis) => !axes.has(axis));
  const reduced = value.dims.filter((_, axis) => axes.has(axis));
  if (!admits(checker, reduced, at)) return unknown;
  const names = indexNames(value.dims);
  const element = (indices: readonly Element[]): Element => {
    let next = 0;
    const variables: IndexVariable[] = [];
    const positions = value.dims.map((dim, axis) => {
      if (!axes.has(axis)) return indices[next++]!;
      const variable = newVariable(checker, names[axis]!, dim.extent);
      variables.push(variable);
      return variableElement(variable);
    });
    return reduceElement(checker, by, variables, [], value.element(positions), at)!;
  };
  return kept.length === 0 ? scalarValue(element([])) : { kind: 'tensor', dims: kept, dtype, element };
}

/** Over no axis, as of a scalar, a reduction leaves each element as it is; the position of an only element is 0. */
function overNothing(by: ReductionName, { dims, dtype: own, element: of }: TensorValue, dtype: DType): Value {
  const element = (indices: readonly Element[]): Element =>
    by === 'argmax' || by === 'argmin' ? constantElement(0, 'i32') : convert(of(indices), bodyType(by, own));
  return dims.length === 0 ? scalarValue(element([])) : { kind: 'tensor', dims, dtype, element };
}

/** Axes by name, or by position (negative from the end). Undefined: a problem was reported. */
export function axesOf(
  checker: Checker,
  over: readonly Expression[],
  value: TensorValue,
  scope: Scope,
): ReadonlySet<number> | undefined {
  const axes = new Set<number>();
  let complete = true;
  for (const expression of over) {
    const axis = axisOf(checker, expression, value, scope);
    if (axis === undefined) complete = false;
    else axes.add(axis);
  }
  return complete ? axes : undefined;
}

function axisOf(
  checker: Checker,
  expression: Expression,
  value: TensorValue,
  scope: Scope,
): number | undefined {
  if (expression.kind === 'name') {
    const named = value.dims.findIndex((dim) => isCalled(dim, expression.name));
    if (named >= 0) return named;
    if (
      lookUp(scope, expression.name)?.kind !== 'number' ||
      value.dims.some(({ name }) => name !== undefined)
    ) {
      report(checker, axisNotFound(expression.span, expression.name, value));
      return undefined;
    }
  }
  const position = checker.evaluate(expression, scope);
  if (position.kind === 'unknown') return undefined;
  if (position.kind !== 'number' || !position.integer) {
    report(checker, axisNotFound(expression.span, 'this', value));
    return undefined;
  }
  const axis = position.value < 0 ? position.value + value.dims.length : position.value;
  if (axis >= 0 && axis < value.dims.length) return axis;
  report(checker, axisOutside(expression.span, position.value, value));
  return undefined;
}

const isCalled = (dim: Dim | undefined, name: string): boolean =>
  dim !== undefined && (dim.name === name || isCalled(dim.outer, name));
