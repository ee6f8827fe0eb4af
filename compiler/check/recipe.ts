/** A `train` block in, the recipe out: settings, and for each `minimize` what the optimizer does to each parameter. */
import type { Minimize, NumberSetting, Train } from '../../grammar/ast.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { defineGradient } from './builtins.ts';
import { type Checker, type Frame, inside, report } from './checker.ts';
import { newScope } from './expansion.ts';
import { normOf } from './norm.ts';
import { optimizersOf, runOptimizer, type Stage, stageOf } from './optimizer.ts';
import { isBelow, pathOf } from './paths.ts';
import { textOf } from './phrases.ts';
import {
  lossUnknown,
  nothingToMinimize,
  nothingToTrain,
  overNothing,
  settingNotPositive,
  settingTwice,
  settingUnknown,
  trainedTwice,
} from './problems-recipes.ts';
import type { Scope } from './scope.ts';
import type { Objective, Output, Parameter, Recipe, StateUpdate } from './typed.ts';
import type { Value } from './values.ts';

export const settingNames = ['batch', 'epochs', 'seed'] as const;

type SettingName = (typeof settingNames)[number];

const isSettingName = (name: string): name is SettingName =>
  (settingNames as readonly string[]).includes(name);

export type Settings = Readonly<Partial<Record<SettingName, number>>>;

/** `batch 128`, `epochs 3`, `seed 7`: needed before the model, since the batch is a dimension. */
export function settingsOf(checker: Checker, train: Train): Settings {
  const scope = recipeScope(checker);
  const found = new Map<SettingName, { readonly value: number; readonly setting: NumberSetting }>();
  for (const setting of train.body) {
    if (setting.kind !== 'setting') continue;
    const { name, span } = setting.name;
    if (!isSettingName(name)) {
      report(checker, settingUnknown(span, name, settingNames));
      continue;
    }
    const first = found.get(name);
    if (first !== undefined) {
      report(checker, settingTwice(span, name, first.setting.span));
      continue;
    }
    const value = checker.evaluate(setting.value, scope);
    if (value.kind === 'unknown') continue;
    const least = name === 'seed' ? 0 : 1;
    if (value.kind === 'number' && value.integer && value.value >= least)
      found.set(name, { value: value.value, setting });
    else report(checker, settingNotPositive(setting.value.span, name, value));
  }
  return Object.fromEntries([...found].map(([name, { value }]) => [name, value]));
}

const recipeScope = (checker: Checker): Scope => newScope(checker, 'recipe');

export function checkRecipe(checker: Checker, train: Train, settings: Settings, modelScope: Scope): Recipe {
  const minimizes = train.body.filter((setting): setting is Minimize => setting.kind === 'minimize');
  if (minimizes.length === 0) report(checker, nothingToMinimize(train.model.span, train.model.name));
  const frame: Frame = {
    declaration: train,
    step: { kind: 'train', name: train.model.name },
    at: train.model.span,
  };
  const inner = inside(checker, { frames: [...checker.frames, frame] });
  const trained = new Map<string, Minimize>();
  const objectives: Objective[] = [];
  for (const minimize of minimizes) {
    const objective = checkObjective(inner, minimize, modelScope, trained);
    if (objective !== undefined) objectives.push(objective);
  }
  return { ...settings, objectives };
}

function checkObjective(
  checker: Checker,
  minimize: Minimize,
  modelScope: Scope,
  trained: Map<string, Minimize>,
): Objective | undefined {
  const { name, span } = minimize.loss;
  const loss = checker.outputs.find((output) => output.role === 'loss' && output.name === name);
  const failed = modelScope.names.get(name)?.kind === 'unknown';
  if (loss === undefined && !failed)
    report(checker, lossUnknown(span, name, checker.outputs, modelScope.names.get(name)));
  const parameters = selected(checker, minimize, modelScope);
  for (const { path } of parameters) {
    const first = trained.get(path);
    if (first === undefined) trained.set(path, minimize);
    else report(checker, trainedTwice(minimize.loss.span, path, first.loss.span));
  }
  if (parameters.length === 0 && minimize.over.length === 0 && !hasErrors(checker.diagnostics)) {
    report(checker, nothingToTrain(span));
  }
  return loss === undefined ? undefined : objectiveOf(checker, minimize, loss, parameters);
}

function objectiveOf(
  checker: Checker,
  minimize: Minimize,
  loss: Output,
  parameters: readonly Parameter[],
): Objective | undefined {
  const gradients = parameters.map(({ tensor, path }) =>
    defineGradient(checker, loss.tensor, tensor, `d.${path}`, minimize.loss.span),
  );
  for (const gradient of gradients) gradient.label.claimed = true;
  let norm: Value | undefined;
  const globalNorm = (user: Checker): Value => {
    norm ??= normOf(user, gradients, minimize.span);
    return norm;
  };
  const inner = inside(checker, { recipe: { globalNorm } });
  const scope = recipeScope(inner);
  const stages = minimize.stages.map((stage) => stageOf(inner, stage, scope));
  const optimizer = optimizersOf(inner, minimize, stages);
  const states: Parameter[] = [];
  const updates: StateUpdate[] = [];
  if (optimizer !== undefined) {
    const before = stages
      .slice(0, -1)
      .filter((stage): stage is Stage & { kind: 'function' } => stage?.kind === 'function');
    for (const [k, parameter] of parameters.entries()) {
      const done = runOptimizer(inner, optimizer, before, parameter, gradients[k]!);
      states.push(...done.states);
      updates.push(...done.updates);
    }
  }
  if (optimizer === undefined) return undefined;
  const rate = optimizer.settings.get('lr');
  return {
    loss: loss.tensor,
    lossName: loss.name,
    optimizer: optimizer.declaration.name.name,
    parameters,
    gradients,
    states,
    updates,
    ...(rate?.kind === 'number' ? { rate: rate.value } : {}),
    ...(rate?.kind === 'tensor' && rate.tensor !== undefined ? { rate: rate.tensor } : {}),
  };
}

/** The trained parameters below the names after `over`; all of them where there are none. */
function selected(checker: Checker, minimize: Minimize, modelScope: Scope): readonly Parameter[] {
  const all = checker.parameters.filter(({ kind }) => kind === 'param');
  if (minimize.over.length === 0) return all;
  const chosen = new Set<Parameter>();
  for (const expression of minimize.over) {
    const path = pathOf(expression);
    const below = all.filter((parameter) => path !== undefined && isBelow(parameter.path, path));
    const failed = path !== undefined && modelScope.names.get(path.split('.')[0]!)?.kind === 'unknown';
    if (below.length === 0 && !failed)
      report(checker, overNothing(expression.span, textOf(expression.span), all));
    for (const parameter of below) chosen.add(parameter);
  }
  return all.filter((parameter) => chosen.has(parameter));
}
