/** A program in, whether all of its buffers together are more than the target has, out. */

import { elementCount } from '../../runtime/extents.ts';
import { sizeText } from '../../runtime/limits.ts';
import { type Program, programBytes } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import { storedShape } from '../fuse/kernel.ts';
import { shapesOf } from '../fuse/squeeze.ts';
import type { Node, ValueId } from '../ir/graph.ts';
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
  const total = programBytes(program);
  if (target.memory === undefined || total <= target.memory) return [];
  const shapeOf = shapesOf(fused);
  const stored = new Set(
    printed.flatMap(({ scheduled }) => scheduled.bindings.flatMap(({ values }) => values)),
  );
  const [largest, ...next] = fused.graph.nodes
    .map((node, id): Stored => {
      const bytes = 4 * elementCount(storedShape(fused.values.get(id)!));
      return { id, node, bytes, shape: shapeOf(id) };
    })
    .filter(({ node, id }) => stored.has(id) || isLeaf(node))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, mostNamed);
  return [
    {
      code: 'NN606',
      message:
        `program ${program.name} takes ${sizeText(total)} in ${program.buffers.length} buffers; ` +
        allowed('there is', 'memory', target),
      origin: largest!.node.origin,
      remark: `the largest tensor: ${tensorText(largest!)}`,
      hint: hintFor(
        total,
        'memory',
        'make the batch or the layers smaller (nnc memory shows what takes how much)',
        target,
      ),
      related: next.map((one) => ({ origin: one.node.origin, remark: `then ${tensorText(one)}` })),
    },
  ];
}

interface Stored {
  readonly id: ValueId;
  readonly node: Node;
  readonly bytes: number;
  /** As the author has it. */
  readonly shape: readonly number[];
}

const tensorText = ({ node, bytes, shape }: Stored): string =>
  `${node.name}: ${node.dtype}[${shape.join(', ')}], ${sizeText(bytes)}`;
