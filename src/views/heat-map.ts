/** A result of a run in; its last two dimensions as a heat map, or what it takes each class for as a matrix, out. */
import type { Tensor } from '../../runtime/tensor.ts';
import { extremesOf } from '../data/extremes.ts';
import { numberText } from '../terminal/progress.ts';
import { fieldChart, strength } from './field-chart.ts';
import type { Guesses, Result } from './results.ts';

/** Cells of more rows or columns have no room for their numbers. */
const mostWritten = 12;

interface Matrix {
  readonly title: string;
  readonly x: { readonly label: string; readonly names: readonly string[] };
  readonly y: { readonly label: string; readonly names: readonly string[] };
  readonly values: readonly number[];
  /** What a value is, beside the scale. */
  readonly quantity: string;
  readonly text: (value: number) => string;
}

/** Undefined where a result has no two dimensions. */
export function heatMap(result: Result): Promise<string> | undefined {
  const matrix = result.guesses === undefined ? undefined : confusion(result.name, result.guesses);
  const found = matrix ?? lastTwo(result.name, result.tensor);
  return found && drawn(found);
}

/** The last two dimensions; of the others, the first position. */
function lastTwo(name: string, { shape, data }: Tensor): Matrix | undefined {
  const [rows, columns] = shape.slice(-2);
  if (rows === undefined || columns === undefined || rows * columns === 0) return undefined;
  const outer = shape.slice(0, -2).map(() => '0');
  const title = outer.length === 0 ? name : `${name}[${[...outer, ':', ':'].join(', ')}]`;
  const numbers = (count: number) => Array.from({ length: count }, (_, k) => String(k));
  return {
    title,
    x: { label: 'column', names: numbers(columns) },
    y: { label: 'row', names: numbers(rows) },
    values: Array.from(data.subarray(0, rows * columns)),
    quantity: name,
    text: fewDigits(data.subarray(0, rows * columns)),
  };
}

/** Two digits of the largest number, and as many decimals of the others. */
function fewDigits(data: ArrayLike<number>): (value: number) => string {
  const { least, most } = extremesOf(data);
  const size = Math.max(Math.abs(least), Math.abs(most));
  const decimals = size > 0 ? Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(size)))) : 0;
  return (value) => String(Number(value.toFixed(decimals)));
}

/** How often each class is taken for each; undefined where the data do not say which class a sample has. */
function confusion(name: string, { target, rows }: Guesses): Matrix | undefined {
  const known = rows.filter(({ is }) => is !== undefined);
  if (known.length === 0) return undefined;
  const order = new Intl.Collator('en', { numeric: true });
  const names = [...new Set(known.flatMap(({ is, best }) => [is!, best[0]!.name]))].sort(order.compare);
  const counts = names.map(() => names.map(() => 0));
  for (const { is, best } of known) counts[names.indexOf(is!)]![names.indexOf(best[0]!.name)]! += 1;
  return {
    title: `${target}, and what ${name} says it is`,
    x: { label: `said by ${name}`, names },
    y: { label: target, names },
    values: counts.flat(),
    quantity: 'samples',
    text: String,
  };
}

function drawn({ title, x, y, values, quantity, text }: Matrix): Promise<string> {
  const columns = x.names.length;
  const { least, most } = extremesOf(values);
  const share = (value: number): number => (most > least ? (value - least) / (most - least) : 0.5);
  const cells = values.map((value, k) => ({ x: k % columns, y: Math.floor(k / columns), value }));
  return fieldChart({
    title,
    x,
    y,
    columns,
    rows: y.names.length,
    at: (column, row) => {
      const value = values[row * columns + column]!;
      return Number.isFinite(value) ? strength(share(value)) : [0.8, 0.1, 0.1, 1];
    },
    keys: [{ kind: 'scale', name: quantity, least, most }],
    marks: (plot) =>
      Math.max(columns, y.names.length) > mostWritten
        ? []
        : [true, false].map((isStrong) =>
            plot.text(
              cells.filter(({ value }) => share(value) > 0.55 === isStrong),
              {
                x: 'x',
                y: 'y',
                text: ({ value }: { readonly value: number }) =>
                  Number.isFinite(value) ? text(value) : numberText(value),
                fill: isStrong ? 'white' : 'currentColor',
                fontSize: 10,
              },
            ),
          ),
  });
}
