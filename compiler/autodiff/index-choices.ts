/**
 * Loads at chosen positions in, choices between loads out: `%x[if i < 1 then 0 else i - 1]` as
 * `if i < 1 then %x[0] else %x[i - 1]`, and `%x[maximum(i - 1, 0)]` alike.
 *
 * Both mean the same, but the positions of the second are index arithmetic, which the solver inverts. Clamping at
 * an edge and mirroring so get adjoints that run over a few points and not over all.
 */
import { asAffine, call, greaterEqual, lessEqual, select } from '../scalar/build.ts';
import type { Expr, Load, Select } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';

/** A load in more pieces than this stays whole. */
const mostPieces = 8;

/** The expression with its f32 loads at chosen positions as choices. */
export const choicesOutside = (body: Expr): Expr =>
  rewrite(body, (e) => {
    if (e.kind !== 'load' || e.dtype !== 'f32' || e.indices.every((at) => asAffine(at) !== undefined))
      return e;
    const pieces = e.indices.reduce((n, at) => n * piecesOf(at), 1);
    return pieces > 1 && pieces <= mostPieces ? outside(e, 0) : e;
  });

/** The position as a choice between two; the innermost choice first, so that conditions are index arithmetic too. */
function choiceOf(at: Expr): Select | undefined {
  if (at.kind === 'select') return at;
  if (at.kind !== 'call') return undefined;
  for (const [k, operand] of at.operands.entries()) {
    const inner = choiceOf(operand);
    if (inner === undefined) continue;
    const around = (part: Expr): Expr => call(at.fn, ...at.operands.with(k, part));
    return select(inner.condition, around(inner.then), around(inner.otherwise));
  }
  const [a, b] = at.operands;
  if (at.fn === 'maximum') return select(greaterEqual(a!, b!), a!, b!);
  return at.fn === 'minimum' ? select(lessEqual(a!, b!), a!, b!) : undefined;
}

/** Into how many index expressions a position falls; 1 where it is no choice. */
function piecesOf(at: Expr): number {
  const choice = choiceOf(at);
  return choice === undefined ? 1 : piecesOf(choice.then) + piecesOf(choice.otherwise);
}

function outside(load: Load, axis: number): Expr {
  const at = load.indices[axis];
  if (at === undefined) return load;
  const choice = choiceOf(at);
  if (choice === undefined) return outside(load, axis + 1);
  const piece = (position: Expr): Expr =>
    outside({ ...load, indices: load.indices.map((other, k) => (k === axis ? position : other)) }, axis);
  return select(choice.condition, piece(choice.then), piece(choice.otherwise));
}
