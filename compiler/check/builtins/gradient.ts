/** `grad(loss, x)` in, the gradient out: a tensor of the shape of x, which must be a tensor with a name and not an expression. */
import { type Given, wrong } from '../checker.ts';
import { gradientByWhat, gradientOfWhat } from '../problems/recipes.ts';
import { rootOf } from '../scope.ts';
import { defineGradient, store } from '../tensors/tensors.ts';
import { referenceTo, unknown, type Value } from '../values.ts';
import type { Call } from './builtin.ts';

export function gradient({ checker, at }: Call, of: Given, wrt: Given): Value {
  if (of.value.kind !== 'tensor' || of.value.dims.length > 0 || of.value.dtype !== 'f32')
    return wrong(checker, gradientOfWhat(of.at, of.value));
  if (wrt.value.kind !== 'tensor' || wrt.value.tensor === undefined || wrt.value.dtype !== 'f32')
    return wrong(checker, gradientByWhat(wrt.at, wrt.value));
  const { prefix } = rootOf(checker.scope);
  const stored = store(checker, of.value, { name: `${prefix}of`, claimed: false }, of.at);
  if (stored.kind === 'unknown') return unknown;
  if (stored.tensor === undefined) return wrong(checker, gradientOfWhat(of.at, of.value));
  const { tensor, dims } = wrt.value;
  const made = defineGradient(checker, stored.tensor, tensor, `${prefix}d.${tensor.label.name}`, at);
  return referenceTo(made, dims);
}
