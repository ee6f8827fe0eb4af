/** The checker: syntax trees in, all problems and, if there is no error, the typed program out. */
import type { File, Model, Train } from '../../grammar/ast.ts';
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../grammar/diagnostic.ts';
import { placeOf, span } from '../../grammar/source.ts';
import { InternalError } from '../internal-error.ts';
import { applyValue } from './calls/calls.ts';
import { type Checker, type CheckOptions, type Findings, report } from './checker.ts';
import { type Declarations, declarationsOf, type Library } from './declarations.ts';
import { evaluate } from './evaluate.ts';
import { type CheckedModel, runModel } from './model.ts';
import { checkNames } from './names/names.ts';
import { modelUnknown, noModel } from './problems/names.ts';
import { recipeUnknown, trainTwice, trainUnknown } from './problems/recipes.ts';
import { objectivesOf } from './recipes/part-states.ts';
import { warnUnreached } from './recipes/reach.ts';
import { checkRecipe } from './recipes/recipe.ts';
import { settingsOf } from './recipes/settings.ts';
import { newScope } from './scope.ts';
import { runBody } from './statements/statements.ts';
import type { Recipe, TypedProgram } from './typed.ts';

export type { CheckOptions, Observer } from './checker.ts';
export type * from './typed.ts';

export interface CheckInput {
  readonly main: File;
  /** The files that it uses, and those that they use. */
  readonly files: readonly File[];
  readonly prelude: Library;
  /** Whether the text had errors already: then something can stay unknown without another word. */
  readonly broken?: boolean;
}

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there is an error. */
  readonly program?: TypedProgram;
}

export function check(input: CheckInput, options: CheckOptions): Checked {
  const diagnostics: Diagnostic[] = [];
  const declarations = declarationsOf(input.main, input.files, input.prelude, diagnostics);
  for (const file of [input.main, ...input.files]) {
    const found = checkNames(declarations, file.declarations, false);
    // What uses a name may stand in a line that could not be read.
    diagnostics.push(...(input.broken ? found.filter(({ severity }) => severity === 'error') : found));
  }
  const misnamed = new Set(diagnostics.map(({ primary }) => placeOf(primary.at)));
  const checker = newChecker(input, options, declarations, diagnostics, misnamed);
  const model = chooseModel(checker, input.main);
  const train = model === undefined ? undefined : recipeFor(checker, model);
  const { dimensions = [], program } = model === undefined ? {} : checkProgram(checker, model, train);
  const sorted = sortDiagnostics(diagnostics);
  options.observer?.made({ tensors: checker.tensors, dimensions });
  return { diagnostics: sorted, ...(program === undefined || hasErrors(sorted) ? {} : { program }) };
}

function newChecker(
  input: CheckInput,
  options: CheckOptions,
  declarations: Declarations,
  diagnostics: Diagnostic[],
  misnamed: ReadonlySet<string>,
): Checker {
  const findings: Findings = {
    options,
    declarations,
    preludeSources: new Set(input.prelude.sources),
    diagnostics,
    misnamed,
    tensors: [],
    parameters: [],
    inputs: [],
    outputs: [],
    updates: [],
    outline: [],
    variables: new Map(),
    ranges: new Map(),
    reductions: new Map(),
    makers: new Map(),
    instances: new Map(),
    scalars: new Map(),
    counts: { expansions: 0, passes: 0, depth: 0, streams: { forward: 0, initial: 0 } },
    state: { stopped: false, broken: input.broken ?? false },
  };
  return {
    ...findings,
    scope: newScope(findings, 'recipe'),
    frames: [],
    conditions: [],
    outside: undefined,
    recipe: undefined,
    frozen: [],
    drawing: 'forward',
    steps: [],
    group: undefined,
    trial: undefined,
    evaluate(expression) {
      return evaluate(this, expression);
    },
    run(body) {
      return runBody(this, body);
    },
    apply(callee, given, at) {
      return applyValue(this, callee, given, at);
    },
  };
}

function chooseModel(checker: Checker, main: File): Model | undefined {
  const { models } = checker.declarations;
  const start = span(main.source, 0, 0);
  const wanted = checker.options.model;
  const model = wanted === undefined ? models[0] : models.find(({ name }) => name.name === wanted);
  if (model !== undefined) return model;
  if (wanted === undefined || models.length === 0) {
    // A line that could not be read may have been the model.
    if (!checker.state.broken) report(checker, noModel(start));
  } else
    report(
      checker,
      modelUnknown(
        start,
        wanted,
        models.map(({ name }) => name.name),
      ),
    );
  return undefined;
}

function recipeFor(checker: Checker, model: Model): Train | undefined {
  const { trains, user } = checker.declarations;
  const first = new Map<string, Train>();
  for (const train of trains) {
    const { name, span: at } = train.model;
    const target = user.get(name);
    if (target?.kind !== 'model') {
      const models = [...user.values()].filter(({ kind }) => kind === 'model').map((m) => m.name.name);
      report(checker, trainUnknown(at, name, models));
      continue;
    }
    const key = `${name} ${train.name?.name ?? ''}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, train);
    else {
      const place = before.name?.span ?? before.model.span;
      report(checker, trainTwice(train.name?.span ?? at, name, train.name?.name, place));
    }
  }
  const own = [...first.values()].filter((train) => train.model.name === model.name.name);
  const wanted = checker.options.recipe;
  const chosen = wanted === undefined ? own[0] : own.find(({ name }) => name?.name === wanted);
  if (chosen === undefined && wanted !== undefined) {
    const names = own.flatMap(({ name }) => name?.name ?? []);
    report(checker, recipeUnknown(model.name.span, model.name.name, wanted, names));
  }
  return chosen;
}

function checkProgram(
  checker: Checker,
  model: Model,
  train: Train | undefined,
): { readonly dimensions?: TypedProgram['dimensions']; readonly program?: TypedProgram } {
  const settings = train === undefined ? {} : settingsOf(checker, train);
  const checked = runModel(checker, model, train, settings.batch === 'all' ? undefined : settings.batch);
  if (checked === undefined) return {};
  const { dimensions } = checked;
  const recipe = train === undefined ? undefined : checkRecipe(checker, train, settings, checked);
  if (checker.state.broken) return { dimensions };
  if (!hasErrors(checker.diagnostics)) {
    requireKnown(checked);
    warnUnreached(checker, recipe && objectivesOf(recipe));
  }
  return { dimensions, program: assemble(checker, model, checked, recipe) };
}

/** Where something stayed unknown, somebody must have said why. */
function requireKnown({ scope }: CheckedModel): void {
  for (const [name, value] of scope.names) {
    if (value.kind === 'unknown')
      throw new InternalError(`nothing says why ${name} is wrong`, { pass: 'check' });
  }
}

const assemble = (
  checker: Checker,
  model: Model,
  { dimensions, settings, unusedBindings }: CheckedModel,
  recipe: Recipe | undefined,
): TypedProgram => ({
  model: model.name.name,
  training: checker.options.training,
  dimensions,
  settings,
  unusedBindings,
  tensors: checker.tensors,
  inputs: checker.inputs,
  outputs: checker.outputs,
  parameters: checker.parameters,
  updates: checker.updates,
  ...(recipe === undefined ? {} : { recipe }),
  outline: checker.outline,
});
