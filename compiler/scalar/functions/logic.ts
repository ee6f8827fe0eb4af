/** Records of comparisons, logic, conversions and the gradient stop. */
import { formula } from '../formula-text.ts';
import type { ScalarFunction } from './record.ts';
import { comparison, conversion, equality, logical, numbers, rule } from './typing.ts';

const pair = [
  [-4, 4],
  [-4, 4],
] as const;
const truth = [0, 1] as const;

const finite = formula(`
  is_finite(x: f32) -> bool
    (bits_u32(x) & 0x7f800000) != 0x7f800000
`);
const unsignedToSigned = formula('i32_of_u32(x: u32) -> i32\n bits_i32(minimum(x, 0x7fffffff))');
const signedToUnsigned = formula('u32_of_i32(x: i32) -> u32\n bits_u32(maximum(x, 0))');

const largest = { i32: 2_147_483_647, u32: 4_294_967_295 } as const;

export const logic = {
  equal: {
    doc: 'Whether x is y.',
    aliases: [],
    type: equality,
    evaluate: (x, y) => (x === y ? 1 : 0),
    compute: () => 'equal',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  not_equal: {
    doc: 'Whether x is not y.',
    aliases: [],
    type: equality,
    evaluate: (x, y) => (x !== y ? 1 : 0),
    compute: () => 'not_equal',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  less: {
    doc: 'Whether x is smaller than y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! < y! ? 1 : 0),
    compute: () => 'less',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  less_equal: {
    doc: 'Whether x is at most y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! <= y! ? 1 : 0),
    compute: () => 'less_equal',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  greater: {
    doc: 'Whether x is larger than y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! > y! ? 1 : 0),
    compute: () => 'greater',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  greater_equal: {
    doc: 'Whether x is at least y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! >= y! ? 1 : 0),
    compute: () => 'greater_equal',
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  and: {
    doc: 'Whether both hold.',
    aliases: [],
    type: logical(2),
    evaluate: (x, y) => (x && y ? 1 : 0),
    compute: () => 'and',
    partials: 'zero',
    domain: [truth, truth],
    cost: 'cheap',
  },
  or: {
    doc: 'Whether at least one holds.',
    aliases: [],
    type: logical(2),
    evaluate: (x, y) => (x || y ? 1 : 0),
    compute: () => 'or',
    partials: 'zero',
    domain: [truth, truth],
    cost: 'cheap',
  },
  not: {
    doc: 'Whether x does not hold.',
    aliases: [],
    type: logical(1),
    evaluate: (x) => (x ? 0 : 1),
    compute: () => 'not',
    partials: 'zero',
    domain: [truth],
    cost: 'cheap',
  },
  is_finite: {
    doc: 'Whether x is neither infinite nor not a number, told by its bits: arithmetic on a device need not keep either.',
    aliases: [],
    type: rule(1, 'one f32', ([x]) => (x === 'f32' ? 'bool' : undefined)),
    evaluate: (x) => (Number.isFinite(x) ? 1 : 0),
    compute: () => finite,
    partials: 'zero',
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  to_f32: {
    doc: 'x as an f32; a bool becomes 0 or 1.',
    aliases: ['float'],
    type: conversion('f32'),
    evaluate: (x) => x!,
    compute: ([x]) => (x!.dtype === 'f32' ? 'operand' : 'to_f32'),
    partials: (_, x) => [x!.dtype === 'f32' ? { kind: 'constant', dtype: 'f32', value: 1 } : undefined],
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  to_i32: {
    doc: 'x as an i32: without its fraction, held within the range of i32.',
    aliases: ['int'],
    type: conversion('i32'),
    evaluate: (x) => x!,
    evaluateInteger: (x) => truncate(x!, -largest.i32 - 1, largest.i32),
    compute: ([x]) => {
      if (x!.dtype === 'i32') return 'operand';
      return x!.dtype === 'u32' ? unsignedToSigned : 'to_i32';
    },
    partials: 'zero',
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  to_u32: {
    doc: 'x as a u32: without its fraction, held within the range of u32.',
    aliases: [],
    type: conversion('u32'),
    evaluate: (x) => x!,
    evaluateInteger: (x) => truncate(x!, 0, largest.u32),
    compute: ([x]) => {
      if (x!.dtype === 'u32') return 'operand';
      return x!.dtype === 'i32' ? signedToUnsigned : 'to_u32';
    },
    partials: 'zero',
    domain: [[0, 4]],
    cost: 'cheap',
  },
  stop_gradient: {
    doc: 'x, through which no gradient flows.',
    aliases: [],
    type: numbers(1),
    evaluate: (x) => x!,
    compute: () => 'operand',
    partials: 'zero',
    domain: [[-4, 4]],
    cost: 'cheap',
  },
} as const satisfies Record<string, ScalarFunction>;

/** Towards zero; not a number becomes 0. */
function truncate(x: number, min: number, max: number): number {
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(max, Math.max(min, x)));
}
