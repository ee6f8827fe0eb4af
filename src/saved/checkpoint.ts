/**
 * What a training leaves behind, in a folder.
 *
 * `weights.safetensors` holds the model's own parameters: for `--weights`, and for Python. `checkpoint.safetensors`
 * holds those and the optimizer's states, with the position in its metadata: for `--resume`. Each is written to
 * a temporary name and renamed, so a reader never meets half a file. `history.csv` has a row for each epoch.
 */

import path from 'node:path';
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import type { Parameter, TypedProgram } from '../../compiler/check/typed.ts';
import type { TensorFile } from '../../runtime/data/safetensors.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Position } from '../../runtime/train.ts';
import { classMetadata } from '../data/classes.ts';
import { type Learned, learnedIn, lengthMetadata } from '../data/learned.ts';
import { standardTensors } from '../data/standards.ts';
import { readSafetensorsFile, writeTensors } from '../data/tensor-files.ts';
import { hostTensor, pickWeights, savedParameters, type Weights } from '../data/weights.ts';
import { makeFolder } from '../terminal/files.ts';
import { type Course, courseTexts } from './course.ts';
import type { BestEpoch } from './stopping.ts';

/** The weights of the best epoch so far, and what made it that: `lowest eval.loss`. */
export interface BestWeights extends BestEpoch {
  readonly by: string;
  readonly values: Weights;
}

export interface Checkpoint {
  readonly position: Position;
  readonly best: BestWeights | undefined;
  /** What ended the training before its epochs were done. */
  readonly ended: string | undefined;
  /** What the training was asked for, where that is known. */
  readonly asked?: string | undefined;
  /** All of it, where it is new. */
  readonly course: Partial<Course> & Pick<Course, 'seed'>;
}

/** The names of the files in the folder. */
export const checkpointFiles = ['weights.safetensors', 'checkpoint.safetensors', 'history.csv'] as const;

type InFolder = (folder: string) => string;

const [weightsFile, checkpointFile, historyFile] = checkpointFiles.map(
  (name): InFolder =>
    (folder) =>
      path.join(folder, name),
) as [InFolder, InFolder, InFolder];

export { historyFile };

/** Gives the path of the weights: the best ones, where they are kept. */
export function saveCheckpoint(
  folder: string,
  program: TypedProgram,
  values: Weights,
  { standards, classes }: Pick<Learned, 'standards' | 'classes'>,
  { position, best, ended, course, asked }: Checkpoint,
): string {
  makeFolder(folder, checkpointFiles);
  const named = (paths: readonly { readonly path: string }[], from: Weights = values, prefix = '') =>
    paths.map(({ path }) => [`${prefix}${path}`, hostTensor(from.get(path)!)] as const);
  const parameters = savedParameters(program);
  const learned = standardTensors(standards);
  const about = [
    ['model', program.model],
    ...classMetadata(classes),
    ...lengthMetadata(program, classes),
  ] as const;
  writeTensors(
    weightsFile(folder),
    new Map([...named(parameters, best?.values), ...learned]),
    new Map(about),
  );
  const where = {
    ...position,
    ...course,
    ...(ended !== undefined && { ended }),
    ...(asked !== undefined && { asked }),
    ...(best && { 'best.by': best.by, 'best.epoch': best.epoch, 'best.value': best.value }),
  };
  const metadata = [...about, ...Object.entries(where).map(([k, v]) => [k, String(v)] as const)];
  writeTensors(
    checkpointFile(folder),
    new Map([
      ...named(parameters),
      ...learned,
      ...named(optimizerStates(program)),
      ...(best ? named(parameters, best.values, bestPrefix) : []),
    ]),
    new Map(metadata),
  );
  return weightsFile(folder);
}

/** What the names of the best weights begin with, beside the present ones. */
const bestPrefix = 'best.';

function bestIn(
  { tensors, metadata }: TensorFile,
  parameters: readonly Parameter[],
  file: string,
): BestWeights | undefined {
  const by = metadata.get('best.by');
  if (by === undefined) return undefined;
  const [epoch, value] = ['best.epoch', 'best.value'].map((name) => Number(metadata.get(name) ?? Number.NaN));
  if (!Number.isSafeInteger(epoch) || Number.isNaN(value))
    throw new DataError(`${file}: its metadata does not say which epoch was the best`);
  return { by, epoch: epoch!, value: value!, values: pickWeights(parameters, tensors, file, bestPrefix) };
}

/** What a checkpoint says of its training, whatever its model is. */
export const metadataIn = (folder: string): ReadonlyMap<string, string> =>
  readSafetensorsFile(checkpointFile(folder)).metadata;

/** The parameters, states and position of an earlier training. */
export function readCheckpoint(
  folder: string,
  program: TypedProgram,
): Learned & { readonly values: Weights; readonly checkpoint: Checkpoint } {
  const file = checkpointFile(folder);
  const { tensors, metadata } = readSafetensorsFile(file);
  const number = (name: string): number => {
    const text = metadata.get(name);
    const value = Number(text);
    if (text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    const found = text === undefined ? 'none' : JSON.stringify(text.slice(0, 40));
    throw new DataError(
      `${file}: its metadata has no ${name}: expected a whole number, found ${found}\n` +
        '  hint: only a checkpoint that nnc train --save wrote can be gone on from',
    );
  };
  const texts: Partial<Course> = Object.fromEntries(
    courseTexts.flatMap((name) => {
      const text = metadata.get(name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  const position = { epoch: number('epoch'), step: number('step') };
  return {
    values: pickWeights([...savedParameters(program), ...optimizerStates(program)], tensors, file),
    ...learnedIn(program, { tensors, metadata }, file),
    checkpoint: {
      position,
      best: bestIn({ tensors, metadata }, savedParameters(program), file),
      ended: metadata.get('ended'),
      asked: metadata.get('asked'),
      course: {
        ...texts,
        seed: number('seed'),
        batch: number('batch'),
        samples: number('samples'),
        shuffle: number('shuffle'),
      },
    },
  };
}
