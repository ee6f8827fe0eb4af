/** Built-in functions that are neither scalar functions nor reductions in, their results out: `grad`, `is_integer`. */
import type { Span } from '../../../grammar/source.ts';
import { type Checker, type Given, originAt, wrong } from '../checker.ts';
import { wrongOperandCount } from '../problems/names.ts';
import { gradientByWhat, gradientOfWhat } from '../problems/recipes.ts';
import { notComputable } from '../problems/values.ts';
import { rootOf, type Scope } from '../scope.ts';
import { store } from '../tensors/tensors.ts';
import type { GradientTensor, Tensor } from '../typed.ts';
import { booleanValue, referenceTo, unknown, type Value } from '../values.ts';
import { jacobian } from './jacobian.ts';

export const builtinFunctions = ['grad', 'jacobian', 'is_integer'] as const;

type BuiltinFunction = (typeof builtinFunctions)[number];

export const isBuiltinFunction = (name: string): name is BuiltinFunction =>
  (builtinFunctions as readonly string[]).includes(name);

const arity: Readonly<Record<BuiltinFunction, number>> = { grad: 2, jacobian: 2, is_integer: 1 };

export function callBuiltin(
  checker: Checker,
  name: string,
  given: readonly Given[],
  at: Span,
  scope: Scope,
): Value {
  if (!isBuiltinFunction(name)) return unknown;
  if (given.length !== arity[name])
    return wrong(checker, wrongOperandCount(at, name, arity[name], given.length));
  if (given.some(({ value }) => value.kind === 'unknown')) return unknown;
  const [first, second] = given;
  switch (name) {
    case 'grad':
      return gradient(checker, first!, second!, at, scope);
    case 'jacobian':
      return jacobian(checker, first!, second!, at, scope);
    case 'is_integer':
      return isInteger(checker, first!);
    default:
      return name satisfies never;
  }
}

/** Known while compiling: picks a branch of an `if`. */
function isInteger(checker: Checker, { value, at }: Given): Value {
  if (value.kind === 'tensor') return booleanValue(value.dtype === 'i32' || value.dtype === 'u32');
  if (value.kind === 'number') return booleanValue(value.integer);
  if (value.kind === 'boolean') return booleanValue(false);
  return wrong(checker, notComputable(at, 'is_integer', value));
}

/** `grad(loss, x)`: a tensor of the shape of x, which must be a tensor with a name and not an expression. */
function gradient(checker: Checker, of: Given, wrt: Given, at: Span, scope: Scope): Value {
  if (of.value.kind !== 'tensor' || of.value.dims.length > 0 || of.value.dtype !== 'f32')
    return wrong(checker, gradientOfWhat(of.at, of.value));
  if (wrt.value.kind !== 'tensor' || wrt.value.tensor === undefined || wrt.value.dtype !== 'f32')
    return wrong(checker, gradientByWhat(wrt.at, wrt.value));
  const stored = store(checker, of.value, { name: `${rootOf(scope).prefix}of`, claimed: false }, of.at);
  if (stored.kind === 'unknown') return unknown;
  if (stored.tensor === undefined) return wrong(checker, gradientOfWhat(of.at, of.value));
  const { tensor } = wrt.value;
  const made = defineGradient(
    checker,
    stored.tensor,
    tensor,
    `${rootOf(scope).prefix}d.${tensor.label.name}`,
    at,
  );
  return referenceTo(made, wrt.value.dims);
}

export function defineGradient(
  checker: Checker,
  of: Tensor,
  wrt: Tensor,
  name: string,
  at: Span,
): GradientTensor {
  const tensor: GradientTensor = {
    kind: 'gradient',
    id: checker.tensors.length,
    label: { name, claimed: false },
    dtype: 'f32',
    dims: wrt.dims,
    at,
    origin: originAt(checker, at),
    of,
    wrt,
  };
  checker.tensors.push(tensor);
  return tensor;
}
