/**
 * Which scalar functions WGSL applies to vectors as they stand.
 *
 * A function's text is its text for vectors too where it is one operator, or one builtin of just its
 * operands: `(x + y)`, `exp(x)`; not `tanh(clamp(x, -10.0, 10.0))`, `f32(x)`, `(x && y)` or a helper's call.
 */
import type { CallTerm } from '../nest/nest.ts';
import { standIn } from '../nest/terms.ts';
import { functions } from '../scalar/functions.ts';

const operator = /^\((?:-|!)?a(?: (?:\+|-|\*|\/|==|!=|<|<=|>|>=) b)?\)$/;
const builtin = /^([a-z]\w*)\(a(?:, b)?\)$/;
const conversions: ReadonlySet<string> = new Set(['f32', 'i32', 'u32', 'bool', 'bitcast']);

export function worksOnVectors({ fn, operands }: CallTerm): boolean {
  const types = operands.map(standIn);
  if ((functions[fn].helpers?.(types) ?? []).length > 0) return false;
  const text = functions[fn].wgsl(['a', 'b', 'c'].slice(0, operands.length), types);
  if (text === 'a') return true;
  return operator.test(text) || (builtin.test(text) && !conversions.has(builtin.exec(text)![1]!));
}
