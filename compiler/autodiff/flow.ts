/** The values that a gradient flows through: nodes, the scalar `of` and what it is differentiated by in, their ids out. */

import type { Node, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { withoutEffect } from './invariance.ts';
import { flowsTo } from './scalar.ts';

/** Between the targets and `of`; but not through what `of` does not change with, unless that is a target. */
export function flow(
  nodeAt: (id: ValueId) => Node,
  of: ValueId,
  isTarget: (id: ValueId) => boolean,
): ReadonlySet<ValueId> {
  const reached = new Set<ValueId>();
  for (let id = 0; id <= of; id++) {
    const node = nodeAt(id);
    const through = isComputed(node) && node.dtype === 'f32' && flowsTo(node.body, (v) => reached.has(v));
    if (node.dtype === 'f32' && (isTarget(id) || through)) reached.add(id);
  }
  const idle = withoutEffect(nodeAt, of, reached);
  return new Set([...reached].filter((id) => isTarget(id) || !idle.has(id)));
}
