/** A text in, what each of its names is out, for editors to colour: what a grammar of words cannot tell. */
import type { SemanticTokens, SemanticTokensLegend } from 'vscode-languageserver/node';
import { SemanticTokensBuilder } from 'vscode-languageserver/node';
import type { Meaning } from '../../compiler/check/names/table.ts';
import { isOfPrelude, rangeOf } from './places.ts';
import { placeKey, type Reading } from './reading.ts';

const types = ['class', 'function', 'parameter', 'typeParameter', 'property', 'variable'] as const;
const modifiers = ['declaration', 'readonly', 'defaultLibrary'] as const;

export const legend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

const typeOf = {
  model: 'class',
  layer: 'class',
  optimizer: 'class',
  fn: 'function',
  parameter: 'parameter',
  input: 'parameter',
  dimension: 'typeParameter',
  param: 'property',
  index: 'variable',
  value: 'variable',
  result: 'variable',
} as const satisfies Readonly<Record<Meaning['kind'], (typeof types)[number]>>;

export function coloursOf({ main, meanings }: Reading): SemanticTokens {
  const builder = new SemanticTokensBuilder();
  for (const { at, kind, definition, implied } of meanings) {
    if (at.source !== main.source) continue;
    const { line, character } = rangeOf(at).start;
    const set = [
      !implied && placeKey(at) === placeKey(definition) ? 'declaration' : undefined,
      kind === 'index' || kind === 'dimension' ? 'readonly' : undefined,
      isOfPrelude(definition.source) ? 'defaultLibrary' : undefined,
    ];
    const bits = modifiers.reduce((sum, name, k) => (set.includes(name) ? sum + 2 ** k : sum), 0);
    builder.push(line, character, at.end - at.start, types.indexOf(typeOf[kind]), bits);
  }
  return builder.build();
}
