/** All that nnc knows about each reduction, in one record. */
import type { DType } from '../scalar/expr.ts';

export interface Reducer {
  readonly doc: string;
  /** The type of the result for a body of type `body`; undefined where it does not apply. */
  readonly result: (body: DType) => DType | undefined;
  /** What a reduction over nothing would give among all numbers: `identityOf` holds it within a type. */
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

const largestFloat = 3.4028234663852886e38;

/** The ends of each type. They stand for the infinities, which integers do not have and a device may not keep. */
const ends: Readonly<Record<DType, readonly [number, number]>> = {
  f32: [-largestFloat, largestFloat],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
  bool: [0, 1],
};

/**
 * What a reduction over nothing gives in this type, and what an element that takes no part counts as. Over nothing
 * `argmax` and `argmin` give position 0.
 */
export function identityOf(by: ReducerName, dtype: DType): number {
  const [low, high] = ends[dtype];
  return Math.min(high, Math.max(low, reducers[by].identity));
}
