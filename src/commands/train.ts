/** `nnc train`: trains a model by its recipe on data files. */

import { spreadText } from '../data/spread.ts';
import { type FoldsResult, trainFolds } from '../experiments/folds.ts';
import { withWeights } from '../saved/starting-weights.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import {
  type CommandDefinition,
  dataOption,
  dataText,
  deviceOption,
  jsonOption,
  nameList,
  samplesAStep,
  sanitizeOption,
  threadsOption,
  verboseOption,
  wholeNumber,
  withModel,
} from '../terminal/command.ts';
import { exitCodes, reportFailure, UsageError } from '../terminal/failure.ts';
import { interruptible } from '../terminal/interrupt.ts';
import { type Printable, paint, print, tell } from '../terminal/output.ts';
import { numberText, valuesText } from '../terminal/progress.ts';
import { tableText } from '../terminal/text-table.ts';
import { type TrainingResult, trainModel } from '../training/training.ts';
import { trainWatched } from '../training/watched-training.ts';
import { dataJson } from '../views/json.ts';
import { plotText } from '../views/plot-text.ts';

const digits =
  'nnc train models:mlp --data x=runs/digits/train-images-idx3-ubyte --data t=runs/digits/train-labels-idx1-ubyte';

const moons = 'nnc train moons/moons.nn --data x=moons/points.csv#x,y --data t=moons/points.csv#side:labels';

export const train: CommandDefinition = {
  name: 'train',
  summary: 'train a model by its recipe',
  examples: [
    `${digits} --eval x=runs/digits/t10k-images-idx3-ubyte --eval t=runs/digits/t10k-labels-idx1-ubyte --save runs/mlp --log runs/mlp.csv`,
    `${digits} --save runs/mlp --resume --epochs 4`,
    'nnc train models:char_lstm --data text=models:fables.txt#33:characters --epochs 1 --save runs/fables --device cpu',
    `${moons} --folds 3 --epochs 5 --save runs/folds`,
    `${moons} --standardize x --epochs 5 --report runs/moons.html`,
  ],
  define: (command, end) =>
    withWeights(withModel(command, 'a .nn file with a train recipe'), 'the first values')
      .addOption(dataOption('--data', 'training data for an input'))
      .addOption(dataOption('--eval', 'held-out data for an input, evaluated after each epoch'))
      .option(
        '--standardize <NAMES>',
        'give the columns of these inputs mean 0 and deviation 1; saved with the weights',
        nameList,
        [],
      )
      .option('--epochs <N>', 'times through the data, in all (default: the recipe)', wholeNumber(1))
      .option('--batch <N>', 'samples a step, or all (default: the recipe)', samplesAStep)
      .option('--seed <N>', 'of all random numbers (default: the recipe, or 0)', wholeNumber(0))
      .option(
        '--folds <K>',
        'hold out each of K parts of the samples once: mean and deviation over K trainings',
        wholeNumber(2),
      )
      .option('--limit <N>', 'only the first N training samples', wholeNumber(1))
      .option('--shuffle', 'a new order of the samples each epoch', true)
      .option('--no-shuffle', 'keep the order of the samples')
      .option(
        '--save <FOLDER>',
        'save weights and a checkpoint here after each epoch (short ones: about once a second)',
      )
      .option('--resume', 'go on from the checkpoint in the --save folder', false)
      .option(
        '--watch',
        'when the file changes, or one that it uses, go on with the new text and the weights that fit; until Ctrl-C',
        false,
      )
      .option('--log <FILE>', 'a CSV file with a row an epoch')
      .option('--report <FILE>', 'an HTML page of curves, histograms, a confusion matrix and pictures')
      .option('--plot', 'draw the curves on the terminal at the end', false)
      .addOption(sanitizeOption())
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .addHelpText('after', dataText)
      .addHelpText(
        'after',
        '\nCtrl-C stops after the step, saves to the --save folder, and exits with 130; SIGTERM and SIGHUP do the same.',
      )
      .action(async (file: string, options: Options) => {
        const { folds, watch } = options;
        const say = (text: string): void => tell(`${text}\n`);
        if (watch) {
          if (folds !== undefined) throw new UsageError('--watch and --folds do not go together');
          const view = { say, fail: reportFailure, result: shower(options) };
          const { stopped } = await interruptible((signal) => trainWatched(file, options, signal, view));
          end(stopped ?? exitCodes.good);
          return;
        }
        if (folds !== undefined) {
          const { result, stopped } = await interruptible((signal) =>
            trainFolds(file, folds, options, signal, say),
          );
          print(...(options.json ? [dataJson(foldsJson(result))] : foldsText(result)));
          if (!result.finished) end(stopped ?? exitCodes.interrupted);
          return;
        }
        const { result, stopped } = await interruptible((signal) => trainModel(file, options, signal, say));
        shower(options)(result);
        if (!result.finished) end(stopped ?? exitCodes.interrupted);
      }),
};

interface Options extends TrainingOptions {
  readonly folds?: number;
  readonly watch: boolean;
  readonly json: boolean;
}

const shower =
  ({ json, plot }: Options) =>
  (result: TrainingResult): void => {
    print(...(json ? [dataJson(resultJson(result))] : resultText(result)));
    if (plot) for (const chart of result.recorded?.charts ?? []) tell(`\n${plotText(chart)}`);
  };

function foldsText({ folds, finished, evaluation }: FoldsResult): readonly Printable[] {
  const names = [...evaluation.keys()];
  const rows = folds
    .filter((fold) => fold.finished)
    .map((fold, k) => [String(k + 1), ...names.map((name) => numberText(fold.evaluation!.get(name)!))]);
  const lines = [
    ...(rows.length === 0
      ? []
      : [
          tableText([{ title: 'fold' }, ...names.map((title) => ({ title, align: 'right' }) as const)], rows),
        ]),
    ...[...evaluation].map(([name, spread]) => paint.bold(`eval ${name} = ${spreadText(spread)}\n`)),
    ...(finished
      ? []
      : [`stopped in fold ${folds.length}; with --save, the same command with --resume goes on\n`]),
  ];
  return lines;
}

const foldsJson = ({ folds, finished, evaluation }: FoldsResult) => ({
  finished,
  evaluation: Object.fromEntries(evaluation),
  folds: folds.map(resultJson),
});

function resultText({
  finished,
  position,
  best,
  training,
  evaluation,
  weights,
}: TrainingResult): readonly Printable[] {
  const lines = [
    ...(finished ? [] : [`stopped in epoch ${position.epoch + 1} after ${position.step} steps`]),
    ...(best ? [`best   epoch ${best.epoch}, ${best.by} ${numberText(best.value)}`] : []),
    ...(training.size > 0 ? [`train  ${valuesText(training)}`] : []),
    ...[...(evaluation ?? [])].map(([name, value]) => paint.bold(`eval ${name} = ${numberText(value)}`)),
    ...(weights === undefined ? [] : [`weights in ${weights}`]),
    ...(finished || weights === undefined ? [] : ['the same command with --resume goes on']),
  ];
  return lines.flatMap((line) => [line, '\n']);
}

const resultJson = ({ recorded: _, epochs: __, ...result }: TrainingResult) => ({
  ...result,
  training: Object.fromEntries(result.training),
  evaluation: result.evaluation && Object.fromEntries(result.evaluation),
});
