/** A graph in, the boxes of its loops out, for pictures: each around the calls and the values of one recurrence. */
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { isPersistent, operandsOf } from '../../compiler/ir/nodes.ts';
import { printStep } from '../../compiler/ir/origin.ts';
import { rangeText } from '../../compiler/ir/print.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';

export interface LoopBox {
  /** `loop over t = 0 .. 4`; two of one range have numbers. */
  readonly title: string;
  /** How many steps of the path of each of its values stand around it. */
  readonly depth: number;
}

/** By the values that are computed in a loop, and the parameters of the calls in it. */
export function loopBoxes({ nodes }: Graph): ReadonlyMap<ValueId, LoopBox> {
  const seen = new Map<string, number>();
  return new Map(
    recurrencesOf(nodes).flatMap((recurrence) => {
      const text = `loop over ${rangeText(nodes, recurrence)}`;
      const number = (seen.get(text) ?? 0) + 1;
      seen.set(text, number);
      const box = {
        title: number === 1 ? text : `${text} (${number})`,
        depth: commonLength(
          recurrence.members.map((member) => nodes[member]!.origin.path.map((step) => printStep(step))),
        ),
      };
      const own = recurrence.members
        .flatMap((member) => operandsOf(nodes[member]!))
        .filter((id) => isPersistent(nodes[id]!) && nodes[id]!.origin.path.length > box.depth);
      return [...recurrence.members, ...own].map((id) => [id, box] as const);
    }),
  );
}

/** A path with its loop in it. */
export const withLoop = <T>(
  path: readonly T[],
  loop: LoopBox | undefined,
  step: (title: string) => T,
): readonly T[] => (loop === undefined ? path : path.toSpliced(loop.depth, 0, step(loop.title)));

/** How many steps all paths begin with. */
function commonLength([first = [], ...others]: readonly (readonly string[])[]): number {
  const differs = first.findIndex((step, k) => others.some((path) => path[k] !== step));
  return differs < 0 ? first.length : differs;
}
