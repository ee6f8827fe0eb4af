/** What decides the numbers of a training, as a text that its checkpoint keeps; and back, for `nnc replay`. */
import { DataError } from '../../runtime/errors.ts';
import type { TrainingOptions } from './training-options.ts';

/** The model's file, and what of the options changes numbers. */
export interface AskedTraining {
  readonly file: string;
  readonly options: Omit<TrainingOptions, 'save' | 'resume' | 'log' | 'report'>;
}

export const askedText = (file: string, options: TrainingOptions): string => {
  const { set, model, recipe, data, eval: held, weights, standardize, batch, seed, limit, fold } = options;
  const { shuffle, device, threads } = options;
  return JSON.stringify({
    file,
    set: [...set],
    data: [...data],
    eval: [...held],
    weights: weights && { whole: weights.whole, parts: [...weights.parts] },
    ...{ model, recipe, standardize, batch, seed, limit, fold, shuffle, device, threads },
  });
};

export function readAsked(text: string | undefined, folder: string): AskedTraining {
  if (text === undefined)
    throw new DataError(
      `${folder} does not say what its training was asked for: it was saved by an older nnc, or its file was changed while it trained\n  hint: train again with --save`,
    );
  const {
    file,
    set,
    data,
    eval: held,
    weights,
    ...rest
  } = JSON.parse(text) as Omit<TrainingOptions, 'set' | 'data' | 'eval' | 'weights'> & {
    readonly file: string;
    readonly set: Iterable<[string, number]>;
    readonly data: Iterable<[string, string]>;
    readonly eval: Iterable<[string, string]>;
    readonly weights?: { readonly whole?: string; readonly parts: Iterable<[string, string]> };
  };
  return {
    file,
    options: {
      ...rest,
      set: new Map(set),
      data: new Map(data),
      eval: new Map(held),
      ...(weights && { weights: { ...weights, parts: new Map(weights.parts) } }),
      verbose: false,
    },
  };
}
