/** `batch 128`, `epochs 3`, `, steps 5` in, their values out: of a recipe, and of one of its clauses. */
import type { Train, ValueSetting } from '../../../grammar/ast.ts';
import { type Checker, inside, report } from '../checker.ts';
import { pathOf } from '../paths.ts';
import { settingMeans, settingTwice, settingUnknown, settingValue } from '../problems/recipes.ts';
import { newScope } from '../scope.ts';
import type { Value } from '../values.ts';

/** What may be set, and where. */
interface SettingKind<T> {
  readonly of: 'recipe' | 'clause' | 'both';
  /** Undefined where it is wrong, which is reported. */
  readonly read: (checker: Checker, setting: ValueSetting) => T | undefined;
}

/** The checker in an expression of a recipe, which knows these names alone: parameters of its model. */
export function inRecipe(checker: Checker, names: ReadonlyMap<string, Value> = new Map()): Checker {
  const scope = newScope(checker, 'recipe');
  for (const [name, value] of names) scope.names.set(name, value);
  return inside(checker, { scope });
}

/** A number that is known when the model is compiled. */
const number =
  (expected: string, example: number, fits: (value: Value & { readonly kind: 'number' }) => boolean) =>
  (checker: Checker, { name, manner, value: written }: ValueSetting): number | undefined => {
    if (manner !== undefined)
      return report(checker, settingMeans(manner.span, name.name, `${name.name} ${example}`));
    const value = inRecipe(checker).evaluate(written);
    if (value.kind === 'unknown') return undefined;
    if (value.kind === 'number' && fits(value)) return value.value;
    return report(checker, settingValue(written.span, name.name, expected, example, value));
  };

const count = number('a positive whole number', 10, ({ integer, value }) => integer && value >= 1);

/** What stands there as a word: `all`, `replacement`. */
const isWord = ({ value }: ValueSetting, word: string): boolean =>
  value.kind === 'name' && value.name === word;

const kinds = {
  batch: {
    of: 'both',
    read: (checker, setting): number | 'all' | undefined =>
      isWord(setting, 'all') && setting.manner === undefined ? 'all' : count(checker, setting),
  },
  steps: { of: 'both', read: count },
  epochs: { of: 'recipe', read: count },
  seed: {
    of: 'recipe',
    read: number('a whole number', 7, ({ integer, value }) => integer && value >= 0),
  },
  validate: {
    of: 'recipe',
    read: number('a part between 0 and 1', 0.1, ({ value }) => value > 0 && value < 1),
  },
  patience: { of: 'recipe', read: count },
  draw: {
    of: 'recipe',
    read: (checker, setting): 'replacement' | undefined =>
      isWord(setting, 'replacement') && setting.manner?.name === 'with'
        ? 'replacement'
        : report(checker, settingMeans(setting.span, 'draw', 'draw with replacement')),
  },
  until: {
    of: 'recipe',
    read: (checker, setting): ValueSetting | undefined =>
      setting.manner === undefined
        ? setting
        : report(checker, settingMeans(setting.manner.span, 'until', 'until loss < 0.01')),
  },
  keep: {
    of: 'recipe',
    read: (checker, setting): ValueSetting | undefined =>
      pathOf(setting.value) !== undefined && setting.manner !== undefined && setting.manner.name !== 'with'
        ? setting
        : report(
            checker,
            settingMeans(setting.span, 'keep', 'keep lowest eval.loss, or keep highest eval.accuracy'),
          ),
  },
} satisfies Readonly<Record<string, SettingKind<unknown>>>;

/** What a recipe may set. */
export const settingNames: readonly string[] = Object.keys(kinds);

type Kinds = typeof kinds;
type Name = keyof Kinds;
type ValueOf<N extends Name> = NonNullable<ReturnType<Kinds[N]['read']>>;
type NamesOf<Place extends string> = {
  [N in Name]: Kinds[N]['of'] extends Place | 'both' ? N : never;
}[Name];

export type RecipeSettings = { readonly [N in NamesOf<'recipe'>]?: ValueOf<N> };
export type ClauseSettings = { readonly [N in NamesOf<'clause'>]?: ValueOf<N> };

/** Whether the value of a setting of this name is made of names that everybody knows, and not of words or of a model's values. */
export const isComputed = (setting: ValueSetting): boolean =>
  !['until', 'keep', 'draw'].includes(setting.name.name) && !isWord(setting, 'all');

/** Needed before the model, since the batch is a dimension. */
export const settingsOf = (checker: Checker, { body }: Train): RecipeSettings =>
  read(
    checker,
    body.filter((part) => part.kind === 'setting'),
    'recipe',
  );

export const clauseSettingsOf = (checker: Checker, list: readonly ValueSetting[]): ClauseSettings =>
  read(checker, list, 'clause');

function read(checker: Checker, list: readonly ValueSetting[], place: 'recipe' | 'clause'): RecipeSettings {
  const names = Object.keys(kinds) as readonly Name[];
  const known = names.filter((name) => kinds[name].of === place || kinds[name].of === 'both');
  const elsewhere = names.filter((name) => !known.includes(name));
  const first = new Map<Name, ValueSetting>();
  const values: Partial<Record<Name, unknown>> = {};
  for (const setting of list) {
    const { name: word, span } = setting.name;
    const name = known.find((candidate) => candidate === word);
    const before = name && first.get(name);
    if (name === undefined) report(checker, settingUnknown(span, word, known, elsewhere));
    else if (before !== undefined) report(checker, settingTwice(span, name, before.span));
    else {
      first.set(name, setting);
      const value = kinds[name].read(checker, setting);
      if (value !== undefined) values[name] = value;
    }
  }
  return values as RecipeSettings;
}
