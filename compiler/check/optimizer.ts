/** The stages of a `minimize` and a parameter in, the parameter's updates out: `clip_norm(5) |> adam(lr = 1e-3)`. */
import type { Expression, Fn, Minimize, Optimizer, Statement } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { evaluateArguments, matchArguments } from './arguments.ts';
import { evaluateAssert } from './assert.ts';
import { type Checker, type Given, report } from './checker.ts';
import { expanding, newScope } from './expansion.ts';
import { initialValue } from './initial.ts';
import { textOf } from './layers.ts';
import { bindParameters } from './matching.ts';
import { statementNotHere } from './problems-names.ts';
import {
  gradientStageShape,
  lastNotOptimizer,
  stageNotFunction,
  weightNotUpdated,
} from './problems-recipes.ts';
import { lookUp, type Scope } from './scope.ts';
import { filledAs } from './statements.ts';
import { newLeaf, store } from './tensors.ts';
import type { GradientTensor, LeafTensor, Parameter, StateUpdate } from './typed.ts';
import { referenceTo, type TensorValue, unknown, type Value } from './values.ts';

export type Stage =
  | { readonly kind: 'function'; readonly fn: Fn; readonly given: readonly Given[]; readonly at: Span }
  | {
      readonly kind: 'optimizer';
      readonly declaration: Optimizer;
      readonly given: readonly Given[];
      readonly at: Span;
    };

/** An optimizer with its arguments, evaluated once for all parameters. */
export interface ReadyOptimizer {
  readonly declaration: Optimizer;
  readonly settings: ReadonlyMap<string, Value>;
  readonly at: Span;
}

export function stageOf(checker: Checker, expression: Expression, scope: Scope): Stage | undefined {
  const callee = expression.kind === 'call' ? expression.callee : expression;
  const value = checker.evaluate(callee, scope);
  const given = expression.kind === 'call' ? evaluateArguments(checker, expression, scope) : [];
  const at = expression.span;
  if (value.kind === 'function') return { kind: 'function', fn: value.fn, given, at };
  if (value.kind === 'optimizer') return { kind: 'optimizer', declaration: value.optimizer, given, at };
  if (value.kind !== 'unknown') report(checker, stageNotFunction(callee.span, value));
  return undefined;
}

/** The last stage, which must be an optimizer; the others must not. */
export function optimizersOf(
  checker: Checker,
  minimize: Minimize,
  stages: readonly (Stage | undefined)[],
): ReadyOptimizer | undefined {
  for (const stage of stages.slice(0, -1)) {
    if (stage?.kind === 'optimizer')
      report(checker, stageNotFunction(stage.at, { kind: 'optimizer', optimizer: stage.declaration }));
  }
  const last = stages.at(-1);
  if (last === undefined) return undefined;
  if (last.kind !== 'optimizer') {
    report(checker, lastNotOptimizer(minimize.stages.at(-1)?.span ?? minimize.span, last.fn.name.name));
    return undefined;
  }
  const { declaration, given, at } = last;
  const name = declaration.name.name;
  return expanding(checker, { declaration, label: name, at }, () => {
    const matched = matchArguments(checker, name, declaration.parameters, given, at);
    if (matched === undefined) return undefined;
    const scope = optimizerScope(checker, declaration);
    bindParameters(checker, declaration.parameters, matched, [], scope);
    const settings = new Map(
      [...scope.names].map(([key, value]) => [key, kept(checker, value, `${name}.${key}`, at)]),
    );
    return { declaration, settings, at };
  });
}

/** A schedule becomes one equation that all parameters share. */
function kept(checker: Checker, value: Value, name: string, at: Span): Value {
  if (value.kind !== 'tensor') return value;
  const stored = store(checker, value, { name, claimed: true }, at);
  if (stored.kind === 'tensor' && stored.tensor !== undefined && !stored.tensor.label.claimed) {
    stored.tensor.label.name = name;
    stored.tensor.label.claimed = true;
  }
  return stored;
}

const optimizerScope = (checker: Checker, declaration: Optimizer, shape?: Scope['shape']): Scope =>
  newScope(checker, 'optimizer', {
    prefix: `${declaration.name.name}.`,
    path: '',
    fromPrelude: checker.preludeSources.has(declaration.span.source),
    shape,
  });

interface Done {
  readonly states: readonly Parameter[];
  readonly updates: readonly StateUpdate[];
}

export function runOptimizer(
  checker: Checker,
  { declaration, settings, at }: ReadyOptimizer,
  before: readonly (Stage & { readonly kind: 'function' })[],
  parameter: Parameter,
  gradient: GradientTensor,
): Done {
  const g = throughStages(checker, before, gradient, at);
  const states: Parameter[] = [];
  const updates = new Map<LeafTensor, StateUpdate>();
  const label = `${declaration.name.name} ${parameter.path}`;
  expanding(checker, { declaration, label, at }, () => {
    const scope = optimizerScope(checker, declaration, parameter.tensor.dims);
    for (const [name, value] of settings) scope.names.set(name, value);
    scope.names.set('w', referenceTo(parameter.tensor));
    scope.names.set('g', g);
    const leaves = new Map<string, LeafTensor>([['w', parameter.tensor]]);
    const run: Run = { checker, declaration, parameter, scope, leaves, states, updates };
    for (const statement of declaration.body) runStatement(run, statement);
    if (!updates.has(parameter.tensor) && !settled(scope)) {
      report(checker, weightNotUpdated(declaration.name.span, declaration.name.name));
    }
  });
  return { states, updates: [...updates.values()] };
}

/** Whether something went wrong before, so that a missing update of w is no news. */
const settled = (scope: Scope): boolean => [...scope.names.values()].some(({ kind }) => kind === 'unknown');

function throughStages(
  checker: Checker,
  stages: readonly (Stage & { readonly kind: 'function' })[],
  gradient: GradientTensor,
  at: Span,
): Value {
  let g: Value = referenceTo(gradient);
  const scope = newScope(checker, 'recipe', {
    prefix: '',
    path: '',
    fromPrelude: false,
    shape: gradient.dims,
  });
  for (const stage of stages) {
    const piped: Given = { value: g, at };
    const result = checker.apply(
      { kind: 'function', fn: stage.fn },
      [piped, ...stage.given],
      stage.at,
      scope,
    );
    if (result.kind === 'unknown') return unknown;
    if (!sameShape(result, gradient)) {
      report(checker, gradientStageShape(stage.at, stage.fn.name.name, result, gradient));
      return unknown;
    }
    const name = `${gradient.label.name}.${stage.fn.name.name}`;
    g = store(checker, result, { name, claimed: true }, stage.at);
  }
  return g;
}

const sameShape = (value: Value, { dims }: GradientTensor): value is TensorValue =>
  value.kind === 'tensor' &&
  value.dtype === 'f32' &&
  value.dims.length === dims.length &&
  value.dims.every((dim, axis) => dim.extent === dims[axis]!.extent);

interface Run {
  readonly checker: Checker;
  readonly declaration: Optimizer;
  readonly parameter: Parameter;
  readonly scope: Scope;
  readonly leaves: Map<string, LeafTensor>;
  readonly states: Parameter[];
  readonly updates: Map<LeafTensor, StateUpdate>;
}

function runStatement(run: Run, statement: Statement): void {
  const { checker, scope, declaration, parameter } = run;
  switch (statement.kind) {
    case 'state': {
      const { name } = statement.name;
      const path = `${declaration.name.name}.${name}.${parameter.path}`;
      const { dims } = parameter.tensor;
      const tensor = newLeaf(checker, 'state', path, 'f32', dims, statement.span);
      if (tensor === undefined) return;
      scope.names.set(name, referenceTo(tensor));
      run.leaves.set(name, tensor);
      const init = initialValue(checker, statement.init, path, 'f32', dims, statement.span, scope);
      const { count } = parameter;
      if (init === undefined) return;
      run.states.push({ path, kind: 'state', tensor, init, initText: textOf(statement.init.span), count });
      return;
    }
    case 'let': {
      const name = `${declaration.name.name}.${statement.name.name}.${parameter.path}`;
      const value = statement.indices === undefined ? checker.evaluate(statement.value, scope) : unknown;
      if (statement.indices !== undefined)
        report(checker, statementNotHere(statement.span, 'equation', 'optimizer'));
      scope.names.set(
        statement.name.name,
        value.kind === 'tensor' ? store(checker, value, { name, claimed: true }, statement.span) : value,
      );
      return;
    }
    case 'update': {
      const { name, span } = statement.name;
      const target = run.leaves.get(name);
      if (target === undefined || statement.indices !== undefined) {
        if (lookUp(scope, name)?.kind !== 'unknown')
          report(checker, statementNotHere(span, 'update', 'optimizer', name));
        return;
      }
      const value = checker.evaluate(statement.value, scope);
      const stored =
        value.kind === 'unknown'
          ? undefined
          : filledAs(checker, value, target, `${target.label.name}.next`, statement.span);
      scope.names.set(name, stored ?? unknown);
      if (stored?.tensor !== undefined) run.updates.set(target, { target, value: stored.tensor });
      return;
    }
    case 'assert':
      evaluateAssert(checker, statement, scope);
      return;
    default:
      report(checker, statementNotHere(statement.span, statement.kind, 'optimizer'));
  }
}
