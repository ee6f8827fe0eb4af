/** A value that no gradient reaches in; where the ways from it to the loss end, and why, out. */
import { withoutEffect } from '../autodiff/invariance.ts';
import { flowsTo } from '../autodiff/scalar.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { neededFor } from '../ir/needed.ts';
import { isComputed, operandsOf } from '../ir/nodes.ts';
import { isLogical, isPositional } from '../ir/reducers.ts';
import type { Expr } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { childrenOf } from '../scalar/walk.ts';
import type { PathEnd, Unreached } from './explanation.ts';
import { lineOf, type Naming } from './formula.ts';

/** Why `target` has no gradient. */
export function unreached(graph: Graph, loss: ValueId, target: ValueId, naming: Naming): Unreached {
  const { nodes } = graph;
  const { name, dtype } = nodes[target]!;
  if (dtype !== 'f32') {
    return { name, why: `${name} is of type ${dtype}: only f32 values have derivatives.`, ends: [] };
  }
  if (withoutEffect(nodes, loss, new Set([target])).has(target)) {
    const why = `The loss does not change with ${name}: what it takes off in one place it puts back in another, as the maximum in a softmax does.`;
    return { name, why, ends: [] };
  }
  const needed = neededFor(nodes, [loss]);
  const ends: PathEnd[] = [];
  const seen = new Set<ValueId>([target]);
  const open: ValueId[] = [target];
  for (let from = open.shift(); from !== undefined; from = open.shift()) {
    for (const [id, node] of nodes.entries()) {
      if (!isComputed(node) || seen.has(id) || !operandsOf(node).includes(from)) continue;
      seen.add(id);
      const here = from;
      if (node.dtype === 'f32' && flowsTo(node.body, (value) => value === here)) {
        open.push(id);
        if (!needed.has(id) && !isRead(graph, id))
          ends.push(endAt(node, `${node.name} is not used for the loss`, naming));
      } else ends.push(endAt(node, stopIn(node, from, nodes[from]!.name), naming));
    }
  }
  const why =
    ends.length === 0
      ? `No equation that the loss is computed from reads ${name}.`
      : `Every way from ${name} to the loss goes through an operation that passes no gradient on.`;
  return { name, why, ends };
}

const isRead = ({ nodes }: Graph, value: ValueId): boolean =>
  nodes.some((node) => operandsOf(node).includes(value));

function endAt(node: Equation, why: string, naming: Naming): PathEnd {
  const { place } = node.origin;
  return { equation: lineOf(node, naming), ...(place && { place }), why };
}

/** What in an equation keeps the gradient from a value that it reads. */
function stopIn(node: Equation, value: ValueId, name: string): string {
  const by = node.reduce?.by;
  if (by !== undefined && isPositional(by)) {
    return `${by} gives a position, which does not change when ${name} changes a little: its derivative is 0`;
  }
  if (by !== undefined && isLogical(by)) return `${by} gives a truth value, which has no derivative`;
  return (
    stopOnWay(node.body, value, name) ??
    (node.dtype === 'f32'
      ? `${name} only decides which elements take part`
      : `the result is of type ${node.dtype}, which has no derivative`)
  );
}

function stopOnWay(e: Expr, value: ValueId, name: string): string | undefined {
  if (!holdsLoad(e, value)) return undefined;
  if (e.kind === 'call') {
    if (e.fn === 'stop_gradient') return `stop_gradient cuts the way on purpose`;
    if (functions[e.fn].partials === 'zero') {
      return `${e.fn} is constant around almost every point: its derivative is 0`;
    }
  }
  if (
    e.kind === 'select' &&
    holdsLoad(e.condition, value) &&
    !holdsLoad(e.then, value) &&
    !holdsLoad(e.otherwise, value)
  ) {
    return `${name} only decides which branch is taken`;
  }
  if (e.kind === 'load' && e.value !== value) return `${name} is used as a position only`;
  if (e.kind === 'derivative' && !e.rules.some(({ operand }) => holdsLoad(operand, value))) {
    return 'the derivative that the author gave says nothing of it';
  }
  for (const part of childrenOf(e)) {
    const found = stopOnWay(part, value, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function holdsLoad(e: Expr, value: ValueId): boolean {
  if (e.kind === 'load' && e.value === value) return true;
  return childrenOf(e).some((part) => holdsLoad(part, value));
}
