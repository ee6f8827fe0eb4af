/** Rows of cells in; lines with aligned columns out. */

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer cells are cut. */
  readonly most?: number;
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Columns on the screen: marks above a letter take none. */
const widthOf = (text: string): number => text.replace(/\p{Mn}/gu, '').length;

/** How wide each column is. */
export const columnWidths = (rows: readonly (readonly string[])[]): readonly number[] =>
  Array.from({ length: rows.reduce((most, row) => Math.max(most, row.length), 0) }, (_, k) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[k] ?? '')), 0),
  );

export const between = '  ';

/** Columns that a text may take: those of the terminal, or 100 where it goes elsewhere. */
export const textWidth = (stream: { readonly columns?: number }): number =>
  Math.max(40, stream.columns ?? 100);

/** A line for each row; columns that are marked in `right` stand to the right. A short row ends early. */
export function alignedRows(
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
): readonly string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, k) => {
        const space = ' '.repeat(widths[k]! - widthOf(cell));
        return right[k] ? space + cell : cell + space;
      })
      .join(between)
      .trimEnd(),
  );
}

export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell, k) => cut(cell, columns[k]?.most ?? Number.POSITIVE_INFINITY)),
  );
  const right = columns.map(({ align }) => align === 'right');
  return alignedRows(cells, right)
    .map((line) => `${line}\n`)
    .join('');
}
