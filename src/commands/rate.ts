/** `nnc rate`: a learning rate, found by a short training in which it rises. */
import { InvalidArgumentError } from 'commander';
import { searchRate } from '../experiments/rate-search.ts';
import { rateChart, suggestionText } from '../experiments/rate-text.ts';
import { parseModel } from '../model/model.ts';
import { checkOutputs, dataPlaces, sourcePlaces } from '../saved/outputs.ts';
import { weightsPlaces, withWeights } from '../saved/starting-weights.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import {
  type CommandDefinition,
  dataOption,
  dataText,
  deviceOption,
  jsonOption,
  nameList,
  samplesAStep,
  threadsOption,
  verboseOption,
  wholeNumber,
  withModel,
} from '../terminal/command.ts';
import { exitCodes, UsageError } from '../terminal/failure.ts';
import { interruptible } from '../terminal/interrupt.ts';
import { paint, print, tell } from '../terminal/output.ts';
import { checkChartFile, writeChart } from '../views/chart-file.ts';
import { dataJson } from '../views/json.ts';
import { lineChart } from '../views/line-chart.ts';
import { plotText } from '../views/plot-text.ts';

interface Options extends Omit<TrainingOptions, 'eval' | 'save' | 'resume' | 'shuffle'> {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly out?: string;
  readonly json: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('expected a number above 0');
  return value;
}

export const rate: CommandDefinition = {
  name: 'rate',
  summary: 'find a learning rate: a few steps, each with a higher one',
  examples: [
    'nnc rate moons/moons.nn --data x=moons/points.csv#x,y --data t=moons/points.csv#side:labels --out runs/rate.svg',
  ],
  define: (command, end) =>
    withWeights(withModel(command, 'a .nn file with a train recipe'), 'the first values')
      .addOption(dataOption('--data', 'training data for an input'))
      .option('--from <RATE>', 'the rate of the first step', positive, 1e-6)
      .option('--to <RATE>', 'that of the last', positive, 10)
      .option('--steps <N>', 'how many', wholeNumber(10), 100)
      .option('--standardize <NAMES>', 'as in training', nameList, [])
      .option('--batch <N>', 'samples a step, or all (default: the recipe)', samplesAStep)
      .option('--seed <N>', 'of all random numbers (default: the recipe, or 0)', wholeNumber(0))
      .option('--limit <N>', 'only the first N training samples', wholeNumber(1))
      .option('--out <FILE>', 'the curve as a picture: a .svg or .png file')
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .addHelpText('after', dataText)
      .addHelpText(
        'after',
        '\nThe rate of the recipe, the argument lr of its optimizer, is replaced by one that grows by the same factor from step to step.\n' +
          'Where the loss falls most steeply is a good rate; where it grows, one is too high. No weights are saved.',
      )
      .action(async (file: string, options: Options) => {
        const { from, to, steps, out, json, ...training } = options;
        if (to <= from) throw new UsageError(`--from ${from} --to ${to}: the rate must rise`);
        if (out !== undefined) {
          checkChartFile('--out', out);
          checkOutputs(
            [{ what: '--out', path: out }],
            [
              ...sourcePlaces(parseModel(file)),
              ...weightsPlaces(training.weights),
              ...dataPlaces('--data', training.data),
            ],
          );
        }
        const { result, stopped } = await interruptible((signal) =>
          searchRate(
            file,
            { ...training, eval: new Map(), shuffle: true },
            { from, to, steps },
            signal,
            (text) => tell(`${text}\n`),
          ),
        );
        const chart = rateChart(result);
        if (json) print(dataJson(result));
        else {
          const { head, reason } = suggestionText(result);
          print(
            plotText({ ...chart, curves: chart.curves.slice(0, 1) }),
            paint.bold(head),
            `\n  ${reason}\n`,
          );
        }
        if (out !== undefined) await writeChart(out, await lineChart(chart, 'file'));
        if (stopped !== undefined) end(stopped ?? exitCodes.interrupted);
      }),
};
