/** `m <- e` in, the update of a state or of an optimizer's parameter out: from there on, `m` is the new value. */
import type { UpdateStatement } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { convert } from '../../scalar/build.ts';
import { type Checker, observe, report, wrong } from '../checker.ts';
import { statementNotHere } from '../problems/names.ts';
import { updateDiffers } from '../problems/shapes.ts';
import { sameExtents, store, toTensor } from '../tensors/tensors.ts';
import type { LeafTensor } from '../typed.ts';
import { type TensorValue, unknown, type Value } from '../values.ts';
import { equation } from './equations.ts';

export function runUpdate(checker: Checker, statement: UpdateStatement): void {
  const { scope } = checker;
  const { name, span } = statement.name;
  const before = scope.names.get(name);
  if (before?.kind === 'unknown') return;
  const target = scope.writable.get(name) ?? stateOf(before);
  const steps = scope.kind === 'optimizer';
  if (target === undefined || (steps && statement.indices !== undefined)) {
    report(checker, statementNotHere(span, 'update', scope.kind, name));
    return;
  }
  // A model keeps what it writes while it is trained.
  if (!steps && !checker.options.training) return;
  const after = newValue(checker, statement, target);
  scope.names.set(name, after);
  observe(checker, span, after);
  scope.writable.set(name, target);
  if (after.kind === 'unknown' || after.tensor === undefined) return;
  const { updates } = scope.owned;
  const known = updates.findIndex((update) => update.target === target);
  const update = { target, value: after.tensor };
  if (known < 0) updates.push(update);
  else updates[known] = update;
}

/** A state that was passed to a layer. */
const stateOf = (value: Value | undefined): LeafTensor | undefined =>
  value?.kind === 'tensor' && value.tensor?.kind === 'state' ? value.tensor : undefined;

/** What is written to the target. */
export function newValue(
  checker: Checker,
  { indices, value: expression, span }: Pick<UpdateStatement, 'indices' | 'value' | 'span'>,
  target: LeafTensor,
): TensorValue | typeof unknown {
  const name = `${target.label.name}.next`;
  const naming = { name, claimed: true };
  const value =
    indices === undefined
      ? checker.evaluate(expression)
      : equation(checker, { name: undefined, naming, indices, expression, at: span });
  return value.kind === 'unknown' ? unknown : filledAs(checker, value, target, name, span);
}

/** The value in the shape and type of the tensor that it replaces. */
function filledAs(
  checker: Checker,
  value: Value,
  target: LeafTensor,
  name: string,
  at: Span,
): TensorValue | typeof unknown {
  const { dims, dtype } = target;
  const given = toTensor(value, dtype);
  if (
    given.kind !== 'tensor' ||
    (given.dims.length > 0 && !sameExtents(given.dims, dims)) ||
    (given.dtype !== dtype && dtype !== 'f32')
  )
    return wrong(checker, updateDiffers(at, target, value));
  const isWhole = given.dims.length === dims.length && given.dtype === dtype;
  const whole: TensorValue = {
    kind: 'tensor',
    dims,
    dtype,
    element: (indices) => convert(given.element(given.dims.length === 0 ? [] : indices), dtype),
    ...(given.tensor !== undefined && isWhole ? { tensor: given.tensor } : {}),
  };
  return store(checker, whole, { name, claimed: true }, at);
}
