/** What can be wrong with declared types and shapes, NN3xx: one function a message. */
import type { Parameter, TypeExpression } from '../../../grammar/ast.ts';
import { type Diagnostic, error, type Label, label } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { DType } from '../../scalar/expr.ts';
import type { Dim, LeafTensor } from '../typed.ts';
import { describe, shapeText, type TensorValue, typeText, type Value } from '../values.ts';
import { plural, textOf } from './phrases.ts';
import { didYouMean } from './suggest.ts';
import { declarationOf } from './values.ts';

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

/** `layer` is what the parameter is a setting of. */
export const wantsCompileTime = (
  at: Span,
  parameter: Parameter,
  type: string,
  value: Value,
  layer?: string,
): Diagnostic => {
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
      hint:
        layer !== undefined && value.kind === 'tensor'
          ? `the settings of a layer stand in its first brackets, what it is applied to in the second: ${layer}(…)(x), or x |> ${layer}(…)`
          : undefined,
    },
  );
};

export const axesWanted = (at: Span, parameter: Parameter, count: number, found: Value): Diagnostic =>
  error(
    'NN354',
    `expected ${plural(count, 'number', 'numbers')} for ${parameter.name.name}, found ${describe(found)}`,
    {
      primary: label(at, describe(found)),
      related: [label(parameter.span, `declared ${textOf(parameter.span)}`)],
      hint: 'one for each axis, or one number for all of them',
    },
  );

export const oneNumberOfAxes = (at: Span, type: string): Diagnostic =>
  error('NN355', `${type}[…] says how many numbers, and ${textOf(at)} does not`, {
    primary: label(at, 'one whole number in brackets'),
    hint: `stride: ${type}[2]`,
  });

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
    known.length === 0
      ? `expected one number for ${parameter.name.name}, as before it, found ${describe(value)}`
      : `... is [${shapeText(known)}] for the arguments before, and [${shapeText(found)}] for ${parameter.name.name}`,
    {
      primary: label(at, `this is ${describe(value)}`),
      related: [label(parameter.span, `declared ${textOf(parameter.span)}`)],
      hint:
        known.length === 0
          ? 'all arguments declared [...] have one shape; 0 * x + 1.0 is the number 1 in the shape of x'
          : (hintForOneMore(known, found) ?? hintForOneMore(found, known)),
    },
  );

/** Where one shape is the other with one more axis at the end: how that is taken off. */
function hintForOneMore(longer: readonly Dim[], other: readonly Dim[]): string | undefined {
  const begins = other.every(({ extent }, axis) => extent === longer[axis]?.extent);
  if (longer.length !== other.length + 1 || !begins) return undefined;
  const last = longer.at(-1)!;
  if (last.extent === 1) return 'one has an axis of one element more: z[b] = y[b, 0] takes it off';
  const whole = other.map(() => ':, ').join('');
  return `one has the axis ${shapeText([last])} more: y[${whole}-1] reads its last position, mean(y, over ${other.length}) its mean`;
}

export const cannotSolve = (pattern: Span, name: string, extent: number, at: Span): Diagnostic =>
  error('NN324', `no whole ${name} makes ${textOf(pattern)} equal ${extent}`, {
    primary: label(at, `${extent} here`),
    related: [label(pattern, 'declared here')],
  });

export const notADimension = (at: Span, value: Value): Diagnostic =>
  error('NN325', `expected a whole number that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'cannot be the length of a dimension'),
    hint:
      value.kind === 'tuple'
        ? 'lengths are arguments, one after the other: reshape(x, B, 28, -1)'
        : undefined,
  });

export const badExtent = (at: Span, value: number): Diagnostic =>
  error('NN326', `a dimension of length ${value}`, {
    primary: label(at, `this is ${value}`),
    hint: 'lengths are at least 1',
  });

/** The read that told how far the index of this axis runs. */
const readOf = ({ read, index, extent }: Dim): readonly Label[] =>
  read === undefined ? [] : [label(read, `this read says that ${index ?? 'the index'} runs over ${extent}`)];

export const resultDiffers = (
  at: Span,
  name: string,
  dtype: DType,
  declared: readonly Dim[],
  value: Value,
): Diagnostic =>
  error('NN327', `${name} declares ${typeText(dtype, declared)} and returns ${describe(value)}`, {
    primary: label(at, `${typeText(dtype, declared)} here`),
    related:
      value.kind === 'tensor' && value.dims.length === declared.length
        ? value.dims
            .filter(({ extent }, axis) => extent !== declared[axis]!.extent)
            .flatMap((dim) => [...readOf(dim), ...declarationOf(dim)])
        : [],
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

export const defaultDiffers = (at: Span, name: string, dtype: DType, value: Value): Diagnostic =>
  error(
    'NN374',
    `expected one ${dtype} number for all of ${name}, known when compiled, found ${describe(value)}`,
    {
      primary: label(at, 'cannot be the default'),
      hint: 'other values are given by data, or are an equation',
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
