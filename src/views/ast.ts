/** Syntax tree -> an outline: a line a node, what it holds beside its kind, children below and deeper. */
import { placeOf, type Span } from '../../grammar/source.ts';
import { escaped } from '../terminal/visible-text.ts';

type Field = string | number | boolean | undefined | object;

const isNode = (value: Field): value is { readonly kind?: string; readonly span?: Span } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A line of an outline of any kind: what is there, and where it was written. */
export interface OutlineLine {
  readonly depth: number;
  readonly text: string;
  readonly at?: Span;
}

export function astOutline(root: object): readonly OutlineLine[] {
  const lines: OutlineLine[] = [];
  const visit = (title: string, node: object, depth: number): void => {
    const { kind, span, source: _, ...rest } = node as Record<string, Field> & { kind?: string; span?: Span };
    const fields = Object.entries(rest);
    const plain = fields.flatMap(([name, value]) =>
      value === undefined || value === '' || typeof value === 'object'
        ? []
        : [`${name} ${JSON.stringify(value)}`],
    );
    const identifier = fields.flatMap(([name, value]) =>
      isNode(value) && value.kind === undefined && 'name' in value ? [`${name} ${String(value.name)}`] : [],
    );
    const text = [title, kind ?? '', ...identifier, ...plain].filter((t) => t !== '').join(' ');
    lines.push({ depth, text, ...(span && { at: span }) });
    for (const [name, value] of fields) {
      if (Array.isArray(value)) {
        for (const item of value) visit(`${name}:`, item as object, depth + 1);
      } else if (isNode(value) && value.kind !== undefined) visit(`${name}:`, value, depth + 1);
    }
  };
  visit('', root, 0);
  return lines;
}

/** Indented by depth. */
export const outlineText = (lines: readonly OutlineLine[]): string =>
  lines
    .map(({ depth, text, at }) => `${'  '.repeat(depth)}${text}${at ? `  @ ${placeOf(at)}` : ''}\n`)
    .join('');

/** The tree without its source texts: spans become offsets. */
export const astJson = (root: object): string =>
  escaped(JSON.stringify(root, (key, value: unknown) => (key === 'source' ? undefined : value), 2));
