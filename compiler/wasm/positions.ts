/** Quasi-affine expressions in, i32 arithmetic out, which wraps at 2^32 as theirs does; and addresses of elements. */
import type { Affine, Ranges } from '../index/affine.ts';
import { constant, subtract } from '../index/build.ts';
import { bounds } from '../index/query.ts';
import { type Arithmetic, arithmeticOf, type Division } from '../nest/arithmetic.ts';
import { get, type Instruction, i32, type Locals, op, tee } from './instructions.ts';

export const positionOf = (of: Affine, ranges: Ranges, locals: Locals): Instruction =>
  instructionOf(arithmeticOf(of, ranges), locals);

function instructionOf(of: Arithmetic, locals: Locals): Instruction {
  const part = (inner: Arithmetic): Instruction => instructionOf(inner, locals);
  switch (of.kind) {
    case 'number':
      return i32(of.value);
    case 'name':
      return get(of.name);
    case 'product':
      return isPowerOfTwo(of.factor)
        ? op('i32.shl', part(of.of), i32(Math.log2(of.factor)))
        : op('i32.mul', part(of.of), i32(of.factor));
    case 'sum': {
      const sum = of.plus.map(part).reduce((a, b) => op('i32.add', a, b));
      return of.minus.map(part).reduce((a, b) => op('i32.sub', a, b), sum);
    }
    case 'quotient':
    case 'remainder':
      return division(of, part(of.of), locals);
    default:
      return of satisfies never;
  }
}

function division({ kind, by, signed }: Division, dividend: Instruction, locals: Locals): Instruction {
  if (!signed) {
    if (isPowerOfTwo(by)) {
      return kind === 'quotient'
        ? op('i32.shr_u', dividend, i32(Math.log2(by)))
        : op('i32.and', dividend, i32(by - 1));
    }
    return op(kind === 'quotient' ? 'i32.div_u' : 'i32.rem_u', dividend, i32(by));
  }
  // Division is towards zero: where a remainder is negative, the quotient is one too large.
  const held = locals.fresh('i32');
  if (kind === 'quotient') {
    const negative = op('i32.lt_s', op('i32.rem_s', get(held), i32(by)), i32(0));
    return op('i32.sub', op('i32.div_s', tee(held, dividend), i32(by)), negative);
  }
  const rest = tee(held, op('i32.rem_s', dividend, i32(by)));
  const missing = op('select', i32(by), i32(0), op('i32.lt_s', get(held), i32(0)));
  return op('i32.add', rest, missing);
}

export interface Address {
  readonly address: Instruction;
  /** To be added without wrapping around. */
  readonly offset: number;
}

/** Of an element that is inside, in units of `bytes`. What is constant is an offset, where the rest is not negative. */
export function addressOf(
  base: Instruction,
  position: Affine,
  bytes: number,
  ranges: Ranges,
  locals: Locals,
): Address {
  const rest = subtract(position, constant(position.constant));
  const apart = position.constant > 0 && bounds(rest, ranges).min >= 0;
  const varying = apart ? rest : position;
  const offset = apart ? bytes * position.constant : 0;
  if (varying.terms.length === 0 && varying.constant === 0) return { address: base, offset };
  return { address: elementAt(base, positionOf(varying, ranges, locals), bytes), offset };
}

/** `bytes` is a power of two. */
export const elementAt = (base: Instruction, position: Instruction, bytes: number): Instruction =>
  op('i32.add', base, op('i32.shl', position, i32(Math.log2(bytes))));

const isPowerOfTwo = (n: number): boolean => n > 0 && Number.isInteger(Math.log2(n));
