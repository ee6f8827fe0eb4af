/** `param`, `frozen` and `state` in, tensors that are kept between runs out: made where they are declared, once an instance. */
import type { ParamDeclaration, StateDeclaration } from '../../../grammar/ast.ts';
import { oneLine } from '../../../grammar/document.ts';
import type { Span } from '../../../grammar/source.ts';
import { unparse } from '../../../grammar/unparse.ts';
import { countPoints } from '../../../runtime/extents.ts';
import { constant } from '../../scalar/build.ts';
import { type Checker, observe, outlineLine, report, wrong } from '../checker.ts';
import { isBelow } from '../paths.ts';
import { stateInRecurrence } from '../problems/recurrences.ts';
import { instanceDiffers, unknownType } from '../problems/shapes.ts';
import { conditionNotBoolean, wantsCondition } from '../problems/values.ts';
import { nameIn } from '../scope.ts';
import { evaluateDims } from '../shapes/dimensions.ts';
import { elementTypes, typeNames } from '../shapes/matching.ts';
import { newLeaf, sameExtents } from '../tensors/tensors.ts';
import type { Dim, LeafTensor, Tensor } from '../typed.ts';
import { outermost, referenceTo, tensorOf, typeText, unknown, type Value } from '../values.ts';
import { initialValue } from './initial.ts';

/** `param W: f32[units, I] init …  if bias`; without its condition it is 0 everywhere. */
export function declareParameter(checker: Checker, statement: ParamDeclaration | StateDeclaration): void {
  const { name } = statement.name;
  const value = parameterValue(checker, statement);
  checker.scope.names.set(name, value);
  observe(checker, statement.name.span, value);
  if (value.kind === 'tensor') {
    outlineLine(checker, `${statement.kind} ${name}: ${typeText(value.dtype, value.dims)}`, statement.span);
  }
}

function parameterValue(checker: Checker, statement: ParamDeclaration | StateDeclaration): Value {
  const { scope } = checker;
  const { type } = statement;
  if (statement.kind === 'state' && checker.steps.length > 0)
    return wrong(checker, stateInRecurrence(statement.span, statement.name.name));
  const dtype = type === undefined ? 'f32' : elementTypes.get(type.name.name);
  if (dtype === undefined) return wrong(checker, unknownType(type!.name.span, type!.name.name, typeNames));
  const dims = type === undefined ? (scope.shape ?? []) : evaluateDims(checker, type);
  if (dims === undefined) return unknown;
  const condition = statement.kind === 'state' ? true : present(checker, statement);
  if (condition === undefined) return unknown;
  if (!condition) return tensorOf(dims, dtype, () => constant(0, dtype));
  const path = nameIn(scope, statement.name.name);
  const known = scope.owned.parameters.find((parameter) => parameter.path === path);
  if (known !== undefined) {
    const written = scope.owned.updates.find(({ target }) => target === known.tensor);
    if (known.kind === 'state') scope.writable.set(statement.name.name, known.tensor);
    return again(checker, known.tensor, written?.value, dims, path, statement.span);
  }
  const stays = statement.kind === 'param' && checker.frozen.some((part) => isBelow(path, part));
  const kind = stays ? 'frozen' : statement.kind;
  const tensor = newLeaf(checker, kind, path, dtype, dims.map(declared), statement.span);
  if (tensor === undefined) return unknown;
  if (statement.kind === 'state') scope.writable.set(statement.name.name, tensor);
  const init = initialValue(checker, statement.init, tensor, dims);
  if (init !== undefined) {
    const initText = statement.init === undefined ? '0' : oneLine(unparse(statement.init));
    scope.owned.parameters.push({ path, kind, tensor, init, initText, count: countPoints(dims) });
  }
  return referenceTo(tensor, dims);
}

/** As the outermost caller knows it; no equation's index runs over it yet. */
function declared(dim: Dim): Dim {
  const { index: _, ...outer } = outermost(dim);
  return outer;
}

function present(checker: Checker, { condition }: ParamDeclaration): boolean | undefined {
  if (condition === undefined) return true;
  const value = checker.evaluate(condition);
  if (value.kind === 'boolean') return value.value;
  if (value.kind === 'unknown') return undefined;
  const problem = value.kind === 'tensor' ? wantsCondition : conditionNotBoolean;
  return report(checker, problem(condition.span, value));
}

/** The parameter of an instance that is applied again, or what an application before has written to a state. */
function again(
  checker: Checker,
  tensor: LeafTensor,
  written: Tensor | undefined,
  dims: readonly Dim[],
  path: string,
  at: Span,
): Value {
  if (sameExtents(tensor.dims, dims)) return referenceTo(written ?? tensor, dims);
  return wrong(checker, instanceDiffers(at, path, tensor, dims));
}
