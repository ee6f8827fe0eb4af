/** The functions that have no declaration and are neither scalar functions nor reductions: calls in, values out. */
import { report, wrong } from '../checker.ts';
import { overNotHere, wrongOperandCount } from '../problems/names.ts';
import { describe, numberValue, unknown, type Value } from '../values.ts';
import { type Builtin, type Call, type Part, refuse } from './builtin.ts';
import { gradient } from './gradient.ts';
import { jacobian } from './jacobian.ts';
import { extent, isInteger, rank } from './known.ts';
import { concat, flatten, reshape, split, stack, transpose } from './shaping.ts';

const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['grad', { arity: 2, run: gradient }],
  ['jacobian', { arity: 2, run: jacobian }],
  ['is_integer', { arity: 1, run: isInteger }],
  ['concat', { tensors: 'all', axes: true, run: concat }],
  ['stack', { tensors: 'all', axes: true, run: stack }],
  ['split', { tensors: 'first', axes: true, run: split }],
  ['reshape', { tensors: 'first', run: reshape }],
  ['flatten', { tensors: 'first', axes: true, run: flatten }],
  ['transpose', { tensors: 'first', axes: true, run: transpose }],
  ['rank', { tensors: 'first', run: rank, ofNumber: numberValue(0, true) }],
  ['extent', { tensors: 'first', run: extent }],
]);

export const builtinFunctions: readonly string[] = [...builtins.keys()];

export function callBuiltin(call: Call): Value {
  const { checker, name, given, over, at } = call;
  const builtin = builtins.get(name)!;
  const takesAxes = 'tensors' in builtin && builtin.axes === true;
  if (over !== undefined && !takesAxes) report(checker, overNotHere(over[0]?.span ?? at));
  if ('tensors' in builtin) return ofTensors(call, builtin);
  if (given.length !== builtin.arity)
    return wrong(checker, wrongOperandCount(at, name, builtin.arity, given.length));
  return given.some(({ value }) => value.kind === 'unknown') ? unknown : builtin.run(call, ...given);
}

function ofTensors(call: Call, { tensors, run, ofNumber }: Extract<Builtin, { tensors: unknown }>): Value {
  const { checker, name, given } = call;
  const operands = tensors === 'all' ? given : given.slice(0, 1);
  const [first] = operands;
  // Where the text could not be read, what was given may be lost: the parser has said so.
  if (first === undefined && checker.state.broken) return unknown;
  if (first === undefined) return refuse(call, 'a tensor', `write ${name}(x, …)`);
  if (ofNumber && (first.value.kind === 'number' || first.value.kind === 'boolean')) return ofNumber;
  const parts: Part[] = [];
  for (const { value, at: place } of operands) {
    if (value.kind === 'tensor') parts.push({ value, at: place });
    else if (value.kind !== 'unknown') {
      const hint = value.kind === 'tuple' ? `one argument after the other: ${name}(a, b, …)` : undefined;
      refuse({ ...call, at: place }, `a tensor, found ${describe(value)}`, hint);
    }
  }
  return parts.length < operands.length ? unknown : run(call, ...parts);
}
