/**
 * A graph in; the integer inputs that say how far something goes along an axis, with the extent of the longest, out: they are
 * compared with an index, `t < n[b]`, or a position is counted from them, `h[b, n[b] - 1]`.
 */
import type { Graph } from '../../compiler/ir/graph.ts';
import { isComputed, isInput } from '../../compiler/ir/nodes.ts';
import type { Call, Expr } from '../../compiler/scalar/expr.ts';
import { bareVariable, forEach } from '../../compiler/scalar/walk.ts';

const comparisons: ReadonlySet<Call['fn']> = new Set(['less', 'less_equal', 'greater', 'greater_equal']);

/** By name; lengths are from 1 to the extent, both inclusive. */
export function lengthsIn({ nodes }: Graph): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const note = (of: Expr, extent: number | undefined): void => {
    const input = of.kind === 'load' ? nodes[of.value] : undefined;
    if (input === undefined || extent === undefined || !isInput(input) || input.dtype === 'f32') return;
    found.set(input.name, Math.max(extent, found.get(input.name) ?? 0));
  };
  for (const node of nodes) {
    if (!isComputed(node)) continue;
    const extents = new Map(
      [...node.indices, ...(node.reduce?.indices ?? [])].map(({ name, extent }) => [name, extent]),
    );
    const extentOf = (index: Expr): number | undefined => extents.get(bareVariable(index) ?? '');
    const visit = (e: Expr): void => {
      if (e.kind === 'call' && comparisons.has(e.fn)) {
        const [a, b] = e.operands as readonly [Expr, Expr];
        note(a, extentOf(b));
        note(b, extentOf(a));
      }
      if (e.kind !== 'load') return;
      e.indices.forEach((position, axis) => {
        if (position.kind !== 'call') return;
        for (const operand of position.operands) note(operand, nodes[e.value]!.indices[axis]!.extent);
      });
    };
    for (const e of [node.body, ...(node.reduce?.guards ?? [])]) forEach(e, visit);
  }
  return found;
}
