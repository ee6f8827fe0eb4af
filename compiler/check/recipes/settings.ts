/** `batch 128`, `epochs 3`, `, steps 5` in, their values out: of a recipe, and of one of its clauses. */
import type { NumberSetting, Train } from '../../../grammar/ast.ts';
import { newScope } from '../calls/expansion.ts';
import { type Checker, report } from '../checker.ts';
import { settingNotPositive, settingTwice, settingUnknown } from '../problems/recipes.ts';
import type { Scope } from '../scope.ts';

/** What a recipe sets, and what a clause sets for itself. */
const recipeSettings = ['batch', 'epochs', 'steps', 'seed'] as const;
const clauseSettings = ['steps', 'batch'] as const;

export type Settings<Name extends string> = Readonly<Partial<Record<Name, number>>>;
export type RecipeSettings = Settings<(typeof recipeSettings)[number]>;
export type ClauseSettings = Settings<(typeof clauseSettings)[number]>;

export const recipeScope = (checker: Checker): Scope => newScope(checker, 'recipe');

/** Needed before the model, since the batch is a dimension. */
export const settingsOf = (checker: Checker, { body }: Train): RecipeSettings =>
  numbers(
    checker,
    body.filter((part) => part.kind === 'setting'),
    recipeSettings,
    clauseSettings,
  );

export const clauseSettingsOf = (checker: Checker, list: readonly NumberSetting[]): ClauseSettings =>
  numbers(checker, list, clauseSettings, recipeSettings);

function numbers<Name extends string>(
  checker: Checker,
  list: readonly NumberSetting[],
  known: readonly Name[],
  elsewhere: readonly string[],
): Settings<Name> {
  const scope = recipeScope(checker);
  const found = new Map<Name, { readonly value: number; readonly setting: NumberSetting }>();
  for (const setting of list) {
    const { name: word, span } = setting.name;
    const name = known.find((candidate) => candidate === word);
    if (name === undefined) {
      report(checker, settingUnknown(span, word, known, elsewhere));
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
  const values: Partial<Record<Name, number>> = {};
  for (const [name, { value }] of found) values[name] = value;
  return values;
}
