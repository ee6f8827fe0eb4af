/** What `--data x=…` says: numbers, a line of text, a text, pictures or a file of data. */
import { type DataSpec, parseDataSpec } from '../../runtime/data/spec.ts';
import { shippedPath } from '../model/shipped.ts';
import { isPictures } from './pictures.ts';

export type DataSource =
  /** `2.5`, or a row, `5.1,3.5,1.4,0.2`. */
  | { readonly kind: 'numbers'; readonly values: readonly number[] }
  /** `line:Once upon a time`. */
  | { readonly kind: 'line'; readonly text: string }
  /** `text:FILE`: all of it, as the training counted it. */
  | { readonly kind: 'text'; readonly spec: DataSpec }
  | { readonly kind: 'pictures' | 'file'; readonly spec: DataSpec };

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function dataSource(text: string): DataSource {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => number.test(part))) return { kind: 'numbers', values: parts.map(Number) };
  const [, prefix, rest = ''] = /^(line|text):(.*)$/s.exec(text) ?? [];
  if (prefix === 'line') return { kind: 'line', text: rest };
  const said = parseDataSpec(prefix === undefined ? text : rest);
  const spec = { ...said, path: shippedPath(said.path) };
  if (prefix === 'text' && spec.selection === undefined) return { kind: 'text', spec };
  return { kind: isPictures(spec.path) ? 'pictures' : 'file', spec };
}
