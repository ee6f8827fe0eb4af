/** Rows of cells in; lines with aligned columns out. */

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer cells are cut. */
  readonly most?: number;
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell, k) => cut(cell, columns[k]?.most ?? Number.POSITIVE_INFINITY)),
  );
  const widths = columns.map((_, k) => Math.max(...cells.map((row) => row[k]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, k) =>
          columns[k]?.align === 'right' ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
