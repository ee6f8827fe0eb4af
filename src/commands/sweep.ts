/** `nnc sweep`: the same training for several values, recipes and seeds, as a table and a curve. */
import { InvalidArgumentError } from 'commander';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { quantityOf, recipesAxis, sweep as runSweep, type Sweep } from '../experiments/sweep.ts';
import { sweepChart } from '../experiments/sweep-chart.ts';
import { sweepCsv, sweepText } from '../experiments/sweep-table.ts';
import { doneTrainings } from '../experiments/sweep-trainings.ts';
import { parseModel } from '../model/model.ts';
import { checkOutputs, dataPlaces, sourcePlaces } from '../saved/outputs.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import {
  assignment,
  type CommandDefinition,
  dataOption,
  dataText,
  deviceOption,
  jsonOption,
  modelOption,
  nameList,
  RepeatedOption,
  samplesAStep,
  setting,
  threadsOption,
  verboseOption,
  wholeNumber,
} from '../terminal/command.ts';
import { exitCodes, UsageError } from '../terminal/failure.ts';
import { checkWritable, requireEnding, writeFileAtomic } from '../terminal/files.ts';
import { interruptible } from '../terminal/interrupt.ts';
import { print, tell } from '../terminal/output.ts';
import { checkChartFile, writeChart } from '../views/chart-file.ts';
import { dataJson } from '../views/json.ts';
import { lineChart } from '../views/line-chart.ts';
import { plotText } from '../views/plot-text.ts';

interface Options
  extends Pick<
    TrainingOptions,
    | 'model'
    | 'data'
    | 'eval'
    | 'standardize'
    | 'epochs'
    | 'batch'
    | 'limit'
    | 'shuffle'
    | 'device'
    | 'threads'
    | 'verbose'
  > {
  readonly set: ReadonlyMap<string, readonly SettingValue[]>;
  readonly recipes: readonly string[];
  readonly seeds: number;
  readonly of?: string;
  readonly save?: string;
  readonly resume: boolean;
  readonly table?: string;
  readonly picture?: string;
  readonly json: boolean;
}

/** `8,16`; where the parameter is several numbers itself, `2,1;3,4`. */
function settings(text: string): readonly SettingValue[] | undefined {
  const values = text.split(text.includes(';') ? ';' : ',').map(setting);
  if (new Set(values.map(String)).size < values.length)
    throw new InvalidArgumentError(`${text} names a value twice`);
  return values.every((value) => value !== undefined) ? values : undefined;
}

const digits = 'x=runs/digits/train-images-idx3-ubyte --data t=runs/digits/train-labels-idx1-ubyte';

export const sweep: CommandDefinition = {
  name: 'sweep',
  summary: 'train for several values, recipes and seeds: a table and a curve',
  examples: [
    `nnc sweep models:mlp --set hidden=4,16 --seeds 2 --limit 256 --epochs 1 --data ${digits} --table runs/width.csv --picture runs/width.svg`,
  ],
  define: (command, end) =>
    command
      .argument('<file>', 'a .nn file with a train recipe')
      .addOption(
        new RepeatedOption('--set <NAME=N,N,…>', 'the values that a parameter of the model takes')
          .argParser(assignment('NAME=N,N,…, where each N is a number, true or false', settings))
          .default(new Map(), 'none'),
      )
      .addOption(modelOption())
      .option('--recipes <NAMES>', 'recipes of these names (default: the first of the model)', nameList, [])
      .option('--seeds <N>', 'trainings of each kind, with seeds 0, 1, …', wholeNumber(1), 1)
      .addOption(dataOption('--data', 'training data for an input'))
      .addOption(dataOption('--eval', 'held-out data for an input'))
      .option(
        '--standardize <NAMES>',
        'give the columns of these inputs mean 0 and deviation 1',
        nameList,
        [],
      )
      .option('--epochs <N>', 'times through the data (default: the recipe)', wholeNumber(1))
      .option('--batch <N>', 'samples a step, or all (default: the recipe)', samplesAStep)
      .option('--limit <N>', 'only the first N training samples', wholeNumber(1))
      .option('--shuffle', 'a new order of the samples each epoch', true)
      .option('--no-shuffle', 'keep the order of the samples')
      .option('--of <NAME>', 'the loss or metric that is drawn (default: the first loss)')
      .option('--save <FILE>', 'a JSON file that keeps the values of each training, written after each')
      .option('--resume', 'train only what is not in the file of --save', false)
      .option('--table <FILE>', 'a CSV file with a row for each combination, written after each')
      .option('--picture <FILE>', 'the curve: a .svg or .png file')
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .addHelpText('after', dataText)
      .addHelpText(
        'after',
        '\nThe first --set of several numbers is the horizontal axis; the others, and recipes, are curves of their own.\n' +
          'Without one, the curves lie over the epochs. Ctrl-C ends after the step, with the table of what is done;\n--save and --resume go on from there, with other values and seeds, too.',
      )
      .action(async (file: string, options: Options) => {
        const { table, picture, save } = options;
        if (options.resume && save === undefined)
          throw new UsageError('--resume goes with --save FILE: it goes on from what is there');
        const parsed = parseModel(file);
        checkOutputs(
          [
            { what: '--save', path: save },
            { what: '--table', path: table },
            { what: '--picture', path: picture },
          ],
          [
            ...sourcePlaces(parsed),
            ...dataPlaces('--data', options.data),
            ...dataPlaces('--eval', options.eval),
          ],
        );
        if (table !== undefined) {
          checkWritable(table);
          requireEnding('--table', table, ['.csv']);
        }
        if (picture !== undefined) checkChartFile('--picture', picture);
        const { set, recipes, seeds, of, json: _, save: __, ...training } = options;
        const done = save === undefined ? undefined : doneTrainings(save, parsed, training);
        const axes = [
          ...[...set].map(([name, values]) => ({ name, values })),
          ...(recipes.length === 0 ? [] : [recipesAxis(recipes)]),
        ];
        const { result, stopped } = await interruptible((signal) =>
          runSweep(
            file,
            { ...training, axes, seeds, quiet: true },
            signal,
            (text) => tell(`${text}\n`),
            (soFar) => {
              // Before hours are spent on what nobody asked for.
              quantityOf(soFar, of);
              if (table !== undefined) writeFileAtomic(table, sweepCsv(soFar));
            },
            done,
          ),
        );
        print(options.json ? dataJson(sweepJson(result)) : sweepText(result));
        const chart = sweepChart(result, quantityOf(result, of));
        if (chart.curves.length > 0) {
          if (!options.json) tell(`\n${plotText(chart)}`);
          if (picture !== undefined) await writeChart(picture, await lineChart(chart, 'file'));
        }
        if (!result.finished) end(stopped ?? exitCodes.interrupted);
      }),
};

const sweepJson = ({ axes, rows, finished }: Sweep) => ({
  finished,
  axes,
  rows: rows.map(({ point, runs, values }) => ({
    point: Object.fromEntries(point),
    values: Object.fromEntries(values),
    runs: runs.map(({ seed, diverged, training, evaluation }) => ({
      seed,
      diverged,
      training: Object.fromEntries(training),
      evaluation: Object.fromEntries(evaluation),
    })),
  })),
});
