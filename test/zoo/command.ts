/** The commands that a file of `models/` names in its first lines, and what the last of them says when all are run. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '../../src/main.ts';
import { realData } from '../support/real-data.ts';
import type { System } from './system.ts';

export const root = path.resolve(import.meta.dirname, '../..');

export const textOf = (file: string): string => readFileSync(path.join(root, 'models', `${file}.nn`), 'utf8');

/** `//     nnc train …`, over the lines that end with a backslash. */
const command = /^\/\/ {5}nnc ((?:.*\\\n\/\/)*.*)$/gm;

/** The words after `nnc` of each command, in their order. */
export function commandsOf(file: string): readonly (readonly string[])[] {
  const found = [...textOf(file).matchAll(command)].map(([, text = '']) =>
    text.replaceAll('\\\n//', ' ').replaceAll("'", '').trim().split(/\s+/),
  );
  if (found.length === 0) throw new Error(`models/${file}.nn does not say how it is run`);
  return found;
}

type Commands = Pick<System, 'file' | 'variant' | 'earlier'>;

/** Of the last command, whose figures count, with those of the row's own. */
export const wordsOf = ({ file, variant }: Commands): readonly string[] =>
  withOwn(commandsOf(file).at(-1)!, variant);

/** Of each command before the last. */
export const earlierOf = ({ file, earlier }: Commands): readonly (readonly string[])[] =>
  commandsOf(file)
    .slice(0, -1)
    .map((words) => withOwn(words, earlier));

const withOwn = (words: readonly string[], options = ''): readonly string[] =>
  replaced(words, options === '' ? [] : options.split(/\s+/));

/** What comes once takes the place of what was said before. */
const replaced = (words: readonly string[], own: readonly string[]): readonly string[] => [
  ...words.filter((_, k) => !isReplaced(words, k, own) && !isReplaced(words, k - 1, own)),
  ...own,
];

/** Data of the row take the place of those of the same input; settings and weights are added. */
function isReplaced(words: readonly string[], k: number, own: readonly string[]): boolean {
  const [option, value] = [words[k], words[k + 1]];
  if (option === undefined || !option.startsWith('--')) return false;
  if (option === '--eval' && own.includes('--folds')) return true;
  if (option === '--set' || option === '--weights') return false;
  if (option !== '--data' && option !== '--eval') return own.includes(option);
  const input = value?.replace(/=.*/, '=') ?? '';
  return own.some((word, at) => word === option && own[at + 1]!.startsWith(input));
}

/** `x=t10k-images.gz`, `x=Collection#1`: a file by its bare name; not `x=2`, `x=data:moons`, `x=models/fables.txt`. */
const realFile = /^\w+=[A-Za-z][\w.-]*(#.*)?$/;

/** Whether the files that it reads are here: those that nnc does not make itself may not be. */
export const hasData = (system: Commands): boolean =>
  realData !== undefined ||
  !wordsOf(system).some(
    (word, k, words) => /^--(data|eval)$/.test(words[k - 1] ?? '') && realFile.test(word),
  );

/** Real files, wherever they lie. */
const located = (word: string): string => {
  const [, name, file, rest] = /^(\w+)=([\w.-]+)(.*)$/.exec(word) ?? [];
  const folders = realData === undefined ? [] : ['mnist', 'tabular', 'text'];
  const folder = folders.find((one) => file !== undefined && existsSync(path.join(realData!, one, file)));
  return folder === undefined ? word : `${name}=${path.join(realData!, folder, file!)}${rest}`;
};

export interface Said {
  /** `loss`, `eval.loss`; of several trainings, none. */
  readonly values: ReadonlyMap<string, number>;
  readonly parameters: number;
  readonly samples: number;
  readonly epochs: number;
  /** Of the processor's time. */
  readonly seconds: number;
}

interface Told {
  readonly training?: Readonly<Record<string, number>>;
  /** Over several folds, means and deviations. */
  readonly evaluation?: Readonly<Record<string, number | { readonly mean: number }>>;
  readonly position?: { readonly epoch: number };
  readonly results?: readonly { readonly name: string; readonly value?: number }[];
}

const count = (text: string, pattern: RegExp): number =>
  Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''));

/** What was printed, by `--json`, and on the way. */
function saidOf(out: string, err: string): Omit<Said, 'seconds'> {
  const { training = {}, evaluation = {}, position, results = [] } = JSON.parse(out) as Told;
  const values = [
    ...Object.entries(training),
    ...Object.entries(evaluation).map(([name, value]) =>
      typeof value === 'number'
        ? ([`eval.${name}`, value] as const)
        : ([`folds.${name}`, value.mean] as const),
    ),
    ...results.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  ];
  return {
    values: new Map(values),
    parameters: count(err, /: ([\d,]+) trained numbers/),
    samples: count(err, /trained numbers, ([\d,]+) sample/),
    epochs: position?.epoch ?? 0,
  };
}

/** What a command saves in `runs/`, and the next one reads there, lies in a folder of this run. */
const argumentsOf = (
  words: readonly string[],
  runs: string,
  others: readonly string[],
): readonly string[] => [
  ...replaced(words, others).map((word) => located(word).replace(/^(\w+=)?runs\//, `$1${runs}/`)),
  ...['--device', 'cpu', '--threads', '1', '--json'],
];

interface Printed {
  readonly out: string;
  readonly err: string;
  /** Of the processor's time. */
  readonly seconds: number;
}

/** In this process; what is printed is kept. */
export async function printed(args: readonly string[]): Promise<Printed> {
  const said = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const before = streams.map((stream) => process[stream].write);
  for (const stream of streams) {
    process[stream].write = (text: string | Uint8Array): boolean => {
      said[stream] += String(text);
      return true;
    };
  }
  const begun = process.cpuUsage();
  let code: number;
  try {
    code = await main(args);
  } finally {
    for (const [k, stream] of streams.entries()) process[stream].write = before[k]!;
  }
  const { user, system } = process.cpuUsage(begun);
  if (code !== 0) throw new Error(`nnc ${args.join(' ')}: ${said.stderr}`);
  return { out: said.stdout, err: said.stderr, seconds: (user + system) / 1e6 };
}

/** The commands before the last are run with `before`, the last with `others`. */
export async function runSystem(
  system: Commands,
  others: readonly string[],
  before: readonly string[] = [],
): Promise<Said> {
  const runs = mkdtempSync(path.join(tmpdir(), 'nnc-zoo-'));
  try {
    let spent = 0;
    for (const words of earlierOf(system)) spent += (await printed(argumentsOf(words, runs, before))).seconds;
    const { out, err, seconds } = await printed(argumentsOf(wordsOf(system), runs, others));
    return { ...saidOf(out, err), seconds: spent + seconds };
  } finally {
    rmSync(runs, { recursive: true });
  }
}
