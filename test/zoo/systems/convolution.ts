/** Rows of the zoo: convolution. */
import { majority, precisionOfMeanBoxes } from '../baselines.ts';
import type { System } from '../system.ts';
import { majorityOfMnist, onMnist } from './on-mnist.ts';

const seen = {
  output: 'sheet',
  data: '--data x=data:overlapping/test:9#images --data t=data:overlapping/test:9#classes',
} as const;

export const convolution: readonly System[] = [
  {
    file: 'convolution/arithmetic',
    figure: 'how far convolution, matrix, Jacobian and transpose are from each other and from the course',
    goal: { value: 'off', is: 'at most', goal: 0 },
    baseline: { name: 'the largest number', value: 500 },
    short: { options: '' },
  },
  {
    file: 'convolution/pooling',
    figure: 'how far pooling, unpooling, gradients and filters that enlarge are from what they are by hand',
    goal: { value: 'off', is: 'at most', goal: 0 },
    baseline: { name: 'the largest number', value: 15 },
    short: { options: '' },
  },
  ...(
    [
      ['', '', 0.98, majority('data:digits/test#labels')],
      [`${onMnist} --epochs 6`, 'MNIST, ', 0.988, majorityOfMnist],
    ] as const
  ).map(
    ([variant, data, goal, usual]): System => ({
      file: 'convolution/lenet',
      ...(variant !== '' && { variant }),
      figure: `${data}held-out accuracy`,
      goal: { value: 'eval.accuracy', is: 'at least', goal },
      baseline: { name: 'majority class', value: usual },
      short: { options: '--epochs 1 --limit 400', goal: 0.2 },
    }),
  ),
  ...(
    [
      ['stacks', '--model alexnet', '--epochs 2 --limit 500'],
      ['stacks', '--model vgg', '--epochs 2 --limit 500'],
      ['stacks', '--model network_in_network', '--epochs 3 --limit 1000'],
      ['blocks', '--model googlenet', '--epochs 3 --limit 1000'],
      ['blocks', '--model resnet', '--epochs 2 --limit 500'],
      ['blocks', '--model multistep', '--epochs 2 --limit 500'],
    ] as const
  ).map(
    ([name, variant, options]): System => ({
      file: `convolution/${name}`,
      variant,
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is: 'at least', goal: 0.97 },
      baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
      short: { options, goal: 0.2 },
    }),
  ),
  ...(['', '--model euler', '--model ode'] as const).map(
    (variant): System => ({
      file: 'convolution/flow',
      ...(variant !== '' && { variant }),
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is: 'at least', goal: 0.97 },
      baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
      short: { options: '--epochs 1 --limit 500', goal: 0.15 },
    }),
  ),
  {
    file: 'convolution/yolo',
    figure: 'held-out mean average precision at an overlap of a half',
    goal: { value: 'eval.mAP', is: 'at least', goal: 0.9 },
    baseline: {
      name: 'the mean box of each class, in each picture',
      value: precisionOfMeanBoxes('data:scenes/test#boxes', 'data:scenes/test#classes'),
    },
    sheet: { output: 'sheet', data: '--data x=data:scenes/test:16#images', shows: 'boxes that it finds' },
    short: { options: '--epochs 3 --limit 800 --set width=8 --set hidden=128', goal: 0.01 },
  },
  {
    file: 'convolution/edges',
    figure: 'part of the edges within a pixel of where the ink changes',
    goal: { value: 'at_edges', is: 'at least', goal: 0.95 },
    baseline: { name: 'part of the area', value: 'of_area' },
    sheet: { output: 'edges', data: '--data x=data:shapes/test:8#images', shows: 'edges of shapes' },
    short: { options: '' },
  },
  {
    file: 'convolution/signal',
    figure: 'accuracy on signals drawn anew',
    goal: { value: 'accuracy', is: 'at least', goal: 0.97 },
    baseline: { name: 'guessing', value: 1 / 3 },
    short: { options: '--epochs 60', goal: 0.4 },
  },
  {
    file: 'convolution/sizes',
    figure: 'numbers of the dense layer of a network of 19,920',
    goal: { value: 'of_dense', is: 'at most', goal: 16910 },
    baseline: { name: 'pixels of its picture', value: 'pixels' },
    short: { options: '' },
  },
  ...(
    [
      ['fcn32s', 0.35],
      ['fcn16s', 0.55],
      ['fcn8s', 0.65],
    ] as const
  ).map(
    ([model, goal]): System => ({
      file: 'convolution/fully_convolutional',
      variant: `--model ${model}`,
      figure: 'held-out mean intersection over union of four classes',
      goal: { value: 'eval.iou', is: 'at least', goal },
      ...(model === 'fcn16s' && { reason: 'one of the three seeds has 0.39, the others have 0.62 and 0.63' }),
      baseline: { name: 'nothing but ground', value: 'eval.of_ground' },
      ...(model === 'fcn8s' && {
        sheet: { ...seen, shows: 'overlapping shapes, their classes, and what FCN-8s finds' },
      }),
      // The shares of the classes alone have 0.70.
      short: {
        before: '--epochs 1 --limit 50',
        options: '--epochs 2 --limit 200',
        goal: { value: 'eval.loss', is: 'at most', goal: 0.67 },
      },
    }),
  ),
  ...(
    [
      ['unet', 0.85, '0.74, 0.85 and 0.88'],
      ['segnet', 0.8, '0.41, 0.71 and 0.78'],
      ['atrous', 0.8, '0.74, 0.41 and 0.63'],
    ] as const
  ).map(
    ([model, goal, seeds]): System => ({
      file: 'convolution/segmentation',
      variant: `--model ${model}`,
      reason: `seeds have ${seeds}; with six to eight epochs, and more maps but for U-Net, one other seed had 0.87`,
      figure: 'held-out mean intersection over union of four classes',
      goal: { value: 'eval.iou', is: 'at least', goal },
      baseline: { name: 'nothing but ground', value: 'eval.of_ground' },
      ...(model === 'unet' && {
        sheet: { ...seen, shows: 'overlapping shapes, their classes, and what U-Net finds' },
      }),
      short: { options: '--epochs 1 --limit 300', goal: 0.25 },
    }),
  ),
];
