/**
 * Fused kernels in; the tensors that no buffer of the target holds, and walks that no 32-bit position counts, out.
 *
 * Only what is stored takes memory: a tensor that lives in its reader's kernel may be of any size.
 */

import { countPoints, elementCount } from '../../runtime/extents.ts';
import { sizeText } from '../../runtime/limits.ts';
import type { Fused } from '../fuse/index.ts';
import { type Kernel, storedShape } from '../fuse/kernel.ts';
import { shapesOf } from '../fuse/squeeze.ts';
import type { Index, Node, ValueId } from '../ir/graph.ts';
import { isLeaf } from '../ir/nodes.ts';
import { loadsOf } from '../scalar/walk.ts';
import type { Target } from '../target.ts';
import { allowed, hintFor, type LimitProblem } from './problem.ts';

/** Positions are 32-bit integers, and some are compared as signed ones. */
export const mostPositions = 2 ** 31 - 1;

export interface TensorProblems {
  readonly problems: readonly LimitProblem[];
  /** The kernels that read and write none of the tensors which are too large. */
  readonly others: readonly Kernel[];
}

export function tensorProblems(fused: Fused, target: Target): TensorProblems {
  const { graph, kernels, values } = fused;
  const largest = Math.min(target.largestBinding, target.largestBuffer);
  const shapeOf = shapesOf(fused);
  const stored = new Set([
    ...graph.nodes.flatMap((node, id) => (isLeaf(node) ? [id] : [])),
    ...kernels.flatMap(({ stores }) => stores),
  ]);
  const large = [...stored]
    .map((id): Stored => {
      const elements = elementCount(storedShape(values.get(id)!));
      return { id, node: graph.nodes[id]!, elements, shape: shapeOf(id) };
    })
    .filter(({ elements }) => elements > mostPositions || 4 * elements > largest);
  const problems = groupBy(large, ({ node }) => placeKey(node)).map(([first, ...others]) =>
    tensorProblem(
      first!,
      others.map(({ node }) => node),
      largest,
      target,
    ),
  );
  const walks = kernels.flatMap((kernel): readonly LimitProblem[] => {
    const columns = countPoints(kernel.columns);
    if (columns <= mostPositions) return [];
    const step = kernel.steps.find(({ level }) => level === 'reduce') ?? kernel.steps[0]!;
    return [
      {
        code: 'NN607',
        message: `${step.name} reduces ${columns} elements; a position is at most ${mostPositions}`,
        origin: step.origin,
        remark: shapeText(kernel.columns),
        hint: 'reduce over one index at a time, each in an equation of its own',
        related: [],
      },
    ];
  });
  const tooLarge = new Set(large.map(({ id }) => id));
  const others = kernels.filter(
    (kernel) => countPoints(kernel.columns) <= mostPositions && !touches(kernel, tooLarge),
  );
  return { problems: [...problems, ...walks], others };
}

interface Stored {
  readonly id: ValueId;
  readonly node: Node;
  /** In memory. */
  readonly elements: number;
  /** As the author has it. */
  readonly shape: readonly number[];
}

const touches = ({ steps, stores }: Kernel, values: ReadonlySet<ValueId>): boolean =>
  values.size > 0 &&
  (stores.some((value) => values.has(value)) ||
    steps.some(({ guards, body }) =>
      [...guards, body].some((expr) => loadsOf(expr).some(({ value }) => values.has(value))),
    ));

function tensorProblem(
  { node, elements, shape }: Stored,
  others: readonly Node[],
  largest: number,
  target: Target,
): LimitProblem {
  const bytes = 4 * elements;
  const tensor = `${node.name}: ${node.dtype}[${shape.join(', ')}]`;
  const also =
    others.length === 0
      ? ''
      : `; so ${others.length === 1 ? 'is' : 'are'} ${listText(others.map(({ name }) => name))}`;
  const where = { origin: node.origin, related: [] };
  if (bytes <= largest) {
    return {
      ...where,
      code: 'NN607',
      message: `${tensor} has ${bytes / 4} elements; a position is at most ${mostPositions}`,
      remark: `too many to count${also}`,
      hint: 'make one of its dimensions smaller (a smaller batch), or split it',
    };
  }
  const limit = target.largestBinding <= target.largestBuffer ? 'largestBinding' : 'largestBuffer';
  return {
    ...where,
    code: 'NN601',
    message: `${tensor} takes ${sizeText(bytes)}; ${allowed('one tensor is at most', limit, target)}`,
    remark: `${bytes} bytes, at most ${largest}${also}`,
    hint: hintFor(bytes, limit, 'make one of its dimensions smaller (a smaller batch), or split it', target),
  };
}

const shapeText = (indices: readonly Index[]): string =>
  indices.map(({ name, extent }) => `${name}: ${extent}`).join(', ');

/** A tensor and its gradient come from one place. */
const placeKey = ({ name, origin: { place } }: Node): string =>
  place === undefined ? name : `${place.file}:${place.line}:${place.column}`;

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

const mostNamed = 4;

const listText = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;
