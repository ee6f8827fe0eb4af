/** Layers in, applied instances out: each instance owns one set of parameters, made when it is applied first. */

import type { Layer, ParamDeclaration, StateDeclaration } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { countPoints } from '../../runtime/extents.ts';
import { constant } from '../scalar/build.ts';
import { matchArguments } from './arguments.ts';
import { type Checker, type Given, outlineHeading, outlineLine, report, restoreDims } from './checker.ts';
import { evaluateDims } from './dimensions.ts';
import { expanding, newScope } from './expansion.ts';
import { asDeclared } from './functions.ts';
import { initialValue } from './initial.ts';
import { bindParameters, elementTypes, typeNames } from './matching.ts';
import { layerInFunction, noResult, pathTwice } from './problems-names.ts';
import { instanceDiffers, unknownType } from './problems-shapes.ts';
import { conditionNotBoolean, wantsCondition } from './problems-values.ts';
import { rootOf, type Scope } from './scope.ts';
import { newLeaf } from './tensors.ts';
import type { Dim, LeafTensor } from './typed.ts';
import { type Instance, type InstanceValue, referenceTo, typeText, unknown, type Value } from './values.ts';

/** `Dense(10)`: the arguments are bound now, the parameters wait for an input. */
export function instantiate(
  checker: Checker,
  layer: Layer,
  given: readonly Given[],
  at: Span,
  scope: Scope,
): Value {
  const home = rootOf(scope);
  if (home.kind !== 'model' && home.kind !== 'layer') {
    report(checker, layerInFunction(at, layer.name.name, home.kind));
    return unknown;
  }
  const result = expanding(checker, { declaration: layer, label: layer.name.name, at }, () => {
    const matched = matchArguments(checker, layer.name.name, layer.parameters, given, at);
    if (matched === undefined) return unknown;
    const inner = newScope(checker, 'layer', {
      prefix: home.prefix,
      path: home.path,
      fromPrelude: checker.preludeSources.has(layer.span.source),
      shape: undefined,
    });
    if (!bindParameters(checker, layer.parameters, matched, [], inner)) return unknown;
    const instance: Instance = {
      arguments: inner.names,
      home,
      at,
      path: undefined,
      built: undefined,
      failed: false,
    };
    return { kind: 'instance', layer, instance } satisfies InstanceValue;
  });
  return result ?? unknown;
}

/** Gives the instance its path; an inline one is `Dense_1`, counted by layer where it is made. */
export function nameInstance(checker: Checker, { layer, instance }: InstanceValue, name?: string): string {
  if (instance.path !== undefined) return instance.path;
  const { home } = instance;
  let own = name;
  if (own === undefined) {
    const count = (home.inline.get(layer.name.name) ?? 0) + 1;
    home.inline.set(layer.name.name, count);
    own = `${layer.name.name}_${count}`;
  }
  const path = `${home.path}${own}`;
  instance.path = path;
  const known = checker.instances.get(path);
  if (known === undefined) checker.instances.set(path, { layer, instance, expansion: home.expansion });
  else if (known.expansion === home.expansion) report(checker, pathTwice(instance.at, path));
  // The enclosing instance is applied again: this is the same inner one.
  else instance.built = known.instance.built;
  return path;
}

/** `x |> enc`, `enc(x)`, `Dense(10)(x)`. */
export function applyInstance(
  checker: Checker,
  value: InstanceValue,
  given: readonly Given[],
  at: Span,
): Value {
  const { layer, instance } = value;
  const path = nameInstance(checker, value);
  const label = `${path.slice(path.lastIndexOf('.') + 1)}: ${layer.name.name}`;
  const result = expanding(checker, { declaration: layer, label, at }, () => {
    const matched = matchArguments(checker, path, layer.inputs, given, at);
    instance.failed = true;
    if (matched === undefined) return unknown;
    const scope = newScope(checker, 'layer', {
      prefix: `${path}.`,
      path: `${path}.`,
      fromPrelude: checker.preludeSources.has(layer.span.source),
      shape: undefined,
    });
    for (const [name, argument] of instance.arguments) scope.names.set(name, argument);
    outlineHeading(checker, `${path}: ${layer.name.name}`, at);
    if (!bindParameters(checker, layer.inputs, matched, layer.where, scope)) return unknown;
    if (layer.result !== undefined) {
      scope.result = evaluateDims(checker, layer.result, scope);
      if (scope.result === undefined) return unknown;
    }
    const body = checker.run(layer.body, scope);
    instance.failed = false;
    remember(checker, path, instance, layer, scope);
    if (body === undefined) {
      report(checker, noResult(layer.name.span, layer.name.name));
      return unknown;
    }
    return restoreDims(asDeclared(checker, layer, body, scope), scope.expansion) ?? unknown;
  });
  return result ?? unknown;
}

/** What `enc.W` can mean: the parameters, also absent ones, and what the body calls by name. */
function remember(checker: Checker, path: string, instance: Instance, layer: Layer, scope: Scope): void {
  if (instance.built !== undefined) return;
  const members = new Map<string, Value>();
  for (const statement of layer.body) {
    if (statement.kind !== 'param' && statement.kind !== 'frozen' && statement.kind !== 'state') continue;
    const { name } = statement.name;
    const stored = checker.parameters.find((parameter) => parameter.path === `${path}.${name}`);
    members.set(name, stored === undefined ? (scope.names.get(name) ?? unknown) : referenceTo(stored.tensor));
  }
  for (const [inner, entry] of checker.instances) {
    const name = inner.startsWith(`${path}.`) ? inner.slice(path.length + 1) : '';
    if (name !== '' && !name.includes('.')) members.set(name, { kind: 'instance', ...entry });
  }
  instance.built = members;
  const entry = checker.instances.get(path);
  if (entry !== undefined) entry.instance.built = members;
}

// ---------------------------------------------------------------- parameters

/** `param W: f32[units, I] init …  if bias`; without its condition it is 0 everywhere. */
export function declareParameter(
  checker: Checker,
  statement: ParamDeclaration | StateDeclaration,
  scope: Scope,
): void {
  const { name } = statement.name;
  const value = parameterValue(checker, statement, scope);
  scope.names.set(name, value);
  if (value.kind === 'tensor') {
    outlineLine(checker, `${statement.kind} ${name}: ${typeText(value.dtype, value.dims)}`, statement.span);
  }
}

function parameterValue(
  checker: Checker,
  statement: ParamDeclaration | StateDeclaration,
  scope: Scope,
): Value {
  const { type } = statement;
  const dtype = type === undefined ? 'f32' : elementTypes.get(type.name.name);
  if (dtype === undefined) {
    report(checker, unknownType(type!.name.span, type!.name.name, typeNames));
    return unknown;
  }
  const dims = type === undefined ? [] : evaluateDims(checker, type, scope);
  if (dims === undefined) return unknown;
  const condition = statement.kind === 'state' ? true : present(checker, statement, scope);
  if (condition === undefined) return unknown;
  if (!condition) return { kind: 'tensor', dims, dtype, element: () => constant(0, dtype) };
  const path = `${scope.path}${statement.name.name}`;
  const known = checker.parameters.find((parameter) => parameter.path === path);
  if (known !== undefined) return again(checker, known.tensor, dims, path, statement.span);
  const tensor = newLeaf(checker, statement.kind, path, dtype, dims.map(declared), statement.span);
  if (tensor === undefined) return unknown;
  const init = initialValue(checker, statement.init, path, dtype, dims, statement.span, scope);
  if (init !== undefined) {
    const initText = statement.init === undefined ? '0' : textOf(statement.init.span);
    checker.parameters.push({ path, kind: statement.kind, tensor, init, initText, count: countPoints(dims) });
  }
  return referenceTo(tensor, dims);
}

export const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);

/** As the outermost caller knows it; no equation's index runs over it yet. */
function declared(dim: Dim): Dim {
  const { index: _, ...outer } = outermost(dim);
  return outer;
}

const outermost = (dim: Dim): Dim => (dim.outer === undefined ? dim : outermost(dim.outer));

function present(checker: Checker, { condition }: ParamDeclaration, scope: Scope): boolean | undefined {
  if (condition === undefined) return true;
  const value = checker.evaluate(condition, scope);
  if (value.kind === 'boolean') return value.value;
  if (value.kind === 'tensor') report(checker, wantsCondition(condition.span, value));
  else if (value.kind !== 'unknown') report(checker, conditionNotBoolean(condition.span, value));
  return undefined;
}

/** The parameter of an instance that is applied again. */
function again(checker: Checker, tensor: LeafTensor, dims: readonly Dim[], path: string, at: Span): Value {
  const same =
    tensor.dims.length === dims.length && tensor.dims.every((dim, axis) => dim.extent === dims[axis]!.extent);
  if (same) return referenceTo(tensor, dims);
  report(checker, instanceDiffers(at, path, tensor, dims));
  return unknown;
}
