/** What `nnc train --save` or `--log` was given in; what is known of that training, whatever its model is, out. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../runtime/errors.ts';
import { isFolder } from '../terminal/files.ts';
import { historyFile, metadataIn } from './checkpoint.ts';
import { type LoggedEpoch, loggedEpochs } from './epoch-log.ts';

export interface SavedRun {
  /** As it was named. */
  readonly name: string;
  readonly epochs: readonly LoggedEpoch[];
  /** What the training was asked for and what it is of, as texts; nothing is known of a log alone. */
  readonly settings: ReadonlyMap<string, string>;
  /** The model and what it uses, a statement a line. */
  readonly statements: readonly string[];
}

export function readRun(place: string): SavedRun {
  if (!isFolder(place)) return { name: place, epochs: epochsIn(place), settings: new Map(), statements: [] };
  if (!existsSync(historyFile(place)))
    throw new DataError(
      `${place} holds no training\n  hint: expected a folder that nnc train --save was given${foldsIn(place)}`,
    );
  const metadata = metadataIn(place);
  return {
    name: place,
    epochs: epochsIn(historyFile(place)),
    settings: settingsOf(metadata),
    statements: metadata.get('text')?.split('\n') ?? [],
  };
}

/** Those of `--folds` lie in folders of their own. */
const foldsIn = (place: string): string =>
  existsSync(join(place, 'fold-1')) ? `, as ${join(place, 'fold-1')}` : '';

function epochsIn(file: string): readonly LoggedEpoch[] {
  const epochs = loggedEpochs(file);
  if (epochs.length > 0) return epochs;
  throw new DataError(`${file} has no epoch: the training was stopped before its first was over`);
}

/** What of a checkpoint's metadata is shown as it is. */
const shown = ['model', 'recipe', 'batch', 'seed', 'samples', 'draw', 'validate'] as const;

/** What a training is asked for by names and files. */
const asked = ['file', 'data', 'eval', 'standardize', 'weights', 'limit', 'device'] as const;

function settingsOf(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const given: Readonly<Record<string, unknown>> = JSON.parse(metadata.get('asked') ?? '{}');
  const own = (metadata.get('settings') ?? '')
    .split(', ')
    .map((text) => text.split(' = ') as [string, string]);
  return new Map([
    ...shown.map((name) => [name, metadata.get(name) ?? ''] as const),
    ...own.filter(([name]) => name !== ''),
    ...asked.map((name) => [name, textOf(given[name])] as const),
    ['ended', metadata.get('ended') ?? ''] as const,
  ]);
}

/** Pairs as `x=FILE`, lists with commas. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value))
    return value.map((one: unknown) => (Array.isArray(one) ? one.join('=') : String(one))).join(', ');
  return typeof value === 'object'
    ? Object.values(value).map(textOf).filter(Boolean).join(', ')
    : String(value);
}
