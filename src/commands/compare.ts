/** `nnc compare`: the four ways to a derivative, on one formula of numbers. */

import { Option } from 'commander';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { compareDerivatives } from '../../compiler/compare/index.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { isVariable } from '../../compiler/ir/nodes.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { lower } from '../../compiler/lower/index.ts';
import { isScalarGraph } from '../../compiler/trace/elementary.ts';
import { feedsOf, type PointOptions, readPoint, withPoint } from '../running/point.ts';
import { type CommandDefinition, jsonOption } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';
import { plotText } from '../views/compare-plot.ts';
import {
  comparisonJson,
  formulaTable,
  growthTable,
  headingOf,
  stepsPlot,
  stepsTable,
  waysTable,
} from '../views/compare-tables.ts';
import { lineChart } from '../views/line-chart.ts';
import { figureHtml, htmlPage, tableHtml, tableMarkdown, tableText } from '../views/table.ts';

interface Options extends PointOptions {
  readonly of?: string;
  readonly wrt?: string;
  readonly hand?: string;
  readonly format: 'text' | 'md' | 'html';
  readonly json: boolean;
}

export const compare: CommandDefinition = {
  name: 'compare',
  summary: 'a derivative in four ways: by hand, numerical, symbolic, automatic',
  examples: [
    'nnc compare models:logistic_map --at x=0.2 --hand by_hand',
    'nnc compare models:scalar --at x1=2,x2=5 --wrt x2 --format html',
  ],
  define: (command) =>
    withPoint(command)
      .option('--of <NAME>', 'the loss, metric or output that is differentiated (default: the first loss)')
      .option('--wrt <NAME>', 'the input or parameter that it is differentiated by (default: the first)')
      .option(
        '--hand <NAME>',
        'the output that the author says is the derivative (default: derivative clauses)',
      )
      .addOption(new Option('--format <FORMAT>', 'how').choices(['text', 'md', 'html']).default('text'))
      .addOption(jsonOption())
      .action(async (file: string, options: Options) => {
        print(await compared(file, options));
      }),
};

async function compared(file: string, options: Options): Promise<string> {
  const point = readPoint(file, options);
  const graph = unrolled(differentiate(lower(point.program, { kind: 'run' })));
  if (!isScalarGraph(graph)) {
    throw new UsageError(`model ${point.program.model} has tensors: compare takes formulas of numbers alone`);
  }
  const of = resultOf(graph, options.of);
  const wrt = leafOf(graph, options.wrt);
  const hand = options.hand === undefined ? undefined : resultOf(graph, options.hand);
  const feeds = feedsOf(graph, point, options.seed, 'refuse');
  const made = compareDerivatives(graph, feeds, { of, wrt, ...(hand !== undefined && { hand }) });
  const name = graph.results.find(({ value, role }) => value === of && role !== 'value')?.name ?? '';
  const leaf = graph.nodes[wrt]!.name;
  if (options.json) return comparisonJson(made, name, leaf);
  const heading = headingOf(made, name, leaf, feeds.get(leaf)!.data[0]!);
  const [ways, steps, growth, formulas] = [
    waysTable(made, name, leaf),
    stepsTable(made),
    growthTable(made, leaf),
    formulaTable(made, leaf),
  ];
  const plot = stepsPlot(made);
  switch (options.format) {
    case 'text':
      return [
        `${heading}\n`,
        tableText(ways),
        tableText(steps),
        plotText(plot),
        tableText(growth),
        tableText(formulas),
      ].join('\n');
    case 'md':
      return [
        `### ${heading}\n`,
        tableMarkdown(ways),
        tableMarkdown(steps),
        `\`\`\`text\n${plotText(plot)}\`\`\`\n`,
        tableMarkdown(growth),
        tableMarkdown(formulas),
      ].join('\n');
    case 'html':
      return htmlPage(heading, [
        tableHtml(ways),
        tableHtml(steps),
        figureHtml(plot.title, await lineChart(plot)),
        tableHtml(growth),
        tableHtml(formulas),
      ]);
    default:
      return options.format satisfies never;
  }
}

function resultOf({ nodes, results }: Graph, wanted: string | undefined): ValueId {
  const numbers = results.filter(({ value }) => nodes[value]!.dtype === 'f32');
  const found =
    wanted === undefined
      ? (numbers.find(({ role }) => role === 'loss') ?? numbers[0])
      : numbers.find(({ name }) => name === wanted);
  if (found !== undefined) return found.value;
  throw new UsageError(
    `there is no f32 loss, metric or output ${wanted ?? ''}; there are ${numbers.map(({ name }) => name).join(', ') || 'none'}`,
  );
}

function leafOf({ nodes }: Graph, wanted: string | undefined): ValueId {
  const leaves = nodes.flatMap((node, id) =>
    isVariable(node) && node.dtype === 'f32' ? [{ name: node.name, id }] : [],
  );
  const found = wanted === undefined ? leaves[0] : leaves.find(({ name }) => name === wanted);
  if (found !== undefined) return found.id;
  throw new UsageError(
    `there is no f32 input or parameter ${wanted ?? ''}; there are ${leaves.map(({ name }) => name).join(', ') || 'none'}`,
  );
}
