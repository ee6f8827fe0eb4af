/** What is known of a value while compiling: `rank(x)`, `extent(x, 0)`, `is_integer(x)`. */
import { type Given, wrong } from '../checker.ts';
import { notComputable } from '../problems/values.ts';
import { booleanValue, numberValue, unknown, type Value, wholeNumber } from '../values.ts';
import { type Call, type Part, refuse } from './builtin.ts';

/** Picks a branch of an `if`. */
export function isInteger({ checker }: Call, { value, at }: Given): Value {
  if (value.kind === 'tensor') return booleanValue(value.dtype === 'i32' || value.dtype === 'u32');
  if (value.kind === 'number') return booleanValue(value.integer);
  if (value.kind === 'boolean') return booleanValue(false);
  return wrong(checker, notComputable(at, 'is_integer', value));
}

export const rank = (_: Call, { value }: Part): Value => numberValue(value.dims.length, true);

export function extent(call: Call, { value: { dims } }: Part): Value {
  const [, given] = call.given;
  if (given?.value.kind === 'unknown') return unknown;
  const axis = wholeNumber(given?.value);
  if (call.given.length !== 2 || axis === undefined)
    return refuse(call, 'a tensor and an axis', 'write extent(x, 0), or extent(x, -1) for the last axis');
  const dim = dims.at(axis);
  if (dim === undefined) return refuse(call, `an axis from 0 to ${dims.length - 1}`, '-1 is the last');
  return { ...numberValue(dim.extent, true), dim };
}
