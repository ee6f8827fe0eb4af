/** Calls of functions in, their results out: the body is checked anew at each call, with the extents there. */
import type { Expression, Fn } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { convert, derivative, result } from '../scalar/build.ts';
import { matchArguments } from './arguments.ts';
import { aligned, broadcast } from './arithmetic.ts';
import { type Checker, type Given, outlineHeading, report, restoreDims } from './checker.ts';
import { evaluateDims } from './dimensions.ts';
import { variableElement } from './element.ts';
import { expanding, newScope } from './expansion.ts';
import { bindParameters, elementTypes, isSimple, typeNames } from './matching.ts';
import { scalarElement } from './operators.ts';
import { noResult } from './problems-names.ts';
import { derivativeNotPointwise } from './problems-recipes.ts';
import { resultDiffers, unknownType } from './problems-shapes.ts';
import { rootOf, type Scope, within } from './scope.ts';
import { defineEquation, newVariables, store, toTensor, withIndices } from './tensors.ts';
import type { Dim, Element } from './typed.ts';
import { scalarValue, type TensorValue, unknown, type Value } from './values.ts';

export function callFunction(
  checker: Checker,
  fn: Fn,
  given: readonly Given[],
  at: Span,
  caller: Scope,
): Value {
  const { name } = fn.name;
  const result = expanding(checker, { declaration: fn, label: name, at }, () => {
    const matched = matchArguments(checker, name, fn.parameters, given, at);
    if (matched === undefined) return unknown;
    const scope = newScope(checker, 'fn', {
      prefix: `${rootOf(caller).path}${name}.`,
      path: rootOf(caller).path,
      fromPrelude: checker.preludeSources.has(fn.span.source),
      shape: rootOf(caller).shape,
    });
    if (!bindParameters(checker, fn.parameters, matched, fn.where, scope)) return unknown;
    outlineHeading(
      checker,
      `${name}(${fn.parameters.map((parameter) => parameter.name.name).join(', ')})`,
      at,
    );
    if (fn.derivative.length > 0) return withDerivative(checker, fn, scope, at);
    const value = finished(checker, fn, scope);
    return restoreDims(value, scope.expansion) ?? unknown;
  });
  return result ?? unknown;
}

/** Runs the body and holds its result against the declared type. */
function finished(checker: Checker, fn: Fn, scope: Scope): Value {
  if (fn.result !== undefined) {
    scope.result = evaluateDims(checker, fn.result, scope);
    if (scope.result === undefined) return unknown;
  }
  const value = checker.run(fn.body, scope);
  if (value === undefined) {
    report(checker, noResult(fn.name.span, fn.name.name));
    return unknown;
  }
  return asDeclared(checker, fn, value, scope);
}

/** The value with the names of the declared result; a value of another shape is a problem. */
export function asDeclared(
  checker: Checker,
  declaration: Pick<Fn, 'result' | 'name'>,
  value: Value,
  scope: Scope,
): Value {
  const { result } = declaration;
  if (result === undefined || value.kind === 'unknown') return value;
  const dtype = elementTypes.get(result.name.name);
  if (dtype === undefined) {
    report(checker, unknownType(result.name.span, result.name.name, typeNames));
    return unknown;
  }
  const declared = scope.result;
  if (declared === undefined) return unknown;
  const tensor = value.kind === 'number' ? toTensor(value, dtype) : value;
  const fits =
    tensor.kind === 'tensor' &&
    tensor.dtype === dtype &&
    tensor.dims.length === declared.length &&
    tensor.dims.every((dim, axis) => dim.extent === declared[axis]!.extent);
  if (!fits) {
    report(checker, resultDiffers(result.span, declaration.name.name, dtype, declared, value));
    return unknown;
  }
  const dims = tensor.dims.map((dim, axis): Dim => {
    const named = declared[axis]!;
    return {
      ...(named.name === undefined ? dim : named),
      ...(dim.index === undefined ? {} : { index: dim.index }),
    };
  });
  return { ...tensor, dims };
}

// ---------------------------------------------------------------- derivative clauses

/**
 * A function with its own derivative works element by element: its parameters are scalars inside, and the
 * clause says how the result changes with each.
 */
function withDerivative(checker: Checker, fn: Fn, scope: Scope, at: Span): Value {
  const operands: TensorValue[] = [];
  for (const { name, span } of fn.parameters) {
    const value = scope.names.get(name.name) ?? unknown;
    if (value.kind === 'unknown') return unknown;
    if (value.kind !== 'tensor' && value.kind !== 'number') {
      report(checker, derivativeNotPointwise(span, fn.name.name));
      return unknown;
    }
    const tensor = toTensor(value, 'f32');
    const kept =
      tensor.dims.length > 0 || isSimple(tensor)
        ? tensor
        : store(checker, tensor, { name: `${scope.prefix}${name.name}`, claimed: false }, at);
    if (kept.kind === 'unknown') return unknown;
    operands.push(kept);
  }
  const dims = broadcast(
    checker,
    operands,
    operands.map(() => ({ at })),
    at,
  );
  if (dims === undefined) return unknown;
  const variables = newVariables(checker, dims);
  const indices = variables.map(variableElement);
  const scalars = operands.map((operand) => {
    const element = operand.element(aligned(operand.dims, dims, indices));
    return element.kind === 'constant' ? element : convertBoolean(element);
  });
  const element = derivativeElement(checker, fn, scalars, scope);
  if (element === undefined) return unknown;
  if (dims.length === 0) return scalarValue(element);
  const naming = { name: `${scope.prefix}y`, claimed: false };
  return restoreDims(
    defineEquation(checker, naming, withIndices(dims, variables), variables, element, at),
    scope.expansion,
  )!;
}

const convertBoolean = (element: Element): Element =>
  element.dtype === 'bool' ? convert(element, 'f32') : element;

function derivativeElement(
  checker: Checker,
  fn: Fn,
  operands: readonly Element[],
  scope: Scope,
): Element | undefined {
  const names = new Map<string, Value>(
    fn.parameters.map(({ name }, k) => [name.name, scalarValue(operands[k]!)] as const),
  );
  // In place of the tensors, not inside of them: no index hides these.
  const inside: Scope = { ...scope, names: new Map([...scope.names, ...names]), kind: 'fn' };
  const before = checker.tensors.length;
  const value = checker.run(fn.body, inside);
  if (value === undefined) report(checker, noResult(fn.name.span, fn.name.name));
  if (value === undefined || value.kind === 'unknown') return undefined;
  const whole = scalarElement(checker, value, fn.span, value.kind === 'number' ? 'f32' : undefined);
  const pointwise = !fn.body.some(
    (statement) => statement.kind !== 'return' || statement.indices !== undefined,
  );
  if (
    whole === undefined ||
    !pointwise ||
    checker.tensors.slice(before).some(({ kind }) => kind === 'gradient')
  ) {
    report(checker, derivativeNotPointwise(fn.name.span, fn.name.name));
    return undefined;
  }
  if (whole.dtype !== 'f32') return whole;
  const rules: { operand: Element; partial: Element }[] = [];
  const results = new Map<string, Value>([['y', scalarValue(result('f32'))]]);
  for (const [k, clause] of fn.derivative.entries()) {
    const operand = operands[k];
    const partial = partialElement(checker, clause, within(inside, results));
    if (operand?.kind === 'load' && operand.dtype === 'f32' && partial !== undefined)
      rules.push({ operand, partial });
  }
  return rules.length === 0 ? whole : derivative(whole, rules);
}

function partialElement(checker: Checker, clause: Expression, scope: Scope): Element | undefined {
  const value = checker.evaluate(clause, scope);
  if (value.kind === 'unknown') return undefined;
  const element = scalarElement(checker, value, clause.span, value.kind === 'number' ? 'f32' : undefined);
  if (element === undefined) report(checker, derivativeNotPointwise(clause.span, 'the derivative'));
  return element === undefined ? undefined : convert(element, 'f32');
}
