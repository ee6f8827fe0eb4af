/** What can be wrong with indices, reads, axes and free dimensions, NN3xx: one function a message. */
import type { Access } from '../../../grammar/ast.ts';
import { type Diagnostic, error, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Range } from '../../index/affine.ts';
import { isLogical, isReducerName } from '../../ir/reducers.ts';
import type { DType } from '../../scalar/expr.ts';
import type { Dim, SettingValue } from '../typed.ts';
import { describe, shapeText, type TensorValue, type TupleValue, typeText, type Value } from '../values.ts';
import { brief, plural, textOf } from './phrases.ts';
import { didYouMean } from './suggest.ts';

interface IndexUse {
  readonly at: Span;
  readonly dim: Dim;
  readonly of: TensorValue;
  readonly text: string;
}

const useText = ({ dim, of, text }: IndexUse): string =>
  `${dim.extent} here: ${text} is ${typeText(of.dtype, of.dims)}`;

export const extentMismatch = (name: string, first: IndexUse, second: IndexUse): Diagnostic =>
  error('NN304', `index ${name} runs over two lengths`, {
    primary: label(second.at, useText(second)),
    related: [label(first.at, useText(first))],
    hint: suggestOrder(name, first, second) ?? suggestOrder(name, second, first),
  });

/** If another axis of the tensor has the length that is wanted, its indices are probably in the wrong order. */
function suggestOrder(name: string, wanted: IndexUse, wrong: IndexUse): string | undefined {
  const axis = wrong.of.dims.findIndex(({ extent }) => extent === wanted.dim.extent);
  if (axis < 0 || wrong.of.dims.length < 2) return undefined;
  const order = wrong.of.dims.map((dim) => dim.name ?? dim.index ?? String(dim.extent)).join(', ');
  return `${wrong.text} is [${order}]; did you mean ${name} at position ${axis + 1}?`;
}

export const extentUnknown = (at: Span, name: string): Diagnostic =>
  error(
    'NN305',
    name === '...' ? 'nothing says what ... stands for' : `nothing says how far the index ${name} runs`,
    {
      primary: label(at, 'bound here'),
      hint:
        name === '...'
          ? 'some access must have ... too: x[..., c]'
          : `use it alone as an index, x[${name}], or write its extent: ${name}: 10`,
    },
  );

export const ellipsisMismatch = (
  first: { readonly at: Span; readonly dims: readonly Dim[] },
  second: { readonly at: Span; readonly dims: readonly Dim[] },
): Diagnostic =>
  error('NN306', '... stands for two shapes', {
    primary: label(second.at, `[${shapeText(second.dims)}] here`),
    related: [label(first.at, `[${shapeText(first.dims)}] here`)],
  });

export const indexBoundTwice = (at: Span, name: string): Diagnostic =>
  error('NN307', `the index ${name} is bound twice`, {
    primary: label(at, 'again here'),
    hint: 'an index means one thing in an equation: give this one another letter',
  });

export const twoEllipses = (at: Span): Diagnostic =>
  error('NN308', '... can stand only once between brackets', { primary: label(at, 'the second one') });

export const wrongIndexCount = (at: Span, object: TensorValue, found: number): Diagnostic =>
  error('NN309', `expected ${plural(object.dims.length, 'index', 'indices')}, found ${found}`, {
    primary: label(at, `this is ${describe(object)}`),
    hint:
      object.dims.length === 0
        ? 'a scalar is read without brackets'
        : 'one index a dimension; : takes a whole axis, ... stands for several',
  });

export const notOneOfSeveral = (at: Span, object: TupleValue, found: Value | undefined): Diagnostic =>
  error('NN356', `expected a position in ${describe(object)}`, {
    primary: label(at, found === undefined ? 'one position is read' : describe(found)),
    hint: object.values.every(({ kind }) => kind === 'number')
      ? `a whole number that is known while compiling, from 0 to ${object.values.length - 1}`
      : 'each of several results gets a name: (a, b) = …',
  });

export const notATensor = (at: Span, value: Value): Diagnostic =>
  error('NN310', `expected a tensor before the brackets, found ${describe(value)}`, {
    primary: label(at, 'has no elements'),
  });

export const indexNotInteger = (at: Span, value: Value): Diagnostic =>
  error('NN311', `expected a whole number as an index, found ${describe(value)}`, {
    primary: label(at, 'not an index'),
    hint: value.kind === 'tensor' && value.dims.length === 0 ? 'i32(…) makes one of it' : undefined,
  });

export const readOutside = (
  at: Span,
  object: TensorValue,
  axis: number,
  range: Range,
  access: Access,
): Diagnostic => {
  const dim = object.dims[axis]!;
  const text = textOf(access.span);
  return error(
    'NN312',
    `${brief(at)} runs from ${range.min} to ${range.max}, outside of 0 to ${dim.extent - 1}`,
    {
      primary: label(at, `axis ${axis + 1} of ${typeText(object.dtype, object.dims)}`),
      hint:
        text.length <= 40
          ? `(${text} else 0) gives 0 where it is outside`
          : 'write (… else 0) around the access: 0 where it is outside',
    },
  );
};

export const positionUnknown = (at: Span, object: TensorValue, axis: number): Diagnostic =>
  error('NN344', `nothing says that ${brief(at)} stays inside of 0 to ${object.dims[axis]!.extent - 1}`, {
    primary: label(at, `axis ${axis + 1} of ${typeText(object.dtype, object.dims)}`),
    hint: `max(0, min(…, ${object.dims[axis]!.extent - 1})) holds it inside; (… else 0) around the access gives 0 where it is outside`,
  });

export const leavesIntegers = (at: Span, { min, max }: Range, index: Span): Diagnostic =>
  error('NN345', `${brief(at)} takes whole numbers from ${min} to ${max}: they leave 32 bits`, {
    primary: label(at, 'arithmetic of indices is exact, from -2147483648 to 2147483647'),
    hint: `for a number that is no position, compute with f32(${brief(index)})`,
  });

export const divisorNotPositive = (at: Span, fn: 'divide' | 'modulo', by: number): Diagnostic =>
  error(
    'NN346',
    `${fn === 'divide' ? 'an index is divided' : 'the remainder of an index is taken'} by ${by}`,
    {
      primary: label(at, by === 0 ? 'zero' : 'negative'),
      hint:
        by === 0
          ? 'the divisor of an index is a positive number'
          : `the divisor of an index is a positive number: ${fn === 'divide' ? `-(… / ${-by}) is minus the quotient` : `… % ${-by} is never negative`}`,
    },
  );

export const reductionTooLarge = (at: Span, dims: readonly Dim[], limit: number): Diagnostic =>
  error('NN347', `a reduction over [${shapeText(dims)}] has more than ${limit} elements`, {
    primary: label(at, 'here'),
    hint: 'reduce one index after the other: an equation for the inner one, another for the outer',
  });

export const ellipsisUnbound = (at: Span, object: TensorValue, spare: number, inForce: number): Diagnostic =>
  error(
    'NN313',
    `... stands for ${plural(inForce, 'dimension', 'dimensions')} in this equation, and for ${spare} here`,
    {
      primary: label(at, `of ${describe(object)}`),
    },
  );

export const bodyNotScalar = (at: Span, value: Value): Diagnostic =>
  error('NN314', `expected the value of one element, found ${describe(value)}`, {
    primary: label(at, 'not a scalar'),
    hint: value.kind === 'tensor' ? 'in an equation tensors are read with indices: x[b, i]' : undefined,
  });

export const reducerDoesNotApply = (at: Span, by: string, dtype: DType): Diagnostic =>
  error('NN315', `${by} does not apply to ${dtype}`, {
    primary: label(at, 'here'),
    hint:
      isReducerName(by) && isLogical(by)
        ? `it needs truth values: ${by}(x > 0), or ${by}[i] (x[i] > 0) with the comparison in brackets`
        : undefined,
  });

export const axisNotFound = (at: Span, name: string, value: TensorValue): Diagnostic =>
  error('NN316', `${describe(value)} has no dimension called ${name}`, {
    primary: label(at, 'no such axis'),
    hint:
      didYouMean(
        name,
        value.dims.flatMap((dim) => dim.name ?? []),
      ) ?? 'an axis is a name of the type, or a number: over -1 is the last',
  });

export const axisOutside = (at: Span, axis: number, value: TensorValue): Diagnostic =>
  error('NN317', `${describe(value)} has no axis ${axis}`, {
    primary: label(at, `it has ${plural(value.dims.length, 'axis', 'axes')}`),
    hint: 'axes count from 0; -1 is the last',
  });

export const indexHides = (at: Span, name: string, access: Span): Diagnostic =>
  error('NN343', `the index ${name} hides the tensor ${name} that is read here`, {
    primary: label(at, 'the index'),
    related: [label(access, 'the tensor')],
    hint: 'give the index another letter',
  });

export const badBinding = (
  at: Span,
  name: string,
  value: SettingValue,
  wanted: 'a positive whole number' | 'a number' | 'true or false',
): Diagnostic =>
  error('NN340', `${name} is set to ${value}, and must be ${wanted}`, {
    primary: label(at, wanted === 'a positive whole number' ? 'a dimension' : 'a parameter'),
  });

export const ellipsisInInput = (at: Span, name: string): Diagnostic =>
  error('NN341', `the input ${name} must say all its dimensions`, {
    primary: label(at, '... is for functions and layers'),
    hint: 'name them: f32[B, T, 64]',
  });

export const sliceHasNoExtent = (at: Span): Diagnostic =>
  error('NN360', 'nothing says how long the axis `:` is', {
    primary: label(at, 'here'),
    hint: 'numbers are drawn for a shape: write its extent',
  });

/** `h[:, :] = v`, where v has one axis. */
export const tooFewAxes = (at: Span, wanted: number, value: Value): Diagnostic =>
  error('NN361', `expected ${plural(wanted, 'axis', 'axes')} for \`:\`, found ${describe(value)}`, {
    primary: label(at, 'the value of all its `:`'),
    hint: 'each `:` of the left side takes an axis of the value',
  });

export const ellipsisHasNoShape = (at: Span): Diagnostic =>
  error('NN342', 'nothing says what ... stands for', {
    primary: label(at, 'here'),
    hint: 'a typed parameter x: f32[...] binds it; in an init it is the shape of the parameter',
  });
