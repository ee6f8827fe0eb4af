/** The values that a gradient flows through: nodes, the scalar `of` and what it is differentiated by in, their ids out. */

import { reachedForward } from '../ir/components.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { withoutEffect } from './invariance.ts';
import { flowsTo } from './scalar.ts';

/** Between the targets and `of`; but not through what `of` does not change with, whose gradient is exactly 0. */
export function flow(
  nodes: readonly Node[],
  of: ValueId,
  isTarget: (id: ValueId) => boolean,
): ReadonlySet<ValueId> {
  const reached = reachedForward(nodes, of, (id, before) => {
    const node = nodes[id]!;
    if (node.dtype !== 'f32') return false;
    return isTarget(id) || (isComputed(node) && flowsTo(node.body, (value) => before.has(value)));
  });
  const idle = withoutEffect(nodes, of, reached);
  return new Set([...reached].filter((id) => !idle.has(id)));
}
