/**
 * What of a model is in the units of an input: what is subtracted from it, or from what is, and copies of these. A
 * model that learned a standardised target predicts in deviations from its mean; this says which of its outputs do.
 */
import type { EquationTensor, Tensor, TypedProgram } from '../../compiler/check/typed.ts';
import { print as affineText } from '../../compiler/index/print.ts';
import type { Expr, Load } from '../../compiler/scalar/expr.ts';
import { childrenOf } from '../../compiler/scalar/walk.ts';

/**
 * With one column, elements may be picked from one tensor into another as one likes; with several, each must stay in
 * its column, so only elements at the same indices count.
 */
export function sameUnits(program: TypedProgram, input: Tensor, columns: number): ReadonlySet<Tensor> {
  const equations = program.tensors.filter(
    (tensor): tensor is EquationTensor => tensor.kind === 'equation' && tensor.dtype === 'f32',
  );
  const links = equations.flatMap((equation) => [
    ...copyOf(equation, columns),
    ...differencesIn(equation.body, columns),
  ]);
  const found = new Set<Tensor>([input]);
  // What is added meanwhile is walked, too.
  for (const tensor of found) {
    for (const [a, b] of links) {
      if (a === tensor) found.add(b);
      if (b === tensor) found.add(a);
    }
  }
  return found;
}

type Link = readonly [Tensor, Tensor];

/** An equation that only says where its elements are read. */
function copyOf(equation: EquationTensor, columns: number): readonly Link[] {
  const { body, reduce, indices } = equation;
  if (reduce !== undefined || body.kind !== 'load') return [];
  const own = indices.map(({ id }) => id);
  const stays = columns === 1 || own.join() === placesOf(body).join();
  return stays ? [[equation, body.value]] : [];
}

function differencesIn(body: Expr<Tensor>, columns: number): readonly Link[] {
  const links: Link[] = [];
  const seen = new Set<Expr<Tensor>>([body]);
  for (const part of seen) {
    for (const child of childrenOf(part)) seen.add(child);
    if (part.kind !== 'call' || part.fn !== 'subtract') continue;
    const [left, right] = part.operands;
    if (left?.kind !== 'load' || right?.kind !== 'load') continue;
    if (columns === 1 || placesOf(left).join() === placesOf(right).join())
      links.push([left.value, right.value]);
  }
  return links;
}

/** Where it reads, as text; a gather is nowhere. */
const placesOf = ({ indices }: Load<Tensor>): readonly string[] =>
  indices.map((index, k) => {
    if (index.kind === 'index') return affineText(index.of);
    return index.kind === 'constant' ? String(index.value) : `gather ${k}`;
  });
