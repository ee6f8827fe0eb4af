/** Functions with derivatives of their own in, their results out: `fn f(a, b) = a*b derivative b, a`. */
import type { Expression, Fn } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { convert, derivative, result } from '../../scalar/build.ts';
import { aligned, broadcast } from '../arithmetic/arithmetic.ts';
import { scalarElement } from '../arithmetic/operators.ts';
import { type Checker, inside, report, restoreDims, wrong } from '../checker.ts';
import { noResult } from '../problems/names.ts';
import { derivativeNotPointwise } from '../problems/recipes.ts';
import { within } from '../scope.ts';
import { isSimple } from '../shapes/matching.ts';
import { variableElement } from '../tensors/element.ts';
import { defineEquation, newVariables, store, toTensor, withIndices } from '../tensors/tensors.ts';
import type { Element } from '../typed.ts';
import { scalarValue, type TensorValue, unknown, type Value } from '../values.ts';

/**
 * A function with its own derivative works element by element: its parameters are scalars inside, and the
 * clause says how the result changes with each.
 */
export function withDerivative(checker: Checker, fn: Fn, at: Span): Value {
  const { scope } = checker;
  const operands: TensorValue[] = [];
  for (const { name, span } of fn.parameters) {
    const value = scope.names.get(name.name) ?? unknown;
    if (value.kind === 'unknown') return unknown;
    if (value.kind !== 'tensor' && value.kind !== 'number')
      return wrong(checker, derivativeNotPointwise(span, fn.name.name));
    const tensor = toTensor(value);
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
  const element = derivativeElement(checker, fn, scalars);
  if (element === undefined) return unknown;
  if (dims.length === 0) return scalarValue(element);
  const naming = { name: `${scope.prefix}y`, claimed: false };
  const made = defineEquation(checker, naming, withIndices(dims, variables), variables, element, at);
  return restoreDims(made, scope.expansion);
}

const convertBoolean = (element: Element): Element =>
  element.dtype === 'bool' ? convert(element, 'f32') : element;

function derivativeElement(checker: Checker, fn: Fn, operands: readonly Element[]): Element | undefined {
  const { scope } = checker;
  const names = new Map<string, Value>(
    fn.parameters.map(({ name }, k) => [name.name, scalarValue(operands[k]!)] as const),
  );
  // In place of the tensors, not inside of them: no index hides these.
  const own = inside(checker, { scope: { ...scope, names: new Map([...scope.names, ...names]) } });
  const before = checker.tensors.length;
  const value = own.run(fn.body);
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
    const partial = partialElement(inside(own, { scope: within(own.scope, results) }), clause);
    if (operand?.kind === 'load' && operand.dtype === 'f32' && partial !== undefined)
      rules.push({ operand, partial });
  }
  return rules.length === 0 ? whole : derivative(whole, rules);
}

function partialElement(checker: Checker, clause: Expression): Element | undefined {
  const value = checker.evaluate(clause);
  if (value.kind === 'unknown') return undefined;
  const element = scalarElement(checker, value, clause.span);
  if (element === undefined) report(checker, derivativeNotPointwise(clause.span, 'the derivative'));
  return element === undefined ? undefined : convert(element, 'f32');
}
