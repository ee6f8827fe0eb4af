/** A sweep in; its table for people, and as CSV, out. */

import { spreadText } from '../data/spread.ts';
import { numberText } from '../terminal/progress.ts';
import { tableText } from '../terminal/text-table.ts';
import type { Point, Row, Sweep } from './sweep.ts';

const namesOf = ({ rows }: Sweep): readonly string[] => [
  ...new Set(rows.flatMap(({ values }) => [...values.keys()])),
];

const divergedOf = ({ runs }: Row): number => runs.filter(({ diverged }) => diverged).length;

/** A column for each axis, and for each loss and metric; with the deviation where there are several seeds. */
export function sweepText(sweep: Sweep): string {
  const { axes, rows } = sweep;
  const names = namesOf(sweep);
  const several = rows.some(({ runs }) => runs.length > 1);
  const diverged = rows.some((row) => divergedOf(row) > 0);
  return tableText(
    [
      ...axes.map(({ name }) => ({ title: name, align: 'right' }) as const),
      ...names.map((name) => ({ title: name.replace(/^eval\./, 'eval '), align: 'right' }) as const),
      ...(diverged ? [{ title: 'diverged', align: 'right' } as const] : []),
    ],
    rows.map((row) => [
      ...axes.map(({ name }) => String(row.point.get(name))),
      ...names.map((name) => {
        const spread = row.values.get(name);
        if (spread === undefined) return '';
        return several ? spreadText(spread) : numberText(spread.mean);
      }),
      ...(diverged ? [`${divergedOf(row)} of ${row.runs.length}`] : []),
    ]),
  );
}

/** Several numbers are one cell. */
const cellOf = (value: ReturnType<Point['get']>): string =>
  typeof value === 'object' ? `"${value.join(',')}"` : String(value);

/** Of each loss and metric its mean and, where there are several seeds, its deviation. */
export function sweepCsv(sweep: Sweep): string {
  const { axes, rows } = sweep;
  const names = namesOf(sweep);
  const several = rows.some(({ runs }) => runs.length > 1);
  const head = [
    ...axes.map(({ name }) => name),
    ...names.flatMap((name) => (several ? [name, `${name}.deviation`] : [name])),
    'diverged',
  ];
  const lines = rows.map((row) => [
    ...axes.map(({ name }) => cellOf(row.point.get(name))),
    ...names.flatMap((name) => {
      const spread = row.values.get(name);
      return several ? [spread?.mean ?? '', spread?.deviation ?? ''] : [spread?.mean ?? ''];
    }),
    divergedOf(row),
  ]);
  return [head, ...lines].map((cells) => `${cells.join(',')}\n`).join('');
}
