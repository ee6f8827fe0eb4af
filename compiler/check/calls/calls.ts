/** Calls and pipes in, values out: which of functions, layers, reductions and built-in names is meant, and its application. */

import type { Binary, CallExpression, Expression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { isReductionName, type ReductionName } from '../../ir/reducers.ts';
import { conversions, type FunctionName, functionNamed, functions } from '../../scalar/functions.ts';
import { applyScalar, isComputable } from '../arithmetic/arithmetic.ts';
import type { Call } from '../builtins/builtin.ts';
import { builtinFunctions, callBuiltin } from '../builtins/index.ts';
import { type Checker, type Given, report, wrong } from '../checker.ts';
import { find } from '../declarations.ts';
import { axesOf, reduceTensor, withReducedAxes } from '../indices/reduction.ts';
import {
  noNamedArguments,
  notCallable,
  optimizerCalled,
  overNotHere,
  wrongOperandCount,
} from '../problems/names.ts';
import { conditionNotBoolean, doesNotApply } from '../problems/values.ts';
import { lookUp, rootOf } from '../scope.ts';
import { evaluateArguments } from '../shapes/arguments.ts';
import { toTensor } from '../tensors/tensors.ts';
import { unknown, type Value } from '../values.ts';
import { callFunction } from './functions.ts';
import { applyInstance, instantiate } from './layers.ts';

/** A function that has no declaration. */
type BuiltIn =
  | { readonly kind: 'scalar'; readonly fn: FunctionName }
  | { readonly kind: 'reduction'; readonly by: ReductionName; readonly scalar: FunctionName | undefined }
  | { readonly kind: 'builtin' };

/** A type, called like a function, converts. */
const converting: ReadonlyMap<string, FunctionName> = new Map(Object.entries(conversions));

export const conversionNames = [...converting.keys()];

/** What a name means that nothing in force and no declaration explains. */
export function builtInNamed(name: string): BuiltIn | undefined {
  const scalar = converting.get(name) ?? functionNamed(name);
  if (isReductionName(name)) return { kind: 'reduction', by: name, scalar };
  if (builtinFunctions.includes(name)) return { kind: 'builtin' };
  return scalar === undefined ? undefined : { kind: 'scalar', fn: scalar };
}

/** A tensor or number called `mean` hides nothing that is applied by that name: it could not be applied anyway. */
const isApplicable = (local: Value | undefined): boolean =>
  local !== undefined && local.kind !== 'tensor' && local.kind !== 'number';

function builtInOf(checker: Checker, callee: Expression): BuiltIn | undefined {
  const { scope } = checker;
  if (callee.kind !== 'name' || isApplicable(lookUp(scope, callee.name))) return undefined;
  const declared = find(checker.declarations, callee.name, scope.fromPrelude);
  if (declared !== undefined && declared.kind !== 'model') return undefined;
  return builtInNamed(callee.name);
}

/** What is applied, or has parts: an instance, also where a value has its name. */
export function evaluateCallee(checker: Checker, callee: Expression): Value {
  const instance = callee.kind === 'name' ? rootOf(checker.scope).instances.get(callee.name) : undefined;
  return instance ?? checker.evaluate(callee);
}

/** What the file or the library declares by the name of a value, which hides it wherever nothing is applied. */
function behindValue(checker: Checker, callee: Expression): Value | undefined {
  const { scope } = checker;
  if (callee.kind !== 'name') return undefined;
  const local = lookUp(scope, callee.name);
  if (local === undefined || isApplicable(local)) return undefined;
  const declared = find(checker.declarations, callee.name, scope.fromPrelude);
  if (declared?.kind === 'fn') return { kind: 'function', fn: declared };
  return declared?.kind === 'layer' ? { kind: 'layer', layer: declared } : undefined;
}

export function evaluateCall(checker: Checker, call: CallExpression, piped?: Given): Value {
  const { over, span: at } = call;
  const builtIn = builtInOf(checker, call.callee);
  const callee =
    builtIn === undefined
      ? (behindValue(checker, call.callee) ?? evaluateCallee(checker, call.callee))
      : unknown;
  const own = evaluateArguments(checker, call);
  const given = piped === undefined ? own : [piped, ...own];
  if (builtIn !== undefined)
    return applyBuiltIn(builtIn, { checker, name: nameOf(call.callee), given, over, at });
  if (over !== undefined) report(checker, overNotHere(over[0]?.span ?? at));
  if (callee.kind !== 'layer' || piped === undefined) return applyValue(checker, callee, given, at);
  return applyValue(checker, instantiate(checker, callee.layer, own, at), [piped], at);
}

const nameOf = (callee: Expression): string => (callee.kind === 'name' ? callee.name : '');

/** `x |> f`, `x |> f(k = 3)`, `x |> Dense(10)`. */
export function evaluatePipe(checker: Checker, { left, right, span }: Binary): Value {
  const piped: Given = { value: checker.evaluate(left), at: lastStage(left).span };
  if (right.kind === 'call') return evaluateCall(checker, right, piped);
  // A built-in function has no place of its own: what it makes comes from what is piped into it, too.
  const from = { ...span, start: piped.at.start };
  const at = builtInOf(checker, right) === undefined ? right.span : from;
  return evaluateCall(checker, { kind: 'call', callee: right, arguments: [], span: at }, piped);
}

/** What a pipe gives is made by its last stage, however many lines before it begins. */
const lastStage = (expression: Expression): Expression =>
  expression.kind === 'binary' && expression.operator === '|>' ? expression.right : expression;

export function applyValue(checker: Checker, callee: Value, given: readonly Given[], at: Span): Value {
  switch (callee.kind) {
    case 'unknown':
      return unknown;
    case 'function':
      return callFunction(checker, callee.fn, given, at);
    case 'layer':
      return instantiate(checker, callee.layer, given, at);
    case 'instance':
      return applyInstance(checker, callee, given, at);
    case 'optimizer':
      return wrong(checker, optimizerCalled(at, callee.optimizer.name.name));
    default:
      return wrong(checker, notCallable(at, callee));
  }
}

function applyBuiltIn(builtIn: BuiltIn, call: Call): Value {
  const { checker, given, over } = call;
  // The one setting that a built-in function has.
  const settings = builtIn.kind === 'reduction' ? given.filter(({ name }) => name === 'keep') : [];
  const [keep, again] = settings;
  const operands = given.filter((one) => !settings.includes(one));
  const named = operands.find(({ name }) => name !== undefined) ?? again;
  if (named?.name !== undefined)
    return wrong(checker, noNamedArguments(named.nameAt ?? named.at, named.name));
  if (builtIn.kind === 'builtin') return callBuiltin(call);
  if (builtIn.kind === 'scalar') return applyFunction(call, builtIn.fn);
  // `max(a, b)` is the function of that name.
  if (builtIn.scalar !== undefined && over === undefined && keep === undefined && given.length > 1)
    return applyFunction(call, builtIn.scalar);
  return applyReduction({ ...call, given: operands }, builtIn.by, keep);
}

function applyFunction({ checker, given, over, at }: Call, fn: FunctionName): Value {
  if (over !== undefined) report(checker, overNotHere(over[0]?.span ?? at));
  const wanted = functions[fn].type.arity;
  if (given.length > wanted) return wrong(checker, wrongOperandCount(at, fn, wanted, given.length));
  return applyScalar(checker, fn, given, at);
}

function applyReduction(call: Call, by: ReductionName, keep: Given | undefined): Value {
  const { checker, given, over, at } = call;
  if (keep?.value.kind === 'unknown') return unknown;
  if (keep !== undefined && keep.value.kind !== 'boolean')
    return wrong(checker, conditionNotBoolean(keep.at, keep.value));
  const [argument, ...more] = given;
  if (argument === undefined || more.length > 0)
    return wrong(checker, wrongOperandCount(at, by, 1, given.length));
  const { value } = argument;
  if (value.kind === 'unknown') return unknown;
  if (!isComputable(value)) return wrong(checker, doesNotApply(at, by, [value]));
  const tensor = toTensor(value);
  const axes = over === undefined ? new Set(tensor.dims.keys()) : axesOf(checker, over, tensor);
  if (axes === undefined) return unknown;
  const reduced = reduceTensor(checker, by, tensor, axes, at);
  const isKept = keep?.value.kind === 'boolean' && keep.value.value;
  return isKept ? withReducedAxes(reduced, tensor, axes) : reduced;
}
