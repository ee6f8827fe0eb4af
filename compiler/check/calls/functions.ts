/** Calls of functions in, their results out: the body is checked anew at each call, with the extents there. */

import type { Fn } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, type Given, inside, outlineHeading, restoreDims, wrong } from '../checker.ts';
import { noResult } from '../problems/names.ts';
import { resultDiffers, unknownType } from '../problems/shapes.ts';
import { nextNumber, rootOf } from '../scope.ts';
import { matchArguments } from '../shapes/arguments.ts';
import { evaluateDims } from '../shapes/dimensions.ts';
import { bindParameters, declaredValue, elementTypes, typeNames } from '../shapes/matching.ts';
import { sameExtents, toTensor } from '../tensors/tensors.ts';
import type { Dim } from '../typed.ts';
import { unknown, type Value } from '../values.ts';
import { withDerivative } from './derivative.ts';
import { expanding } from './expansion.ts';
import { noteMaker, warnTwice } from './twice.ts';

export function callFunction(checker: Checker, fn: Fn, given: readonly Given[], at: Span): Value {
  const { name } = fn.name;
  const caller = rootOf(checker.scope);
  const step = { kind: 'function', name, number: nextNumber(caller, name) } as const;
  const names = { prefix: `${caller.path}${name}.`, path: caller.path, shape: caller.shape };
  const result = expanding(checker, { declaration: fn, step, at, names }, (inner) => {
    const matched = matchArguments(inner, name, fn.parameters, given, at);
    if (matched === undefined) return unknown;
    if (!bindParameters(inner, fn.parameters, matched, fn.where)) return promised(inner, fn, at);
    const parameters = fn.parameters.map((parameter) => parameter.name.name).join(', ');
    outlineHeading(inner, `${name}(${parameters})`, at);
    warnTwice(inner, fn, matched);
    const value =
      fn.derivative.length > 0
        ? withDerivative(inner, fn, at)
        : resultOf(inner, fn, (own) => own.run(fn.body));
    noteMaker(inner, fn, value);
    return value;
  });
  return result ?? unknown;
}

/** What a body returns: of the declared type, which is checked, and with the caller's dimensions; `run` runs it. */
export function resultOf(
  checker: Checker,
  declaration: Pick<Fn, 'result' | 'name' | 'body'>,
  run: (own: Checker) => Value | undefined,
): Value {
  const { result, name } = declaration;
  const dims = result && evaluateDims(checker, result);
  if (result !== undefined && dims === undefined) return unknown;
  const own = dims === undefined ? checker : inside(checker, { scope: { ...checker.scope, result: dims } });
  const value = run(own);
  if (value === undefined) return wrong(checker, noResult(name.span, name.name));
  if (value.kind === 'unknown' && checker.trial === undefined)
    return promised(own, declaration, declaration.name.span);
  return restoreDims(asDeclared(own, declaration, value), checker.scope.expansion);
}

/**
 * A call of which something is not known: in a trial, and for an editor, which shows what can be known while something is wrong, it
 * is what its result is declared to be.
 */
export function promised(checker: Checker, { result, body }: Pick<Fn, 'result' | 'body'>, at: Span): Value {
  const { trial, options } = checker;
  if (result === undefined || (trial === undefined && options.observer === undefined)) return unknown;
  // How many results a body has that went wrong, an editor is not told.
  if (trial === undefined && body.some((last) => last.kind === 'return' && last.value.kind === 'tuple'))
    return unknown;
  const value = declaredValue(checker, result, at);
  if (value === undefined) return unknown;
  // Whether there are more results is not known either.
  return restoreDims({ ...value, more: [] }, checker.scope.expansion);
}

/**
 * The value with the names of the declared result; a value of another shape is a problem. Of several, the first is what is
 * declared.
 */
function asDeclared(checker: Checker, declaration: Pick<Fn, 'result' | 'name'>, value: Value): Value {
  const { result } = declaration;
  if (result === undefined || value.kind === 'unknown') return value;
  if (value.kind === 'tuple') {
    const [main, ...more] = value.values;
    const first = asDeclared(checker, declaration, main ?? unknown);
    return first.kind === 'tensor' ? { ...first, more } : first;
  }
  const dtype = elementTypes.get(result.name.name);
  if (dtype === undefined) return wrong(checker, unknownType(result.name.span, result.name.name, typeNames));
  const declared = checker.scope.result;
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
