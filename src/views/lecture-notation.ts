/** How an explanation names tensors: as a lecture does, with layers above and derivatives as quotients. */
import type { Explanation, TensorFormula } from '../../compiler/explain/explanation.ts';
import { isReducerName } from '../../compiler/ir/reducers.ts';
import {
  type Box,
  comma,
  digits,
  fenced,
  name,
  prefix,
  row,
  semicolon,
  separated,
  thinSpace,
} from './boxes.ts';
import type { Notation } from './typeset.ts';

const numberedLayer = /^([A-Z]\w*)_(\d+)$/;
const partial = prefix('\\partial ', '∂');

export const lectureNotation = ({ loss, steps, targets }: Explanation): Notation =>
  notationFor(loss.left.name, [...targets.map((target) => target.name), ...steps.map(({ value }) => value)]);

/**
 * For a document in which this is the loss, and these names occur. Layers of one kind are numbered through: `Dense_2.W`
 * is W with (2) above, where no other kind is about.
 */
export function notationFor(lossName: string, names: readonly string[]): Notation {
  const kinds = new Set(
    names.map((text) => numberedLayer.exec(text.split('.')[0]!)?.[1]).filter((kind) => kind !== undefined),
  );
  const numbered = kinds.size === 1 ? [...kinds][0] : undefined;
  const named = (text: string, indices: readonly Box[]): Box =>
    text === 'loss' && lossName === text ? name('L') : nameBox(text, indices, numbered);
  return {
    tensor: ({ name: text, adjointOf }: TensorFormula, indices) => {
      const delta = /^δ(\d+)$/.exec(text);
      if (delta !== null) return scripted(name('delta'), fenced('small', digits(delta[1]!)), indices);
      if (adjointOf === undefined) return named(text, indices);
      const under = adjointOf === lossName ? named(lossName, []) : named(adjointOf, indices);
      return { kind: 'fraction', over: row(partial, named(lossName, [])), under: row(partial, under) };
    },
  };
}

const scripted = (base: Box, above: Box, indices: readonly Box[]): Box => ({
  kind: 'scripts',
  base,
  above,
  ...(indices.length > 0 && { below: separated(indices, comma) }),
});

/** `d y / d x`. */
export const quotient = (of: Box, by: Box): Box => ({
  kind: 'fraction',
  over: row(partial, of),
  under: row(partial, by),
});

/** `Dense_1.W` with indices o, i: W with (1) above and o, i below. */
function nameBox(text: string, indices: readonly Box[], numberedKind: string | undefined): Box {
  const parts = text.split('.');
  const last = parts.at(-1)!.replace(/_\d+$/, '');
  const isReduction = parts.length > 1 && (last === 'arg' || isReducerName(last));
  const base = isReduction ? parts.at(-2)! : parts.at(-1)!;
  const layers = parts.slice(0, isReduction ? -2 : -1).map((part) => layerBox(part, numberedKind));
  const above = [...layers, ...(isReduction ? [name(last)] : [])];
  // In brackets, as W^(1): a word or a number above is no power.
  const label = fenced('small', separated(above, thinSpace));
  const [, letter, number] = /^([A-Za-z])_?(\d+)$/.exec(base) ?? [];
  const places = indices.length === 0 ? [] : [separated(indices, comma)];
  // `x1[i]` has two subscripts: the number first, set apart.
  const below = [...(number === undefined ? [] : [digits(number)]), ...places];
  const symbol = name(letter ?? base);
  if (above.length === 0 && below.length === 0) return symbol;
  return {
    kind: 'scripts',
    base: symbol,
    ...(above.length > 0 && { above: label }),
    ...(below.length > 0 && { below: separated(below, semicolon) }),
  };
}

function layerBox(part: string, numberedKind: string | undefined): Box {
  const [, kind, number] = numberedLayer.exec(part) ?? [];
  if (kind === undefined || number === undefined) return name(part);
  if (kind === numberedKind) return digits(number);
  return { kind: 'scripts', base: name(kind), below: digits(number) };
}
