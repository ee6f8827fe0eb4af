/**
 * Equations that read each other at other positions of an index in, their tensors out: `s[t] = f(s[t - 1])`, or what
 * stands in a `scan`. First the shape and type of each (`shapes.ts`); then a tensor for each, still empty;
 * then their bodies, which read these; at last whether there is an order in which all can be computed.
 */

import type { Expression } from '../../../grammar/ast.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { type Checker, type Group, inside, report } from '../checker.ts';
import type { Bound } from '../indices/indices.ts';
import { laidOut, ofValue, slicesOf, wholeOf } from '../indices/left-side.ts';
import { carryDiffers, shapeUnknown } from '../problems/recurrences.ts';
import { rootOf } from '../scope.ts';
import { variableElement } from '../tensors/element.ts';
import {
  beginEquation,
  completeEquation,
  newVariables,
  sameExtents,
  toTensor,
  type Unfinished,
  withIndices,
} from '../tensors/tensors.ts';
import type { Dim, Element, IndexVariable } from '../typed.ts';
import { typeText, unknown, type Value } from '../values.ts';
import { reportDisorder } from './order.ts';
import {
  bindMember,
  type Member,
  namePhantoms,
  outerOf,
  partOf,
  type Shapes,
  shapesOf,
  type Together,
  tried,
} from './shapes.ts';

/** A member with its tensor, whose body is still to come. */
interface Begun {
  readonly member: Member;
  readonly bound: Bound;
  readonly tensor: Unfinished;
  readonly value: Value;
  /** The axes that the right side has, and the indices that run over them. */
  readonly dims: readonly Dim[];
  readonly variables: readonly IndexVariable[];
}

/** Defines the members in the names of the scope: what each is, or `unknown` where something was wrong. */
export function defineTogether(together: Together): void {
  const { checker, members, step } = together;
  const before = checker.diagnostics.length;
  const first = checker.tensors.length;
  const failed = (): boolean => hasErrors(checker.diagnostics.slice(before)) || checker.state.stopped;
  const shapes = shapesOf(together);
  const missing = members.find((member) => !shapes.has(member));
  if (missing !== undefined) sayWhy(together, missing, shapes);
  else {
    const begun = beginAll(together, shapes);
    const group: Group = { tensors: new Set(begun.map(({ tensor }) => tensor)), reads: [] };
    const values = new Map<Expression, Value>();
    for (const one of begun) complete(checker, one, group, values);
    if (!failed()) reportDisorder(checker, first, group, begun[0]!.tensor.indices, step?.variable);
  }
  if (failed()) for (const { name } of members) rootOf(checker.scope).names.set(name, unknown);
}

/** Without its shape a member cannot be checked; what is wrong with it otherwise comes first. */
function sayWhy(together: Together, missing: Member, shapes: Shapes): void {
  const { checker, members } = together;
  const before = checker.diagnostics.length;
  namePhantoms(together, shapes);
  for (const member of members) {
    const bound = bindMember(together, member);
    if (bound !== undefined) bound.inner.evaluate(member.expression);
  }
  if (checker.diagnostics.length > before) return;
  checker.diagnostics.push(...tried(together, missing, shapes).diagnostics);
  if (!hasErrors(checker.diagnostics))
    report(checker, shapeUnknown(missing.at, missing.name, slicesOf(missing.indices) > 0));
}

/** A tensor for each member, still empty. */
function beginAll(together: Together, shapes: Shapes): readonly Begun[] {
  const { checker, members } = together;
  const { names } = rootOf(checker.scope);
  const outer = outerOf(together, shapes);
  const bounds = members.map((member) => {
    namePhantoms(together, shapes);
    // What it reads of itself says nothing of its indices.
    names.set(member.name, unknown);
    return bindMember(together, member);
  });
  namePhantoms(together, shapes);
  return members.flatMap((member, k): readonly Begun[] => {
    const [bound, shape] = [bounds[k], shapes.get(member)!];
    if (bound === undefined) return [];
    const { indices, naming, at } = member;
    const dims = ofValue(indices, bound.variables.length, shape.dims);
    const taken = bound.variables.map(({ name }) => name);
    const variables = newVariables(checker, dims, taken);
    const whole = {
      dims: laidOut(indices, bound.dims, withIndices(dims, variables)),
      variables: laidOut(indices, bound.variables, variables),
      outer,
      dtype: shape.dtype,
    };
    const begun = beginEquation(checker, naming, whole, at);
    if (begun === undefined) return [];
    names.set(member.name, begun.value);
    return [{ member, bound, ...begun, dims, variables }];
  });
}

/** `values`: of expressions with several results, each of which is evaluated once. */
function complete(checker: Checker, begun: Begun, group: Group, values: Map<Expression, Value>): void {
  const { member, bound, tensor } = begun;
  const { expression } = member;
  const steps = [...checker.steps, ...bound.variables];
  const known = values.get(expression);
  const whole = known ?? inside(bound.inner, { steps, group }).evaluate(expression);
  values.set(expression, whole);
  const value = known?.kind === 'unknown' ? unknown : partOf(checker, member, whole);
  const body = value.kind === 'unknown' ? undefined : bodyOf(checker, begun, value);
  if (body !== undefined) completeEquation(checker, tensor, body);
  else rootOf(checker.scope).names.set(member.name, unknown);
}

/** One element of the value; undefined where it is of another shape or type than the trial said, which is reported. */
function bodyOf(
  checker: Checker,
  { member, bound, tensor, dims, variables }: Begun,
  value: Exclude<Value, { kind: 'unknown' }>,
): Element | undefined {
  const { indices, expression, at, name } = member;
  const slices = slicesOf(indices);
  const began = typeText(tensor.dtype, slices === 0 ? [] : dims);
  let body: Element | undefined;
  if (slices === 0) {
    body = wholeOf(checker, indices, bound, value, { span: expression.span, at })?.body;
    if (body === undefined) return undefined;
  } else {
    const given = toTensor(value, tensor.dtype);
    if (given.kind === 'tensor' && sameExtents(given.dims, dims))
      body = given.element(variables.map(variableElement));
  }
  if (body?.dtype === tensor.dtype) return body;
  return report(checker, carryDiffers(expression.span, name, began, value));
}
