/** The networks of `models/networks`: how many numbers each trains, and sizes at which it is checked in full. */
import { readFileSync } from 'node:fs';
import type { Subject } from './steps.ts';

export interface Network {
  /** In `models/networks`, without its ending. */
  readonly file: string;
  /** Of the file; the first where none is named. */
  readonly model?: string;
  /** Trained numbers at published size, as its source or a program that others use counts them. */
  readonly count: number;
  /** Free dimensions at published size. */
  readonly full: Readonly<Record<string, number>>;
  /** Settings and free dimensions of a small one: one of each kind of layer, few rows. */
  readonly reduced: Readonly<Record<string, number>>;
  /** What must not be negative in the data. */
  readonly positive?: readonly string[];
}

const images = { classes: 3, B: 2 };

export const networks: readonly Network[] = [
  // 156 + 12 + 1,516 + 32 + 48,120 + 10,164, as the paper lists them layer by layer.
  { file: 'lenet5', count: 60_000, full: { B: 32 }, reduced: { classes: 3, B: 1 } },
  {
    file: 'alexnet',
    count: 60_965_224,
    full: { B: 8 },
    reduced: { classes: 5, B: 1, width: 6, hidden: 5, size: 67 },
  },
  {
    file: 'vgg16',
    count: 138_357_544,
    full: { B: 8 },
    reduced: { ...images, width: 1, hidden: 3, size: 32 },
  },
  {
    file: 'network_in_network',
    count: 7_595_176,
    full: { B: 8 },
    reduced: { ...images, width: 3, size: 67 },
  },
  { file: 'googlenet', count: 13_378_280, full: { B: 8 }, reduced: { classes: 2, B: 1, part: 2, size: 17 } },
  {
    file: 'resnet',
    model: 'resnet18',
    count: 11_689_512,
    full: { B: 8 },
    reduced: { ...images, width: 2, size: 33 },
  },
  {
    file: 'resnet',
    model: 'resnet34',
    count: 21_797_672,
    full: { B: 8 },
    reduced: { ...images, width: 1, size: 17 },
  },
  {
    file: 'resnet',
    model: 'resnet50',
    count: 25_557_032,
    full: { B: 8 },
    reduced: { ...images, width: 1, size: 17 },
  },
  {
    file: 'preactivation_resnet',
    count: 1_703_258,
    full: { B: 128 },
    reduced: { ...images, depth: 2, width: 2 },
  },
  { file: 'multistep_resnet', count: 855_599, full: { B: 128 }, reduced: { ...images, depth: 3, width: 2 } },
  { file: 'unet', count: 31_030_658, full: { B: 1 }, reduced: { B: 1, width: 1, size: 188 } },
  {
    file: 'fcn8',
    count: 134_489_759,
    full: { B: 1 },
    reduced: { B: 1, classes: 2, width: 1, hidden: 2, size: 32 },
  },
  {
    file: 'segnet',
    count: 29_449_355,
    full: { B: 4 },
    reduced: { B: 1, classes: 2, width: 2, height: 40, length: 48 },
  },
  {
    file: 'yolo',
    count: 271_703_550,
    full: { B: 4 },
    reduced: { B: 2, classes: 2, width: 1, hidden: 3, cells: 2 },
    positive: ['present', 'box'],
  },
  {
    file: 'lstm_language_model',
    count: 19_775_200,
    full: { B: 20, N: 36 },
    reduced: { words: 5, units: 3, B: 2, N: 4 },
  },
  {
    file: 'gru_language_model',
    count: 18_083_900,
    full: { B: 20, N: 36 },
    reduced: { words: 5, units: 3, B: 2, N: 4 },
  },
  {
    file: 'attention_translator',
    count: 80_441_000,
    full: { B: 16, S: 50, N: 51 },
    reduced: { words_in: 5, words_out: 7, size: 3, units: 4, align: 2, last: 3, B: 2, S: 5, N: 4 },
  },
  {
    file: 'gpt2',
    count: 124_439_808,
    full: { B: 1, N: 1025 },
    reduced: { tokens: 7, longest: 6, width: 6, heads: 2, blocks: 2, B: 2, N: 6 },
  },
  {
    file: 'bert',
    count: 110_106_428,
    full: { B: 2, T: 512 },
    reduced: { vocabulary: 7, longest: 6, width: 6, heads: 2, blocks: 2, B: 2, T: 5 },
  },
  {
    file: 'word2vec',
    count: 415_200_000,
    full: { B: 1024, K: 5 },
    reduced: { words: 7, size: 3, B: 4, K: 3 },
  },
  { file: 'vae', count: 815_824, full: { B: 100 }, reduced: { pixels: 7, hidden: 5, latent: 3, B: 3 } },
  {
    file: 'dcgan',
    count: 12_658_432 + 2_765_568,
    full: { B: 128 },
    reduced: { noise: 3, width: 1, judge_width: 1, colours: 1, B: 2 },
  },
  {
    file: 'cyclegan',
    count: 2 * (11_378_179 + 2_764_737),
    full: { B: 1 },
    reduced: { size: 32, width: 1, blocks: 1, B: 1 },
  },
  {
    file: 'neural_ode',
    count: 208_266,
    full: { B: 128 },
    reduced: { ...images, width: 2, steps: 2, size: 14 },
  },
];

export const nameOf = ({ file, model }: Network): string => model ?? file;

/** Small, to be trained. */
export const subjectOf = (network: Network): Subject => ({ ...network, text: textOf(network) });

export const textOf = ({ file }: Network): string =>
  readFileSync(new URL(`../../models/networks/${file}.nn`, import.meta.url), 'utf8');

export const bindings = (sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries(sizes));
