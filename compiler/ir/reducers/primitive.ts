/** The reducers that graphs and loops know: one record each. */
import type { DType } from '../../scalar/expr.ts';
import type { PositionReducer, ValueReducer } from './record.ts';

const arithmetic = (body: DType): DType | undefined => (body === 'bool' ? undefined : body);
const logical = (body: DType): DType | undefined => (body === 'bool' ? 'bool' : undefined);
const position = (body: DType): DType | undefined => (body === 'bool' ? undefined : 'i32');

export const positionReducers = {
  argmax: {
    kind: 'position',
    doc: 'The position of the largest element, the first of equal ones, an i32; row-major over several indices.',
    result: position,
    identity: Number.NEGATIVE_INFINITY,
    beats: 'greater',
    tex: '\\operatorname*{arg\\,max}',
    mathml: 'argmax',
  },
  argmin: {
    kind: 'position',
    doc: 'The position of the smallest element, the first of equal ones, an i32; row-major over several indices.',
    result: position,
    identity: Number.POSITIVE_INFINITY,
    beats: 'less',
    tex: '\\operatorname*{arg\\,min}',
    mathml: 'argmin',
  },
} as const satisfies Record<string, PositionReducer>;

export const valueReducers = {
  sum: {
    kind: 'value',
    doc: 'The sum of all elements.',
    result: arithmetic,
    identity: 0,
    combine: 'add',
    ofEqual: 'multiple',
    gradient: { to: 'each' },
    tex: '\\sum',
    mathml: '∑',
  },
  prod: {
    kind: 'value',
    doc: 'The product of all elements.',
    result: arithmetic,
    identity: 1,
    combine: 'multiply',
    ofEqual: 'other',
    gradient: {
      to: 'others',
      says: 'the derivative of a product by one factor is the product of all others',
    },
    tex: '\\prod',
    mathml: '∏',
  },
  max: {
    kind: 'value',
    doc: 'The largest element; its gradient goes to the first of equal ones.',
    result: arithmetic,
    identity: Number.NEGATIVE_INFINITY,
    combine: 'maximum',
    ofEqual: 'itself',
    gradient: {
      to: 'chosen',
      by: 'argmax',
      says: 'a maximum passes the adjoint to the element that it took (the first of equal ones)',
    },
    tex: '\\max',
    mathml: 'max',
  },
  min: {
    kind: 'value',
    doc: 'The smallest element; its gradient goes to the first of equal ones.',
    result: arithmetic,
    identity: Number.POSITIVE_INFINITY,
    combine: 'minimum',
    ofEqual: 'itself',
    gradient: {
      to: 'chosen',
      by: 'argmin',
      says: 'a minimum passes the adjoint to the element that it took (the first of equal ones)',
    },
    tex: '\\min',
    mathml: 'min',
  },
  any: {
    kind: 'value',
    doc: 'Whether any element is true.',
    result: logical,
    identity: 0,
    combine: 'or',
    ofEqual: 'itself',
    gradient: { to: 'none' },
    tex: '\\bigvee',
    mathml: 'any',
  },
  all: {
    kind: 'value',
    doc: 'Whether all elements are true.',
    result: logical,
    identity: 1,
    combine: 'and',
    ofEqual: 'itself',
    gradient: { to: 'none' },
    tex: '\\bigwedge',
    mathml: 'all',
  },
} as const satisfies Record<string, ValueReducer<keyof typeof positionReducers>>;
