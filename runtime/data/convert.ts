/**
 * A host tensor and an expected type in, a tensor of exactly that type out, or a `DataError`.
 *
 * Only what has one meaning is converted:
 *
 * | from | to | rule |
 * |---|---|---|
 * | f32, f64, f16, bf16 | f32 | the nearest value; a finite number that leaves the range of f32 is refused |
 * | u8, as images (several values a row, not only 0 and 1) | f32 | divided by 255: 0..255 becomes 0..1 |
 * | u8, one value a row or only 0 and 1 | f32 | refused: grey values, or numbers? Save as f32 or declare i32 |
 * | other integers, bool | f32 | the same number; refused if f32 cannot hold it exactly |
 * | integers, bool, floats that are whole | i32, u32 | the same number; refused outside the range |
 * | anything that is only 0 and 1 | bool | 0 is false, 1 is true |
 *
 * Shapes agree when they are equal, or when merging and splitting neighbouring dimensions (ones come and go)
 * leads from one to the other: [N, 28, 28] to [N, 784] or [N, 1, 28, 28], [N, 1] to [N]. A free extent (`null`)
 * takes what is found; a free first dimension counts rows and never merges. A transpose is never guessed.
 */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';
import type { ElementType } from '../program.ts';
import type { Tensor, TypedArray } from '../tensor.ts';
import { fromBfloat, fromHalf } from './half.ts';
import { factsOf, type HostTensor, hostTypeText } from './tensor.ts';

/** What a program takes: `bool` is held as u32 0 or 1, as on the device. */
export type ProgramTensor = Tensor;

export interface ExpectedTensor {
  /** What messages call it: the input's or the parameter's name. */
  readonly name: string;
  readonly dtype: ElementType;
  /** `null` takes any extent. */
  readonly shape: readonly (number | null)[];
  /** The names of the dimensions, where they have one. */
  readonly dimensions?: readonly (string | undefined)[];
  /** The values are used as positions: integers in [min, max]; `why` ends the message, and `hint` where the largest is too large. */
  readonly range?: {
    readonly min: number;
    readonly max: number;
    readonly why: string;
    readonly hint?: (largest: number) => string;
  };
}

export interface ConvertOptions {
  /** Whether dimensions may merge and split. Off for weights, whose shape is part of their meaning. */
  readonly reshape?: boolean;
  /** Whether NaN and infinity are refused. */
  readonly finite?: boolean;
}

/** Converts, or says what was expected, what was found and what to do. */
export function convertTo(
  tensor: HostTensor,
  expected: ExpectedTensor,
  { reshape = true, finite = true }: ConvertOptions = {},
): ProgramTensor {
  const shape = fitShape(tensor.shape, expected.shape, reshape);
  if (shape === undefined) throw shapeError(tensor, expected);
  const data = convertElements(tensor, expected);
  const mayHoldNaN = factsOf(tensor.dtype).kind === 'float' && data instanceof Float32Array;
  if (finite && mayHoldNaN) checkFinite(data, shape, expected.name);
  if (expected.range !== undefined) checkRange(data, shape, expected.name, expected.range);
  return { dtype: expected.dtype, shape, data };
}

/** `f32[B = any, in = 784]`. */
export function expectedText({ dtype, shape, dimensions }: ExpectedTensor): string {
  const extents = shape.map((extent, axis) => {
    const name = dimensions?.[axis];
    const size = extent === null ? 'any' : String(extent);
    return name === undefined || name === size ? size : `${name} = ${size}`;
  });
  return `${dtype}[${extents.join(', ')}]`;
}

/** The concrete shape, or `undefined` where found and expected do not agree. */
export function fitShape(
  found: readonly number[],
  expected: readonly (number | null)[],
  reshape = true,
): readonly number[] | undefined {
  if (
    found.length === expected.length &&
    expected.every((extent, axis) => extent === null || extent === found[axis])
  ) {
    return found;
  }
  if (!reshape) return undefined;
  const [first, ...rest] = expected;
  const leading = first === null ? found[0] : undefined;
  if (first === null && leading === undefined) return undefined;
  const wanted = first === null ? rest : expected;
  if (!wanted.every((extent) => extent !== null)) return undefined;
  const from = first === null ? found.slice(1) : found;
  if (!refines(from, wanted) && !refines(wanted, from)) return undefined;
  return leading === undefined ? wanted : [leading, ...wanted];
}

/** Whether merging neighbours of `fine` gives `coarse`; extents of one come and go. */
function refines(fine: readonly number[], coarse: readonly number[]): boolean {
  if (elementCount(fine) !== elementCount(coarse)) return false;
  let at = 0;
  for (const extent of coarse) {
    let product = 1;
    while (product < extent && at < fine.length) {
      product *= fine[at]!;
      at += 1;
    }
    if (product !== extent) return false;
  }
  return true;
}

function shapeError(tensor: HostTensor, expected: ExpectedTensor): DataError {
  const { shape } = expected;
  const reversed = [...tensor.shape].reverse();
  const hints: string[] = [];
  if (tensor.shape.length === 2 && fitShape(reversed, shape, false) !== undefined) {
    hints.push('the dimensions are the other way round; transpose the data');
  } else if (
    shape.length === tensor.shape.length + 1 &&
    fitShape([1, ...tensor.shape], shape) !== undefined
  ) {
    hints.push(`one example needs a first dimension: [${[1, ...tensor.shape].join(', ')}]`);
  } else if (
    shape[0] === null &&
    tensor.shape.length > 0 &&
    shape.slice(1).every((extent) => extent !== null)
  ) {
    const wanted = elementCount(shape.slice(1) as number[]);
    hints.push(`a row has ${elementCount(tensor.shape.slice(1))} values here, ${wanted} are needed`);
  }
  return mismatch(tensor, expected, 'the shapes do not agree', hints[0]);
}

function mismatch(tensor: HostTensor, expected: ExpectedTensor, what: string, hint?: string): DataError {
  const lines = [
    `${expected.name}: ${what}`,
    `  expected ${expectedText(expected)}`,
    `  found    ${hostTypeText(tensor)}`,
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ];
  return new DataError(lines.join('\n'));
}

/** Reads any element as a number; 64-bit integers beyond 2^53 lose digits, which the range checks refuse. */
function numberReader({ dtype, data }: HostTensor): (at: number) => number {
  if (dtype === 'f16') return (at) => fromHalf(Number(data[at]));
  if (dtype === 'bf16') return (at) => fromBfloat(Number(data[at]));
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return (at) => Number(data[at]);
  return (at) => data[at]!;
}

function convertElements(tensor: HostTensor, expected: ExpectedTensor): TypedArray {
  switch (expected.dtype) {
    case 'f32':
      return toFloat(tensor, expected);
    case 'i32':
      return toInteger(tensor, expected, Int32Array, -(2 ** 31), 2 ** 31 - 1);
    case 'u32':
      return toInteger(tensor, expected, Uint32Array, 0, 2 ** 32 - 1);
    case 'bool':
      return toInteger(tensor, expected, Uint32Array, 0, 1);
  }
}

function toFloat(tensor: HostTensor, expected: ExpectedTensor): Float32Array {
  const { dtype, data, shape } = tensor;
  if (data instanceof Float32Array) return data;
  if (dtype === 'u8') return imagesToFloat(tensor, data as Uint8Array, expected);
  const read = numberReader(tensor);
  const exact = factsOf(dtype).kind !== 'float';
  const result = new Float32Array(data.length);
  for (let at = 0; at < result.length; at++) {
    const value = read(at);
    result[at] = value;
    const lost = exact
      ? result[at] !== value || Math.abs(value) > 2 ** 53
      : !Number.isFinite(result[at]) && Number.isFinite(value);
    if (lost) {
      const place = placeText(at, shape);
      throw mismatch(tensor, expected, `${data[at]}${place} does not fit f32${exact ? ' exactly' : ''}`);
    }
  }
  return result;
}

function imagesToFloat(tensor: HostTensor, data: Uint8Array, expected: ExpectedTensor): Float32Array {
  const row = elementCount(tensor.shape.slice(1));
  const onlyBits = data.some((value) => value === 1) && data.every((value) => value <= 1);
  if (tensor.shape.length < 2 || row === 1 || onlyBits) {
    const why = onlyBits ? 'only 0 and 1 occur' : 'there is one value a row';
    throw mismatch(
      tensor,
      expected,
      `u8 becomes f32 by division by 255, as images do, but ${why}, so these may be plain numbers`,
      `save the data as f32, or declare ${expected.name} as i32`,
    );
  }
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) result[at] = data[at]! / 255;
  return result;
}

function toInteger(
  tensor: HostTensor,
  expected: ExpectedTensor,
  array: typeof Int32Array | typeof Uint32Array,
  least: number,
  greatest: number,
): Int32Array | Uint32Array {
  const { data, shape, dtype } = tensor;
  if (data instanceof array && expected.dtype !== 'bool') return data;
  const read = numberReader(tensor);
  const result = new array(data.length);
  for (let at = 0; at < result.length; at++) {
    const value = read(at);
    if (!(value >= least && value <= greatest && Number.isInteger(value))) {
      const text = factsOf(dtype).kind === 'float' ? value : data[at];
      const wanted =
        expected.dtype === 'bool'
          ? 'neither 0 nor 1'
          : Number.isInteger(value)
            ? `outside ${expected.dtype}`
            : 'not a whole number';
      throw mismatch(tensor, expected, `${text}${placeText(at, shape)} is ${wanted}`);
    }
    result[at] = value;
  }
  return result;
}

/** Refuses NaN and infinity, naming the first and counting them. */
function checkFinite(data: Float32Array, shape: readonly number[], name: string): void {
  let at = 0;
  while (at < data.length && Number.isFinite(data[at])) at += 1;
  if (at === data.length) return;
  const count = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  const more = count > 1 ? `, and ${count - 1} others are not finite` : '';
  throw new DataError(
    `${name}${positionText(at, shape)} is ${data[at]}${more}; only finite numbers can be computed with`,
  );
}

/** Refuses values that are no valid positions, such as class labels that a model has no output for. */
function checkRange(
  data: TypedArray,
  shape: readonly number[],
  name: string,
  { min, max, why, hint }: NonNullable<ExpectedTensor['range']>,
): void {
  const fits = (value: number): boolean => value >= min && value <= max && Number.isInteger(value);
  let at = 0;
  while (at < data.length && fits(data[at]!)) at += 1;
  if (at === data.length) return;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of data) largest = Math.max(largest, value);
  throw new DataError(
    `${name}${positionText(at, shape)} is ${data[at]}; allowed are ${min} to ${max}: ${why}` +
      (hint === undefined || largest <= max ? '' : `\n  hint: ${hint(largest)}`),
  );
}

const placeText = (at: number, shape: readonly number[]): string =>
  shape.length === 0 ? '' : ` at ${positionText(at, shape)}`;

/** `[3, 0]`: where in the tensor an element stands; nothing for a single number. */
function positionText(at: number, shape: readonly number[]): string {
  if (shape.length === 0) return '';
  const position: number[] = [];
  let rest = at;
  for (const extent of [...shape].reverse()) {
    position.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return `[${position.join(', ')}]`;
}
