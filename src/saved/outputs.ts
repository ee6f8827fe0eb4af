/** The places that a command writes to and those that it reads in; a refusal where one would be written over another. */
import fs from 'node:fs';
import path from 'node:path';
import { type DataSource, dataSource } from '../data/data-source.ts';
import type { Parsed } from '../model/checked-model.ts';
import { UsageError } from '../terminal/failure.ts';
import { identityOf } from '../terminal/files.ts';
import { checkpointFiles } from './checkpoint.ts';
import { weightsPlaces } from './starting-weights.ts';
import type { TrainingOptions } from './training-options.ts';

export interface Place {
  /** `--log`, `the model`. */
  readonly what: string;
  readonly path: string | undefined;
}

/** What a model was read from. */
export const sourcePlaces = ({ main, used }: Pick<Parsed, 'main' | 'used'>): readonly Place[] =>
  [main, ...used].map(({ source }) => ({ what: 'the model', path: source.name }));

/** The files that `--data x=PATH…` names. */
export const dataPlaces = (flag: string, specifications: ReadonlyMap<string, string>): readonly Place[] =>
  [...specifications].flatMap(([name, text]) =>
    placesOf(dataSource(text)).map((path) => ({ what: `${flag} ${name}`, path })),
  );

const placesOf = (source: DataSource): readonly string[] =>
  source.kind === 'numbers' || source.kind === 'line' ? [] : [source.spec.path];

/** Throws where a place is read too, or written twice. Devices take what comes. */
export function checkOutputs(written: readonly Place[], read: readonly Place[]): void {
  const known = new Map<string, { readonly what: string; readonly read: boolean }>();
  for (const { what, path: file } of read) {
    if (file !== undefined && file !== '') known.set(identityOf(file), { what, read: true });
  }
  for (const { what, path: file } of written) {
    if (file === undefined || file === '' || isDevice(file)) continue;
    const other = known.get(identityOf(file));
    if (other !== undefined) {
      throw new UsageError(
        other.read
          ? `${what} ${file} would overwrite ${other.what}, which is read from there\n  hint: choose another name`
          : `${other.what} and ${what} would both write ${file}\n  hint: choose another name for one of them`,
      );
    }
    known.set(identityOf(file), { what, read: false });
  }
}

function isDevice(name: string): boolean {
  try {
    const stats = fs.statSync(name);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    return false;
  }
}

/** The checkpoint, the log and the report of a training, against all that it reads. */
export function checkTrainingOutputs(parsed: Parsed, options: TrainingOptions): void {
  const { save, log, report, weights } = options;
  const saved = save === undefined ? [] : checkpointFiles.map((name) => path.join(save, name));
  // To go on from weights in the folder that new ones are saved in is no mistake.
  const goesOn = new Set(saved.map(identityOf));
  checkOutputs(
    [
      ...saved.map((file) => ({ what: '--save', path: file })),
      { what: '--log', path: log },
      { what: '--report', path: report },
    ],
    [
      ...sourcePlaces(parsed),
      ...dataPlaces('--data', options.data),
      ...dataPlaces('--eval', options.eval),
      ...weightsPlaces(weights).filter(({ path }) => path === undefined || !goesOn.has(identityOf(path))),
    ],
  );
}
