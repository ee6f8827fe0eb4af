/** What a training must have in common with the one it goes on from: taken from both, and compared. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import { render } from '../grammar/document.ts';
import { settingText } from '../grammar/unparse-statements.ts';
import { UsageError } from './failure.ts';
import type { Parsed } from './model.ts';

/** Else it would not give the same numbers. */
export interface Course {
  readonly model: string;
  /** The values of the model's parameters, `hidden = 8`. */
  readonly settings: string;
  /** What is minimized, and how: `minimize loss with adam(lr = 0.1)`. */
  readonly recipe: string;
  readonly seed: number;
  readonly batch: number;
  readonly samples: number;
  /** 1 or 0. */
  readonly shuffle: number;
}

const courseNumbers = ['seed', 'batch', 'samples', 'shuffle'] as const;
export const courseTexts = ['model', 'settings', 'recipe'] as const;

/** The part of a course that the text and `--set` decide. */
export const courseOf = (
  { main, used }: Parsed,
  { model, settings }: TypedProgram,
): Pick<Course, (typeof courseTexts)[number]> => ({
  model,
  settings: settings.map(({ name, value }) => `${name} = ${value}`).join(', '),
  recipe: [main, ...used]
    .flatMap(({ declarations }) => declarations)
    .flatMap((declaration) =>
      declaration.kind === 'train' && declaration.model.name === model ? declaration.body : [],
    )
    .filter(({ kind }) => kind === 'minimize')
    .map((setting) => render(settingText(setting), Number.POSITIVE_INFINITY, 0).join(' '))
    .join('; '),
});

/** In the order in which differences are said. */
const courseParts = [...courseTexts, ...courseNumbers];

const shown = (part: string | number): string => (part === '' ? 'none' : String(part));

/** Refuses to go on with another course than the saved one; of old checkpoints some texts are not known. */
export function checkCourse(saved: Partial<Course>, now: Course): void {
  for (const name of courseParts) {
    if (saved[name] === undefined || saved[name] === now[name]) continue;
    throw new UsageError(
      `--resume: the saved training has ${name} ${shown(saved[name])}, this one ${shown(now[name])}\n` +
        '  hint: --weights starts a new training from saved parameters',
    );
  }
}
