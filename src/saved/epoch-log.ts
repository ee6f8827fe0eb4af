/** What each epoch reports in, a CSV file with a row an epoch out; and back. */
import { existsSync } from 'node:fs';
import { DataError } from '../../runtime/errors.ts';
import type { EpochReport } from '../../runtime/train.ts';
import { readTextFile, writeFileAtomic } from '../terminal/files.ts';
import type { Values } from '../terminal/progress.ts';

export interface EpochLog {
  add(report: EpochReport, evaluation: Values | undefined): void;
  /** The whole file. */
  write(): void;
}

/** Columns that are no losses, metrics or rates. */
const fixed = ['epoch', 'step', 'seconds'] as const;

/** Rows of the first `done` epochs stay: a training that goes on from them adds to its log. */
export function epochLog(file: string, done: number): EpochLog {
  const { columns, rows } = done === 0 ? { columns: [], rows: [] } : earlierRows(file, done);
  return {
    add(report, evaluation) {
      const cells = new Map<string, number>([
        ['epoch', report.epoch],
        ['step', report.step],
        ['seconds', Number(report.seconds.toFixed(3))],
        ...report.values,
        ...report.rates,
        ...[...(evaluation ?? [])].map(([name, value]) => [`${heldOut}${name}`, value] as const),
      ]);
      columns.push(...[...cells.keys()].filter((name) => !columns.includes(name)));
      rows.push(columns.map((name) => String(cells.get(name) ?? '')));
    },
    write() {
      // A model that was changed on the way may report more than before; what it does not report is left empty.
      const cells = (row: readonly string[]) => columns.map((_, k) => row[k] ?? '');
      const all = columns.length === 0 ? [] : [columns, ...rows.map(cells)];
      writeFileAtomic(file, all.map((row) => `${row.join(',')}\n`).join(''));
    },
  };
}

/** What the columns of held-out samples begin with. */
export const heldOut = 'eval.';

interface Rows {
  readonly columns: string[];
  readonly rows: string[][];
}

function earlierRows(file: string, done: number): Rows {
  if (!existsSync(file)) return { columns: [], rows: [] };
  const { columns, rows } = rowsIn(file);
  return { columns, rows: rows.filter(([epoch = '']) => Number.parseInt(epoch, 10) <= done) };
}

function rowsIn(file: string): Rows {
  const [header = '', ...rows] = readTextFile(file).trimEnd().split('\n');
  if (header !== '' && !header.startsWith(fixed.join(','))) {
    throw new DataError(
      `${file}: expected the log of a training, which begins with ${fixed.join(',')}; ` +
        `found ${JSON.stringify(header.slice(0, 60))}`,
    );
  }
  return { columns: header === '' ? [] : header.split(','), rows: rows.map((row) => row.split(',')) };
}

/** What an epoch reported, by column. */
export interface LoggedEpoch {
  readonly epoch: number;
  readonly seconds: number;
  readonly values: Values;
}

/** The epochs of a log, in their order. */
export function loggedEpochs(file: string): readonly LoggedEpoch[] {
  const { columns, rows } = rowsIn(file);
  return rows.map((row) => {
    const cells = columns.flatMap((name, k) => {
      const text = row[k] ?? '';
      return text === '' ? [] : [[name, Number(text)] as const];
    });
    const all = new Map(cells);
    const values = new Map(cells.filter(([name]) => !fixed.some((one) => one === name)));
    return { epoch: all.get('epoch') ?? 0, seconds: all.get('seconds') ?? 0, values };
  });
}
