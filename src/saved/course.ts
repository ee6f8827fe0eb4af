/** What a training must have in common with the one it goes on from: taken from both, and compared. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Setting } from '../../grammar/ast.ts';
import { render } from '../../grammar/document.ts';
import { settingText } from '../../grammar/unparse-statements.ts';
import type { Parsed } from '../model/checked-model.ts';
import { modelText } from '../model/model-text.ts';
import { UsageError } from '../terminal/failure.ts';

/** Else it would not give the same numbers. */
export interface Course {
  readonly model: string;
  /** The values of the model's parameters, `hidden = 8`. */
  readonly settings: string;
  /** What a step does, in order: `minimize loss with adam(lr = 0.1)`. */
  readonly recipe: string;
  /** The model and what it uses, a statement a line. */
  readonly text: string;
  /** `replacement`, where samples are drawn. */
  readonly draw: string;
  /** Which samples are held out: a part of them, or a fold. */
  readonly validate: string;
  readonly seed: number;
  readonly batch: number;
  readonly samples: number;
  /** 1 or 0. */
  readonly shuffle: number;
}

const courseNumbers = ['seed', 'batch', 'samples', 'shuffle'] as const;
const writtenTexts = ['model', 'settings', 'recipe', 'text'] as const;
export const courseTexts = [...writtenTexts, 'draw', 'validate'] as const;

/** The part of a course that the text and `--set` decide. */
export const courseOf = (
  parsed: Parsed,
  program: TypedProgram,
): Pick<Course, (typeof writtenTexts)[number]> => {
  const { model, settings } = program;
  const recipe = recipeText(parsed, program);
  return {
    model,
    settings: settings.map(({ name, value }) => `${name} = ${value}`).join(', '),
    recipe,
    text: modelText(parsed, [model, ...(recipe.match(/\w+/g) ?? [])]),
  };
};

/** Clauses that run one after the other are apart from those that run together: an older file may have meant the latter. */
const recipeText = (parsed: Parsed, { model, recipe }: TypedProgram): string =>
  [parsed.main, ...parsed.used]
    .flatMap(({ declarations }) => declarations)
    .flatMap((declaration) =>
      declaration.kind === 'train' &&
      declaration.model.name === model &&
      declaration.name?.name === recipe?.name
        ? declaration.body
        : [],
    )
    .filter(({ kind }) => kind !== 'setting')
    .map(clauseText)
    .join(', then ');

const clauseText = (setting: Setting): string => {
  const text = render(settingText(setting), Number.POSITIVE_INFINITY, 0).join(' ');
  return setting.kind === 'together' ? `${text} { ${setting.body.map(clauseText).join('; ')} }` : text;
};

/** In the order in which differences are said. */
const courseParts = [...courseTexts, ...courseNumbers];

const shown = (part: string | number): string => (part === '' ? 'none' : String(part));

/** The first statements that are not the same. */
function textChange(saved: string, now: string): string {
  const [before, after] = [saved.split('\n'), now.split('\n')];
  const at = before.findIndex((line, k) => line !== after[k]);
  const first = at < 0 ? before.length : at;
  return `the model has changed since it was saved\n  saved ${before[first] ?? 'nothing more'}\n  now   ${after[first] ?? 'nothing more'}`;
}

/** Refuses to go on with another course than the saved one; of old checkpoints some texts are not known. */
export function checkCourse(saved: Partial<Course>, now: Course, by: 'resume' | 'replay' = 'resume'): void {
  for (const name of courseParts) {
    const before = saved[name];
    if (before === undefined || before === now[name]) continue;
    const what =
      name === 'text'
        ? textChange(saved.text ?? '', now.text)
        : `the saved training has ${name} ${shown(before)}, this one ${shown(now[name])}`;
    throw new UsageError(
      by === 'replay'
        ? `replay: ${what}`
        : `--resume: ${what}\n  hint: --weights starts a new training from saved parameters`,
    );
  }
}
