/** Reads of elements in, values out: `x[b, i + 1]`, `E[ids[b], d]`, `(x[i - 1] else 0)`; each read is proven in range. */
import type { Access, Ellipsis, Expression, OrElse, Slice } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { asAffine, conjunction, constant, not } from '../../scalar/build.ts';
import { isOfIndices, rangeOfInteger } from '../arithmetic/index-arithmetic.ts';
import { choose } from '../arithmetic/operators.ts';
import { type Checker, inside, report, where, wrong } from '../checker.ts';
import {
  ellipsisUnbound,
  indexNotInteger,
  notATensor,
  notOneOfSeveral,
  positionUnknown,
  readOutside,
  wrongIndexCount,
} from '../problems/indices.ts';
import { startOfAnotherShape } from '../problems/recurrences.ts';
import { ellipsisIndices, lookUp, rootOf, type Scope } from '../scope.ts';
import { call, shifted } from '../tensors/element.ts';
import { rangeHere } from '../tensors/safety.ts';
import { sameExtents } from '../tensors/tensors.ts';
import type { Dim, Element } from '../typed.ts';
import {
  scalarValue,
  type TensorValue,
  type TupleValue,
  tensorOf,
  unknown,
  type Value,
  wholeNumber,
} from '../values.ts';
import { drawRandom, randomNamed } from './random.ts';
import { type Free, freeAxis, isNegative, wholeAxis } from './ranges.ts';
import { isSliced } from './uses.ts';

export function evaluateAccess(checker: Checker, access: Access): Value {
  const { scope } = checker;
  const random = randomNamed(access.object, scope);
  if (random !== undefined) return drawRandom(checker, random, access);
  const object = rootOf(scope).evaluated.get(access.object) ?? checker.evaluate(access.object);
  const indices = access.indices.map((index): Position => {
    if (index.kind === 'ellipsis' || index.kind === 'slice') return index;
    return {
      kind: 'one',
      value: checker.evaluate(index),
      at: index.span,
      fromEnd: isNegative(index),
    };
  });
  if (object.kind === 'unknown' || hidesTensor(access, scope)) return unknown;
  if (object.kind === 'tuple') return oneOf(checker, object, indices, access.span);
  if (object.kind !== 'tensor') return wrong(checker, notATensor(access.object.span, object));
  return read(checker, object, indices, access);
}

/** Whether an index hides the tensor that is meant here: that was reported where the index is bound. */
const hidesTensor = ({ object }: Access, scope: Scope): boolean =>
  object.kind === 'name' &&
  rootOf(scope).names.get(object.name)?.kind === 'tensor' &&
  lookUp(scope, object.name) !== rootOf(scope).names.get(object.name);

/** `stride[1]`: one of the numbers of a setting. */
function oneOf(checker: Checker, object: TupleValue, positions: readonly Position[], at: Span): Value {
  const [first, ...more] = positions;
  const one = first?.kind === 'one' ? first : undefined;
  if (one?.value.kind === 'unknown') return unknown;
  const k = more.length === 0 ? wholeNumber(one?.value) : undefined;
  const found = k === undefined ? undefined : object.values[one!.fromEnd ? k + object.values.length : k];
  if (found?.kind === 'number') return found;
  return wrong(checker, notOneOfSeveral(one?.at ?? at, object, one?.value));
}

interface OnePosition {
  readonly kind: 'one';
  readonly value: Value;
  readonly at: Span;
  /** Counts from the end. */
  readonly fromEnd: boolean;
}

type Position = Ellipsis | Slice | OnePosition;

function read(checker: Checker, object: TensorValue, positions: readonly Position[], access: Access): Value {
  const at = positions.findIndex(({ kind }) => kind === 'ellipsis');
  const explicit = positions.filter(({ kind }) => kind !== 'ellipsis').length;
  const spare = object.dims.length - explicit;
  const rest = at < 0 && isSliced(access) ? spare : 0;
  if (spare < 0 || (at < 0 && spare > rest) || positions.length - explicit > 1)
    return wrong(checker, wrongIndexCount(access.span, object, explicit));
  const inForce = at < 0 ? [] : ellipsisIndices(checker.scope);
  if (inForce !== undefined && at >= 0 && inForce.length !== spare)
    return wrong(checker, ellipsisUnbound(access.span, object, spare, inForce.length));
  const elements: (Element | Free)[] = [];
  let complete = true;
  for (const position of positions) {
    if (position.kind === 'ellipsis') {
      elements.push(...(inForce ?? object.dims.slice(at, at + spare).map(wholeAxis)));
      continue;
    }
    const axis = elements.length;
    if (position.kind === 'slice') {
      const free = freeAxis(checker, position, object.dims[axis]!);
      if (free === undefined) complete = false;
      elements.push(free ?? wholeAxis(object.dims[axis]!));
      continue;
    }
    const element = integerElement(checker, position, object.dims[axis]);
    if (element === undefined || !stays(checker, object, axis, element, position.at, access))
      complete = false;
    elements.push(element ?? wholeAxis(object.dims[axis]!));
  }
  if (!complete) return unknown;
  const { group } = checker;
  if (object.tensor !== undefined && group?.tensors.has(object.tensor)) {
    const positions = elements.map((element) => (element.kind === 'free' ? undefined : element));
    group.reads.push({ tensor: object.tensor, positions, at: access.span });
  }
  const others = rest === 0 ? [] : object.dims.slice(-rest).map(wholeAxis);
  return part(checker, object, [...elements, ...others]);
}

/** Axes that `:`, or `...` outside of an equation, leaves free stay axes of the result. */
function part(checker: Checker, object: TensorValue, elements: readonly (Element | Free)[]): Value {
  const free = elements.flatMap((element): Dim[] => (element.kind === 'free' ? [element.dim] : []));
  const element = (indices: readonly Element[]): Element => {
    let next = 0;
    return object.element(
      elements.map((own) =>
        own.kind === 'free' ? shifted(indices[next++]!, own.from, checker.ranges) : own,
      ),
    );
  };
  return tensorOf(free, object.dtype, element);
}

/** No tensor is as long: what lies beyond is outside as this is. */
const lastPosition = 2 ** 31 - 1;

function integerElement(
  checker: Checker,
  { value, at, fromEnd }: OnePosition,
  dim: Dim | undefined,
): Element | undefined {
  if (value.kind === 'unknown') return undefined;
  const written = wholeNumber(value);
  if (written !== undefined) {
    const position = written + (fromEnd && dim !== undefined ? dim.extent : 0);
    return constant(Math.min(Math.max(position, -lastPosition - 1), lastPosition), 'i32');
  }
  if (value.kind === 'tensor' && value.dims.length === 0 && value.dtype === 'i32') return value.element([]);
  return report(checker, indexNotInteger(at, value));
}

/**
 * Whether a read along one axis stays inside. Inside `( … else …)` the conditions are collected instead. A
 * data-dependent index is the data's business: it is checked where data is bound.
 */
function stays(
  checker: Checker,
  object: TensorValue,
  axis: number,
  index: Element,
  at: Span,
  access: Access,
): boolean {
  const { extent } = object.dims[axis]!;
  const of = asAffine(index);
  const { ranges } = checker;
  const zero = constant(0, 'i32');
  const end = constant(extent, 'i32');
  const { outside } = checker;
  const range = of === undefined ? rangeOfInteger(checker, index) : rangeHere(checker, of);
  const fromBelow = range !== undefined && range.min >= 0;
  const fromAbove = range !== undefined && range.max < extent;
  if (fromBelow && fromAbove) return true;
  if (outside === undefined) {
    if (of === undefined && !isOfIndices(index)) return true;
    report(
      checker,
      range === undefined ? positionUnknown(at, object, axis) : readOutside(at, object, axis, range, access),
    );
    return false;
  }
  if (!fromBelow) outside.push(call('less_equal', [zero, index], ranges));
  if (!fromAbove) outside.push(call('less', [index, end], ranges));
  return true;
}

/** Whether a recurrence reads itself, and its start, which is a tensor, has another shape. */
const startDiffers = (checker: Checker, read: Expression, value: Value, otherwise: Value): boolean =>
  value.kind === 'tensor' &&
  otherwise.kind === 'tensor' &&
  otherwise.dims.length > 0 &&
  !sameExtents(value.dims, otherwise.dims) &&
  checker.group?.reads.some(({ at }) => at === read.span) === true;

/** In a trial, what is not known yet counts as its other side; a number does not tell the shape of a slice. */
const inPlaceOf = (read: Expression, otherwise: Value): Value =>
  read.kind === 'access' && isSliced(read) && otherwise.kind !== 'tensor' ? unknown : otherwise;

/** `(x[i - 1] else 0)`: the second where a read of the first is outside. */
export function evaluateOrElse(checker: Checker, expression: OrElse): Value {
  const conditions: Element[] = [];
  const value = inside(checker, { outside: conditions }).evaluate(expression.value);
  // The second counts only where the first is outside.
  const beyond = conditions.length === 0 ? [] : [not(conjunction(conditions))];
  const otherwise = where(checker, beyond).evaluate(expression.otherwise);
  if (value.kind === 'unknown' && checker.trial) return inPlaceOf(expression.value, otherwise);
  if (conditions.length === 0 || value.kind === 'unknown') return value;
  if (startDiffers(checker, expression.value, value, otherwise))
    return wrong(
      checker,
      startOfAnotherShape(expression.otherwise.span, expression.value.span, value, otherwise),
    );
  return choose(
    checker,
    { value: scalarValue(conjunction(conditions)), at: expression.value.span },
    { value, at: expression.value.span },
    { value: otherwise, at: expression.otherwise.span },
    expression.span,
  );
}
