/**
 * Data -> JSON text: maps become objects, spans become `file:line:column`. What could steer a terminal is escaped, so
 * that the text is as good for people as for programs.
 */
import { placeOf, type Span } from '../../grammar/source.ts';
import { escaped } from '../terminal/visible-text.ts';

export const dataJson = (data: unknown): string => `${escaped(JSON.stringify(data, replacer, 2))}\n`;

function replacer(_: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (isSpan(value)) return placeOf(value);
  return value;
}

const isSpan = (value: unknown): value is Span =>
  typeof value === 'object' && value !== null && 'source' in value && 'start' in value && 'end' in value;
