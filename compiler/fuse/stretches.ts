/**
 * A recurrence in, the stretches of positions out in which the conditions on its sequential index are decided.
 *
 * `(if 1 <= t then h[b, t - 1, k] else 0)` is one read everywhere but at the first position. A kernel for all positions
 * would clamp and choose at each element; so the loop is cut where a comparison of the index changes, and each stretch
 * has kernels of its own.
 */

import { subtract } from '../index/build.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { asComputed } from '../ir/nodes.ts';
import type { Recurrence } from '../ir/recurrences.ts';
import { asAffine } from '../scalar/build.ts';
import type { Call, Expr } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';
import { forEach } from '../scalar/walk.ts';
import type { Position } from './kernel.ts';

/** Cuts beyond so many are left to conditions in the kernels: those nearest to the ends are made. */
const mostCuts = 4;

/** What each comparison says of the sign of left minus right. */
const comparisons: { readonly [fn in FunctionName]?: (difference: number) => boolean } = {
  less: (d) => d < 0,
  less_equal: (d) => d <= 0,
  greater: (d) => d > 0,
  greater_equal: (d) => d >= 0,
  equal: (d) => d === 0,
  not_equal: (d) => d !== 0,
};

/** In the order in which they run. `loop` and `name` are given to all. */
export function stretchesOf(
  nodes: readonly Node[],
  { members, axes, extent, direction }: Recurrence,
  loop: number,
  name: string,
): readonly Position[] {
  const cuts = new Set<number>();
  for (const id of members) {
    const own = sequentialName(nodes, axes, id);
    for (const expr of expressionsIn(nodes, id)) {
      forEach(expr, (e) => {
        if (e.kind === 'call')
          for (const cut of changesOf(e, own)) if (cut > 0 && cut < extent) cuts.add(cut);
      });
    }
  }
  const ends = [...cuts]
    .sort((a, b) => Math.min(a, extent - a) - Math.min(b, extent - b))
    .slice(0, mostCuts)
    .sort((a, b) => a - b);
  const parts = [0, ...ends].map((from, k) => ({ from, until: ends[k] ?? extent }));
  const whole = { name, loop, extent } as const;
  return direction === 'forward'
    ? parts.map(({ from, until }) => ({ ...whole, from, count: until - from, by: 1 }))
    : parts
        .toReversed()
        .map(({ from, until }) => ({ ...whole, from: until - 1, count: until - from, by: -1 }));
}

const sequentialName = (nodes: readonly Node[], axes: Recurrence['axes'], id: ValueId): string =>
  nodes[id]!.indices[axes.get(id)!]!.name;

const expressionsIn = (nodes: readonly Node[], id: ValueId): readonly Expr[] => {
  const { body, reduce } = asComputed(nodes[id]);
  return [body, ...(reduce?.guards ?? [])];
};

/** The positions at which a comparison of nothing but the index says something else than at the one before. */
function changesOf({ fn, operands }: Call, name: string): readonly number[] {
  const holds = comparisons[fn];
  const [a, b] = operands.map(asAffine);
  if (holds === undefined || a === undefined || b === undefined) return [];
  const difference = subtract(a, b);
  const [only] = difference.terms;
  if (difference.terms.length !== 1 || only!.atom.kind !== 'index' || only!.atom.name !== name) return [];
  const at = (position: number): boolean => holds(only!.coefficient * position + difference.constant);
  const zero = -difference.constant / only!.coefficient;
  return [...new Set([Math.ceil(zero), Math.floor(zero) + 1])].filter((cut) => at(cut - 1) !== at(cut));
}
