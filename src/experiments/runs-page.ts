/** Several trainings beside each other in, a page or a text out. */

import { lineChart } from '../views/line-chart.ts';
import { plotText } from '../views/plot-text.ts';
import { figureHtml, figuresHtml, htmlPage, type Table, tableHtml, tableText } from '../views/table.ts';
import type { RunsReport } from './runs-report.ts';

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
