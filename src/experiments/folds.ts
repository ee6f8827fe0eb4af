/** A model and its data, once for each of k folds of the samples: trained with the others, evaluated on it; mean and deviation out. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Spread, spreadsOf } from '../data/spread.ts';
import { checkpointFiles } from '../saved/checkpoint.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { UsageError } from '../terminal/failure.ts';
import { valuesText } from '../terminal/progress.ts';
import { type TrainingResult, trainModel } from '../training/training.ts';

export interface FoldsResult {
  readonly folds: readonly TrainingResult[];
  readonly finished: boolean;
  /** Of the held-out values, over the folds that are done. */
  readonly evaluation: ReadonlyMap<string, Spread>;
}

/** The folder of each fold's weights and checkpoint, below the one that is named. */
const folderOf = (save: string, fold: number): string => path.join(save, `fold-${fold}`);

/**
 * The seed decides the folds; all of them start with the same weights. With `resume`, folds that are done stay as they are, and one that was
 * interrupted goes on.
 */
export async function trainFolds(
  file: string,
  folds: number,
  options: TrainingOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<FoldsResult> {
  const [other] = [
    ...(options.eval.size > 0 ? ['--eval'] : []),
    ...(options.log === undefined ? [] : ['--log']),
    ...(options.report === undefined ? [] : ['--report']),
    ...(options.plot ? ['--plot'] : []),
  ];
  if (other !== undefined) {
    throw new UsageError(
      `--folds and ${other} do not go together${other === '--eval' ? ': each fold is held out once' : ''}`,
    );
  }
  const { save, resume } = options;
  if (resume && save === undefined)
    throw new UsageError('--resume goes with --save FOLDER: it goes on from what is there');
  const done: TrainingResult[] = [];
  for (let fold = 1; fold <= folds && done.every(({ finished }) => finished); fold++) {
    const folder = save === undefined ? undefined : folderOf(save, fold);
    const goesOn = resume && folder !== undefined && existsSync(path.join(folder, checkpointFiles[1]));
    const own = {
      ...options,
      fold: { kind: 'fold', fold, of: folds },
      resume: goesOn,
      quiet: true,
      ...(folder !== undefined && { save: folder }),
    } as const;
    const result = await trainModel(file, own, signal, (text) => say(`fold ${fold}/${folds}: ${text}`));
    if (result.evaluation) say(`fold ${fold}/${folds}: eval ${valuesText(result.evaluation)}`);
    done.push(result);
  }
  const whole = done.filter(({ finished }) => finished);
  return {
    folds: done,
    finished: whole.length === folds,
    evaluation: spreadsOf(whole.map(({ evaluation }) => evaluation ?? new Map())),
  };
}
