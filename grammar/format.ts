/**
 * A text comes in, the same program in canonical form goes out: the layout is that of the syntax tree, and comments
 * and blank lines stay between the statements where they were. A comment inside a statement moves above it.
 */
import type { Declaration, Setting, Statement, Use } from './ast.ts';
import type { Diagnostic } from './diagnostic.ts';
import { concat, type Document, group, line, nest, render } from './document.ts';
import { comments, parse } from './index.ts';
import type { CommentText } from './lexical.ts';
import { isOpenFormula } from './problems.ts';
import type { Source, Span } from './source.ts';
import { LeftBrace, lex, RightBrace } from './tokens.ts';
import { defined, quote } from './unparse.ts';
import { derivativeText, headerText, itemText, settingText, statementText } from './unparse-statements.ts';

const lineWidth = 100;
const indentation = 2;

/** A file with errors is not formatted. Formatting twice changes nothing more. */
export function format(
  source: Source,
): { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] } {
  const { file, diagnostics } = parse(source);
  // An exercise is laid out with its open formulas.
  if (!diagnostics.every(isOpenFormula)) return { diagnostics };
  const entries = topLevels([...file.uses, ...file.declarations], source.text);
  const lines = layOut(source.text, entries, comments(source), 0);
  return { text: lines.length === 0 ? '' : `${lines.join('\n')}\n` };
}

/** What is printed as a unit: a statement, or a declaration with a body of its own. */
interface Entry {
  readonly start: number;
  readonly end: number;
  readonly head: Document;
  readonly body?: Body;
}

interface Body {
  /** The offsets of the braces. */
  readonly open: number;
  readonly close: number;
  readonly entries: readonly Entry[];
  /** What follows the closing brace. */
  readonly tail: Document;
}

// ---------------------------------------------------------------- syntax to entries

type Braces = Pick<Body, 'open' | 'close'>;

const topLevels = (parts: readonly (Use | Declaration)[], text: string): readonly Entry[] => {
  const pairs = bracePairs(text);
  return [...parts].sort((a, b) => a.span.start - b.span.start).map((part) => topLevel(part, text, pairs));
};

/** The pairs of braces of a text, in the order in which they open. */
function bracePairs(text: string): readonly Braces[] {
  const pairs: { readonly open: number; close: number }[] = [];
  const stack: { readonly open: number; close: number }[] = [];
  for (const { tokenType, startOffset } of lex(text).tokens) {
    if (tokenType === LeftBrace) {
      const pair = { open: startOffset, close: startOffset };
      pairs.push(pair);
      stack.push(pair);
    } else if (tokenType === RightBrace) stack.pop()!.close = startOffset;
  }
  return pairs;
}

/** The braces of what has this place: before its body, there are none. */
const bracesOf = ({ start, end }: Span, pairs: readonly Braces[]): Braces | undefined =>
  pairs.find(({ open }) => open >= start && open < end);

function topLevel(part: Use | Declaration, text: string, pairs: readonly Braces[]): Entry {
  const braces = bracesOf(part.span, pairs);
  const { start, end } = part.span;
  if (part.kind === 'use') return { start, end, head: `use ${quote(part.path)}` };
  const header = headerText(part);
  if (braces === undefined) return { start, end, head: concat(header, shortBody(part)) };
  const entries =
    part.kind === 'train' ? settingEntries(part.body, text, pairs) : statementEntries(part.body, pairs);
  const tail =
    part.kind === 'fn' && part.derivative.length > 0 ? concat(' ', derivativeText(part.derivative)) : '';
  return { start, end, head: concat(header, ' {'), body: { ...braces, entries, tail } };
}

/** ` = e derivative d` */
function shortBody(part: Declaration): Document {
  const [only] = part.kind === 'fn' || part.kind === 'layer' ? part.body : [];
  if (only?.kind !== 'return') return '';
  const derivative =
    part.kind === 'fn' && part.derivative.length > 0
      ? nest(concat(line, derivativeText(part.derivative)))
      : '';
  return group(defined('=', only.value), derivative);
}

/** Several declarations behind one keyword are one entry. */
function statementEntries(statements: readonly Statement[], pairs: readonly Braces[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (const statement of statements) {
    const { start, end } = statement.span;
    const last = entries.at(-1);
    const continues =
      (statement.kind === 'state' || statement.kind === 'input' || statement.kind === 'target') &&
      start === statement.name.span.start;
    if (continues && last !== undefined) {
      entries[entries.length - 1] = { ...last, end, head: concat(last.head, ', ', itemText(statement)) };
    } else {
      const head = statementText(statement);
      const holds = statement.kind === 'repeat' || statement.kind === 'scan';
      const braces = holds ? bracesOf(statement.span, pairs) : undefined;
      if (!holds || braces === undefined) entries.push({ start, end, head });
      else {
        const inner = statementEntries(statement.body, pairs);
        entries.push({ start, end, head: concat(head, ' {'), body: { ...braces, entries: inner, tail: '' } });
      }
    }
  }
  return entries;
}

/** Numbers that stand on one line stay on one line: `batch 128 epochs 3`. */
function settingEntries(
  settings: readonly Setting[],
  text: string,
  pairs: readonly Braces[],
): readonly Entry[] {
  const entries: Entry[] = [];
  let before: Setting | undefined;
  for (const setting of settings) {
    const { start, end } = setting.span;
    const head = settingText(setting);
    const last = entries.at(-1);
    const braces = setting.kind === 'together' ? bracesOf(setting.span, pairs) : undefined;
    const together =
      before?.kind === 'setting' &&
      setting.kind === 'setting' &&
      lineBreaks(text, before.span.end, start) === 0;
    if (setting.kind === 'together' && braces !== undefined) {
      const inner = settingEntries(setting.body, text, pairs);
      entries.push({ start, end, head: concat(head, ' {'), body: { ...braces, entries: inner, tail: '' } });
    } else if (together && last !== undefined) {
      entries[entries.length - 1] = { ...last, end, head: concat(last.head, ' ', head) };
    } else {
      entries.push({ start, end, head });
    }
    before = setting;
  }
  return entries;
}

// ---------------------------------------------------------------- entries and comments to lines

/** An entry or a comment with its lines, ready to be stacked. */
interface Block {
  readonly start: number;
  end: number;
  readonly lines: string[];
}

/** The lines of a file or of a body, indented. */
function layOut(
  text: string,
  entries: readonly Entry[],
  remarks: readonly CommentText[],
  depth: number,
): string[] {
  const indent = ' '.repeat(depth * indentation);
  const blocks: Block[] = [];
  let next = 0;
  const between = (until: number): void => {
    for (let remark = remarks[next]; remark !== undefined && remark.start < until; remark = remarks[++next]) {
      const last = blocks.at(-1);
      if (!remark.ownLine && last !== undefined && lineBreaks(text, last.end, remark.start) === 0) {
        last.lines.push(`${last.lines.pop()}  ${remark.text}`);
        last.end = remark.end;
      } else {
        blocks.push({ start: remark.start, end: remark.end, lines: [indent + standing(remark)] });
      }
    }
  };
  for (const entry of entries) {
    between(entry.start);
    const first = next;
    while (next < remarks.length && remarks[next]!.start < entry.end) next += 1;
    blocks.push({
      start: entry.start,
      end: entry.end,
      lines: entryLines(text, entry, remarks.slice(first, next), depth),
    });
  }
  between(text.length);
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    const apart = before !== undefined && lineBreaks(text, before.end, block.start) > 1;
    return apart ? ['', ...block.lines] : block.lines;
  });
}

function entryLines(text: string, entry: Entry, remarks: readonly CommentText[], depth: number): string[] {
  const { body } = entry;
  const indent = ' '.repeat(depth * indentation);
  const print = (document: Document): string[] =>
    render(document, lineWidth, indent.length).map((printed) => indent + printed);
  const isInside = ({ start }: CommentText): boolean =>
    body !== undefined && start > body.open && start < body.close;
  const above = remarks.filter((remark) => !isInside(remark)).map((remark) => indent + hoisted(remark));
  const head = print(entry.head);
  if (body === undefined) return [...above, ...head];

  const inside = remarks.filter(isInside);
  const first = inside[0];
  const beside =
    first !== undefined &&
    !first.ownLine &&
    !(body.entries[0] !== undefined && body.entries[0].start < first.start);
  if (beside) head.push(`${head.pop()}  ${first.text}`);
  const inner = layOut(text, body.entries, beside ? inside.slice(1) : inside, depth + 1);
  const foot = print(concat('}', body.tail));
  if (inner.length > 0 || beside) return [...above, ...head, ...inner, ...foot];
  return [...above, ...head.slice(0, -1), `${head.at(-1)}}`, ...foot.slice(1)];
}

/** A `///` line of its own would become the documentation of what follows. */
const hoisted = ({ text }: CommentText): string => text.replace(/^\/{3}(?!\/)/, '//');

const standing = (remark: CommentText): string => (remark.ownLine ? remark.text : hoisted(remark));

const lineBreaks = (text: string, from: number, to: number): number =>
  text.slice(from, to).split('\n').length - 1;
