/** Records of comparisons, logic, conversions and the gradient stop. */
import { comparison, conversion, equality, logical, numbers, rule, type ScalarFunction } from './record.ts';

const pair = [
  [-4, 4],
  [-4, 4],
] as const;
const truth = [0, 1] as const;

const largest = { i32: 2_147_483_647, u32: 4_294_967_295 } as const;

export const logic = {
  equal: {
    doc: 'Whether x is y.',
    aliases: [],
    type: equality,
    evaluate: (x, y) => (x === y ? 1 : 0),
    wgsl: ([x, y]) => `(${x} == ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  not_equal: {
    doc: 'Whether x is not y.',
    aliases: [],
    type: equality,
    evaluate: (x, y) => (x !== y ? 1 : 0),
    wgsl: ([x, y]) => `(${x} != ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  less: {
    doc: 'Whether x is smaller than y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! < y! ? 1 : 0),
    wgsl: ([x, y]) => `(${x} < ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  less_equal: {
    doc: 'Whether x is at most y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! <= y! ? 1 : 0),
    wgsl: ([x, y]) => `(${x} <= ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  greater: {
    doc: 'Whether x is larger than y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! > y! ? 1 : 0),
    wgsl: ([x, y]) => `(${x} > ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  greater_equal: {
    doc: 'Whether x is at least y.',
    aliases: [],
    type: comparison,
    evaluate: (x, y) => (x! >= y! ? 1 : 0),
    wgsl: ([x, y]) => `(${x} >= ${y})`,
    partials: 'zero',
    domain: pair,
    cost: 'cheap',
  },
  and: {
    doc: 'Whether both hold.',
    aliases: [],
    type: logical(2),
    evaluate: (x, y) => (x && y ? 1 : 0),
    wgsl: ([x, y]) => `(${x} && ${y})`,
    partials: 'zero',
    domain: [truth, truth],
    cost: 'cheap',
  },
  or: {
    doc: 'Whether at least one holds.',
    aliases: [],
    type: logical(2),
    evaluate: (x, y) => (x || y ? 1 : 0),
    wgsl: ([x, y]) => `(${x} || ${y})`,
    partials: 'zero',
    domain: [truth, truth],
    cost: 'cheap',
  },
  not: {
    doc: 'Whether x does not hold.',
    aliases: [],
    type: logical(1),
    evaluate: (x) => (x ? 0 : 1),
    wgsl: ([x]) => `(!${x})`,
    partials: 'zero',
    domain: [truth],
    cost: 'cheap',
  },
  is_finite: {
    doc: 'Whether x is neither infinite nor not a number, told by its bits: arithmetic on a device need not keep either.',
    aliases: [],
    type: rule(1, 'one f32', ([x]) => (x === 'f32' ? 'bool' : undefined)),
    evaluate: (x) => (Number.isFinite(x) ? 1 : 0),
    wgsl: ([x]) => `((bitcast<u32>(${x}) & 0x7f800000u) != 0x7f800000u)`,
    partials: 'zero',
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  to_f32: {
    doc: 'x as an f32; a bool becomes 0 or 1.',
    aliases: ['float'],
    type: conversion('f32'),
    evaluate: (x) => x!,
    wgsl: ([x], operands) => (operands[0]!.dtype === 'f32' ? x! : `f32(${x})`),
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
    wgsl: ([x], operands) => {
      if (operands[0]!.dtype === 'i32') return x!;
      return operands[0]!.dtype === 'u32' ? `i32(min(${x}, ${largest.i32}u))` : `i32(${x})`;
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
    wgsl: ([x], operands) => {
      if (operands[0]!.dtype === 'u32') return x!;
      return operands[0]!.dtype === 'i32' ? `u32(max(${x}, 0))` : `u32(${x})`;
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
    wgsl: ([x]) => x!,
    partials: 'zero',
    domain: [[-4, 4]],
    cost: 'cheap',
  },
} as const satisfies Record<string, ScalarFunction>;

/** Towards zero; not a number becomes 0. */
function truncate(x: number, min: number, max: number): number {
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(max, Math.max(min, x)));
}
