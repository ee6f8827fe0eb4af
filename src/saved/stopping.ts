/**
 * What a recipe says of the end of a training, and what its epochs report, in; whether it ends, and whether the epoch was the best so far,
 * out. Nothing here runs anything.
 */
import type { Condition, Keep, Recipe } from '../../compiler/check/typed.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Values } from '../terminal/progress.ts';

export interface BestEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly value: number;
}

export interface Verdict {
  /** Its weights are those to keep. */
  readonly isBest: boolean;
  /** Why it is the last epoch. */
  readonly ended: string | undefined;
}

export type StoppingRules = Pick<Recipe, 'until' | 'keep' | 'patience'>;

export interface Watch {
  readonly best: () => BestEpoch | undefined;
  readonly after: (epoch: number, training: Values, held: Values | undefined) => Verdict;
}

/** What the best epoch is told by: `lowest eval.loss`. */
export const keepText = ({ extreme, value }: Keep): string => `${extreme} ${value}`;

/** Names what ends a training; one that it ended is over as long as nobody changes it. */
export const endText = ({ until, keep, patience }: StoppingRules): string =>
  [
    ...(until === undefined ? [] : [`until ${until.text}`]),
    ...(keep === undefined ? [] : [`keep ${keepText(keep)}`]),
    ...(patience === undefined ? [] : [`patience ${patience}`]),
  ].join(', ');

/** `done` epochs are over already, of which `best` was the best. */
export function watching(
  { until, keep, patience }: StoppingRules,
  { best: earlier, done }: { readonly best: BestEpoch | undefined; readonly done: number },
): Watch {
  let best = earlier;
  return {
    best: () => best,
    after(epoch, training, held) {
      const reported = new Map([
        ...training,
        ...[...(held ?? [])].map(([name, value]) => [`eval.${name}`, value] as const),
      ]);
      const value = keep === undefined ? undefined : reported.get(keep.value);
      const isBest = keep !== undefined && value !== undefined && isBetter(value, best?.value, keep.extreme);
      if (isBest) best = { epoch, value };
      const waited = epoch - (best?.epoch ?? done);
      const ended =
        until !== undefined && holds(until.condition, reported)
          ? until.text
          : patience !== undefined && keep !== undefined && waited >= patience
            ? `no epoch was better for ${waited}`
            : undefined;
      return { isBest, ended };
    },
  };
}

function isBetter(value: number, before: number | undefined, extreme: Keep['extreme']): boolean {
  if (Number.isNaN(value)) return false;
  if (before === undefined) return true;
  return extreme === 'lowest' ? value < before : value > before;
}

/** What is no number makes no comparison true. */
function holds(condition: Condition, reported: Values): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, reported) && holds(condition.right, reported);
    case 'or':
      return holds(condition.left, reported) || holds(condition.right, reported);
    case 'not':
      return !holds(condition.operand, reported);
    case 'compare': {
      const value = reported.get(condition.value) ?? Number.NaN;
      return !Number.isNaN(value) && relations[condition.relation](value, condition.limit);
    }
  }
  return condition satisfies never;
}

const relations = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
} as const satisfies Record<string, (a: number, b: number) => boolean>;

const valuesOf = (condition: Condition): readonly string[] => {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...valuesOf(condition.left), ...valuesOf(condition.right)];
    case 'not':
      return valuesOf(condition.operand);
    case 'compare':
      return [condition.value];
  }
  return condition satisfies never;
};

/** Refuses rules that read held-out values, where nothing is held out. */
export function requireHeldOut({ until, keep, patience }: StoppingRules): void {
  const isHeld = (value: string): boolean => value.startsWith('eval.');
  const value = [
    ...(until === undefined ? [] : valuesOf(until.condition)),
    ...(keep ? [keep.value] : []),
  ].find(isHeld);
  if (value === undefined) return;
  const rule = keep?.value === value ? (patience === undefined ? 'keep' : 'patience') : 'until';
  throw new UsageError(
    `${rule} looks at ${value}, and no samples are held out\n` +
      '  hint: `validate 0.1` in the recipe holds out a tenth of them; --eval gives others',
  );
}
