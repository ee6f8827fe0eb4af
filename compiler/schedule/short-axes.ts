/**
 * Which short axes a thread walks at once: the axes of a pointwise kernel in, those whose positions are cheaper together out.
 *
 * The gradient of an LSTM's gates is `if g == 0 then … else if g == 1 then …` over `[b, g: 4, j]`. One element at a time
 * computes all four branches, since a `select` takes both sides. A thread that has all positions of `g` computes each
 * branch once: at a constant position every condition is decided, and what the positions share has one name.
 */
import { countPoints } from '../../runtime/extents.ts';
import { someVariable } from '../index/query.ts';
import type { Nest } from '../nest/nest.ts';
import { shareTerms } from '../nest/share-terms.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Select } from '../scalar/expr.ts';
import { forEach } from '../scalar/walk.ts';
import type { Axis } from './axes.ts';
import { type Builder, builderOf } from './builder.ts';
import { textCost, textCounter, withinCounter } from './text-cost.ts';

/** Positions that a thread has at once, of all such axes together. */
const mostPositions = 8;

/** Neighbouring threads write so many neighbours before they come to the next position: a line of a cache. */
const leastRun = 16;

/** `nestOf`: the nest in which a thread has these axes at once. A text that is too long is as good as none. */
export function axesAtOnce(
  builder: Builder,
  axes: readonly Axis[],
  nestOf: (builder: Builder, atOnce: readonly Axis[]) => Nest,
): readonly Axis[] {
  const costOf = (atOnce: readonly Axis[]): number => {
    const { most } = builder.text;
    const attempt = builderOf(builder, { most, spend: textCounter(most) }, builder.readsAround);
    const nest = withinCounter(() => nestOf(attempt, atOnce));
    return nest !== undefined && textCost(nest) <= most
      ? textCost(shareTerms(nest))
      : Number.POSITIVE_INFINITY;
  };
  let chosen: readonly Axis[] = [];
  let cost: number | undefined;
  for (const [k, axis] of axes.entries()) {
    if (countPoints(axes.slice(k + 1)) < leastRun || !decidesWhatIsComputed(builder, axis)) continue;
    if (axis.extent < 2 || countPoints([...chosen, axis]) > mostPositions) continue;
    cost ??= costOf(chosen);
    const together = costOf([...chosen, axis]);
    // Half of the operations of the positions one by one at most, and a thread has twice as much to do at most.
    if (together === Number.POSITIVE_INFINITY || together > cost * Math.min(2, axis.extent / 2)) continue;
    chosen = [...chosen, axis];
    cost = together;
  }
  return chosen;
}

/** Does a comparison of positions on the axis choose between branches, one of which is more than what memory holds? */
function decidesWhatIsComputed(builder: Builder, { members }: Axis): boolean {
  const isPosition = (e: Expr): boolean => {
    const of = asAffine(e);
    return of !== undefined && someVariable(of, (name) => members.some((member) => member.name === name));
  };
  const asks = (e: Expr): boolean =>
    e.kind === 'call' &&
    e.dtype === 'bool' &&
    e.operands.every((o) => asAffine(o)) &&
    e.operands.some(isPosition);
  const computes = (e: Expr): boolean =>
    e.kind === 'call' || (e.kind === 'load' && builder.chip(e) !== undefined);
  const decides = ({ condition, then, otherwise }: Select): boolean =>
    contains(condition, asks) && (contains(then, computes) || contains(otherwise, computes));
  return [...builder.steps.values()].some(({ body }) =>
    contains(body, (e) => e.kind === 'select' && decides(e)),
  );
}

function contains(expr: Expr, is: (e: Expr) => boolean): boolean {
  let found = false;
  forEach(expr, (e) => {
    found ||= is(e);
  });
  return found;
}
