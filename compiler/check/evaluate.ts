/** Expressions in, values out: which concern each kind of expression belongs to, and what names mean. */
import type { Expression, Member, Name } from '../../grammar/ast.ts';
import { placeOf } from '../../grammar/source.ts';
import { reductionNames } from '../ir/reducers.ts';
import { functionNames, functions } from '../scalar/functions.ts';
import { evaluateBinary, evaluateConditional, evaluateUnary } from './arithmetic/operators.ts';
import { builtinFunctions } from './builtins/index.ts';
import { builtInNamed, conversionNames, evaluateCall, evaluateCallee, evaluatePipe } from './calls/calls.ts';
import { type Checker, limits, observe, report, wrong } from './checker.ts';
import { type Declarations, find, ownNames } from './declarations.ts';
import { evaluateAccess, evaluateOrElse } from './indices/access.ts';
import { randomNames } from './indices/random.ts';
import { evaluateReduction } from './indices/reduction.ts';
import {
  memberOfWhat,
  nestedExpressions,
  notAValue,
  onlyInRecipes,
  unknownMember,
  unknownName,
} from './problems/names.ts';
import { lookUp, namesIn } from './scope.ts';
import { scalarLeaf } from './tensors/tensors.ts';
import { booleanValue, numberValue, referenceTo, scalarValue, unknown, type Value } from './values.ts';

export function evaluate(checker: Checker, expression: Expression): Value {
  if (checker.counts.depth >= limits.nesting) {
    if (!checker.state.stopped) report(checker, nestedExpressions(expression.span, limits.nesting));
    checker.state.stopped = true;
    return unknown;
  }
  checker.counts.depth += 1;
  const value = dispatch(checker, expression);
  checker.counts.depth -= 1;
  observe(checker, expression.span, value);
  return value;
}

function dispatch(checker: Checker, expression: Expression): Value {
  switch (expression.kind) {
    case 'number':
      return numberValue(expression.value, expression.integer);
    case 'boolean':
      return booleanValue(expression.value);
    case 'string':
      return { kind: 'string', value: expression.value };
    case 'name':
      return evaluateName(checker, expression);
    case 'member':
      return evaluateMember(checker, expression);
    case 'call':
      return evaluateCall(checker, expression);
    case 'access':
      return evaluateAccess(checker, expression);
    case 'reduction':
      return evaluateReduction(checker, expression);
    case 'unary':
      return evaluateUnary(checker, expression);
    case 'binary':
      return expression.operator === '|>'
        ? evaluatePipe(checker, expression)
        : evaluateBinary(checker, expression);
    case 'conditional':
      return evaluateConditional(checker, expression);
    case 'orElse':
      return evaluateOrElse(checker, expression);
    case 'tuple':
      return { kind: 'tuple', values: expression.parts.map((part) => checker.evaluate(part)) };
    case 'error':
      checker.state.broken = true;
      return unknown;
    default:
      return expression satisfies never;
  }
}

/** Names that mean something without a declaration, and are no functions. */
export const builtinValues = ['pi', 'inf', 'training', 'step', 'epoch', 'global_norm'] as const;

function evaluateName(checker: Checker, { name, span }: Name): Value {
  const { scope } = checker;
  const value = lookUp(scope, name);
  if (value !== undefined) return value;
  const declared = find(checker.declarations, name, scope.fromPrelude);
  switch (declared?.kind) {
    case 'fn':
      return { kind: 'function', fn: declared };
    case 'layer':
      return { kind: 'layer', layer: declared };
    case 'optimizer':
      return { kind: 'optimizer', optimizer: declared };
    case 'model':
      return wrong(checker, notAValue(span, name, 'a model'));
    default:
  }
  const inline = checker.instances.get(`${scope.path}${name}`);
  if (inline !== undefined) return { kind: 'instance', layer: inline.layer, instance: inline.instance };
  if (name === 'pi') return numberValue(Math.PI, false);
  if (name === 'inf') return numberValue(Infinity, false);
  if (name === 'training') return booleanValue(checker.options.training);
  if (name === 'step' || name === 'epoch' || name === 'global_norm') {
    const { recipe } = checker;
    if (recipe !== undefined && name !== 'global_norm') return countValue(checker, name, span);
    return recipe?.globalNorm?.(checker) ?? wrong(checker, onlyInRecipes(span, name));
  }
  if (builtInNamed(name) !== undefined || (randomNames as readonly string[]).includes(name))
    return wrong(checker, notAValue(span, name, 'a function'));
  if (checker.misnamed.has(placeOf(span))) return unknown;
  const own = [...namesIn(scope), ...ownNames(checker.declarations, scope.fromPrelude)];
  return wrong(checker, unknownName(span, name, own, libraryNames(checker.declarations)));
}

function countValue(checker: Checker, name: 'step' | 'epoch', at: Name['span']): Value {
  const value = referenceTo(scalarLeaf(checker, name, at));
  return { ...value, ...scalarValue(value.element([])) };
}

export const builtinNames: readonly string[] = [
  ...builtinValues,
  ...builtinFunctions,
  ...conversionNames,
  ...reductionNames,
  ...randomNames,
  ...functionNames.flatMap((name) => [name, ...functions[name].aliases]),
];

export const libraryNames = ({ prelude }: Declarations): readonly string[] => [
  ...prelude.names,
  ...builtinNames,
];

/** `enc.W` */
function evaluateMember(checker: Checker, { object, name, span }: Member): Value {
  const value = evaluateCallee(checker, object);
  if (value.kind === 'unknown') return unknown;
  if (value.kind !== 'instance') return wrong(checker, memberOfWhat(span, name.name, value));
  const members = value.instance.built;
  const member = members?.get(name.name);
  if (member === undefined) {
    if (value.instance.failed || checker.trial) return unknown;
    return wrong(checker, unknownMember(name.span, name.name, value, members));
  }
  return member;
}
