/**
 * `npm start`: draws digits, trains a perceptron on them where that is fastest, runs it on the other target as well, and
 * says what to try next.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeviceError } from '../../runtime/errors.ts';
import { writeDigits } from '../data/digits/write.ts';
import { installation } from '../installation.ts';
import { bothText, onBothTargets } from '../running/both-targets.ts';
import { reportFailure } from '../terminal/failure.ts';
import { interruptible } from '../terminal/interrupt.ts';
import { paint, print, tell } from '../terminal/output.ts';
import { trainModel } from './training.ts';

const root = fileURLToPath(installation);
const here = (...parts: readonly string[]): string => path.relative(process.cwd(), path.join(root, ...parts));

const say = (text: string): void => tell(`${text}\n`);

async function demo(signal: AbortSignal): Promise<void> {
  const folder = here('runs', 'digits');
  say(`drawing 6,000 digits to train with and 1,000 to test with (${folder})`);
  const files = writeDigits({ folder });
  const model = here('models', 'mlp.nn');
  const held = new Map([
    ['x', files.testImages],
    ['t', files.testLabels],
  ]);
  const result = await trainModel(
    model,
    {
      set: new Map(),
      data: new Map([
        ['x', files.trainImages],
        ['t', files.trainLabels],
      ]),
      eval: held,
      standardize: [],
      shuffle: true,
      resume: false,
      save: here('runs', 'mlp'),
      device: 'auto',
      verbose: false,
    },
    signal,
    say,
  );
  if (!result.finished) return;
  const accuracy = result.evaluation?.get('accuracy') ?? Number.NaN;
  say(await comparison(model, result.weights!, held));
  const data = `--data x=${files.trainImages} --data t=${files.trainLabels}`;
  print(
    '\n',
    paint.praise(`accuracy on digits it has not seen: ${(100 * accuracy).toFixed(1)}%`),
    `\n${[
      `weights: ${result.weights}`,
      '',
      'try next:',
      `  npm run -s nnc -- dump ${model} --stage backward --set B=128   the backward equations`,
      `  npm run -s nnc -- dump ${model} --stage wgsl --set B=128       the kernels`,
      `  npm run -s nnc -- check ${model}                               what the model holds`,
      `  npm run -s nnc -- train ${here('models', 'softmax_regression.nn')} ${data}`,
      `  edit ${model}: hidden = 256, another activation, another optimizer`,
    ].join('\n')}\n`,
  );
}

/** Nothing is wrong where there is no adapter: the processor needs none. */
async function comparison(
  model: string,
  weights: string,
  data: ReadonlyMap<string, string>,
): Promise<string> {
  const both = await onBothTargets(model, weights, data).catch((failure: unknown) => {
    if (failure instanceof DeviceError) return failure;
    throw failure;
  });
  if (!(both instanceof DeviceError)) return bothText(both, '1,000 digits');
  return `WGSL was left out: ${both.message.replaceAll(/\n +/g, '; ')}`;
}

try {
  const { stopped } = await interruptible(demo);
  if (stopped !== undefined) process.exitCode = stopped;
} catch (failure) {
  process.exitCode = reportFailure(failure);
}
