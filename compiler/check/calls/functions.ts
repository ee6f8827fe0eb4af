/** Calls of functions in, their results out: the body is checked anew at each call, with the extents there. */

import type { Fn } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, type Given, isInPrelude, outlineHeading, restoreDims, wrong } from '../checker.ts';
import { noResult } from '../problems/names.ts';
import { resultDiffers, unknownType } from '../problems/shapes.ts';
import { nextNumber, rootOf, type Scope } from '../scope.ts';
import { matchArguments } from '../shapes/arguments.ts';
import { evaluateDims } from '../shapes/dimensions.ts';
import { bindParameters, elementTypes, typeNames } from '../shapes/matching.ts';
import { beginEquation, sameExtents, toTensor } from '../tensors/tensors.ts';
import type { Dim } from '../typed.ts';
import { unknown, type Value } from '../values.ts';
import { withDerivative } from './derivative.ts';
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
