/** What an expression of the language can be while it is checked, and how people read it. */
import type { Fn, Layer, Optimizer } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { load } from '../scalar/build.ts';
import type { DType } from '../scalar/expr.ts';
import type { Dim, Element, Readable, Tensor } from './typed.ts';

export type Value =
  | NumberValue
  | BooleanValue
  | StringValue
  | TensorValue
  | FunctionValue
  | LayerValue
  | InstanceValue
  | OptimizerValue
  | TupleValue
  | UnknownValue;

/** A dimension under the name that an expansion binds to it, and what the caller calls it. */
export interface BoundDim extends Dim {
  readonly binding?: { readonly expansion: number; readonly outer: BoundDim };
}

/** The dimension as the model calls it. */
export const outermost = (dim: BoundDim): BoundDim =>
  dim.binding === undefined ? dim : outermost(dim.binding.outer);

/** A number that is known while compiling. */
export interface NumberValue {
  readonly kind: 'number';
  readonly value: number;
  /** Can be a dimension; divides rounding down. */
  readonly integer: boolean;
  /** The type that `i32(…)` or `u32(…)` gave it: its own where nothing beside it says one. */
  readonly converted?: 'i32' | 'u32';
  /** The dimension that it is the extent of, for messages. */
  readonly dim?: BoundDim;
}

export interface BooleanValue {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}

/**
 * A tensor, perhaps not yet stored: the value of any element can be asked for. Shape [] is a scalar. In an
 * equation, elements may mention index variables of the equation.
 */
export interface TensorValue {
  readonly kind: 'tensor';
  readonly dims: readonly BoundDim[];
  readonly dtype: DType;
  readonly element: (indices: readonly Element[]) => Element;
  /** Where the value is just this tensor. */
  readonly tensor?: Tensor;
  /** Where it is what a reduction without indices left of a tensor: the axes of that, and those that are gone. */
  readonly reduced?: { readonly dims: readonly BoundDim[]; readonly axes: ReadonlySet<number> };
  /** What a call gave besides its declared result, until it gets a name: `(h, c) = …` takes them all. */
  readonly more?: readonly Value[];
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly fn: Fn;
}

/** A layer without its arguments. */
export interface LayerValue {
  readonly kind: 'layer';
  readonly layer: Layer;
}

/** A layer with its arguments: one set of parameters, made when it is applied first. */
export interface InstanceValue {
  readonly kind: 'instance';
  readonly layer: Layer;
  readonly instance: Instance;
}

/** The body that made an instance, where those without a name are counted. */
export interface Home {
  /** The number of its expansion. */
  readonly expansion: number;
  /** What paths of parameters begin with. */
  readonly path: string;
  /** How many calls of each function, and inline instances of each layer, there were. */
  readonly inline: Map<string, number>;
  /** In a `repeat`: an instance with a name is another one in each pass. */
  readonly repeated: boolean;
}

export interface Instance {
  readonly arguments: ReadonlyMap<string, Value>;
  readonly home: Home;
  readonly at: Span;
  /** Set when it gets a name, or when it is applied. */
  path: string | undefined;
  /** Parameters and inner instances by name; set by the first application. */
  built: ReadonlyMap<string, Value> | undefined;
  /** Its application went wrong, and was reported. */
  failed: boolean;
}

export interface OptimizerValue {
  readonly kind: 'optimizer';
  readonly optimizer: Optimizer;
}

/** Several results, until each has a name. */
export interface TupleValue {
  readonly kind: 'tuple';
  readonly values: readonly Value[];
}

/** What a wrong expression is; no check complains about it again. */
export interface UnknownValue {
  readonly kind: 'unknown';
}

export const unknown: UnknownValue = { kind: 'unknown' };

export const numberValue = (
  value: number,
  integer: boolean,
  converted?: NumberValue['converted'],
): NumberValue => ({
  kind: 'number',
  value,
  integer,
  ...(integer && converted !== undefined && { converted }),
});

/** The type of a number that stands alone. */
export const ownType = ({ converted }: NumberValue): DType => converted ?? 'f32';

export const booleanValue = (value: boolean): BooleanValue => ({ kind: 'boolean', value });

/** A scalar; its one element is made once, so that its parts keep their identity. */
export const scalarValue = (element: Element): TensorValue => ({
  kind: 'tensor',
  dims: [],
  dtype: element.dtype,
  element: () => element,
});

/** A tensor by its elements. */
export const tensorOf = (
  dims: readonly BoundDim[],
  dtype: DType,
  element: TensorValue['element'],
): TensorValue => (dims.length === 0 ? scalarValue(element([])) : { kind: 'tensor', dims, dtype, element });

/** The values that a left side of names takes apart. */
export function severalIn(value: Value): readonly Value[] {
  if (value.kind === 'tuple') return value.values;
  return value.kind === 'tensor' && value.more !== undefined ? [value, ...value.more] : [];
}

export const referenceTo = (tensor: Tensor, dims: readonly Dim[] = tensor.dims): TensorValue => ({
  kind: 'tensor',
  dims,
  dtype: tensor.dtype,
  tensor,
  element: (indices) => load<Readable>(tensor, tensor.dtype, indices),
});

/** `B = 32` */
export const dimName = ({ name, extent }: Dim): string =>
  name === undefined ? String(extent) : `${name} = ${extent}`;

export const shapeText = (dims: readonly Dim[]): string => dims.map(dimName).join(', ');

/** `f32[B = 32, 784]` */
export const typeText = (dtype: DType, dims: readonly Dim[]): string =>
  dims.length === 0 ? dtype : `${dtype}[${shapeText(dims)}]`;

const isNumber = (value: Value): value is NumberValue => value.kind === 'number';

/** A whole number that is known while compiling. */
export const wholeNumber = (value: Value | undefined): number | undefined =>
  value?.kind === 'number' && value.integer ? value.value : undefined;

/** For `expected …, found …` in messages. */
export function describe(value: Value): string {
  switch (value.kind) {
    case 'number':
      return `the number ${value.value}`;
    case 'boolean':
      return String(value.value);
    case 'string':
      return 'a text';
    case 'tensor':
      return typeText(value.dtype, value.dims);
    case 'function':
      return `the function ${value.fn.name.name}`;
    case 'layer':
      return `the layer ${value.layer.name.name}`;
    case 'instance':
      return `an instance of ${value.layer.name.name}`;
    case 'optimizer':
      return `the optimizer ${value.optimizer.name.name}`;
    case 'tuple':
      if (value.values.every(isNumber))
        return `${value.values.length} numbers, (${value.values.map((one) => one.value).join(', ')})`;
      return `${value.values.length} values, (${value.values.map(describe).join(', ')})`;
    case 'unknown':
      return 'something unknown';
    default:
      return value satisfies never;
  }
}
