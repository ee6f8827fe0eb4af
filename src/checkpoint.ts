/**
 * What a training leaves behind, in a folder.
 *
 * `weights.safetensors` holds the model's own parameters: for `--weights`, and for Python. `checkpoint.safetensors`
 * holds those and the optimizer's states, with the position in its metadata: for `--resume`. Each is written to
 * a temporary name and renamed, so a reader never meets half a file.
 */
import path from 'node:path';
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { Standard } from '../runtime/data/standardise.ts';
import type { HostTensor } from '../runtime/data/tensor.ts';
import { DataError } from '../runtime/errors.ts';
import type { Position } from '../runtime/train.ts';
import { makeFolder, readSafetensorsFile, writeTensors } from './files.ts';
import { hostTensor, optimizerStates, pickWeights, savedParameters, type Weights } from './weights.ts';

export interface Checkpoint {
  readonly position: Position;
  readonly seed: number;
  readonly batch: number;
}

/** Means and deviations that inputs were standardised with, by input. */
export type Standards = ReadonlyMap<string, Standard>;

const weightsFile = (folder: string): string => path.join(folder, 'weights.safetensors');
const checkpointFile = (folder: string): string => path.join(folder, 'checkpoint.safetensors');

/** Gives the path of the weights. */
export function saveCheckpoint(
  folder: string,
  program: TypedProgram,
  values: Weights,
  standards: Standards,
  { position, seed, batch }: Checkpoint,
): string {
  makeFolder(folder);
  const named = (paths: readonly { readonly path: string }[]) =>
    paths.map((p) => [p.path, hostTensor(values.get(p.path)!)] as const);
  const own = [...named(savedParameters(program)), ...standardTensors(standards)];
  const about = [['model', program.model]] as const;
  writeTensors(weightsFile(folder), new Map(own), new Map(about));
  const where = { epoch: position.epoch, step: position.step, seed, batch };
  const metadata = [...about, ...Object.entries(where).map(([k, v]) => [k, String(v)] as const)];
  writeTensors(checkpointFile(folder), new Map([...own, ...named(optimizerStates(program))]), new Map(metadata));
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
    if (!Number.isSafeInteger(value) || value < 0) throw new DataError(`${file}: its metadata has no ${name}`);
    return value;
  };
  const position = { epoch: number('epoch'), step: number('step') };
  return {
    values: pickWeights([...savedParameters(program), ...optimizerStates(program)], tensors, file),
    standards: readStandards(tensors),
    checkpoint: { position, seed: number('seed'), batch: number('batch') },
  };
}

const prefix = 'standardize.';

const standardTensors = (standards: Standards): readonly (readonly [string, HostTensor])[] =>
  [...standards].flatMap(([input, { mean, deviation }]) => [
    [`${prefix}${input}.mean`, { dtype: 'f32', shape: [mean.length], data: mean }] as const,
    [`${prefix}${input}.deviation`, { dtype: 'f32', shape: [deviation.length], data: deviation }] as const,
  ]);

/** What a weights file says of standardised inputs. */
export function readStandards(tensors: ReadonlyMap<string, HostTensor>): Standards {
  const standards = new Map<string, Standard>();
  for (const [name, mean] of tensors) {
    if (!name.startsWith(prefix) || !name.endsWith('.mean')) continue;
    const input = name.slice(prefix.length, -'.mean'.length);
    const deviation = tensors.get(`${prefix}${input}.deviation`);
    if (mean.data instanceof Float32Array && deviation?.data instanceof Float32Array) {
      standards.set(input, { mean: mean.data, deviation: deviation.data });
    }
  }
  return standards;
}
