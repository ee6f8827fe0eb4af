/** A model in, run with the values of its parameters: settings from the command line, the recipe, or defaults. */
import type { Model, Parameter, TensorDeclaration, Train } from '../../grammar/ast.ts';
import { expanding } from './calls/expansion.ts';
import { runFreezing } from './calls/freeze.ts';
import { type Checker, type Given, outlineHeading, report } from './checker.ts';
import { badBinding } from './problems/indices.ts';
import { missingArgument } from './problems/names.ts';
import { modelParameterKind } from './problems/recipes.ts';
import { inRecipe } from './recipes/settings.ts';
import type { Scope } from './scope.ts';
import { evaluateArguments, placeArguments } from './shapes/arguments.ts';
import { bindParameters } from './shapes/matching.ts';
import { bindFreeDimensions } from './statements/inputs.ts';
import type { FreeDimension, SettingValue } from './typed.ts';
import { booleanValue, numberValue, unknown, type Value } from './values.ts';

export interface CheckedModel {
  readonly scope: Scope;
  readonly dimensions: readonly FreeDimension[];
  readonly settings: readonly { readonly name: string; readonly value: SettingValue }[];
  readonly unusedBindings: readonly string[];
}

export function runModel(
  checker: Checker,
  model: Model,
  train: Train | undefined,
  batch: number | undefined,
): CheckedModel | undefined {
  return expanding(
    checker,
    { declaration: model, step: { kind: 'model', name: model.name.name }, at: model.name.span },
    (inner) => {
      const { scope } = inner;
      outlineHeading(inner, `model ${model.name.name}`, model.name.span);
      const given = settingsOf(inner, model, train);
      bindParameters(inner, model.parameters, given, []);
      nameDimensions(inner, model);
      const declarations = model.body.filter(
        (statement): statement is TensorDeclaration =>
          statement.kind === 'input' || statement.kind === 'target',
      );
      const dimensions = bindFreeDimensions(inner, declarations, batch);
      const settings = model.parameters.flatMap(({ name }) => {
        const value = settingOf(scope.names.get(name.name));
        return value === undefined ? [] : [{ name: name.name, value }];
      });
      runFreezing(inner, model.body);
      const names = new Set([
        ...dimensions.map(({ name }) => name),
        ...model.parameters.map(({ name }) => name.name),
      ]);
      const unusedBindings = [...checker.options.bindings.keys()].filter((name) => !names.has(name));
      return { scope, dimensions, settings, unusedBindings };
    },
  );
}

/** What a parameter is set to; nothing where it is none that a model may have. */
function settingOf(value: Value | undefined): SettingValue | undefined {
  if (value?.kind === 'number' || value?.kind === 'boolean') return value.value;
  if (value?.kind !== 'tuple') return undefined;
  const numbers = value.values.flatMap((one) => (one.kind === 'number' ? [one.value] : []));
  return numbers.length === value.values.length ? numbers : undefined;
}

/** `stride: int[2]`: a number for each axis. */
const isAxisWise = ({ type }: Parameter): boolean =>
  type?.dimensions !== undefined && (type.name.name === 'int' || type.name.name === 'float');

/** A whole-number parameter is a dimension that messages call by its name. */
function nameDimensions(checker: Checker, model: Model): void {
  const { scope } = checker;
  for (const parameter of model.parameters) {
    const { name, span } = parameter;
    const value = scope.names.get(name.name);
    if (value?.kind === 'number' && value.integer) {
      scope.names.set(name.name, { ...value, dim: { extent: value.value, name: name.name, declared: span } });
    } else if (
      value !== undefined &&
      value.kind !== 'unknown' &&
      (settingOf(value) === undefined || (value.kind === 'tuple' && !isAxisWise(parameter)))
    ) {
      report(checker, modelParameterKind(span, name.name, value));
    }
  }
}

const numberOf = (set: number): Value => numberValue(set, Number.isInteger(set));

/** One number where there is one for all axes: what takes several repeats it. */
const numbersOf = (parameter: Parameter, set: SettingValue): Value | undefined => {
  if (typeof set === 'number') return numberOf(set);
  return typeof set === 'boolean' || !isAxisWise(parameter)
    ? undefined
    : { kind: 'tuple', values: set.map(numberOf) };
};

/** Programs that know numbers only say 1 and 0. */
const truthValue = (set: SettingValue): Value | undefined =>
  typeof set === 'boolean' || set === 0 || set === 1 ? booleanValue(Boolean(set)) : undefined;

function settingsOf(checker: Checker, model: Model, train: Train | undefined): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  const name = model.name.name;
  if (train !== undefined) {
    const call = {
      kind: 'call',
      callee: { kind: 'name', name, span: train.model.span },
      arguments: train.arguments,
      span: train.model.span,
    } as const;
    const own = evaluateArguments(inRecipe(checker), call);
    const { placed } = placeArguments(checker, name, model.parameters, own);
    for (const [parameter, argument] of placed) given.set(parameter, argument);
  }
  for (const parameter of model.parameters) {
    const set = checker.options.bindings.get(parameter.name.name);
    if (set === undefined) {
      if (parameter.default !== undefined || given.has(parameter.name.name)) continue;
      report(checker, missingArgument(parameter.span, name, [parameter]));
      given.set(parameter.name.name, { value: unknown, at: parameter.span });
      continue;
    }
    const isBoolean = parameter.type?.name.name === 'bool' || parameter.default?.kind === 'boolean';
    const value = isBoolean ? truthValue(set) : numbersOf(parameter, set);
    if (value === undefined) {
      const wanted = isBoolean ? 'true or false' : 'a number';
      report(checker, badBinding(parameter.span, parameter.name.name, set, wanted));
    }
    given.set(parameter.name.name, { value: value ?? unknown, at: parameter.span });
  }
  return given;
}
