/** The rows of a trace in; the tables that every format prints, cell by cell, out. */
import type { Table } from './table.ts';
import type { AdjointRow, Formula, ForwardRow, TraceRows } from './trace-rows.ts';

/**
 * A trace of numbers is laid out as tables 2 and 3 of the survey: primal beside tangent, primal beside adjoint. A
 * trace of tensors has longer formulas: its tables stand below each other.
 */
export function traceTables(rows: TraceRows): readonly Table[] {
  if (!rows.elementary) return [equationTable(rows), adjointTable(rows)];
  return [...(rows.hasTangents ? [tangentTable(rows)] : []), sideBySide(rows)];
}

/** `v3 = sin(v0) = sin(5)`. */
const equality = ({ symbol, formula, substituted }: Formula): string =>
  [symbol, formula, substituted].filter((part) => part !== undefined && part !== '').join(' = ');

const deviceHead = (rows: TraceRows): readonly string[] =>
  rows.device === undefined ? [] : ['device', 'ulp'];
const deviceCells = (rows: TraceRows, formula: Formula | undefined): readonly string[] =>
  rows.device === undefined ? [] : [formula?.device?.value ?? '', formula?.device?.ulp ?? ''];

const nameCell = ({ names, notes }: ForwardRow): string =>
  [names.join(' = '), ...notes.map((note) => `(${note})`)].filter((part) => part !== '').join(' ');

const forwardCells = (rows: TraceRows, row: ForwardRow | undefined): readonly string[] =>
  row === undefined
    ? ['', '', '', ...deviceCells(rows, undefined)]
    : [nameCell(row), equality(row), row.value, ...deviceCells(rows, row)];

const forwardHead = (rows: TraceRows): readonly string[] => [
  '',
  'forward primal',
  'value',
  ...deviceHead(rows),
];

function tangentTable(rows: TraceRows): Table {
  return {
    title: 'Forward tangent trace, read downwards',
    head: [...forwardHead(rows), 'forward tangent', 'value', ...deviceHead(rows)],
    rows: rows.forward.map((row) => [
      ...forwardCells(rows, row),
      row.tangent === undefined ? '' : equality(row.tangent),
      row.tangent?.value ?? '0',
      ...deviceCells(rows, row.tangent),
    ]),
  };
}

/** What an operation sends to its operands stands beside it, so the right column is read from the bottom up. */
function sideBySide(rows: TraceRows): Table {
  const upwards = [...rows.adjoints].reverse();
  const sentBy = (from: string | undefined): readonly AdjointRow[] =>
    upwards.filter((row) => row.from === from);
  const cells = rows.forward.flatMap((row): readonly (readonly string[])[] => {
    const [first, ...more] = row.leaf ? derivativeRows(rows, row) : sentBy(row.symbol);
    return [
      [...forwardCells(rows, row), ...adjointCells(rows, first)],
      ...more.map((adjoint) => [...forwardCells(rows, undefined), ...adjointCells(rows, adjoint)]),
    ];
  });
  const seed = sentBy(undefined).map((row) => [...forwardCells(rows, undefined), ...adjointCells(rows, row)]);
  return {
    title: 'Forward primal trace, read downwards, and reverse adjoint trace, read upwards',
    head: [...forwardHead(rows), 'reverse adjoint', 'value', ...deviceHead(rows)],
    rows: [...cells, ...seed],
  };
}

/** Beside a leaf stands its finished adjoint: the derivative. */
function derivativeRows(rows: TraceRows, { symbol, names }: ForwardRow): readonly AdjointRow[] {
  const last = rows.adjoints.findLast(({ target }) => target === symbol);
  if (last === undefined) return [];
  const { substituted: _, added: __, ...rest } = last;
  return [{ ...rest, symbol: `d${rows.of}/d${names[0] ?? symbol}`, formula: last.symbol }];
}

const adjointCells = (rows: TraceRows, row: AdjointRow | undefined): readonly string[] =>
  row === undefined
    ? ['', '', ...deviceCells(rows, undefined)]
    : [equality(row), row.value, ...deviceCells(rows, row)];

function equationTable(rows: TraceRows): Table {
  const tangent = rows.hasTangents ? ['tangent'] : [];
  const file = usualFile(rows);
  return {
    title: `Forward primal trace, read downwards${file === undefined ? '' : `; places are lines and columns of ${file}`}`,
    head: [
      'forward primal',
      'shape',
      'value',
      ...deviceHead(rows),
      ...tangent,
      ...(rows.hasTangents ? deviceHead(rows) : []),
      'from',
    ],
    rows: rows.forward.map((row) => [
      equality(row),
      row.shape,
      row.value,
      ...deviceCells(rows, row),
      ...(rows.hasTangents ? [row.tangent?.value ?? '0', ...deviceCells(rows, row.tangent)] : []),
      row.place === undefined || row.file !== file ? (row.place ?? '') : row.place.slice(file!.length + 1),
    ]),
  };
}

/** The file that most rows are from. */
function usualFile({ forward }: TraceRows): string | undefined {
  const counts = new Map<string, number>();
  for (const { file } of forward) if (file !== undefined) counts.set(file, (counts.get(file) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function adjointTable(rows: TraceRows): Table {
  return {
    title: 'Reverse adjoint trace, read downwards',
    head: ['reverse adjoint', 'adds', 'value', ...deviceHead(rows), 'sent by'],
    rows: rows.adjoints.map((row) => [
      equality(row),
      row.added ?? '',
      row.value,
      ...deviceCells(rows, row),
      row.from ?? '',
    ]),
  };
}
