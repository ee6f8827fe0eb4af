/**
 * What a training leaves behind, in a folder.
 *
 * `weights.safetensors` holds the model's own parameters: for `--weights`, and for Python. `checkpoint.safetensors`
 * holds those and the optimizer's states, with the position in its metadata: for `--resume`. Each is written to
 * a temporary name and renamed, so a reader never meets half a file.
 */

import path from 'node:path';
import { optimizerStates } from '../compiler/check/recipes/part-states.ts';
import type { TypedProgram } from '../compiler/check/typed.ts';
import { DataError } from '../runtime/errors.ts';
import type { Position } from '../runtime/train.ts';
import { classMetadata } from './classes.ts';
import { type Course, courseTexts } from './course.ts';
import { makeFolder } from './files.ts';
import { type Learned, learnedIn } from './learned.ts';
import { standardTensors } from './standards.ts';
import { readSafetensorsFile, writeTensors } from './tensor-files.ts';
import { hostTensor, pickWeights, savedParameters, type Weights } from './weights.ts';

export interface Checkpoint {
  readonly position: Position;
  /** All of it, where it is new. */
  readonly course: Partial<Course> & Pick<Course, 'seed'>;
}

/** The names of the files in the folder. */
export const checkpointFiles = ['weights.safetensors', 'checkpoint.safetensors'] as const;

const [weightsFile, checkpointFile] = checkpointFiles.map(
  (name) => (folder: string) => path.join(folder, name),
) as [(folder: string) => string, (folder: string) => string];

/** Gives the path of the weights. */
export function saveCheckpoint(
  folder: string,
  program: TypedProgram,
  values: Weights,
  { standards, classes }: Learned,
  { position, course }: Checkpoint,
): string {
  makeFolder(folder, checkpointFiles);
  const named = (paths: readonly { readonly path: string }[]) =>
    paths.map((p) => [p.path, hostTensor(values.get(p.path)!)] as const);
  const own = [...named(savedParameters(program)), ...standardTensors(standards)];
  const about = [['model', program.model], ...classMetadata(classes)] as const;
  writeTensors(weightsFile(folder), new Map(own), new Map(about));
  const where = { ...position, ...course };
  const metadata = [...about, ...Object.entries(where).map(([k, v]) => [k, String(v)] as const)];
  writeTensors(
    checkpointFile(folder),
    new Map([...own, ...named(optimizerStates(program))]),
    new Map(metadata),
  );
  return weightsFile(folder);
}

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
