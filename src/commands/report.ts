/** `nnc report`: trainings that were saved, beside each other. */

import { runsPage, runsText } from '../experiments/runs-page.ts';
import { runsReport } from '../experiments/runs-report.ts';
import { readRun } from '../saved/saved-runs.ts';
import { type CommandDefinition, jsonOption } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkWritable, isNamed, requireEnding, writeFileAtomic } from '../terminal/files.ts';
import { print } from '../terminal/output.ts';
import { chartEndings, checkChartFile, writeChart } from '../views/chart-file.ts';
import { dataJson } from '../views/json.ts';
import { lineChart } from '../views/line-chart.ts';

interface Options {
  readonly out?: string;
  readonly of?: string;
  readonly plot: boolean;
  readonly json: boolean;
}

export const report: CommandDefinition = {
  name: 'report',
  summary: 'saved trainings beside each other: in what they differ, how they ended, their curves',
  examples: ['nnc report runs/folds/fold-1 runs/folds/fold-2 --out runs/folds.html'],
  define: (command) =>
    command
      .argument('<runs...>', 'folders that nnc train --save was given, or files of --log')
      .option('--out <FILE>', 'a page with all curves (.html), or one chart (.svg, .png)')
      .option('--of <NAME>', 'of a chart: the loss or metric, as in eval.loss (default: the first loss)')
      .option('--plot', 'draw the curves on the terminal', false)
      .addOption(jsonOption())
      .addHelpText(
        'after',
        '\nThe report of a single training, with its weights and worst examples, is nnc train --report.',
      )
      .action(async (runs: readonly string[], { out, of, plot, json }: Options) => {
        if (out !== undefined) {
          requireEnding('--out', out, ['.html', ...chartEndings]);
          if (isNamed(out, '.html')) checkWritable(out);
          else checkChartFile('--out', out);
        }
        const made = runsReport(runs.map(readRun));
        const chart = made.charts.find((one) => of === undefined || one.of === of);
        if (of !== undefined && chart === undefined)
          throw new UsageError(`--of ${of}: there are ${made.charts.map((one) => one.of).join(', ')}`);
        if (out !== undefined) {
          if (isNamed(out, '.html')) writeFileAtomic(out, await runsPage(made));
          else await writeChart(out, await lineChart(chart!, 'file'));
        }
        print(json ? dataJson(made) : runsText(made, plot));
        if (out !== undefined && !json) print(`written to ${out}\n`);
      }),
};
