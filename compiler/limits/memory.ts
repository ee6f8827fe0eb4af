/** A program in, whether all of its buffers together are more than the target has, out. */

import { countPoints } from '../../runtime/extents.ts';
import { sizeText } from '../../runtime/limits.ts';
import type { Program } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import type { Node } from '../ir/graph.ts';
import { isLeaf } from '../ir/nodes.ts';
import type { Printed } from '../plan/index.ts';
import type { Target } from '../target.ts';
import { allowed, hintFor, type LimitProblem } from './problem.ts';

/** So many of the largest tensors are named. */
const mostNamed = 3;

export function memoryProblems(
  { graph }: Fused,
  printed: readonly Printed[],
  program: Program,
  target: Target,
): readonly LimitProblem[] {
  const total = program.code.requirements.memory;
  if (target.memory === undefined || total <= target.memory) return [];
  const stored = new Set(
    printed.flatMap(({ scheduled }) => scheduled.bindings.flatMap(({ values }) => values)),
  );
  const [largest, ...next] = graph.nodes
    .filter((node, id) => stored.has(id) || isLeaf(node))
    .sort((a, b) => bytesOf(b) - bytesOf(a))
    .slice(0, mostNamed);
  return [
    {
      code: 'NN606',
      message:
        `program ${program.name} takes ${sizeText(total)} in ${program.buffers.length} buffers; ` +
        allowed('there is', 'memory', target),
      origin: largest!.origin,
      remark: `the largest tensor: ${tensorText(largest!)}`,
      hint: hintFor(
        total,
        'memory',
        'make the batch or the layers smaller (nnc memory shows what takes how much)',
        target,
      ),
      related: next.map((node) => ({ origin: node.origin, remark: `then ${tensorText(node)}` })),
    },
  ];
}

const bytesOf = ({ indices }: Node): number => 4 * countPoints(indices);

const tensorText = (node: Node): string =>
  `${node.name}: ${node.dtype}[${node.indices.map(({ extent }) => extent).join(', ')}], ${sizeText(bytesOf(node))}`;
