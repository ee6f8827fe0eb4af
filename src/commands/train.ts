/** `nnc train`: trains a model by its recipe on data files. */
import pc from 'picocolors';
import {
  type CommandDefinition,
  dataOption,
  deviceOption,
  jsonOption,
  modelOption,
  nameList,
  setOption,
  wholeNumber,
} from '../command.ts';
import { exitCodes } from '../failure.ts';
import { numberText, valuesText } from '../progress.ts';
import { trainModel, type TrainingOptions, type TrainingResult } from '../training.ts';

export const train: CommandDefinition = {
  name: 'train',
  summary: 'train a model by its recipe',
  examples: [
    'nnc train mlp.nn --data x=train-images.gz --data t=train-labels.gz --eval x=t10k-images.gz --eval t=t10k-labels.gz --save run',
    'nnc train iris.nn --data x=iris.csv#0-3@!::5 --data t=iris.csv#4@!::5 --eval x=iris.csv#0-3@::5 --eval t=iris.csv#4@::5',
    'nnc train mlp.nn … --save run --resume --epochs 10',
  ],
  define: (command) =>
    command
      .argument('<file>', 'a .nn file with a train recipe')
      .addOption(dataOption('--data', 'training data for an input'))
      .addOption(dataOption('--eval', 'held-out data for an input, evaluated after each epoch'))
      .option('--standardize <NAMES>', 'give the columns of these inputs mean 0 and deviation 1', nameList, [])
      .option('--epochs <N>', 'times through the data (default: the recipe)', wholeNumber(1))
      .option('--batch <N>', 'samples a step (default: the recipe)', wholeNumber(1))
      .option('--seed <N>', 'of all random numbers (default: the recipe, or 0)', wholeNumber(0))
      .option('--limit <N>', 'only the first N training samples', wholeNumber(1))
      .option('--no-shuffle', 'keep the order of the samples')
      .option('--weights <FILE>', 'start from these parameters')
      .option('--save <FOLDER>', 'save weights and a checkpoint here after each epoch')
      .option('--resume', 'go on from the checkpoint in the --save folder', false)
      .option('--log <FILE>', 'a CSV file with a row an epoch')
      .addOption(setOption())
      .addOption(modelOption())
      .addOption(deviceOption())
      .addOption(jsonOption())
      .action(async (file: string, options: TrainingOptions & { readonly json: boolean }) => {
        const result = await interruptible((signal) =>
          trainModel(file, options, signal, (text) => process.stderr.write(`${text}\n`)),
        );
        process.stdout.write(options.json ? `${JSON.stringify(resultJson(result), null, 2)}\n` : resultText(result));
        if (!result.finished) process.exitCode = exitCodes.interrupted;
      }),
};

/** The first Ctrl-C asks to stop between two steps, and to save; a second one ends at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    process.stderr.write('\nstopping after this step (Ctrl-C again to stop at once)\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
  }
}

function resultText({ finished, position, training, evaluation, weights }: TrainingResult): string {
  const lines = [
    ...(finished ? [] : [`stopped in epoch ${position.epoch + 1} after ${position.step} steps`]),
    ...(training.size > 0 ? [`train  ${valuesText(training)}`] : []),
    ...[...(evaluation ?? [])].map(([name, value]) => pc.bold(`eval ${name} = ${numberText(value)}`)),
    ...(weights === undefined ? [] : [`weights in ${weights}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const resultJson = (result: TrainingResult) => ({
  ...result,
  training: Object.fromEntries(result.training),
  evaluation: result.evaluation && Object.fromEntries(result.evaluation),
});
