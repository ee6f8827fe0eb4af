/**
 * Diagnostics in; text with code frames, or plain objects for machines, out.
 *
 *     error[NN304]: index i runs over two lengths
 *       mlp.nn:9:34
 *       9 |   return y[b, o] = c[o] + sum[i] x[b, i] * W[i, o]
 *         |                                  ^^^^^^^   ------- 128 here: W: f32[out = 128, in = 784]
 *         |                                  784 here: x: f32[B = 32, in = 784]
 *       hint: W is declared [out, in]; did you mean W[o, i]?
 */
import pc from 'picocolors';
import { type Diagnostic, type Label, sortDiagnostics } from '../../grammar/diagnostic.ts';
import { positionOf, type Source, type Span } from '../../grammar/source.ts';
import { drawFrame, type Mark } from './code-frame.ts';
import { textWidth } from './text-table.ts';
import { visible } from './visible-text.ts';

export interface ReportOptions {
  readonly colors: boolean;
  /** Longer source lines are cut around what they are shown for. */
  readonly width: number;
}

/** Colours only where a terminal shows them and nobody objects (https://no-color.org, FORCE_COLOR). */
export function reportOptions(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Readonly<Record<string, string | undefined>>,
): ReportOptions {
  const { NO_COLOR: refused, FORCE_COLOR: forced, TERM: terminal } = environment;
  const wanted = forced !== undefined ? forced !== '0' : stream.isTTY === true && terminal !== 'dumb';
  return {
    colors: wanted && (refused === undefined || refused === ''),
    width: textWidth(stream),
  };
}

/** What suits the stream that messages go to; plain text in a page. */
const forStandardError = (): ReportOptions =>
  globalThis.process === undefined ? reportOptions({}, {}) : reportOptions(process.stderr, process.env);

/** More would be read by nobody. */
const mostShown = 50;

/** The first of them in the order of the text, errors before warnings where not all find room. */
function firstOf(list: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = sortDiagnostics(list);
  if (sorted.length <= mostShown) return sorted;
  const bySeverity = [...sorted].sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  );
  const chosen = new Set(bySeverity.slice(0, mostShown));
  return sorted.filter((diagnostic) => chosen.has(diagnostic));
}

/** Longer words and texts are cut: a name may be a million characters long. */
const longestWord = 120;
const longestText = 2000;

/** A message with its longest words, and itself, cut to what somebody would read. */
function abridged(text: string): string {
  const words = text.replace(/\S+/gu, (word) => cutTo(longestWord, word));
  return cutTo(longestText, words);
}

const cutTo = (length: number, text: string): string =>
  text.length <= length ? text : `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;

/**
 * Diagnostics as a text for people: in the order of the source, each with the lines it speaks of, a blank line between,
 * the counts at the end.
 */
export function renderDiagnostics(
  list: readonly Diagnostic[],
  options: ReportOptions = forStandardError(),
): string {
  const sorted = sortDiagnostics(list);
  if (sorted.length === 0) return '';
  const frames = firstOf(sorted).map((diagnostic) => renderDiagnostic(diagnostic, options));
  const hidden = sorted.length - frames.length;
  const counts = `${countText(sorted)}${hidden > 0 ? `; the first ${mostShown} are shown` : ''}`;
  return [...frames, counts].join('\n\n');
}

/** `2 errors, 1 warning`. */
export function countText(list: readonly Diagnostic[]): string {
  const counted = (['error', 'warning'] as const).map((severity) => {
    const count = list.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? '' : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  return counted.filter((text) => text !== '').join(', ');
}

/** One diagnostic: headline, a frame for each file that it speaks of, the hint. */
export function renderDiagnostic(diagnostic: Diagnostic, options: ReportOptions): string {
  const { severity, code, primary, related } = diagnostic;
  const paint = pc.createColors(options.colors);
  const alarm = severity === 'error' ? paint.red : paint.yellow;
  const tint = { primary: alarm, related: paint.cyan, gutter: paint.dim };
  const blocks = [
    `${paint.bold(alarm(`${severity}[${code}]`))}${paint.bold(`: ${indented(visible(abridged(diagnostic.message), '\n'))}`)}`,
  ];
  for (const source of sourcesOf(primary, related)) {
    const marks: readonly Mark[] = [
      ...(primary.at.source === source ? [markOf(primary, true)] : []),
      ...related.filter((label) => label.at.source === source).map((label) => markOf(label, false)),
    ];
    const { line, column } = positionOf(source, marks[0]!.start);
    blocks.push(`  ${paint.cyan(visible(`${source.name}:${line}:${column}`))}`);
    blocks.push(...drawFrame(source.text, marks, options.width - 2, tint).map((row) => `  ${row}`));
  }
  if (diagnostic.hint !== undefined) {
    blocks.push(
      `  ${paint.green('hint')}: ${visible(abridged(diagnostic.hint), '\n').replaceAll('\n', '\n        ')}`,
    );
  }
  return blocks.map((row) => row.trimEnd()).join('\n');
}

const indented = (text: string): string => text.replaceAll('\n', '\n    ');

/** The primary's file first. */
const sourcesOf = (primary: Label, related: readonly Label[]): readonly Source[] => [
  ...new Set([primary.at.source, ...related.map((label) => label.at.source)]),
];

const markOf = ({ at, text }: Label, primary: boolean): Mark => ({
  start: at.start,
  end: at.end,
  text: abridged(text),
  primary,
});

/** A place as `--json` gives it: lines and columns count from 1, the end is behind the last character. */
export interface PlaceJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface DiagnosticJson extends PlaceJson {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  /** What the code frame says at the place. */
  readonly label: string;
  readonly related: readonly (PlaceJson & { readonly message: string })[];
  readonly hint: string | null;
}

const placeJson = ({ source, start, end }: Span): PlaceJson => {
  const [from, to] = [positionOf(source, start), positionOf(source, Math.max(start, end))];
  return { file: source.name, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
};

export interface ReportJson {
  /** In the order of the text; every field is always there. */
  readonly diagnostics: readonly DiagnosticJson[];
  /** How many more there are. */
  readonly omitted: number;
}

/** For machines. */
export function reportJson(list: readonly Diagnostic[]): ReportJson {
  const sorted = sortDiagnostics(list);
  const shown = firstOf(sorted);
  return { diagnostics: shown.map(diagnosticJson), omitted: sorted.length - shown.length };
}

const diagnosticJson = (diagnostic: Diagnostic): DiagnosticJson => ({
  code: diagnostic.code,
  severity: diagnostic.severity,
  message: abridged(diagnostic.message),
  ...placeJson(diagnostic.primary.at),
  label: abridged(diagnostic.primary.text),
  related: diagnostic.related.map(({ at, text }) => ({ message: abridged(text), ...placeJson(at) })),
  hint: diagnostic.hint === undefined ? null : abridged(diagnostic.hint),
});
