/**
 * How WebAssembly computes each primitive, in one lane or in four. A bool of one lane is 0 or 1; of four lanes it
 * is a mask, all bits or none.
 */
import type { Lanes } from '../nest/nest.ts';
import type { DType } from '../scalar/expr.ts';
import type { PrimitiveName } from '../scalar/primitives.ts';
import {
  f32,
  get,
  type Instruction,
  i32,
  type Locals,
  onLane,
  op,
  tee,
  type ValueType,
} from './instructions.ts';
import type { OpName } from './opcodes.ts';

export const valueType = (dtype: DType, lanes: Lanes): ValueType =>
  lanes === 4 ? 'v128' : dtype === 'f32' ? 'f32' : 'i32';

/** A call of a primitive whose operands have this type (the second, where the first is a condition). */
export function primitive(
  fn: PrimitiveName,
  dtype: DType,
  lanes: Lanes,
  x: readonly Instruction[],
  locals: Locals,
): Instruction {
  return lanes === 1 ? scalar(fn, dtype, x, locals) : vector(fn, dtype, x, locals);
}

/** `i32.lt_s`, `f32x4.lt`: with a sign where the type has two ways to read its bits. */
function typed(operation: string, dtype: DType, lanes: Lanes, signs: boolean): OpName {
  const type = dtype === 'f32' ? 'f32' : 'i32';
  const sign = !signs || dtype === 'f32' ? '' : dtype === 'i32' ? '_s' : '_u';
  return `${type}${lanes === 4 ? 'x4' : ''}.${operation}${sign}` as OpName;
}

const comparisons: Partial<Readonly<Record<PrimitiveName, string>>> = {
  less: 'lt',
  less_equal: 'le',
  greater: 'gt',
  greater_equal: 'ge',
};

/** The same in one lane and in four, for each type. */
function common(
  fn: PrimitiveName,
  dtype: DType,
  lanes: Lanes,
  x: readonly Instruction[],
): Instruction | undefined {
  const compared = comparisons[fn];
  if (compared !== undefined) return op(typed(compared, dtype, lanes, true), ...x);
  switch (fn) {
    case 'add':
      return op(typed('add', dtype, lanes, false), ...x);
    case 'subtract':
      return op(typed('sub', dtype, lanes, false), ...x);
    case 'multiply':
      return op(typed('mul', dtype, lanes, false), ...x);
    case 'divide':
      return op(typed('div', dtype, lanes, false), ...x);
    case 'equal':
      return op(typed('eq', dtype, lanes, false), ...x);
    case 'not_equal':
      return op(typed('ne', dtype, lanes, false), ...x);
    case 'floor':
      return op(typed('floor', dtype, lanes, false), ...x);
    case 'ceil':
      return op(typed('ceil', dtype, lanes, false), ...x);
    case 'round':
      return op(typed('nearest', dtype, lanes, false), ...x);
    case 'sqrt':
      return op(typed('sqrt', dtype, lanes, false), ...x);
    case 'and':
    case 'bit_and':
      return op(lanes === 4 ? 'v128.and' : 'i32.and', ...x);
    case 'or':
    case 'bit_or':
      return op(lanes === 4 ? 'v128.or' : 'i32.or', ...x);
    case 'bit_xor':
      return op(lanes === 4 ? 'v128.xor' : 'i32.xor', ...x);
    default:
      if (dtype !== 'f32') return undefined;
      if (fn === 'minimum') return op(typed('min', dtype, lanes, false), ...x);
      if (fn === 'maximum') return op(typed('max', dtype, lanes, false), ...x);
      if (fn === 'negate') return op(typed('neg', dtype, lanes, false), ...x);
      return fn === 'abs' ? op(typed('abs', dtype, lanes, false), ...x) : undefined;
  }
}

function scalar(fn: PrimitiveName, dtype: DType, x: readonly Instruction[], locals: Locals): Instruction {
  const known = common(fn, dtype, 1, x);
  if (known !== undefined) return known;
  const [a, b, c] = x;
  switch (fn) {
    case 'quotient':
      return op(typed('div', dtype, 1, true), a!, b!);
    case 'remainder':
      return op(typed('rem', dtype, 1, true), a!, b!);
    case 'minimum':
    case 'maximum': {
      const [left, right] = [locals.fresh('i32'), locals.fresh('i32')];
      const chosen = typed(fn === 'minimum' ? 'lt' : 'gt', dtype, 1, true);
      return op('select', tee(left, a!), tee(right, b!), op(chosen, get(left), get(right)));
    }
    case 'abs': {
      const held = locals.fresh('i32');
      const negative = op('i32.sub', i32(0), get(held));
      return op('select', tee(held, a!), negative, op('i32.ge_s', get(held), i32(0)));
    }
    case 'negate':
      return op('i32.sub', i32(0), a!);
    case 'not':
      return op('i32.eqz', a!);
    case 'select':
      return op('select', b!, c!, a!);
    case 'shift_left':
      return op('i32.shl', a!, b!);
    case 'shift_right':
      return op(typed('shr', dtype, 1, true), a!, b!);
    case 'to_f32':
      return op(dtype === 'u32' ? 'f32.convert_i32_u' : 'f32.convert_i32_s', a!);
    case 'to_i32':
      return dtype === 'bool' ? a! : op('i32.trunc_sat_f32_s', a!);
    case 'to_u32':
      return dtype === 'bool' ? a! : op('i32.trunc_sat_f32_u', a!);
    case 'bits_f32':
      return op('f32.reinterpret_i32', a!);
    case 'bits_i32':
    case 'bits_u32':
      return dtype === 'f32' ? op('i32.reinterpret_f32', a!) : a!;
    default:
      throw new RangeError(`no way to compute ${fn} of ${dtype}`);
  }
}

/** The word in each lane. */
export const splatWord = (value: number): Instruction => ({
  kind: 'const lanes',
  type: 'i32x4',
  values: [value, value, value, value],
});
const ones = splatWord(1);
const oneAsFloats: Instruction = { kind: 'const lanes', type: 'f32x4', values: [1, 1, 1, 1] };

function vector(fn: PrimitiveName, dtype: DType, x: readonly Instruction[], locals: Locals): Instruction {
  const known = common(fn, dtype, 4, x);
  if (known !== undefined) return known;
  const [a, b, c] = x;
  switch (fn) {
    case 'minimum':
      return op(typed('min', dtype, 4, true), a!, b!);
    case 'maximum':
      return op(typed('max', dtype, 4, true), a!, b!);
    case 'abs':
      return op('i32x4.abs', a!);
    case 'negate':
      return op('i32x4.neg', a!);
    case 'not':
      return op('v128.not', a!);
    case 'select':
      return op('v128.bitselect', b!, c!, a!);
    case 'shift_left':
    case 'shift_right': {
      const by = uniform(b!);
      if (by === undefined) return laneByLane(fn, dtype, x, locals);
      return op(fn === 'shift_left' ? 'i32x4.shl' : typed('shr', dtype, 4, true), a!, by);
    }
    case 'quotient':
    case 'remainder':
      return laneByLane(fn, dtype, x, locals);
    case 'to_f32':
      if (dtype === 'bool') return op('v128.and', a!, oneAsFloats);
      return op(dtype === 'u32' ? 'f32x4.convert_i32x4_u' : 'f32x4.convert_i32x4_s', a!);
    case 'to_i32':
      return dtype === 'bool' ? op('v128.and', a!, ones) : op('i32x4.trunc_sat_f32x4_s', a!);
    case 'to_u32':
      return dtype === 'bool' ? op('v128.and', a!, ones) : op('i32x4.trunc_sat_f32x4_u', a!);
    case 'bits_f32':
    case 'bits_i32':
    case 'bits_u32':
      return a!;
    default:
      throw new RangeError(`no way to compute four lanes of ${fn} of ${dtype}`);
  }
}

/** What all lanes are, where that is plain. */
function uniform(lanes: Instruction): Instruction | undefined {
  if (lanes.kind === 'const lanes' && lanes.values.every((value) => value === lanes.values[0])) {
    return i32(lanes.values[0]!);
  }
  return lanes.kind === 'plain' && lanes.op === 'i32x4.splat' ? lanes.args[0]! : undefined;
}

/** Of integers only. */
function laneByLane(fn: PrimitiveName, dtype: DType, x: readonly Instruction[], locals: Locals): Instruction {
  const held = x.map(() => locals.fresh('v128'));
  const each = [0, 1, 2, 3].map((lane) =>
    scalar(
      fn,
      dtype,
      x.map((operand, k) =>
        onLane('i32x4.extract_lane', lane, lane === 0 ? tee(held[k]!, operand) : get(held[k]!)),
      ),
      locals,
    ),
  );
  return sideBySide(each, 'i32');
}

/** Four lanes from four numbers. */
export function sideBySide(parts: readonly Instruction[], type: 'i32' | 'f32'): Instruction {
  if (parts.every((part) => part.kind === 'const')) {
    const values = parts.map((part) => (part.kind === 'const' ? part.value : 0));
    return { kind: 'const lanes', type: `${type}x4`, values };
  }
  const [first, ...others] = parts;
  return others.reduce<Instruction>(
    (lanes, part, k) => onLane(`${type}x4.replace_lane`, k + 1, lanes, part),
    op(`${type}x4.splat`, first!),
  );
}

/** A number of this type; infinite where an f32 does not reach. */
export function number(value: number, dtype: DType): Instruction {
  return dtype === 'f32' ? f32(Math.fround(value)) : i32(value);
}

/** The same number in four lanes. */
export function numberLanes(value: number, dtype: DType): Instruction {
  if (dtype === 'bool') return splatWord(value === 0 ? 0 : -1);
  if (dtype !== 'f32') return splatWord(value);
  const held = Math.fround(value);
  return { kind: 'const lanes', type: 'f32x4', values: [held, held, held, held] };
}
