/**
 * What a training leaves behind, in a folder.
 *
 * `weights.safetensors` holds the model's own parameters: for `--weights`, and for Python. `checkpoint.safetensors`
 * holds those and the optimizer's states, with the position in its metadata: for `--resume`. Each is written to
 * a temporary name and renamed, so a reader never meets half a file.
 */
import path from 'node:path';
import type { TypedProgram } from '../compiler/check/typed.ts';
import { DataError } from '../runtime/errors.ts';
import type { Position } from '../runtime/train.ts';
import { UsageError } from './failure.ts';
import { makeFolder, readSafetensorsFile, writeTensors } from './files.ts';
import { readStandards, type Standards, standardTensors } from './standards.ts';
import { hostTensor, optimizerStates, pickWeights, savedParameters, type Weights } from './weights.ts';

/** What a training must have in common with the one it goes on from, to give the same numbers. */
export interface Course {
  readonly seed: number;
  readonly batch: number;
  readonly samples: number;
  /** 1 or 0. */
  readonly shuffle: number;
}

export interface Checkpoint {
  readonly position: Position;
  readonly course: Course;
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
  standards: Standards,
  { position, course }: Checkpoint,
): string {
  makeFolder(folder, checkpointFiles);
  const named = (paths: readonly { readonly path: string }[]) =>
    paths.map((p) => [p.path, hostTensor(values.get(p.path)!)] as const);
  const own = [...named(savedParameters(program)), ...standardTensors(standards)];
  const about = [['model', program.model]] as const;
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
): { readonly values: Weights; readonly standards: Standards; readonly checkpoint: Checkpoint } {
  const file = checkpointFile(folder);
  const { tensors, metadata } = readSafetensorsFile(file);
  const number = (name: string): number => {
    const value = Number(metadata.get(name));
    if (!Number.isSafeInteger(value) || value < 0)
      throw new DataError(`${file}: its metadata has no ${name}`);
    return value;
  };
  const position = { epoch: number('epoch'), step: number('step') };
  return {
    values: pickWeights([...savedParameters(program), ...optimizerStates(program)], tensors, file),
    standards: readStandards(tensors, file),
    checkpoint: {
      position,
      course: {
        seed: number('seed'),
        batch: number('batch'),
        samples: number('samples'),
        shuffle: number('shuffle'),
      },
    },
  };
}

/** Refuses to go on with another course than the saved one. */
export function checkCourse(saved: Course, now: Course): void {
  for (const name of ['seed', 'batch', 'samples', 'shuffle'] as const) {
    if (saved[name] === now[name]) continue;
    throw new UsageError(
      `--resume: the saved training has ${name} ${saved[name]}, this one ${now[name]}\n` +
        '  hint: --weights starts a new training from saved parameters',
    );
  }
}
