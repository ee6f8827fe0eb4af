/** A `train` block in, the recipe out: its settings, and what each of its programs does, in order. */
import type { Clause, Setting, Together, Train, ValueSetting } from '../../../grammar/ast.ts';
import { type Checker, type Frame, inside, report } from '../checker.ts';
import { nothingToMinimize, settingOfOneTogether, togetherTwice } from '../problems/recipes.ts';
import type { Scope } from '../scope.ts';
import type { Assignment, Objective, Part, Recipe } from '../typed.ts';
import { checkAssign, targetsOf } from './assign.ts';
import { checkObjective, type Task } from './objective.ts';
import { withStates } from './part-states.ts';
import { clauseSettingsOf, type RecipeSettings } from './settings.ts';
import { asksForNorm, stoppingOf } from './stopping.ts';
import { whatIsWritten } from './written.ts';

/** What a recipe knows of its model; `settings` names its parameters. */
interface OfModel {
  readonly scope: Scope;
  readonly settings: readonly { readonly name: string }[];
}

export function checkRecipe(
  checker: Checker,
  train: Train,
  settings: RecipeSettings,
  { scope, settings: own }: OfModel,
): Recipe {
  const clauses = train.body.filter((part) => part.kind !== 'setting');
  const frame: Frame = {
    declaration: train,
    step: { kind: 'train', name: train.model.name },
    at: train.model.span,
  };
  const inner = inside(checker, { frames: [...checker.frames, frame], scope });
  if (clauses.flatMap(clausesOf).length === 0)
    report(checker, nothingToMinimize(train.model.span, train.model.name));
  const assigned = clauses
    .flatMap(clausesOf)
    .flatMap((clause) => (clause.kind === 'assign' ? targetsOf(checker, clause) : []));
  const parameters = new Map(own.map(({ name }) => [name, scope.names.get(name)!]));
  const written = whatIsWritten(new Set(assigned.map(({ path }) => path)));
  const parts = clauses.map((clause) => {
    written.beginPart();
    return checkPart(inner, clause, { written, norm: asksForNorm(settings), parameters });
  });
  const { until: _until, keep: _keep, patience: _patience, ...numbers } = settings;
  const objectives = parts.flatMap((part) => part.objectives);
  return {
    ...numbers,
    ...stoppingOf({ checker: inner, objectives, parameters }, train, settings),
    ...(train.name && { name: train.name.name }),
    parts: withStates(parts, checker.updates),
  };
}

/** The clauses that belong to one program. */
function clausesOf(clause: Clause | Together): readonly Clause[] {
  return clause.kind === 'together' ? clause.body.flatMap(clauseOf) : [clause];
}

const clauseOf = (part: Setting): readonly Clause[] =>
  part.kind === 'setting' || part.kind === 'together' ? [] : [part];

function checkPart(checker: Checker, clause: Clause | Together, task: Task): Omit<Part, 'states'> {
  const { steps = 1, batch } = clauseSettingsOf(checker, ownSettings(checker, clause));
  const objectives: Objective[] = [];
  const assignments: Assignment[] = [];
  for (const one of clausesOf(clause)) {
    if (one.kind === 'assign') {
      const assignment = checkAssign(checker, one, task.written);
      if (assignment !== undefined) assignments.push(assignment);
    } else {
      const objective = checkObjective(checker, one, task);
      if (objective !== undefined) objectives.push(objective);
    }
  }
  return { objectives, assignments, steps, ...(batch !== undefined && { batch }) };
}

/** Those that stand in the `together`, or behind the clause. */
function ownSettings(checker: Checker, clause: Clause | Together): readonly ValueSetting[] {
  if (clause.kind !== 'together') return clause.settings;
  for (const inner of clause.body)
    if (inner.kind === 'together') report(checker, togetherTwice(inner.span, clause.span));
  for (const { name, span } of clause.body.flatMap(clauseOf).flatMap(({ settings }) => settings))
    report(checker, settingOfOneTogether(span, name.name, clause.span));
  return clause.body.filter((part) => part.kind === 'setting');
}
