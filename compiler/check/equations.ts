/** Values that get a name in, stored: what a call returned is renamed, an expression becomes an equation. */
import type { Binder, Expression } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { type Checker, wrong } from './checker.ts';
import { bind } from './indices.ts';
import { nameInstance } from './layers.ts';
import { scalarElement } from './operators.ts';
import { bodyNotScalar } from './problems-indices.ts';
import type { Scope } from './scope.ts';
import { defineEquation, type Naming, store } from './tensors.ts';
import type { Dim } from './typed.ts';
import { unknown, type Value } from './values.ts';

/** `y = e`; `own` is the name as the author wrote it, which is that of an instance. */
export function named(checker: Checker, value: Value, own: string, naming: Naming, at: Span): Value {
  if (value.kind === 'instance') {
    nameInstance(checker, value, own);
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

/** `y[b, o] = e`; `declared` is the shape that a result must have. */
export function equation(
  checker: Checker,
  naming: Naming,
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
  const body = scalarElement(checker, value, at, value.kind === 'number' ? 'f32' : undefined);
  if (body !== undefined) return defineEquation(checker, naming, bound.dims, bound.variables, body, at);
  return wrong(checker, bodyNotScalar(expression.span, value));
}
