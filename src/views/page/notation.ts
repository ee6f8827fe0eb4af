/** How the page of `nnc view` names tensors: as the file does, an adjoint with a bar, each with the key that it shows. */
import type { TensorFormula } from '../../../compiler/explain/explanation.ts';
import { type Box, comma, row, separated } from '../boxes.ts';
import { indexBox, type Notation } from '../typeset.ts';

/** What a tensor's key is, by its name; none where there is nothing to show. */
export type KeyOf = (name: string) => string | undefined;

/** `Dense_1.W`: where it belongs in small letters, then its own name. */
export const pageNotation = (keyOf: KeyOf): Notation => ({
  tensor: ({ name, adjointOf }: TensorFormula, indices) => {
    const shown = adjointOf ?? name;
    const cut = shown.lastIndexOf('.');
    const own = indexBox(shown.slice(cut + 1));
    const inner: Box = adjointOf === undefined ? own : { kind: 'bar', inner: own };
    const owned = cut < 0 ? inner : row({ kind: 'owner', text: shown.slice(0, cut + 1) }, inner);
    const key = keyOf(name);
    const base: Box = key === undefined ? owned : { kind: 'keyed', key, inner: owned };
    return indices.length === 0 ? base : { kind: 'scripts', base, below: separated(indices, comma) };
  },
});
