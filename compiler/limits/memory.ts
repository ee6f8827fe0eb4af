/** A program in, whether all of its buffers together are more than the target has, out. */

import { countPoints } from '../../runtime/extents.ts';
import { sizeText } from '../../runtime/limits.ts';
import type { Program } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import { shapesOf } from '../fuse/squeeze.ts';
import type { Node } from '../ir/graph.ts';
import { isLeaf } from '../ir/nodes.ts';
import type { Printed } from '../plan/index.ts';
import type { Target } from '../target.ts';
import { allowed, hintFor, type LimitProblem } from './problem.ts';

/** So many of the largest tensors are named. */
const mostNamed = 3;

export function memoryProblems(
  fused: Fused,
  printed: readonly Printed[],
  program: Program,
  target: Target,
): readonly LimitProblem[] {
  const total = program.code.requirements.memory;
  if (target.memory === undefined || total <= target.memory) return [];
  const shapeOf = shapesOf(fused);
  const stored = new Set(
    printed.flatMap(({ scheduled }) => scheduled.bindings.flatMap(({ values }) => values)),
  );
  const [largest, ...next] = fused.graph.nodes
    .map((node, id) => ({ id, node, text: () => tensorText(node, shapeOf(id)) }))
    .filter(({ node, id }) => stored.has(id) || isLeaf(node))
    .sort((a, b) => bytesOf(b.node) - bytesOf(a.node))
    .slice(0, mostNamed);
  return [
    {
      code: 'NN606',
      message:
        `program ${program.name} takes ${sizeText(total)} in ${program.buffers.length} buffers; ` +
        allowed('there is', 'memory', target),
      origin: largest!.node.origin,
      remark: `the largest tensor: ${largest!.text()}`,
      hint: hintFor(
        total,
        'memory',
        'make the batch or the layers smaller (nnc memory shows what takes how much)',
        target,
      ),
      related: next.map(({ node, text }) => ({ origin: node.origin, remark: `then ${text()}` })),
    },
  ];
}

const bytesOf = ({ indices }: Node): number => 4 * countPoints(indices);

const tensorText = (node: Node, shape: readonly number[]): string =>
  `${node.name}: ${node.dtype}[${shape.join(', ')}], ${sizeText(bytesOf(node))}`;
