/**
 * A text with places where it may be broken comes in, lines of bounded width go out. A group is printed on one
 * line if it fits, else every break of its own becomes a new line (after Wadler, "A prettier printer", 2003).
 */
export type Document =
  | string
  | { readonly kind: 'concat'; readonly parts: readonly Document[] }
  | { readonly kind: 'nest'; readonly by: number; readonly body: Document }
  | { readonly kind: 'break'; readonly flat: string }
  | { readonly kind: 'group'; readonly body: Document };

export const concat = (...parts: readonly Document[]): Document => ({ kind: 'concat', parts });
export const nest = (body: Document, by = 2): Document => ({ kind: 'nest', by, body });
export const group = (...parts: readonly Document[]): Document => ({ kind: 'group', body: concat(...parts) });
/** A blank, or a new line. */
export const line: Document = { kind: 'break', flat: ' ' };
/** Nothing, or a new line. */
export const softLine: Document = { kind: 'break', flat: '' };

export const join = (parts: readonly Document[], separator: Document): Document =>
  concat(...parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));

/** `a, b, c`: on one line, or on one line each. */
export const list = (parts: readonly Document[], open: string, close: string): Document =>
  parts.length === 0
    ? open + close
    : group(open, nest(concat(softLine, join(parts, concat(',', line)))), softLine, close);

interface Pending {
  readonly document: Document;
  readonly indent: number;
  readonly flat: boolean;
}

/** The document's lines; those after the first are indented by `indent` and more. */
export function render(document: Document, width: number, indent: number): readonly string[] {
  const lines: string[] = [];
  const todo: Pending[] = [{ document, indent, flat: false }];
  let current = '';
  let column = indent;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { document: part, indent: at, flat } = next;
    if (typeof part === 'string') {
      current += part;
      column += part.length;
    } else if (part.kind === 'concat') {
      for (const item of part.parts.toReversed()) todo.push({ document: item, indent: at, flat });
    } else if (part.kind === 'nest') {
      todo.push({ document: part.body, indent: at + part.by, flat });
    } else if (part.kind === 'group') {
      const fitting = flat || fits(part.body, todo, width - column);
      todo.push({ document: part.body, indent: at, flat: fitting });
    } else if (flat) {
      current += part.flat;
      column += part.flat.length;
    } else {
      lines.push(current);
      current = ' '.repeat(at - indent);
      column = at;
    }
  }
  return [...lines, current];
}

/** Whether a group and what follows it up to the next possible break has room on the line. */
function fits(document: Document, after: readonly Pending[], room: number): boolean {
  const todo: { readonly document: Document; readonly flat: boolean }[] = [{ document, flat: true }];
  let [left, following] = [room, after.length];
  while (left >= 0) {
    const next = todo.pop() ?? after[--following];
    if (next === undefined) return true;
    const { document: part, flat } = next;
    if (typeof part === 'string') left -= part.length;
    else if (part.kind === 'concat') {
      for (const item of part.parts.toReversed()) todo.push({ document: item, flat });
    } else if (part.kind === 'break') {
      if (!flat) return true;
      left -= part.flat.length;
    } else {
      todo.push({ document: part.body, flat });
    }
  }
  return false;
}

/** All of it on one line, however long. */
export const oneLine = (document: Document): string =>
  render(document, Number.POSITIVE_INFINITY, 0).join(' ');
