/** Several trainings beside each other in, a page or a text out. */
import type { RunsReport } from '../runs-report.ts';
import { lineChart } from './line-chart.ts';
import { plotText } from './plot-text.ts';
import { figureHtml, figuresHtml, htmlPage, type Table, tableHtml, tableText } from './table.ts';

const tables = ({ differences, figures }: RunsReport): readonly Table[] =>
  [differences, figures].filter(({ rows }) => rows.length > 0);

export const runsText = (report: RunsReport, withPlots: boolean): string =>
  [
    ...tables(report).map((table) => tableText(table)),
    ...(withPlots ? report.charts.map(plotText) : []),
  ].join('\n');

export async function runsPage(report: RunsReport): Promise<string> {
  const charts = await Promise.all(
    report.charts.map(async (chart) => figureHtml(chart.title, await lineChart(chart))),
  );
  return htmlPage(`Trainings: ${report.title}`, [figuresHtml(charts), ...tables(report).map(tableHtml)]);
}
