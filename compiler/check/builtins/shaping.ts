/**
 * Functions that move elements and compute none: `concat`, `stack`, `split`, `reshape`, `flatten`, `transpose`. Each makes one
 * equation, a view that fusion takes away where it can; what is moved is known when the program is compiled.
 */
import type { Expression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { countPoints } from '../../../runtime/extents.ts';
import { constant, convert } from '../../scalar/build.ts';
import { type Checker, type Given, report, wrong } from '../checker.ts';
import { axesOf } from '../indices/reduction.ts';
import { dimName } from '../problems/phrases.ts';
import { badExtent, notADimension } from '../problems/shapes.ts';
import { argumentsWanted, elementsDiffer, partsDiffer } from '../problems/shaping.ts';
import { rootOf, type Scope } from '../scope.ts';
import { call, selectElement } from '../tensors/element.ts';
import { store } from '../tensors/tensors.ts';
import type { Dim, Element } from '../typed.ts';
import { describe, numberValue, type TensorValue, unknown, type Value } from '../values.ts';

interface Call {
  readonly checker: Checker;
  readonly name: string;
  readonly given: readonly Given[];
  readonly over: readonly Expression[] | undefined;
  readonly at: Span;
  readonly scope: Scope;
}

interface Part {
  readonly value: TensorValue;
  readonly at: Span;
}

type Shaping = (call: Call, parts: readonly Part[]) => Value;

interface Shaper {
  readonly run: Shaping;
  readonly tensors: 'first' | 'all';
  /** Of a number or truth value that is known while compiling; undefined: those are refused. */
  readonly ofNumber?: Value;
}

const functions: Readonly<Record<string, Shaper>> = {
  concat: { run: concat, tensors: 'all' },
  stack: { run: stack, tensors: 'all' },
  split: { run: split, tensors: 'first' },
  reshape: { run: reshape, tensors: 'first' },
  flatten: { run: flatten, tensors: 'first' },
  transpose: { run: transpose, tensors: 'first' },
  rank: {
    run: (_, [part]) => numberValue(part!.value.dims.length, true),
    tensors: 'first',
    ofNumber: numberValue(0, true),
  },
  extent: { run: extent, tensors: 'first' },
};

export const shapingNames: readonly string[] = Object.keys(functions);

export function callShaping(call: Call): Value {
  const { checker, name, given, at } = call;
  const { run, tensors, ofNumber } = functions[name]!;
  const operands = tensors === 'all' ? given : given.slice(0, 1);
  // Where the text could not be read, what was given may be lost: the parser has said so.
  if (operands.length === 0 && checker.state.broken) return unknown;
  if (operands.length === 0)
    return wrong(checker, argumentsWanted(at, name, 'a tensor', `write ${name}(x, …)`));
  const [first] = operands;
  if (ofNumber && (first!.value.kind === 'number' || first!.value.kind === 'boolean')) return ofNumber;
  const parts: Part[] = [];
  for (const { value, at: place } of operands) {
    if (value.kind === 'tensor') parts.push({ value, at: place });
    else if (value.kind !== 'unknown')
      report(
        checker,
        argumentsWanted(
          place,
          name,
          `a tensor, found ${describe(value)}`,
          value.kind === 'tuple' ? `one argument after the other: ${name}(a, b, …)` : undefined,
        ),
      );
  }
  return parts.length < operands.length ? unknown : run(call, parts);
}

/** Stored at once: who reads it at whatever position reads a tensor. */
function moved(
  { checker, name, at, scope }: Call,
  dims: readonly Dim[],
  of: TensorValue,
  element: TensorValue['element'],
): Value {
  const value: TensorValue = { kind: 'tensor', dims, dtype: of.dtype, element };
  return store(checker, value, { name: `${rootOf(scope).prefix}${name}`, claimed: false }, at);
}

// ---------------------------------------------------------------- several into one

/** The parts, of one type; integers beside an f32 become f32. */
function alike({ checker, name }: Call, parts: readonly Part[]): readonly Part[] | undefined {
  const types = new Set(parts.map(({ value }) => value.dtype));
  if (types.size === 1) return parts;
  const other = parts.find(({ value }) => value.dtype === 'bool');
  if (other !== undefined)
    return report(
      checker,
      argumentsWanted(other.at, name, `parts of one type, found ${describe(other.value)}`),
    );
  return parts.map((part) => {
    const { value } = part;
    const element = (indices: readonly Element[]): Element => convert(value.element(indices), 'f32');
    return { ...part, value: { kind: 'tensor', dims: value.dims, dtype: 'f32', element } };
  });
}

function differing(parts: readonly Part[], axis: number | undefined): Part | undefined {
  const [first] = parts;
  return parts.find(
    ({ value: { dims } }) =>
      dims.length !== first!.value.dims.length ||
      dims.some(({ extent }, k) => k !== axis && extent !== first!.value.dims[k]!.extent),
  );
}

function concat(call: Call, given: readonly Part[]): Value {
  const { checker, at, over = [], scope, name } = call;
  const parts = alike(call, given);
  if (parts === undefined) return unknown;
  const [first] = parts;
  const axes = axesOf(checker, over, first!.value, scope);
  if (axes === undefined) return unknown;
  const [axis, ...more] = axes;
  if (axis === undefined || more.length > 0)
    return wrong(checker, argumentsWanted(at, name, 'one axis', 'say along which: concat(a, b, over -1)'));
  const other = differing(parts, axis);
  if (other !== undefined) return wrong(checker, partsDiffer(name, first!, other, axis));
  const lengths = parts.map(({ value }) => value.dims[axis]!.extent);
  const { index } = first!.value.dims[axis]!;
  const whole: Dim = { extent: lengths.reduce((a, b) => a + b), ...(index !== undefined && { index }) };
  const dims = first!.value.dims.map((dim, k) => (k === axis ? whole : dim));
  return moved(call, dims, first!.value, (indices) =>
    choice(checker, indices[axis]!, lengths, (part, from) => {
      const position = shifted(checker, indices[axis]!, -from);
      return parts[part]!.value.element(indices.map((own, k) => (k === axis ? position : own)));
    }),
  );
}

function stack(call: Call, given: readonly Part[]): Value {
  const { checker, at, over, scope, name } = call;
  const parts = alike(call, given);
  if (parts === undefined) return unknown;
  const [first] = parts;
  const other = differing(parts, undefined);
  if (other !== undefined) return wrong(checker, partsDiffer(name, first!, other, first!.value.dims.length));
  const made: Dim = { extent: parts.length };
  // Of the result, in which the new axis is one of the axes.
  const result: TensorValue = { ...first!.value, dims: [...first!.value.dims, made] };
  const axes = over === undefined ? [0] : axesOf(checker, over, result, scope);
  if (axes === undefined) return unknown;
  const [axis, ...more] = axes;
  if (axis === undefined || more.length > 0)
    return wrong(checker, argumentsWanted(at, name, 'one axis', 'say which is new: stack(a, b, over 0)'));
  const dims = first!.value.dims.toSpliced(axis, 0, made);
  return moved(call, dims, first!.value, (indices) =>
    choice(
      checker,
      indices[axis]!,
      parts.map(() => 1),
      (part) => parts[part]!.value.element(indices.toSpliced(axis, 1)),
    ),
  );
}

/** `split(x, 2, over C)`: equal parts, one after the other, as several results. */
function split(call: Call, [part]: readonly Part[]): Value {
  const { checker, at, given, over = [], scope, name } = call;
  const { value } = part!;
  const axes = axesOf(checker, over, value, scope);
  const many = given[1]?.value;
  if (axes === undefined || many?.kind === 'unknown') return unknown;
  const [axis, ...more] = axes;
  if (axis === undefined || more.length > 0 || given.length !== 2 || many?.kind !== 'number' || !many.integer)
    return wrong(
      checker,
      argumentsWanted(at, name, 'a tensor, a number of parts and one axis', 'split(x, 2, over -1)'),
    );
  const { extent, index } = value.dims[axis]!;
  if (many.value < 1 || extent % many.value !== 0)
    return wrong(checker, argumentsWanted(at, name, `a number of parts that ${extent} can be divided by`));
  const length = extent / many.value;
  const dims = value.dims.toSpliced(axis, 1, { extent: length, ...(index !== undefined && { index }) });
  const values = Array.from({ length: many.value }, (_, k) =>
    moved(call, dims, value, (indices) =>
      value.element(
        indices.map((own, axisOf) => (axisOf === axis ? shifted(checker, own, k * length) : own)),
      ),
    ),
  );
  return { kind: 'tuple', values };
}

/** What stands at a position of parts that follow each other; `from` is where a part begins. */
function choice(
  checker: Checker,
  position: Element,
  lengths: readonly number[],
  elementOf: (part: number, from: number) => Element,
): Element {
  const starts = lengths.map((_, part) => lengths.slice(0, part).reduce((a, b) => a + b, 0));
  return starts.reduceRight((rest: Element | undefined, from, part): Element => {
    const own = elementOf(part, from);
    if (rest === undefined) return own;
    const end = constant(from + lengths[part]!, 'i32');
    return selectElement(call('less', [position, end], checker.ranges), own, rest);
  }, undefined)!;
}

const shifted = (checker: Checker, index: Element, by: number): Element =>
  by === 0 ? index : call('add', [index, constant(by, 'i32')], checker.ranges);

// ---------------------------------------------------------------- one, laid out otherwise

function reshape(given: Call, [part]: readonly Part[]): Value {
  const { checker, at } = given;
  const { value } = part!;
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
  const { checker } = given;
  const arithmetic = (fn: 'add' | 'multiply' | 'divide' | 'modulo', a: Element, b: number): Element =>
    call(fn, [a, constant(b, 'i32')], checker.ranges);
  const differs = value.dims.findIndex(({ extent }, axis) => extent !== dims[axis]?.extent);
  const same = differs < 0 ? value.dims.length : differs;
  return moved(given, dims, value, (indices) => {
    let position: Element = constant(0, 'i32');
    for (const [k, index] of indices.slice(same).entries())
      position = call(
        'add',
        [arithmetic('multiply', position, dims[same + k]!.extent), index],
        checker.ranges,
      );
    const rest = value.dims.slice(same);
    let stride = countPoints(rest);
    const own = rest.map(({ extent }, axis) => {
      stride /= extent;
      if (extent === 1) return constant(0, 'i32');
      const quotient = stride === 1 ? position : arithmetic('divide', position, stride);
      return axis === 0 ? quotient : arithmetic('modulo', quotient, extent);
    });
    return value.element([...indices.slice(0, same), ...own]);
  });
}

/** All axes but the first become one, or those after `over`, which are neighbours. */
function flatten(given: Call, [part]: readonly Part[]): Value {
  const { checker, over, scope, name, at } = given;
  const { value } = part!;
  if (given.given.length > 1)
    return wrong(
      checker,
      argumentsWanted(at, name, 'one tensor', 'the axes stand after over: flatten(x, over (C, H, W))'),
    );
  const axes =
    over === undefined ? new Set([...value.dims.keys()].slice(1)) : axesOf(checker, over, value, scope);
  if (axes === undefined) return unknown;
  const [first = 0, ...others] = [...axes].sort((a, b) => a - b);
  const last = others.at(-1) ?? first;
  if (axes.size === 0 || last - first + 1 !== axes.size)
    return wrong(
      checker,
      argumentsWanted(
        at,
        name,
        'axes that are neighbours',
        'transpose(x, over (…)) puts the axes in another order',
      ),
    );
  const merged: Dim = { extent: countPoints(value.dims.slice(first, last + 1)) };
  return laidOut(given, value, value.dims.toSpliced(first, axes.size, merged));
}

/** The last two axes change places, or all are put in the order after `over`. */
function transpose(given: Call, [part]: readonly Part[]): Value {
  const { checker, over, scope, name, at } = given;
  const { value } = part!;
  const rank = value.dims.length;
  if (given.given.length > 1 || rank < 2)
    return wrong(
      checker,
      argumentsWanted(
        at,
        name,
        'one tensor of two axes or more',
        'the order of the axes stands after over: transpose(x, over (0, 2, 1))',
      ),
    );
  const swapped = [...[...value.dims.keys()].slice(0, -2), rank - 1, rank - 2];
  const order = over === undefined ? swapped : [...(axesOf(checker, over, value, scope) ?? [])];
  if (order.length === 0) return unknown;
  if (order.length !== rank)
    return wrong(
      checker,
      argumentsWanted(
        at,
        name,
        `all ${rank} axes, each once`,
        'over (…) is the new order of the axes; without it the last two change places',
      ),
    );
  const dims = order.map((axis) => value.dims[axis]!);
  return moved(given, dims, value, (indices) =>
    value.element(order.map((_, axis) => indices[order.indexOf(axis)]!)),
  );
}

// ---------------------------------------------------------------- what a shape is

function extent({ checker, given, at, name }: Call, [part]: readonly Part[]): Value {
  const { dims } = part!.value;
  const axis = given[1]?.value;
  if (axis?.kind === 'unknown') return unknown;
  if (given.length !== 2 || axis?.kind !== 'number' || !axis.integer)
    return wrong(
      checker,
      argumentsWanted(
        at,
        name,
        'a tensor and an axis',
        'write extent(x, 0), or extent(x, -1) for the last axis',
      ),
    );
  const dim = dims[axis.value < 0 ? axis.value + dims.length : axis.value];
  if (dim === undefined)
    return wrong(
      checker,
      argumentsWanted(at, name, `an axis from 0 to ${dims.length - 1}`, '-1 is the last'),
    );
  return { ...numberValue(dim.extent, true), dim };
}
