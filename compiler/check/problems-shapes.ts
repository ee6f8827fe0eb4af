/** What can be wrong with shapes and types, NN3xx: one function a message. */
import type { Access, Parameter, TypeExpression } from '../../grammar/ast.ts';
import { type Diagnostic, error, label, warning } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import type { Range } from '../index/affine.ts';
import type { DType } from '../scalar/expr.ts';
import { functions, isFunctionName } from '../scalar/functions.ts';
import { didYouMean } from './suggest.ts';
import type { Dim, LeafTensor } from './typed.ts';
import { describe, shapeText, type TensorValue, typeText, type Value } from './values.ts';

const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);
const brief = (at: Span): string => {
  const text = textOf(at).replace(/\s+/g, ' ');
  return text.length > 30 ? 'this' : text;
};
const dimName = ({ name, extent }: Dim): string =>
  name === undefined ? String(extent) : `${name} = ${extent}`;
const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

interface Placed {
  readonly at: Span;
  readonly value: Value;
}

const operators: Readonly<Record<string, string>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
  power: '**',
  negate: '-',
  equal: '==',
  not_equal: '!=',
  less: '<',
  less_equal: '<=',
  greater: '>',
  greater_equal: '>=',
  maximum: 'max',
  minimum: 'min',
};

/** A function as the file writes it. */
const spelled = (fn: string): string => operators[fn] ?? fn;

// ---------------------------------------------------------------- element by element

export const notBroadcast = (at: Span, first: Placed, second: Placed, a: Dim, b: Dim): Diagnostic =>
  error('NN301', `shapes do not fit: ${dimName(a)} against ${dimName(b)}`, {
    primary: label(second.at, `${brief(second.at)} is ${describe(second.value)}`),
    related: [label(first.at, `${brief(first.at)} is ${describe(first.value)}`)],
    hint:
      suggestAxes(first.value, second.value) ??
      `axes are aligned from the last; ${brief(at)} needs equal extents there, or 1`,
  });

function suggestAxes(first: Value, second: Value): string | undefined {
  if (first.kind !== 'tensor' || second.kind !== 'tensor') return undefined;
  if (first.dims.length !== 2 || second.dims.length !== 2) return undefined;
  const [a, b] = [first.dims, second.dims];
  const transposed = a[0]!.extent === b[1]!.extent && a[1]!.extent === b[0]!.extent;
  if (transposed) return 'one is the transpose of the other: write an equation, y[i, j] = a[i, j] + b[j, i]';
  return a[1]!.extent === b[0]!.extent || a[1]!.extent === b[1]!.extent
    ? '* is element by element; a matrix product is y[b, o] = sum[i] x[b, i] * W[o, i]'
    : undefined;
}

export const notComputable = (at: Span, fn: string, value: Value): Diagnostic =>
  error('NN302', `expected a number or a tensor for ${spelled(fn)}, found ${describe(value)}`, {
    primary: label(at, 'cannot be computed with'),
    hint:
      value.kind === 'instance' || value.kind === 'layer'
        ? 'apply the layer to something: x |> …'
        : value.kind === 'function'
          ? 'call it: f(x)'
          : undefined,
  });

export const doesNotApply = (at: Span, fn: string, values: readonly Value[]): Diagnostic =>
  error('NN303', `${spelled(fn)} does not apply to ${values.map(describe).join(' and ') || 'nothing'}`, {
    primary: label(at, 'here'),
    hint: isFunctionName(fn) ? `it needs ${functions[fn].type.expects}` : undefined,
  });

// ---------------------------------------------------------------- indices

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
        : 'one index a dimension; ... stands for several',
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
    hint: by === 'any' || by === 'all' ? 'it needs truth values: any(x > 0)' : undefined,
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

// ---------------------------------------------------------------- declared types

export const unknownType = (at: Span, name: string, known: readonly string[]): Diagnostic =>
  error('NN318', `${name} is not a type`, {
    primary: label(at, 'not known'),
    hint: didYouMean(name, known) ?? `types: ${known.join(', ')}`,
  });

export const typeDiffers = (
  at: Span,
  parameter: Parameter,
  type: TypeExpression,
  value: Value,
): Diagnostic => {
  const wanted = type.name.name;
  const isNumber = value.kind === 'tensor' && (wanted === 'f32' || wanted === 'i32');
  return error('NN319', `expected ${wanted} for ${parameter.name.name}, found ${describe(value)}`, {
    primary: label(at, describe(value)),
    related: [label(type.span, `${textOf(type.span)} here`)],
    hint: isNumber ? `${wanted}(…) converts` : undefined,
  });
};

export const wantsCompileTime = (at: Span, parameter: Parameter, type: string, value: Value): Diagnostic => {
  const what: Readonly<Record<string, string>> = {
    int: 'a whole number that is known while compiling',
    float: 'a number that is known while compiling',
    bool: 'true or false',
    fn: 'a function',
    layer: 'a layer',
  };
  return error(
    'NN320',
    `expected ${what[type] ?? type} for ${parameter.name.name}, found ${describe(value)}`,
    {
      primary: label(at, 'here'),
      related: [label(parameter.span, 'declared here')],
    },
  );
};

export const rankDiffers = (at: Span, parameter: Parameter, value: TensorValue): Diagnostic => {
  const type = parameter.type!;
  const wanted = type.dimensions?.filter(({ kind }) => kind !== 'ellipsis').length ?? 0;
  const more = type.dimensions?.some(({ kind }) => kind === 'ellipsis') === true ? 'at least ' : '';
  return error(
    'NN321',
    `expected ${more}${plural(wanted, 'dimension', 'dimensions')} for ${parameter.name.name}, found ${value.dims.length}`,
    {
      primary: label(at, `this is ${describe(value)}`),
      related: [label(type.span, `declared ${textOf(type.span)}`)],
      hint:
        wanted === 0 && type.dimensions === undefined
          ? `without brackets ${type.name.name} is a scalar; ${type.name.name}[...] is any tensor`
          : undefined,
    },
  );
};

export const shapeDiffers = (
  at: Span,
  parameter: Parameter,
  value: TensorValue,
  expected: string,
  pattern: Span,
  wanted: number,
  found: number,
): Diagnostic =>
  error('NN322', `expected ${expected} for ${parameter.name.name}, found ${describe(value)}`, {
    primary: label(at, `${found} here`),
    related: [label(pattern, `${textOf(pattern)} is ${wanted}`)],
  });

export const ellipsisDiffers = (
  at: Span,
  parameter: Parameter,
  value: TensorValue,
  known: readonly Dim[],
  found: readonly Dim[],
): Diagnostic =>
  error(
    'NN323',
    `... is [${shapeText(known)}] for the arguments before, and [${shapeText(found)}] for ${parameter.name.name}`,
    {
      primary: label(at, `this is ${describe(value)}`),
      related: [label(parameter.span, `declared ${textOf(parameter.span)}`)],
    },
  );

export const cannotSolve = (pattern: Span, name: string, extent: number, at: Span): Diagnostic =>
  error('NN324', `no whole ${name} makes ${textOf(pattern)} equal ${extent}`, {
    primary: label(at, `${extent} here`),
    related: [label(pattern, 'declared here')],
  });

export const notADimension = (at: Span, value: Value): Diagnostic =>
  error('NN325', `expected a whole number that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'cannot be the length of a dimension'),
  });

export const badExtent = (at: Span, value: number): Diagnostic =>
  error('NN326', `a dimension of length ${value}`, {
    primary: label(at, `this is ${value}`),
    hint: 'lengths are at least 1',
  });

export const resultDiffers = (
  at: Span,
  name: string,
  dtype: DType,
  declared: readonly Dim[],
  value: Value,
): Diagnostic =>
  error('NN327', `${name} declares ${typeText(dtype, declared)} and returns ${describe(value)}`, {
    primary: label(at, `${typeText(dtype, declared)} here`),
  });

export const instanceDiffers = (
  at: Span,
  path: string,
  tensor: LeafTensor,
  dims: readonly Dim[],
): Diagnostic =>
  error(
    'NN328',
    `${path} has the shape [${shapeText(tensor.dims)}] from its first use and would need [${shapeText(dims)}] here`,
    {
      primary: label(at, 'declared here'),
      hint: 'one instance has one set of parameters: make another instance for another shape',
    },
  );

export const initialDiffers = (
  at: Span,
  path: string,
  dtype: DType,
  dims: readonly Dim[],
  value: Value,
): Diagnostic =>
  error(
    'NN329',
    `expected ${typeText(dtype, dims)} or a number as the first value of ${path}, found ${describe(value)}`,
    {
      primary: label(at, 'does not fit'),
      hint: 'in an init, ... is the shape of the parameter: normal[...]',
    },
  );

export const updateDiffers = (at: Span, target: LeafTensor, value: Value): Diagnostic =>
  error(
    'NN330',
    `expected ${typeText(target.dtype, target.dims)} for ${target.label.name}, found ${describe(value)}`,
    {
      primary: label(at, 'does not fit'),
      related: [label(target.at, 'declared here')],
    },
  );

// ---------------------------------------------------------------- conditions and numbers

export const conditionNotBoolean = (at: Span, value: Value): Diagnostic =>
  error('NN331', `expected a truth value as a condition, found ${describe(value)}`, {
    primary: label(at, 'not true or false'),
    hint: 'compare: x > 0',
  });

export const wantsCondition = (at: Span, value: Value): Diagnostic =>
  error('NN332', `expected a condition that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'depends on data'),
  });

export const branchesDiffer = (at: Span, then: Placed, otherwise: Placed): Diagnostic =>
  error('NN333', `the branches do not fit: ${describe(then.value)} and ${describe(otherwise.value)}`, {
    primary: label(at, 'here'),
    related: [label(then.at, describe(then.value)), label(otherwise.at, describe(otherwise.value))],
  });

export const assertFailed = (at: Span, condition: string, message: string | undefined): Diagnostic =>
  error('NN334', message ?? `${condition} does not hold`, {
    primary: label(at, message === undefined ? 'asserted here' : `asserted here: ${condition}`),
  });

export const assertNotCompileTime = (at: Span, value: Value): Diagnostic =>
  error('NN335', `expected a condition that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'cannot be asserted'),
    hint: 'assert is about dimensions and parameters',
  });

export const lossNotScalar = (at: Span, name: string, value: TensorValue): Diagnostic =>
  error('NN336', `the loss ${name} must be one f32 number, found ${describe(value)}`, {
    primary: label(at, describe(value)),
    hint: value.dims.length > 0 ? 'mean(…) or sum(…) makes one number of it' : undefined,
  });

export const notFinite = (at: Span, fn: string, values: readonly number[]): Diagnostic => {
  const sign = operators[fn];
  const infix = sign !== undefined && values.length === 2 && !/[a-z]/.test(sign);
  const text = infix ? values.join(` ${sign} `) : `${spelled(fn)}(${values.join(', ')})`;
  return error('NN337', `${text} is no number`, { primary: label(at, 'computed here') });
};

export const numberOutOfRange = (at: Span, value: number, dtype: DType): Diagnostic =>
  error('NN338', `${value} is no ${dtype}`, { primary: label(at, 'out of range') });

export const integerDivisionRounds = (at: Span, a: number, b: number): Diagnostic =>
  warning('NN339', `${a} / ${b} is 0: whole numbers divide rounding down`, {
    primary: label(at, 'computed here'),
    hint: `write ${a}.0 / ${b} for the fraction`,
  });

// ---------------------------------------------------------------- inputs and random tensors

export const badBinding = (at: Span, name: string, value: number): Diagnostic =>
  error('NN340', `${name} is set to ${value}, and must be a positive whole number`, {
    primary: label(at, 'a dimension'),
  });

export const ellipsisInInput = (at: Span, name: string): Diagnostic =>
  error('NN341', `the input ${name} must say all its dimensions`, {
    primary: label(at, '... is for functions and layers'),
    hint: 'name them: f32[B, T, 64]',
  });

export const ellipsisHasNoShape = (at: Span): Diagnostic =>
  error('NN342', 'nothing says what ... stands for', {
    primary: label(at, 'here'),
    hint: 'a typed parameter x: f32[...] binds it; in an init it is the shape of the parameter',
  });
