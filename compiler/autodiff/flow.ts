/** The values that a gradient flows through: nodes, the scalar `of` and what it is differentiated by in, their ids out. */

import { blocksOf } from '../ir/components.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { withoutEffect } from './invariance.ts';
import { flowsTo } from './scalar.ts';

/** Between the targets and `of`; but not through what `of` does not change with, unless that is a target. */
export function flow(
  nodes: readonly Node[],
  of: ValueId,
  isTarget: (id: ValueId) => boolean,
): ReadonlySet<ValueId> {
  const reached = new Set<ValueId>();
  const visit = (id: ValueId): void => {
    const node = nodes[id]!;
    if (node.dtype !== 'f32' || reached.has(id)) return;
    const through = isComputed(node) && flowsTo(node.body, (v) => reached.has(v));
    if (isTarget(id) || through) reached.add(id);
  };
  for (const { members, isRecurrence } of blocksOf(nodes, of)) {
    let before: number;
    do {
      before = reached.size;
      members.forEach(visit);
      // The members of a recurrence read each other both ways: until nothing more is reached.
    } while (isRecurrence && reached.size > before);
  }
  const idle = withoutEffect(nodes, of, reached);
  return new Set([...reached].filter((id) => isTarget(id) || !idle.has(id)));
}
