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

/**
 * A line for each row; columns that are marked in `right` stand to the right. A short row ends early. Where lines would
 * be longer than `width`, the widest columns are made narrower, and what does not fit goes on below.
 */
export const alignedRows = (...table: Parameters<typeof alignedLines>): readonly string[] =>
  alignedLines(...table).flat();

/** The lines of each row. */
export function alignedLines(
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
  width = Number.POSITIVE_INFINITY,
): readonly (readonly string[])[] {
  const widths = fittedWidths(columnWidths(rows), width);
  return rows.map((row) => {
    const cells = row.map((cell, k) => wrapped(cell, widths[k]!));
    const height = cells.reduce((most, lines) => Math.max(most, lines.length), 1);
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, k) => {
          const text = lines[line] ?? '';
          const space = ' '.repeat(Math.max(0, widths[k]! - widthOf(text)));
          return right[k] ? space + text : text + space;
        })
        .join(between)
        .trimEnd(),
    );
  });
}

/** No column is made narrower than this. */
const narrowest = 10;

/** The widths that make a line of at most `width`, as far as that goes: the widest columns become equally wide. */
export function fittedWidths(widths: readonly number[], width: number): readonly number[] {
  const room = width - between.length * (widths.length - 1);
  const sum = (most: number): number => widths.reduce((all, own) => all + Math.min(own, most), 0);
  let most = Math.max(...widths, 0);
  while (most > narrowest && sum(most) > room) most -= 1;
  return widths.map((own) => Math.min(own, most));
}

/** Lines of at most `width`, broken at blanks, rather behind commas, else behind a mark between words, else anywhere. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = [...text];
  while (widthOf(rest.join('')) > width) {
    const room = rest.slice(0, width + 1).join('');
    const comma = room.lastIndexOf(', ');
    const blank = comma > width / 2 ? comma + 1 : room.lastIndexOf(' ');
    const mark = Math.max(...['/', ',', '_', '-'].map((m) => room.slice(0, -1).lastIndexOf(m)));
    const end = blank > 0 ? blank : mark > width / 3 ? mark + 1 : width;
    lines.push(rest.slice(0, end).join('').trimEnd());
    rest = [...rest.slice(end).join('').trimStart()];
  }
  return [...lines, rest.join('')];
}

export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = textWidth(process.stdout),
): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell, k) => cut(cell, columns[k]?.most ?? Number.POSITIVE_INFINITY)),
  );
  const right = columns.map(({ align }) => align === 'right');
  return alignedRows(cells, right, width)
    .map((line) => `${line}\n`)
    .join('');
}
