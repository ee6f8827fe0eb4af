/** The statements of a body in, run in order; what it returns out. */
import type { Binder, Expression, Let, Return, Statement, UpdateStatement } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { convert } from '../scalar/build.ts';
import { constantOf } from './arithmetic.ts';
import { evaluateAssert } from './assert.ts';
import { type Checker, outlineLine, report } from './checker.ts';
import { bind } from './indices.ts';
import { declareInput } from './inputs.ts';
import { declareParameter, nameInstance } from './layers.ts';
import { bodyNotScalar } from './problems-indices.ts';
import { notAResult, statementNotHere, writtenTwice } from './problems-names.ts';
import { updateDiffers } from './problems-shapes.ts';
import { lossNotScalar } from './problems-values.ts';
import type { Scope } from './scope.ts';
import { defineEquation, store, toTensor } from './tensors.ts';
import type { Dim, LeafTensor, Output } from './typed.ts';
import { type TensorValue, typeText, unknown, type Value } from './values.ts';

export function runBody(checker: Checker, body: readonly Statement[], scope: Scope): Value | undefined {
  for (const statement of body) {
    if (checker.now.stopped) return unknown;
    if (statement.kind === 'return') return evaluateReturn(checker, statement, scope);
    runStatement(checker, statement, scope);
  }
  return undefined;
}

function runStatement(checker: Checker, statement: Exclude<Statement, Return>, scope: Scope): void {
  switch (statement.kind) {
    case 'input':
    case 'target':
      if (scope.kind === 'model') declareInput(checker, statement, scope);
      else report(checker, statementNotHere(statement.span, statement.kind, scope.kind));
      return;
    case 'param':
    case 'frozen':
    case 'state':
      if (scope.kind === 'model' || scope.kind === 'layer') declareParameter(checker, statement, scope);
      else report(checker, statementNotHere(statement.span, statement.kind, scope.kind));
      return;
    case 'let':
      runLet(checker, statement, scope);
      return;
    case 'update':
      runUpdate(checker, statement, scope);
      return;
    case 'assert':
      evaluateAssert(checker, statement, scope);
      return;
    default:
      statement satisfies never;
  }
}

// ---------------------------------------------------------------- lets

function runLet(checker: Checker, statement: Let, scope: Scope): void {
  const { name } = statement.name;
  const value = letValue(checker, statement, scope);
  scope.names.set(name, value);
  if (value.kind === 'tensor') {
    outlineLine(checker, `${letText(statement)}: ${typeText(value.dtype, value.dims)}`, statement.span);
  }
  if (statement.role === 'let') return;
  if (scope.kind !== 'model') report(checker, statementNotHere(statement.span, statement.role, scope.kind));
  else addOutput(checker, statement.role, name, value, statement);
}

const letText = ({ role, name }: Let): string => {
  if (role === 'let') return name.name;
  return role === 'loss' && name.name === 'loss' ? 'loss' : `${role} ${name.name}`;
};

function letValue(checker: Checker, { name, indices, value: expression, span }: Let, scope: Scope): Value {
  const naming = { name: `${scope.prefix}${name.name}`, claimed: true };
  if (indices !== undefined) return equation(checker, naming, indices, expression, span, scope);
  const value = checker.evaluate(expression, scope);
  return named(checker, value, naming, span);
}

/** A value that gets a name: what a call returned is renamed, an expression becomes an equation. */
function named(
  checker: Checker,
  value: Value,
  naming: { readonly name: string; readonly claimed: boolean },
  at: Span,
): Value {
  if (value.kind === 'instance') {
    nameInstance(checker, value, naming.name.slice(naming.name.lastIndexOf('.') + 1));
    return value;
  }
  if (value.kind !== 'tensor') return value;
  const { tensor } = value;
  if (tensor === undefined) return store(checker, value, naming, at);
  if (!tensor.label.claimed && naming.claimed) {
    tensor.label.name = naming.name;
    tensor.label.claimed = true;
  }
  return value;
}

/** `y[b, o] = e` */
function equation(
  checker: Checker,
  naming: { readonly name: string; readonly claimed: boolean },
  indices: readonly Binder[],
  expression: Expression,
  at: Span,
  scope: Scope,
  declared?: readonly Dim[],
): Value {
  const bound = bind(checker, indices, [expression], scope, declared);
  if (bound === undefined) return unknown;
  const value = checker.evaluate(expression, bound.scope);
  if (value.kind === 'unknown') return unknown;
  if (value.kind === 'boolean')
    return equationOf(checker, naming, bound, constantOf(checker, Number(value.value), 'bool', at), at);
  if (value.kind === 'number')
    return equationOf(checker, naming, bound, constantOf(checker, value.value, 'f32', at), at);
  if (value.kind === 'tensor' && value.dims.length === 0)
    return equationOf(checker, naming, bound, value.element([]), at);
  report(checker, bodyNotScalar(expression.span, value));
  return unknown;
}

const equationOf = (
  checker: Checker,
  naming: { readonly name: string; readonly claimed: boolean },
  bound: { readonly dims: readonly Dim[]; readonly variables: Parameters<typeof defineEquation>[3] },
  body: Parameters<typeof defineEquation>[4],
  at: Span,
): Value => defineEquation(checker, naming, bound.dims, bound.variables, body, at);

function evaluateReturn(checker: Checker, { name, indices, value, span }: Return, scope: Scope): Value {
  if (scope.kind !== 'fn' && scope.kind !== 'layer') {
    report(checker, statementNotHere(span, 'return', scope.kind));
    return unknown;
  }
  const naming = { name: `${scope.prefix}${name?.name ?? 'y'}`, claimed: false };
  const result =
    indices === undefined
      ? checker.evaluate(value, scope)
      : equation(checker, naming, indices, value, span, scope, scope.result);
  const stored = name !== undefined && indices === undefined ? named(checker, result, naming, span) : result;
  if (stored.kind === 'tensor') {
    outlineLine(
      checker,
      `return ${name?.name ?? ''}: ${typeText(stored.dtype, stored.dims)}`.replace(' :', ':'),
      span,
    );
  }
  return stored;
}

// ---------------------------------------------------------------- outputs

function addOutput(
  checker: Checker,
  role: Output['role'],
  name: string,
  value: Value,
  { span, value: { span: at } }: Let,
): void {
  if (value.kind === 'unknown') return;
  if (value.kind !== 'tensor' && value.kind !== 'number' && value.kind !== 'boolean') {
    report(checker, notAResult(at, role, value));
    return;
  }
  const number =
    value.kind === 'tensor'
      ? value
      : toTensor({ kind: 'number', value: Number(value.value), integer: false });
  const stored = store(checker, number, { name, claimed: true }, span);
  if (stored.kind === 'unknown' || stored.tensor === undefined) return;
  if (role === 'loss' && (stored.dims.length > 0 || stored.dtype !== 'f32')) {
    report(checker, lossNotScalar(at, name, stored));
    return;
  }
  checker.outputs.push({ name, role, tensor: stored.tensor, at: span });
}

// ---------------------------------------------------------------- updates

/** `m <- e`: from here on, `m` is the new value; at the end of a training step it is kept. */
function runUpdate(checker: Checker, statement: UpdateStatement, scope: Scope): void {
  const { name, span } = statement.name;
  const target = scope.names.get(name);
  if (target?.kind === 'unknown') return;
  const leaf = target?.kind === 'tensor' ? stateOf(checker, target) : undefined;
  if (scope.kind === 'fn' || leaf === undefined) {
    report(checker, statementNotHere(span, 'update', scope.kind, name));
    return;
  }
  if (!checker.options.training) return;
  const value = updateValue(checker, statement, scope);
  if (value.kind === 'unknown') return;
  const stored = filledAs(checker, value, leaf, `${leaf.label.name}.next`, statement.span);
  if (stored?.tensor === undefined) return;
  if (checker.updates.some((update) => update.target === leaf)) {
    report(checker, writtenTwice(span, leaf.label.name));
    return;
  }
  checker.updates.push({ target: leaf, value: stored.tensor });
  scope.names.set(name, stored);
}

function stateOf(checker: Checker, { tensor }: TensorValue): LeafTensor | undefined {
  if (tensor === undefined) return undefined;
  if (tensor.kind === 'state') return tensor;
  const update = checker.updates.find(({ value }) => value === tensor);
  return update?.target;
}

function updateValue(checker: Checker, statement: UpdateStatement, scope: Scope): Value {
  const { indices, value, span, name } = statement;
  if (indices === undefined) return checker.evaluate(value, scope);
  const naming = { name: `${scope.prefix}${name.name}.next`, claimed: true };
  return equation(checker, naming, indices, value, span, scope);
}

/** The value in the shape and type of the tensor that it replaces. */
export function filledAs(
  checker: Checker,
  value: Value,
  target: LeafTensor,
  name: string,
  at: Span,
): TensorValue | undefined {
  const given =
    value.kind === 'number'
      ? toTensor(value, target.dtype)
      : value.kind === 'boolean'
        ? toTensor({ kind: 'number', value: Number(value.value), integer: true }, target.dtype)
        : value;
  const fits =
    given.kind === 'tensor' &&
    (given.dims.length === 0 ||
      (given.dims.length === target.dims.length &&
        given.dims.every((dim, axis) => dim.extent === target.dims[axis]!.extent))) &&
    (given.dtype === target.dtype || target.dtype === 'f32');
  if (!fits) {
    report(checker, updateDiffers(at, target, value));
    return undefined;
  }
  const whole: TensorValue = {
    kind: 'tensor',
    dims: target.dims,
    dtype: target.dtype,
    element: (indices) => convert(given.element(given.dims.length === 0 ? [] : indices), target.dtype),
    ...(given.tensor !== undefined && given.dims.length === target.dims.length && given.dtype === target.dtype
      ? { tensor: given.tensor }
      : {}),
  };
  const stored = store(checker, whole, { name, claimed: true }, at);
  return stored.kind === 'tensor' ? stored : undefined;
}
