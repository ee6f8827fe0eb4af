/** `nnc replay`: one step of a saved training again, with its trace. */
import { type CommandDefinition, deviceOption, threadsOption, wholeNumber } from '../terminal/command.ts';
import { interruptible } from '../terminal/interrupt.ts';
import { paint, print } from '../terminal/output.ts';
import { numberText } from '../terminal/progress.ts';
import { tableText } from '../terminal/text-table.ts';
import { type Replayed, type ReplayOptions, replay as replayed } from '../training/replay.ts';
import { tableText as traceText } from '../views/table.ts';
import { traceTables } from '../views/trace-tables.ts';

export const replay: CommandDefinition = {
  name: 'replay',
  summary: 'one step of a saved training again, with its trace and what it changed',
  examples: ['nnc replay runs/mlp --step 3'],
  define: (command) =>
    command
      .argument('<folder>', 'what nnc train --save was given')
      .requiredOption('--step <N>', 'which step, from 1', wholeNumber(1))
      .addOption(deviceOption().default(undefined, 'what the training ran on'))
      .addOption(threadsOption())
      .addHelpText(
        'after',
        '\nThe training is done again up to that step, from the same weights, on the same samples; files must be where they were.',
      )
      .action(async (folder: string, options: ReplayOptions) => {
        const { result } = await interruptible((signal) => replayed(folder, options, signal));
        print(...textOf(result));
      }),
};

function textOf({ model, step, epoch, device, values, trace, changes, saved }: Replayed) {
  const numbers = [...values].map(([name, value]) => `${name} ${numberText(value)}`).join('  ');
  const rows = changes.map(({ path, before, change }) => [path, numberText(before), numberText(change)]);
  const columns = [
    { title: 'kept' },
    { title: 'norm before', align: 'right' },
    { title: 'norm of the change', align: 'right' },
  ] as const;
  return [
    paint.bold(`${model}: step ${step}, in epoch ${epoch}, on ${device}\n`),
    `${numbers}\n\n`,
    `${[trace.title, ...traceTables(trace).map((table) => traceText(table))].join('\n')}\n`,
    tableText(columns, rows),
    ...(saved === undefined
      ? []
      : [
          saved.equal === saved.of
            ? `what was saved after this step has the same bits: ${saved.of} numbers\n`
            : `of ${saved.of} numbers saved after this step, ${saved.equal} have the same bits\n`,
        ]),
  ];
}
