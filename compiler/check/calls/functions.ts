/** Calls of functions in, their results out: the body is checked anew at each call, with the extents there. */
import type { Expression, Fn } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { convert, derivative, result } from '../../scalar/build.ts';
import { aligned, broadcast } from '../arithmetic/arithmetic.ts';
import { scalarElement } from '../arithmetic/operators.ts';
import {
  type Checker,
  type Given,
  isInPrelude,
  outlineHeading,
  report,
  restoreDims,
  wrong,
} from '../checker.ts';
import { noResult } from '../problems/names.ts';
import { derivativeNotPointwise } from '../problems/recipes.ts';
import { resultDiffers, unknownType } from '../problems/shapes.ts';
import { nextNumber, rootOf, type Scope, within } from '../scope.ts';
import { matchArguments } from '../shapes/arguments.ts';
import { evaluateDims } from '../shapes/dimensions.ts';
import { bindParameters, elementTypes, isSimple, typeNames } from '../shapes/matching.ts';
import { variableElement } from '../tensors/element.ts';
import {
  beginEquation,
  defineEquation,
  newVariables,
  sameExtents,
  store,
  toTensor,
  withIndices,
} from '../tensors/tensors.ts';
import type { Dim, Element } from '../typed.ts';
import { scalarValue, type TensorValue, unknown, type Value } from '../values.ts';
import { expanding, newScope } from './expansion.ts';
import { noteMaker, warnTwice } from './twice.ts';

export function callFunction(
  checker: Checker,
  fn: Fn,
  given: readonly Given[],
  at: Span,
  caller: Scope,
): Value {
  const { name } = fn.name;
  const step = { kind: 'function', name, number: nextNumber(rootOf(caller), name) } as const;
  const result = expanding(checker, { declaration: fn, step, at }, (inner) => {
    const matched = matchArguments(inner, name, fn.parameters, given, at);
    if (matched === undefined) return unknown;
    const scope = newScope(inner, 'fn', {
      prefix: `${rootOf(caller).path}${name}.`,
      path: rootOf(caller).path,
      fromPrelude: isInPrelude(checker, fn.span),
      shape: rootOf(caller).shape,
    });
    if (!bindParameters(inner, fn.parameters, matched, fn.where, scope))
      return promised(inner, fn, scope, at);
    const parameters = fn.parameters.map((parameter) => parameter.name.name).join(', ');
    outlineHeading(inner, `${name}(${parameters})`, at);
    warnTwice(inner, fn, matched, scope);
    const value =
      fn.derivative.length > 0
        ? withDerivative(inner, fn, scope, at)
        : resultOf(inner, fn, scope, (own) => inner.run(fn.body, own));
    noteMaker(inner, fn, value);
    return value;
  });
  return result ?? unknown;
}

/** What a body returns: of the declared type, which is checked, and with the caller's dimensions. `run` gets its scope. */
export function resultOf(
  checker: Checker,
  declaration: Pick<Fn, 'result' | 'name'>,
  scope: Scope,
  run: (own: Scope) => Value | undefined,
): Value {
  const { result, name } = declaration;
  const dims = result && evaluateDims(checker, result, scope);
  if (result !== undefined && dims === undefined) return unknown;
  const own: Scope = dims === undefined ? scope : { ...scope, result: dims };
  const value = run(own);
  if (value === undefined) return wrong(checker, noResult(name.span, name.name));
  return restoreDims(asDeclared(checker, declaration, value, own), scope.expansion);
}

/** A call of which something is not known: in a trial, it is what its result is declared to be. */
export function promised(checker: Checker, { result }: Pick<Fn, 'result'>, scope: Scope, at: Span): Value {
  const dtype = result && elementTypes.get(result.name.name);
  if (checker.trial === undefined || dtype === undefined) return unknown;
  // What is not known of its dimensions is no mistake.
  const dims = evaluateDims({ ...checker, diagnostics: [] }, result!, scope);
  if (dims === undefined) return unknown;
  const naming = { name: 'promised', claimed: false };
  const made = beginEquation(checker, naming, { dims, variables: [], outer: [], dtype }, at);
  return made === undefined ? unknown : restoreDims(made.value, scope.expansion);
}

/**
 * The value with the names of the declared result; a value of another shape is a problem. Of several, the first is what is
 * declared.
 */
function asDeclared(
  checker: Checker,
  declaration: Pick<Fn, 'result' | 'name'>,
  value: Value,
  scope: Scope,
): Value {
  const { result } = declaration;
  if (result === undefined || value.kind === 'unknown') return value;
  if (value.kind === 'tuple') {
    const [main, ...more] = value.values;
    const first = asDeclared(checker, declaration, main ?? unknown, scope);
    return first.kind === 'tensor' ? { ...first, more } : first;
  }
  const dtype = elementTypes.get(result.name.name);
  if (dtype === undefined) return wrong(checker, unknownType(result.name.span, result.name.name, typeNames));
  const declared = scope.result;
  if (declared === undefined) return unknown;
  const tensor = value.kind === 'number' ? toTensor(value, dtype) : value;
  const fits = tensor.kind === 'tensor' && tensor.dtype === dtype && sameExtents(tensor.dims, declared);
  if (!fits) return wrong(checker, resultDiffers(result.span, declaration.name.name, dtype, declared, value));
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
    if (value.kind !== 'tensor' && value.kind !== 'number')
      return wrong(checker, derivativeNotPointwise(span, fn.name.name));
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
  const made = defineEquation(checker, naming, withIndices(dims, variables), variables, element, at);
  return restoreDims(made, scope.expansion);
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
  const whole = scalarElement(checker, value, fn.span);
  const pointwise = !fn.body.some(
    (statement) => statement.kind !== 'return' || statement.indices !== undefined,
  );
  if (
    whole === undefined ||
    !pointwise ||
    checker.tensors.slice(before).some(({ kind }) => kind === 'gradient')
  )
    return report(checker, derivativeNotPointwise(fn.name.span, fn.name.name));
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
  const element = scalarElement(checker, value, clause.span);
  if (element === undefined) report(checker, derivativeNotPointwise(clause.span, 'the derivative'));
  return element === undefined ? undefined : convert(element, 'f32');
}
