/** All that nnc knows about each reduction, in one record. */
import type { DType } from '../scalar/expr.ts';

export interface Reducer {
  readonly doc: string;
  /** The type of the result for a body of type `body`; undefined where it does not apply. */
  readonly result: (body: DType) => DType | undefined;
  /** What a reduction over nothing gives (f64). For `argmax`/`argmin`: position 0. */
  readonly identity: number;
  /** The f64 meaning of one step. `argmax`/`argmin` compare bodies and keep the first of equals. */
  readonly combine: (accumulated: number, element: number) => number;
  /** True where the result is the position of an element and not a value. */
  readonly positional: boolean;
  /** May the range be split into parts that are reduced apart and then combined? */
  readonly associative: boolean;
}

const arithmetic = (body: DType): DType | undefined => (body === 'bool' ? undefined : body);
const logical = (body: DType): DType | undefined => (body === 'bool' ? 'bool' : undefined);
const position = (body: DType): DType | undefined => (body === 'bool' ? undefined : 'i32');

export const reducers = {
  sum: {
    doc: 'The sum of all elements.',
    result: arithmetic,
    identity: 0,
    combine: (a, x) => a + x,
    positional: false,
    associative: true,
  },
  prod: {
    doc: 'The product of all elements.',
    result: arithmetic,
    identity: 1,
    combine: (a, x) => a * x,
    positional: false,
    associative: true,
  },
  max: {
    doc: 'The largest element; its gradient goes to the first of equal ones.',
    result: arithmetic,
    identity: Number.NEGATIVE_INFINITY,
    combine: (a, x) => Math.max(a, x),
    positional: false,
    associative: true,
  },
  min: {
    doc: 'The smallest element; its gradient goes to the first of equal ones.',
    result: arithmetic,
    identity: Number.POSITIVE_INFINITY,
    combine: (a, x) => Math.min(a, x),
    positional: false,
    associative: true,
  },
  argmax: {
    doc: 'The position of the largest element, the first of equal ones; row-major over several indices.',
    result: position,
    identity: Number.NEGATIVE_INFINITY,
    combine: (a, x) => Math.max(a, x),
    positional: true,
    associative: false,
  },
  argmin: {
    doc: 'The position of the smallest element, the first of equal ones; row-major over several indices.',
    result: position,
    identity: Number.POSITIVE_INFINITY,
    combine: (a, x) => Math.min(a, x),
    positional: true,
    associative: false,
  },
  any: {
    doc: 'Whether any element is true.',
    result: logical,
    identity: 0,
    combine: (a, x) => (a || x ? 1 : 0),
    positional: false,
    associative: true,
  },
  all: {
    doc: 'Whether all elements are true.',
    result: logical,
    identity: 1,
    combine: (a, x) => (a && x ? 1 : 0),
    positional: false,
    associative: true,
  },
} as const satisfies Record<string, Reducer>;

export type ReducerName = keyof typeof reducers;
