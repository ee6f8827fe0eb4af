/** Values that get a name in, stored: what a call returned is renamed, an expression becomes an equation. */
import type { Expression, LeftIndex } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { nameInstance } from '../calls/layers.ts';
import type { Checker } from '../checker.ts';
import { bind } from '../indices/indices.ts';
import { bindersOf, ofBinders, wholeOf } from '../indices/left-side.ts';
import { accessesTo } from '../indices/uses.ts';
import { defineTogether } from '../recurrences/recurrence.ts';
import type { Member } from '../recurrences/shapes.ts';
import { rootOf } from '../scope.ts';
import { defineEquation, type Naming, store } from '../tensors/tensors.ts';
import { unknown, type Value } from '../values.ts';

/** `y = e`; `own` is the name as the author wrote it, which is that of an instance. */
export function named(checker: Checker, value: Value, own: string, naming: Naming, at: Span): Value {
  if (value.kind === 'instance') {
    nameInstance(checker, value, own);
    return value;
  }
  if (value.kind !== 'tensor') return value;
  const { more: _, ...one } = value;
  const { tensor } = value;
  if (tensor === undefined) return store(checker, value, naming, at);
  if (!tensor.label.claimed && naming.claimed) {
    tensor.label.name = naming.name;
    tensor.label.claimed = true;
  }
  return one;
}

/** Whether an equation reads itself: then it is a recurrence. */
const readsItself = (name: string, indices: readonly LeftIndex[], expression: Expression): boolean =>
  accessesTo(expression, name).length > 0 &&
  !indices.some((index) => index.kind === 'binder' && index.name.name === name);

/** `s[t] = e` where e reads s. */
function recurrence(checker: Checker, member: Member): Value {
  defineTogether({ checker, members: [member], step: undefined });
  return rootOf(checker.scope).names.get(member.name) ?? unknown;
}

/** An equation as the author wrote it; without a name it cannot read itself. */
export type Written = Omit<Member, 'name'> & { readonly name: string | undefined };

/** `y[b, o] = e`, which is a recurrence where e reads y. */
export function equation(checker: Checker, { name, ...written }: Written): Value {
  const { naming, indices, expression, at, declared } = written;
  if (name !== undefined && readsItself(name, indices, expression))
    return recurrence(checker, { name, ...written });
  const bound = bind(checker, bindersOf(indices), [expression], ofBinders(indices, declared));
  if (bound === undefined) return unknown;
  const value = bound.inner.evaluate(expression);
  if (value.kind === 'unknown') return unknown;
  const whole = wholeOf(checker, indices, bound, value, { span: expression.span, at });
  if (whole === undefined) return unknown;
  return defineEquation(checker, naming, whole.dims, whole.variables, whole.body, at);
}
