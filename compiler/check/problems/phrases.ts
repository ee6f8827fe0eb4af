/** Turns of phrase that messages share: spans, dimensions, counts and functions in, text out. */
import type { Span } from '../../../grammar/source.ts';
import { infixes } from '../../ir/infix.ts';
import type { Value } from '../values.ts';

export const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);
/** A short text as it is, a long one as `this`. */
export const brief = (at: Span): string => {
  const text = textOf(at).replace(/\s+/g, ' ');
  return text.length > 30 ? 'this' : text;
};
export const plural = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** A value and the text that it comes from. */
export interface Placed {
  readonly at: Span;
  readonly value: Value;
}

const operators: ReadonlyMap<string, string> = new Map([
  ...[...infixes].map(([fn, { symbol }]) => [fn, symbol] as const),
  ['negate', '-'],
  ['maximum', 'max'],
  ['minimum', 'min'],
]);

export const operatorOf = (fn: string): string | undefined => operators.get(fn);

/** A function as the file writes it. */
export const spelled = (fn: string): string => operators.get(fn) ?? fn;
