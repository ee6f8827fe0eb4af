/**
 * Functions that move elements and compute none: `concat`, `stack`, `split`, `reshape`, `flatten`, `transpose`. Each makes one
 * equation, a view that fusion takes away where it can; what is moved is known when the program is compiled.
 */
import { countPoints } from '../../../runtime/extents.ts';
import { constant, convert } from '../../scalar/build.ts';
import { rowMajor, unravelled } from '../arithmetic/row-major.ts';
import { report, wrong } from '../checker.ts';
import { axesOf } from '../indices/reduction.ts';
import { badExtent, notADimension } from '../problems/shapes.ts';
import { argumentsWanted, elementsDiffer, partsDiffer } from '../problems/shaping.ts';
import { rootOf } from '../scope.ts';
import { call, selectElement, shifted } from '../tensors/element.ts';
import { sameExtents, store } from '../tensors/tensors.ts';
import type { Dim, Element } from '../typed.ts';
import {
  describe,
  dimName,
  type TensorValue,
  tensorOf,
  unknown,
  type Value,
  wholeNumber,
} from '../values.ts';
import { type Call, type Part, refuse } from './builtin.ts';

/** Stored at once: who reads it at whatever position reads a tensor. */
function moved(
  { checker, name, at }: Call,
  dims: readonly Dim[],
  of: TensorValue,
  element: TensorValue['element'],
): Value {
  const naming = { name: `${rootOf(checker.scope).prefix}${name}`, claimed: false };
  return store(checker, tensorOf(dims, of.dtype, element), naming, at);
}

/** The one axis of the value after `over`. Undefined: a problem was reported. */
function oneAxis(
  { checker, over = [], ...call }: Call,
  value: TensorValue,
  wanted: string,
  hint: string,
): number | undefined {
  const axes = axesOf(checker, over, value);
  if (axes?.size === 1) return [...axes][0];
  return axes && report(checker, argumentsWanted(call.at, call.name, wanted, hint));
}

/** A part of an axis of this length: what the index is called goes with it. */
const ofLength = ({ index }: Dim, extent: number): Dim => ({ extent, ...(index !== undefined && { index }) });

// ---------------------------------------------------------------- several into one, one into several

/** The parts, of one type; integers beside an f32 become f32. */
function alike({ checker, name }: Call, parts: readonly Part[]): readonly Part[] | undefined {
  const types = new Set(parts.map(({ value }) => value.dtype));
  if (types.size === 1) return parts;
  const truth = parts.find(({ value }) => value.dtype === 'bool');
  if (truth !== undefined) {
    const wanted = `parts of one type, found ${describe(truth.value)}`;
    return report(checker, argumentsWanted(truth.at, name, wanted));
  }
  return parts.map(({ value, at }) => ({
    value: tensorOf(value.dims, 'f32', (indices) => convert(value.element(indices), 'f32')),
    at,
  }));
}

export function concat(call: Call, ...given: readonly Part[]): Value {
  const { checker, name } = call;
  const parts = alike(call, given);
  if (parts === undefined) return unknown;
  const first = parts[0]!;
  const axis = oneAxis(call, first.value, 'one axis', 'say along which: concat(a, b, over -1)');
  if (axis === undefined) return unknown;
  const others = ({ value }: Part): readonly Dim[] => value.dims.toSpliced(axis, 1);
  const isOther = (part: Part): boolean =>
    part.value.dims.length !== first.value.dims.length || !sameExtents(others(part), others(first));
  const other = parts.find(isOther);
  if (other !== undefined) return wrong(checker, partsDiffer(name, first, other, axis));
  const lengths = parts.map(({ value }) => value.dims[axis]!.extent);
  const whole = ofLength(
    first.value.dims[axis]!,
    lengths.reduce((a, b) => a + b),
  );
  return moved(call, first.value.dims.with(axis, whole), first.value, (indices) =>
    choice(call, indices[axis]!, lengths, (part, from) => {
      const position = shifted(indices[axis]!, -from, checker.ranges);
      return parts[part]!.value.element(indices.with(axis, position));
    }),
  );
}

export function stack(call: Call, ...given: readonly Part[]): Value {
  const { checker, over, name } = call;
  const parts = alike(call, given);
  if (parts === undefined) return unknown;
  const first = parts[0]!;
  const { dims } = first.value;
  const other = parts.find(({ value }) => !sameExtents(value.dims, dims));
  if (other !== undefined) return wrong(checker, partsDiffer(name, first, other, dims.length));
  const made: Dim = { extent: parts.length };
  // Of the result, in which the new axis is one of the axes.
  const result: TensorValue = { ...first.value, dims: [...dims, made] };
  const axis =
    over === undefined ? 0 : oneAxis(call, result, 'one axis', 'say which is new: stack(a, b, over 0)');
  if (axis === undefined) return unknown;
  const ones = parts.map(() => 1);
  return moved(call, dims.toSpliced(axis, 0, made), first.value, (indices) =>
    choice(call, indices[axis]!, ones, (part) => parts[part]!.value.element(indices.toSpliced(axis, 1))),
  );
}

/** `split(x, 2, over C)`: equal parts, one after the other, as several results. */
export function split(call: Call, { value }: Part): Value {
  const { checker, given } = call;
  if (given[1]?.value.kind === 'unknown') return unknown;
  const many = wholeNumber(given[1]?.value);
  const [wanted, hint] = ['a tensor, a number of parts and one axis', 'split(x, 2, over -1)'];
  const axis = oneAxis(call, value, wanted, hint);
  if (axis === undefined) return unknown;
  if (given.length !== 2 || many === undefined) return refuse(call, wanted, hint);
  const dim = value.dims[axis]!;
  if (many < 1 || dim.extent % many !== 0)
    return refuse(call, `a number of parts that ${dim.extent} can be divided by`);
  const length = dim.extent / many;
  const dims = value.dims.with(axis, ofLength(dim, length));
  const values = Array.from({ length: many }, (_, k) =>
    moved(call, dims, value, (indices) =>
      value.element(indices.with(axis, shifted(indices[axis]!, k * length, checker.ranges))),
    ),
  );
  return { kind: 'tuple', values };
}

/** What stands at a position of parts that follow each other; `from` is where a part begins. */
function choice(
  { checker: { ranges } }: Call,
  position: Element,
  lengths: readonly number[],
  elementOf: (part: number, from: number) => Element,
): Element {
  const starts = lengths.map((_, part) => lengths.slice(0, part).reduce((a, b) => a + b, 0));
  return starts.reduceRight((rest: Element | undefined, from, part): Element => {
    const own = elementOf(part, from);
    if (rest === undefined) return own;
    const end = constant(from + lengths[part]!, 'i32');
    return selectElement(call('less', [position, end], ranges), own, rest);
  }, undefined)!;
}

// ---------------------------------------------------------------- one, laid out otherwise

export function reshape(given: Call, { value }: Part): Value {
  const { checker, at } = given;
  const total = countPoints(value.dims);
  const dims: Dim[] = [];
  let left: number | undefined;
  let fine = true;
  for (const { value: length, at: place } of given.given.slice(1)) {
    if (length.kind === 'unknown') fine = false;
    else if (length.kind !== 'number' || !length.integer) {
      report(checker, notADimension(place, length));
      fine = false;
    } else if (length.value === -1 && left === undefined) {
      left = dims.length;
      dims.push({ extent: 1 });
    } else if (length.value < 1) {
      report(checker, badExtent(place, length.value));
      fine = false;
    } else dims.push(length.dim ?? { extent: length.value });
  }
  if (!fine) return unknown;
  const product = countPoints(dims);
  if (left !== undefined && total % product === 0) dims[left] = { extent: total / product };
  if (countPoints(dims) !== total) {
    const wanted = dims.map((dim, axis) => (axis === left ? '-1' : dimName(dim)));
    return wrong(checker, elementsDiffer(at, value, total, wanted.join(', ')));
  }
  return laidOut(given, value, dims);
}

/** The same elements in the same order, row-major, under another shape; axes that both begin with stay as they are. */
function laidOut(given: Call, value: TensorValue, dims: readonly Dim[]): Value {
  const differs = value.dims.findIndex(({ extent }, axis) => extent !== dims[axis]?.extent);
  const same = differs < 0 ? value.dims.length : differs;
  return moved(given, dims, value, (indices) => {
    const position = rowMajor(given.checker, dims.slice(same), indices.slice(same));
    return value.element([
      ...indices.slice(0, same),
      ...unravelled(given.checker, value.dims.slice(same), position),
    ]);
  });
}

/** All axes but the first become one, or those after `over`, which are neighbours. */
export function flatten(given: Call, { value }: Part): Value {
  const { checker, over } = given;
  if (given.given.length > 1)
    return refuse(given, 'one tensor', 'the axes stand after over: flatten(x, over (C, H, W))');
  const axes = over === undefined ? new Set([...value.dims.keys()].slice(1)) : axesOf(checker, over, value);
  if (axes === undefined) return unknown;
  const [first = 0, ...others] = [...axes].sort((a, b) => a - b);
  const last = others.at(-1) ?? first;
  if (axes.size === 0 || last - first + 1 !== axes.size)
    return refuse(given, 'axes that are neighbours', 'transpose(x, over (…)) puts the axes in another order');
  const merged: Dim = { extent: countPoints(value.dims.slice(first, last + 1)) };
  return laidOut(given, value, value.dims.toSpliced(first, axes.size, merged));
}

/** The last two axes change places, or all are put in the order after `over`. */
export function transpose(given: Call, { value }: Part): Value {
  const { checker, over } = given;
  const rank = value.dims.length;
  if (given.given.length > 1 || rank < 2)
    return refuse(
      given,
      'one tensor of two axes or more',
      'the order of the axes stands after over: transpose(x, over (0, 2, 1))',
    );
  const swapped = [...[...value.dims.keys()].slice(0, -2), rank - 1, rank - 2];
  const order = over === undefined ? swapped : [...(axesOf(checker, over, value) ?? [])];
  if (order.length === 0) return unknown;
  if (order.length !== rank)
    return refuse(
      given,
      `all ${rank} axes, each once`,
      'over (…) is the new order of the axes; without it the last two change places',
    );
  const dims = order.map((axis) => value.dims[axis]!);
  return moved(given, dims, value, (indices) =>
    value.element(order.map((_, axis) => indices[order.indexOf(axis)]!)),
  );
}
