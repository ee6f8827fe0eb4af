/** The stages of a `minimize` and a parameter in, the parameter's updates out: `clip_norm(5) |> adam(lr = 1e-3)`. */

import type { Expression, Fn, Minimize, Optimizer } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { expanding } from '../calls/expansion.ts';
import { type Checker, type Given, inside, report, wrong } from '../checker.ts';
import {
  gradientStageShape,
  lastNotOptimizer,
  stageNotFunction,
  weightNotUpdated,
} from '../problems/recipes.ts';
import { newScope, type Scope } from '../scope.ts';
import { evaluateArguments, matchArguments } from '../shapes/arguments.ts';
import { bindParameters } from '../shapes/matching.ts';
import { named } from '../statements/equations.ts';
import { sameExtents, store } from '../tensors/tensors.ts';
import type { GradientTensor, Parameter, StateUpdate } from '../typed.ts';
import { referenceTo, type TensorValue, unknown, type Value } from '../values.ts';

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

export function stageOf(checker: Checker, expression: Expression): Stage | undefined {
  const callee = expression.kind === 'call' ? expression.callee : expression;
  const value = checker.evaluate(callee);
  const given = expression.kind === 'call' ? evaluateArguments(checker, expression) : [];
  const at = expression.span;
  if (value.kind === 'function') return { kind: 'function', fn: value.fn, given, at };
  if (value.kind === 'optimizer') return { kind: 'optimizer', declaration: value.optimizer, given, at };
  return value.kind === 'unknown' ? undefined : report(checker, stageNotFunction(callee.span, value));
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
  if (last.kind !== 'optimizer')
    return report(
      checker,
      lastNotOptimizer(minimize.stages.at(-1)?.span ?? minimize.span, last.fn.name.name),
    );
  const { declaration, given, at } = last;
  const name = declaration.name.name;
  const names = { prefix: `${name}.` };
  return expanding(checker, { declaration, step: { kind: 'function', name }, at, names }, (inner) => {
    const matched = matchArguments(inner, name, declaration.parameters, given, at);
    if (matched === undefined) return undefined;
    bindParameters(inner, declaration.parameters, matched, []);
    // A schedule becomes one equation that all parameters share.
    const settings = new Map(
      [...inner.scope.names].map(([key, value]) => {
        const naming = { name: `${name}.${key}`, claimed: true };
        return [key, named(inner, value, key, naming, at)];
      }),
    );
    return { declaration, settings, at };
  });
}

interface Done {
  readonly states: readonly Parameter[];
  readonly updates: readonly StateUpdate[];
}

/** `owner`: what the names of its states begin with, `adam`. */
export function runOptimizer(
  checker: Checker,
  { declaration, settings, at }: ReadyOptimizer,
  before: readonly (Stage & { readonly kind: 'function' })[],
  parameter: Parameter,
  gradient: GradientTensor,
  owner: string,
): Done {
  const { tensor, path } = parameter;
  const g = throughStages(checker, before, gradient, referenceTo(tensor), at);
  const owned = { parameters: [] as Parameter[], updates: [] as StateUpdate[] };
  const step = { kind: 'update', by: declaration.name.name, of: path } as const;
  const names = { prefix: `${owner}.`, suffix: `.${path}`, shape: tensor.dims, owned };
  expanding(checker, { declaration, step, at, names }, (inner) => {
    const { scope } = inner;
    for (const [name, value] of settings) scope.names.set(name, value);
    scope.names.set('w', referenceTo(tensor));
    scope.names.set('g', g);
    scope.writable.set('w', tensor);
    inner.run(declaration.body);
    if (!owned.updates.some(({ target }) => target === tensor) && !settled(scope)) {
      report(inner, weightNotUpdated(declaration.name.span, declaration.name.name));
    }
  });
  return { states: owned.parameters, updates: owned.updates };
}

/** Whether something went wrong before, so that a missing update of w is no news. */
const settled = (scope: Scope): boolean => [...scope.names.values()].some(({ kind }) => kind === 'unknown');

function throughStages(
  checker: Checker,
  stages: readonly (Stage & { readonly kind: 'function' })[],
  gradient: GradientTensor,
  weight: Value,
  at: Span,
): Value {
  let g: Value = referenceTo(gradient);
  const inner = inside(checker, { scope: newScope(checker, 'recipe', { shape: gradient.dims }) });
  for (const stage of stages) {
    const piped: Given = { value: g, at };
    const asks = stage.fn.parameters.slice(1).some(({ name }) => name.name === 'w');
    const own: readonly Given[] =
      asks && !stage.given.some(({ name }) => name === 'w') ? [{ name: 'w', value: weight, at }] : [];
    const result = inner.apply({ kind: 'function', fn: stage.fn }, [piped, ...stage.given, ...own], stage.at);
    if (result.kind === 'unknown') return unknown;
    if (!sameShape(result, gradient))
      return wrong(checker, gradientStageShape(stage.at, stage.fn.name.name, result, gradient));
    const name = `${gradient.label.name}.${stage.fn.name.name}`;
    g = store(checker, result, { name, claimed: true }, stage.at);
  }
  return g;
}

const sameShape = (value: Value, { dims }: GradientTensor): value is TensorValue =>
  value.kind === 'tensor' && value.dtype === 'f32' && sameExtents(value.dims, dims);
