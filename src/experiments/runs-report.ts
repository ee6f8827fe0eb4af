/** Several trainings in; in what they differ, how they ended, and their curves, one beside the other, out. */

import { heldOut } from '../saved/epoch-log.ts';
import type { SavedRun } from '../saved/saved-runs.ts';
import { UsageError } from '../terminal/failure.ts';
import { durationText, numberText } from '../terminal/progress.ts';
import { type Chart, overEpochs } from '../views/chart.ts';
import type { Table } from '../views/table.ts';

export interface RunsReport {
  readonly title: string;
  /** Settings that are not the same in all; statements of the model that not all have. */
  readonly differences: Table;
  readonly figures: Table;
  /** A loss, metric or rate each, in training or on held-out data: a curve a training. */
  readonly charts: readonly (Chart & { readonly of: string })[];
}

/** Of a model's statements that not all have, so many are shown. */
const mostStatements = 4;

export function runsReport(runs: readonly SavedRun[]): RunsReport {
  const names = runs.map(({ name }) => name);
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice`);
  const head = ['', ...names];
  const columns = columnsOf(runs);
  return {
    title: names.join(', '),
    differences: { title: 'in what they differ', head, rows: differing(runs) },
    figures: { title: 'after the last epoch', head, rows: figures(runs, columns) },
    charts: columns.map((of) => ({ ...chartOf(runs, of), of })),
  };
}

/** Training and held-out values of one name stand together. */
function columnsOf(runs: readonly SavedRun[]): readonly string[] {
  const all = [...new Set(runs.flatMap(({ epochs }) => epochs.flatMap(({ values }) => [...values.keys()])))];
  const plain = all.filter((name) => !name.startsWith(heldOut));
  const paired = plain.flatMap((name) => [name, `${heldOut}${name}`].filter((one) => all.includes(one)));
  return [...paired, ...all.filter((name) => !paired.includes(name))];
}

function differing(runs: readonly SavedRun[]): readonly (readonly string[])[] {
  const known = runs.filter(({ settings }) => settings.size > 0);
  const names = [...new Set(known.flatMap(({ settings }) => [...settings.keys()]))];
  const rows = names.flatMap((name) => {
    const values = known.map(({ settings }) => settings.get(name) ?? '');
    return new Set(values).size > 1
      ? [
          [
            name,
            ...runs.map(({ settings }) => (settings.size === 0 ? 'not known' : settings.get(name) || 'none')),
          ],
        ]
      : [];
  });
  const own = runs.map(({ statements }) =>
    statements.filter((line) => known.some((other) => !other.statements.includes(line))),
  );
  if (own.every((lines) => lines.length === 0)) return rows;
  return [...rows, ['statements', ...own.map(statementsText)]];
}

function statementsText(lines: readonly string[]): string {
  const more = lines.length - mostStatements;
  const first = lines.slice(0, mostStatements).join('; ');
  return more > 0 ? `${first}; and ${more} more` : first;
}

function figures(runs: readonly SavedRun[], columns: readonly string[]): readonly (readonly string[])[] {
  const seconds = ({ epochs }: SavedRun): number => epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return [
    ['epochs', ...runs.map(({ epochs }) => String(epochs.at(-1)!.epoch))],
    ['time', ...runs.map((run) => durationText(seconds(run)))],
    ...columns.map((name) => [
      name,
      ...runs.map(({ epochs }) => {
        const value = epochs.at(-1)!.values.get(name);
        return value === undefined ? '' : numberText(value);
      }),
    ]),
  ];
}

function chartOf(runs: readonly SavedRun[], column: string): Chart {
  const isHeld = column.startsWith(heldOut);
  const quantity = isHeld ? column.slice(heldOut.length) : column;
  const curves = runs.flatMap(({ name, epochs }) => {
    const points = epochs.flatMap(({ epoch, values }) => {
      const y = values.get(column);
      return y === undefined ? [] : [{ x: epoch, y }];
    });
    return points.length === 0 ? [] : [{ name, points }];
  });
  return overEpochs(isHeld ? `${quantity}, held out` : quantity, quantity, curves);
}
