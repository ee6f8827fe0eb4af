/**
 * An explanation in; the same with `normal[b, k]` for the draw of a random tensor at that position, as the model writes it,
 * out. Draws of another place of the model have a number of their own: they are other tensors.
 */
import type { Affine } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import type { Explanation, Formula, TensorFormula } from './explanation.ts';
import { mapExplanation } from './map.ts';
import { mapParts } from './rewrite.ts';

const written: ReadonlyMap<string, string> = new Map([
  ['random_normal', 'normal'],
  ['random_uniform', 'uniform'],
]);

export function withDraws(explanation: Explanation): Explanation {
  /** The streams that were met of each kind, in their order. */
  const streams = new Map<string, number[]>();
  const nameOf = (kind: string, stream: number): string => {
    const met = streams.get(kind) ?? [];
    if (!met.includes(stream)) met.push(stream);
    streams.set(kind, met);
    const number = met.indexOf(stream) + 1;
    return number === 1 ? kind : `${kind}_${number}`;
  };
  const formula = (one: Formula): Formula => {
    const inner = mapParts(one, formula);
    const draw = drawOf(inner);
    return draw === undefined
      ? inner
      : { kind: 'tensor', name: nameOf(draw.kind, draw.stream), indices: draw.indices };
  };
  return mapExplanation(explanation, {
    formula,
    rule: (text) => text,
    tensor: (one): TensorFormula => ({ ...one, indices: one.indices.map(formula) }),
  });
}

interface Draw {
  readonly kind: string;
  readonly stream: number;
  readonly indices: readonly Formula[];
}

function drawOf(formula: Formula): Draw | undefined {
  if (formula.kind !== 'call') return undefined;
  const kind = written.get(formula.fn);
  const [, stream, position] = formula.operands;
  if (kind === undefined || stream?.kind !== 'number' || position === undefined) return undefined;
  const of = position.kind === 'number' ? { constant: position.value, terms: [] } : undefined;
  const indices = indicesOf(position.kind === 'index' ? position.of : of);
  return indices && { kind, stream: stream.value, indices };
}

/** Of a position that counts elements row by row: the indices, outermost first. Undefined where it is any other number. */
function indicesOf(of: Affine | undefined): readonly Formula[] | undefined {
  if (of === undefined) return undefined;
  const { constant, terms } = of;
  const named = terms.flatMap(({ coefficient, atom }) =>
    atom.kind === 'index' && coefficient > 0 ? [{ coefficient, name: atom.name }] : [],
  );
  if (constant !== 0 || named.length < terms.length) return undefined;
  return named
    .sort((a, b) => b.coefficient - a.coefficient)
    .map(({ name }): Formula => ({ kind: 'index', of: variable(name) }));
}
