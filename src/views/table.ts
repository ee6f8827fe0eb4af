/** A table of texts in; plain text, Markdown or HTML out. */
import {
  alignedLines,
  between,
  columnWidths,
  fittedWidths,
  textWidth,
  wrapped,
} from '../terminal/text-table.ts';
import { escapeHtml } from './html.ts';
import { paletteStyle, scrollingStyle } from './palette.ts';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const isNumber = (text: string): boolean => /^-?(\d+(\.\d+)?(e[+-]?\d+)?|NaN|infinity)$/.test(text);

/** Numbers stand to the right, all else to the left. */
const rightColumns = ({ head, rows }: Table): readonly boolean[] =>
  head.map((_, k) => {
    const texts = rows.map((row) => row[k] ?? '').filter((text) => text !== '');
    return texts.length > 0 && texts.every(isNumber);
  });

export function tableText(table: Table, width = textWidth(process.stdout)): string {
  const cells = [table.head, ...table.rows];
  const [head = [], ...lines] = alignedLines(cells, rightColumns(table), width);
  const rule = fittedWidths(columnWidths(cells), width)
    .map((own) => '-'.repeat(own))
    .join('-'.repeat(between.length));
  return [...wrapped(table.title, width), '', ...head, rule, ...lines.flat(), ''].join('\n');
}

const escapedMarkdown = (text: string): string => text.replace(/[\\|*_`<>]/g, (mark) => `\\${mark}`);

export function tableMarkdown(table: Table): string {
  const right = rightColumns(table);
  const line = (row: readonly string[]): string => `| ${row.map(escapedMarkdown).join(' | ')} |`;
  const rule = `|${table.head.map((_, k) => (right[k] ? ' ---: ' : ' --- ')).join('|')}|`;
  return [
    `**${escapedMarkdown(table.title)}**`,
    '',
    line(table.head),
    rule,
    ...table.rows.map(line),
    '',
  ].join('\n');
}

export function tableHtml(table: Table): string {
  const right = rightColumns(table);
  const cell = (tag: 'td' | 'th') => (text: string, k: number) =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${right[k] ? ' class="number"' : ''}>${escapeHtml(text)}</${tag}>`;
  const row = (tag: 'td' | 'th') => (texts: readonly string[]) => `<tr>${texts.map(cell(tag)).join('')}</tr>`;
  return [
    `<h2>${escapeHtml(table.title)}</h2>`,
    `<div class="scrolls" tabindex="0" role="region" aria-label="${escapeHtml(table.title)}"><table>`,
    `<thead>${row('th')(table.head)}</thead>`,
    `<tbody>${table.rows.map(row('td')).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

export const figureHtml = (caption: string, picture: string): string =>
  `<h2>${escapeHtml(caption)}</h2><figure>${picture}</figure>`;

/** Several, beside each other where there is room. */
export const figuresHtml = (figures: readonly string[]): string =>
  `<div class="figures">${figures.map((figure) => `<div>${figure}</div>`).join('')}</div>`;

const style = `
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; font: 14px/1.4 ui-monospace, monospace; margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { font-size: 1rem; margin: 2rem 0 0.4rem; max-width: 60ch; }
th, td { padding: 0.2rem 0.7rem; text-align: left; white-space: pre; }
th { border-bottom: 1px solid; }
tbody tr:nth-child(even) { background: rgb(128 128 128 / 12%); }
.number { text-align: right; }
figure { margin: 0; max-width: 32rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); column-gap: 2rem; }
figure svg { height: auto; width: 100%; }
`;

/** One page that needs nothing else. */
export const htmlPage = (title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${paletteStyle}${scrollingStyle}${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${parts.join('\n')}
</body>
</html>
`;
