/** What is replayed: every file of `models/` and `bench/models`, and the networks beside this file, with their sizes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Purpose } from '../../compiler/lower/index.ts';
import type { PresetName } from '../../compiler/target.ts';

export interface Replayed {
  /** From the root of the repository. */
  readonly file: string;
  readonly text: string;
  readonly set: Readonly<Record<string, number>>;
  readonly purpose: Purpose;
  readonly limits: PresetName;
}

const root = path.resolve(import.meta.dirname, '../..');

/** Free dimensions as the bench measures them; `B` is 16 elsewhere. */
const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'bench/models/elementwise.nn': { R: 4096, C: 1024 },
  'bench/models/gpt.nn': { B: 8 },
  'bench/models/lenet.nn': { B: 64 },
  'bench/models/lstm.nn': { B: 32 },
  'bench/models/matmul.nn': { N: 512, K: 512, M: 512 },
  'bench/models/mlp.nn': { B: 128 },
  'bench/models/resnet.nn': { B: 32 },
  'bench/models/softmax.nn': { R: 4096, C: 1024 },
  'bench/models/softmaxreg.nn': { B: 128 },
  'models/char_lstm.nn': { B: 16, N: 32 },
};

/** Inference on one example, where axes of extent 1 meet. */
const alone: readonly string[] = [
  'test/replay/networks/attention.nn',
  'test/replay/networks/convolutions.nn',
  'test/replay/networks/norms.nn',
];

function purposeOf(text: string): Purpose {
  if (/^train /m.test(text)) return { kind: 'train' };
  return /^ *loss /m.test(text) ? { kind: 'gradient', wrt: inputsOf(text) } : { kind: 'run' };
}

const inputsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^ *input (\w+): f32/gm)].map(([, name]) => name!);

const files = ['models', 'bench/models', 'test/replay/networks'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.nn'))
    .sort()
    .map((name) => `${folder}/${name}`),
);

export const replayed: readonly Replayed[] = files.flatMap((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const free = /\[B\b/.test(text) ? { B: 16 } : {};
  const network: Replayed = {
    file,
    text,
    set: sizes[file] ?? free,
    purpose: purposeOf(text),
    limits: 'guaranteed',
  };
  return alone.includes(file)
    ? [network, { ...network, set: { B: 1 }, purpose: { kind: 'run' } }]
    : [network];
});

/** `bench-gpt-train`: also the name of its golden. */
export function nameOf({ file, purpose }: Replayed): string {
  const from = file.startsWith('bench/') ? 'bench-' : file.startsWith('test/') ? 'network-' : '';
  return `${from}${path.basename(file, '.nn')}-${purpose.kind}`;
}
