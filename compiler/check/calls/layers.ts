/** Layers in, applied instances out: each instance owns one set of parameters, made when it is applied first. */
import type { Layer } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import {
  type Checker,
  type Given,
  type InstancesOfTrial,
  outlineHeading,
  report,
  wrong,
} from '../checker.ts';
import { layerInFunction, pathTwice } from '../problems/names.ts';
import { nextNumber, rootOf } from '../scope.ts';
import { matchArguments } from '../shapes/arguments.ts';
import { bindParameters } from '../shapes/matching.ts';
import { type Instance, type InstanceValue, referenceTo, unknown, type Value } from '../values.ts';
import { type Entry, expanding } from './expansion.ts';
import { runFreezing } from './freeze.ts';
import { promised, resultOf } from './functions.ts';

/** `Dense(10)`: the arguments are bound now, the parameters wait for an input. */
export function instantiate(checker: Checker, layer: Layer, given: readonly Given[], at: Span): Value {
  const home = rootOf(checker.scope);
  if (home.kind !== 'model' && home.kind !== 'layer')
    return wrong(checker, layerInFunction(at, layer.name.name, home.kind));
  const { name } = layer.name;
  const names = { prefix: home.prefix, path: home.path };
  const step = { kind: 'function', name } as const;
  const result = expanding(checker, { declaration: layer, step, at, names }, (inner) => {
    const matched = matchArguments(inner, name, layer.parameters, given, at);
    if (matched === undefined || !bindParameters(inner, layer.parameters, matched, [])) return unknown;
    const instance: Instance = {
      arguments: inner.scope.names,
      home,
      at,
      path: undefined,
      built: undefined,
      failed: false,
    };
    checker.trial?.made.add(instance);
    return { kind: 'instance', layer, instance } satisfies InstanceValue;
  });
  return result ?? unknown;
}

/**
 * Gives the instance its path; an inline one is `Dense_1`, counted by layer where it is made, and one that is named in
 * a `repeat` is `name_1`, counted by name.
 */
export function nameInstance(checker: Checker, { layer, instance }: InstanceValue, name?: string): string {
  if (instance.path !== undefined) return instance.path;
  const { home } = instance;
  let own = name ?? layer.name.name;
  if (name === undefined || home.repeated) {
    own = `${own}_${nextNumber(home, own)}`;
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
  applied: InstanceValue,
  given: readonly Given[],
  at: Span,
): Value {
  const value = checker.trial === undefined ? applied : tried(checker.trial, applied);
  const { layer, instance } = value;
  const path = nameInstance(checker, value);
  const own = path.slice(path.lastIndexOf('.') + 1);
  const step = { kind: 'layer', name: own, of: layer.name.name } as const;
  // Whoever makes an instance of its own layer was refused there.
  const names = { prefix: `${path}.`, path: `${path}.` };
  const entry: Entry = { declaration: layer, step, at, mayBeInside: true, names };
  const result = expanding(checker, entry, (inner) => {
    const matched = matchArguments(inner, path, layer.inputs, given, at);
    instance.failed = true;
    if (matched === undefined) return unknown;
    for (const [name, argument] of instance.arguments) inner.scope.names.set(name, argument);
    outlineHeading(inner, `${path}: ${layer.name.name}`, at);
    if (!bindParameters(inner, layer.inputs, matched, layer.where)) return promised(inner, layer, at);
    return resultOf(inner, layer, (own) => {
      const value = runFreezing(own, layer.body);
      instance.failed = false;
      if (!own.trial) remember(own, path, instance, layer);
      return value;
    });
  });
  return result ?? unknown;
}

/** The instance as the trial has it. */
function tried({ made, copies, homes }: InstancesOfTrial, value: InstanceValue): InstanceValue {
  const { instance } = value;
  if (made.has(instance)) return value;
  const home = homes.get(instance.home) ?? { ...instance.home, inline: new Map(instance.home.inline) };
  const copy = copies.get(instance) ?? { ...instance, home };
  homes.set(instance.home, home);
  copies.set(instance, copy);
  return { ...value, instance: copy };
}

/** What `enc.W` can mean: the parameters, also absent ones, and what the body calls by name. */
function remember(checker: Checker, path: string, instance: Instance, layer: Layer): void {
  if (instance.built !== undefined) return;
  const { names } = checker.scope;
  const members = new Map<string, Value>();
  const within = `${path}.`;
  for (const statement of layer.body) {
    if (statement.kind !== 'param' && statement.kind !== 'frozen' && statement.kind !== 'state') continue;
    const { name } = statement.name;
    const at = `${within}${name}`;
    // What the instance made is what was made last.
    const stored = checker.parameters.findLast((parameter) => parameter.path === at);
    members.set(name, stored === undefined ? (names.get(name) ?? unknown) : referenceTo(stored.tensor));
  }
  for (const inner of checker.instances.keys()) {
    const name = inner.startsWith(within) ? inner.slice(within.length) : '';
    if (name !== '' && !name.includes('.'))
      members.set(name, { kind: 'instance', ...checker.instances.get(inner)! });
  }
  instance.built = members;
  const entry = checker.instances.get(path);
  if (entry !== undefined) entry.instance.built = members;
}
