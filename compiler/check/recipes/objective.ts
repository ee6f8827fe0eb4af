/** One `minimize` or `maximize` in, what its optimizer does to each parameter out. */
import type { Expression, Minimize } from '../../../grammar/ast.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { load } from '../../scalar/build.ts';
import { type Checker, inside, report } from '../checker.ts';
import { isBelow, pathOf } from '../paths.ts';
import { textOf } from '../problems/phrases.ts';
import { lossUnknown, nothingToTrain, overNothing } from '../problems/recipes.ts';
import { call } from '../tensors/element.ts';
import { defineGradient, store } from '../tensors/tensors.ts';
import type { Objective, Output, Parameter, Readable, StateUpdate, Tensor } from '../typed.ts';
import { scalarValue, type Value } from '../values.ts';
import { normOf } from './norm.ts';
import { optimizersOf, runOptimizer, type Stage, stageOf } from './optimizer.ts';
import { inRecipe } from './settings.ts';
import type { Written } from './written.ts';

/** What the recipe around wants of its objectives. */
export interface Task {
  readonly written: Written;
  /** Whether their gradients' norms are reported. */
  readonly norm: boolean;
  /** The model's own. */
  readonly parameters: ReadonlyMap<string, Value>;
}

export function checkObjective(checker: Checker, minimize: Minimize, task: Task): Objective | undefined {
  const { written } = task;
  const { name, span } = minimize.loss;
  const loss = checker.outputs.find((output) => output.role === 'loss' && output.name === name);
  const value = checker.scope.names.get(name);
  if (loss === undefined && value?.kind !== 'unknown')
    report(checker, lossUnknown(span, name, checker.outputs, value));
  const chosen = minimize.over.length > 0;
  const parameters = selected(checker, minimize).filter(({ path }) => chosen || !written.isAssigned(path));
  for (const { path } of parameters) written.add(checker, path, { at: span, chosen });
  if (parameters.length === 0 && !chosen && !hasErrors(checker.diagnostics))
    report(checker, nothingToTrain(span));
  return loss === undefined ? undefined : objectiveOf(checker, minimize, loss, parameters, task);
}

function objectiveOf(
  checker: Checker,
  minimize: Minimize,
  loss: Output,
  parameters: readonly Parameter[],
  { written, norm: isAsked, parameters: known }: Task,
): Objective | undefined {
  const sought = minimize.kind === 'minimize' ? loss.tensor : negative(checker, loss, minimize);
  if (sought === undefined) return undefined;
  const gradients = parameters.map(({ tensor, path }) =>
    defineGradient(checker, sought, tensor, `d.${path}`, minimize.loss.span),
  );
  for (const gradient of gradients) gradient.label.claimed = true;
  let norm: Value | undefined;
  const globalNorm = (user: Checker): Value => {
    norm ??= normOf(user, gradients, minimize.span);
    return norm;
  };
  const inner = inside(checker, { recipe: { globalNorm } });
  const own = inRecipe(inner, known);
  const stages = minimize.stages.map((stage) => stageOf(own, stage));
  const optimizer = optimizersOf(inner, minimize, stages);
  const states: Parameter[] = [];
  const updates: StateUpdate[] = [];
  if (optimizer === undefined) return undefined;
  const before = stages
    .slice(0, -1)
    .filter((stage): stage is Stage & { kind: 'function' } => stage?.kind === 'function');
  const { name } = optimizer.declaration.name;
  for (const [k, parameter] of parameters.entries()) {
    const owner = written.ownerOfStates(name, parameter.path);
    const done = runOptimizer(inner, optimizer, before, parameter, gradients[k]!, owner);
    states.push(...done.states);
    updates.push(...done.updates);
  }
  const rate = optimizer.settings.get('lr');
  const reported = isAsked ? globalNorm(checker) : undefined;
  return {
    sense: minimize.kind,
    loss: loss.tensor,
    lossName: loss.name,
    optimizer: name,
    over: minimize.over.map(({ span }) => textOf(span)),
    parameters,
    gradients,
    states,
    updates,
    ...(reported?.kind === 'tensor' && reported.tensor !== undefined ? { norm: reported.tensor } : {}),
    ...(rate?.kind === 'number' ? { rate: rate.value } : {}),
    ...(rate?.kind === 'tensor' && rate.tensor !== undefined ? { rate: rate.tensor } : {}),
  };
}

/** What is minimized where the loss is maximized. */
function negative(checker: Checker, { tensor, name }: Output, { span }: Minimize): Tensor | undefined {
  const element = call('negate', [load<Readable>(tensor, 'f32', [])], checker.ranges);
  const stored = store(checker, scalarValue(element), { name: `${name}.negative`, claimed: true }, span);
  return stored.kind === 'tensor' ? stored.tensor : undefined;
}

/** The trained parameters below the names after `over`; all of them where there are none. */
function selected(checker: Checker, minimize: Minimize): readonly Parameter[] {
  const all = checker.parameters.filter(({ kind }) => kind === 'param');
  if (minimize.over.length === 0) return all;
  const chosen = new Set<Parameter>();
  for (const expression of minimize.over) {
    const below = parametersBelow(expression, all);
    if (below.length === 0 && !isUnknown(checker, expression)) {
      const frozen = parametersBelow(
        expression,
        checker.parameters.filter(({ kind }) => kind === 'frozen'),
      );
      report(checker, overNothing(expression.span, textOf(expression.span), all, frozen));
    }
    for (const parameter of below) chosen.add(parameter);
  }
  return all.filter((parameter) => chosen.has(parameter));
}

/** That of the name, or of all that belongs to it. */
export const parametersBelow = (
  expression: Expression,
  parameters: readonly Parameter[],
): readonly Parameter[] => {
  const path = pathOf(expression);
  return path === undefined ? [] : parameters.filter((parameter) => isBelow(parameter.path, path));
};

/** Whether something went wrong with the name before. */
export const isUnknown = ({ scope }: Checker, expression: Expression): boolean => {
  const path = pathOf(expression);
  return path !== undefined && scope.names.get(path.split('.')[0]!)?.kind === 'unknown';
};
