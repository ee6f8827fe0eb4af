/** Each model and each recipe of the zoo, at sizes at which it is checked in full. */
import type { Subject } from '../networks/steps.ts';
import { textOf } from './command.ts';
import { systems } from './systems.ts';

type Sizes = Readonly<Record<string, number>>;

/** What makes a model small, but for the samples. */
const small: Readonly<Record<string, Sizes>> = {
  'autodiff/linear_system': { N: 5 },
  'convolution/blocks googlenet': { width: 2 },
  'convolution/blocks multistep': { width: 2, blocks: 2 },
  'convolution/blocks resnet': { width: 1 },
  'convolution/flow': { blocks: 1 },
  'convolution/flow ode': { steps: 1 },
  'convolution/fully_convolutional': { classes: 2, width: 1, hidden: 2 },
  'convolution/segmentation': { classes: 2, width: 1, size: 8 },
  'convolution/signal': { length: 23, samples: 2, filters: 3 },
  'convolution/sizes as_convolution': { channels: 2, units: 3 },
  'convolution/sizes dense': { channels: 2, units: 3 },
  'convolution/stacks alexnet': { width: 2, hidden: 3 },
  'convolution/stacks network_in_network': { width: 2 },
  'convolution/stacks vgg': { width: 2, hidden: 3 },
  'convolution/yolo': { width: 1, hidden: 3, cells: 2, most: 2 },
  'evaluation/folds': { F: 2, hidden: 3 },
  'generative/autoencoder': { code: 3, hidden: 5 },
  'generative/best_judge': { samples: 7 },
  'generative/conditional': { noise: 3, width: 2 },
  'generative/cyclegan': { width: 2 },
  'generative/dcgan': { noise: 3, width: 2 },
  'generative/ring': { latent: 3 },
  // Its walk goes from each second digit to the next, seven times.
  'generative/vae': { hidden: 5, latent: 3, B: 14 },
  'generative/views': { content: 3, view: 2, width: 2 },
  'generative/wasserstein': { latent: 3 },
  'hidden/decayed_nesterov': { samples: 3 },
  'hidden/digits': { hidden: 5 },
  'hidden/initialisation': { width: 5, layers: 3, samples: 2 },
  'hidden/posterior': { points: 7, hidden: 5 },
  'hidden/universal': { width: 5, points: 7 },
  'hidden/wrong_labels': { units: 5, samples: 7, inputs: 3 },
  'images/saliency': { width: 3 },
  'images/style_transfer': { size: 8, filters: 3 },
  'lines/kernel': { points: 7 },
  'lines/thirty_points': { points: 5, draws: 2 },
  'older/boltzmann': { hidden: 5, pixels: 7 },
  'older/echo_state': { units: 5 },
  'older/extreme_learning': { hidden: 7 },
  'older/hopfield': { units: 7, patterns: 3, steps: 3 },
  'older/markov_chain': { days: 7, chains: 2 },
  'older/sparse_autoencoder': { hidden: 5 },
  'sequences/captions': { units: 5 },
  'sequences/characters': { characters: 7, units: 5, N: 5 },
  'sequences/clip': { size: 5 },
  'sequences/fasttext': { stems: 5, buckets: 50, size: 3, samples: 7, others: 2 },
  'sequences/forgetting': { units: 3, steps: 5 },
  'sequences/gpt': { characters: 7, longest: 5, width: 8, heads: 2, blocks: 1, N: 5 },
  'sequences/masked_words': { vocabulary: 7, length: 5, width: 8, heads: 2, blocks: 1 },
  'sequences/reversal': { symbols: 5, length: 3, samples: 2, size: 3, units: 5 },
  'sequences/rows': { units: 5 },
  'sequences/self_attention': { length: 5, samples: 3, units: 3, hidden: 3 },
  'sequences/tagging': { symbols: 5, length: 5, samples: 2, units: 3 },
  'sequences/window': { characters: 7, size: 3, hidden: 5 },
  'units/aizerman': { perceptrons: 7 },
};

/** Pictures are smaller, too: so many pixels a side in place of 28 or 16. */
const sides: Readonly<Record<string, readonly [number, number]>> = {
  'convolution/blocks': [28, 12],
  'convolution/flow': [28, 12],
  'convolution/lenet': [28, 12],
  'convolution/stacks': [28, 12],
  'convolution/yolo': [28, 8],
  'generative/reader': [28, 12],
  'images/saliency': [16, 8],
  'images/transfer': [28, 12],
  'sequences/captions': [16, 8],
  'sequences/clip': [16, 8],
};

/** What must not be drawn below 0. */
const positive: Readonly<Record<string, readonly string[]>> = { 'convolution/yolo': ['box'] };

/** What sees pictures takes differences of it a while. */
export const seesPictures = ({ file }: Model): boolean =>
  file in sides ||
  file.startsWith('images/') ||
  /^convolution\/(?:fully_convolutional|segmentation)$/.test(file) ||
  /^generative\/(?:conditional|cyclegan|dcgan|views)$/.test(file);

/** Its text; for a file that it uses, what that declares before its models. */
const wholeText = (file: string): string =>
  textOf(file).replace(/^use "(\w+)\.nn"$/gm, (_, used) =>
    textOf(file.replace(/\w+$/, used)).replace(/^model [\s\S]*/m, ''),
  );

/** Its text, with smaller pictures. */
export function smallText(file: string): string {
  const [written, side] = sides[file] ?? [];
  const text = wholeText(file);
  return written === undefined
    ? text
    : text.replace(new RegExp(`(?<![\\w.])${written}(?![\\w.])`, 'g'), String(side));
}

export interface Model {
  readonly file: string;
  readonly model: string;
}

const files = [...new Set(systems.map(({ file }) => file))];

export const models: readonly Model[] = files.flatMap((file) =>
  [...textOf(file).matchAll(/^model (\w+)/gm)].map(([, model = '']) => ({ file, model })),
);

const hasSamples = (text: string, model: string): boolean =>
  (new RegExp(`^model ${model}\\b[\\s\\S]*?^}`, 'm').exec(text)?.[0] ?? '').includes('[B');

export const sizesOf = (file: string, model: string): Sizes => ({
  ...(hasSamples(textOf(file), model) && { B: 3 }),
  ...(small[`${file} ${model}`] ?? small[file]),
});

export const recipes: readonly (Subject & Model & { readonly recipe?: string })[] = files.flatMap((file) => {
  const text = smallText(file);
  return [...text.matchAll(/^train (\w+)(?: as (\w+))?/gm)].map(([, model = '', recipe]) => ({
    file,
    text,
    model,
    ...(recipe !== undefined && { recipe }),
    ...(positive[file] && { positive: positive[file] }),
    reduced: sizesOf(file, model),
  }));
});

export const nameOfRecipe = ({ file, model, recipe }: (typeof recipes)[number]): string =>
  [file, model, ...(recipe === undefined ? [] : [recipe])].join(' ');
