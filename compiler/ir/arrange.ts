/**
 * Nodes in any order in; the same in an order that a graph may have, out: each node after those that it reads, the
 * members of a recurrence together, in the order in which one position computes them, and nothing among them that is
 * on no cycle. Otherwise nodes stay where they are.
 */
import { InternalError } from '../internal-error.ts';
import { constant } from '../scalar/build.ts';
import { keyTable } from '../scalar/walk.ts';
import { componentsOf, type Span, spansOf } from './components.ts';
import { mapLoads } from './equation.ts';
import type { Node, ValueId } from './graph.ts';
import { isComputed, loadsOfNode, mapOperands } from './nodes.ts';
import { componentProblem } from './recurrence-problems.ts';
import { type Reference, recurrenceOf, referencesIn } from './recurrences.ts';

export interface Arranged {
  readonly nodes: readonly Node[];
  /** Where a node stands now. */
  readonly place: (id: ValueId) => ValueId;
}

/**
 * The nodes from `from` on arranged; those before stay. A load of a recurrence that no position evaluates becomes 0:
 * with one position there is none that does, and so no recurrence.
 */
export function arranged(given: readonly Node[], from: ValueId = 0): Arranged {
  if (spansOf(given, from).length === 0) return { nodes: given, place: (id) => id };
  const span: Span = { first: from, last: given.length - 1 };
  const nodes = [...given];
  for (;;) {
    const order: ValueId[] = [];
    let changed = false;
    for (const members of componentsOf(nodes, span)) {
      if (!isCycle(nodes, members)) {
        order.push(...members);
        continue;
      }
      const references = referencesIn(nodes, members);
      if (dropUnevaluated(nodes, members, references)) changed = true;
      else order.push(...inOrder(nodes, members, references));
    }
    if (!changed) return placed(nodes, from, order);
  }
}

const isCycle = (nodes: readonly Node[], [first, ...others]: readonly ValueId[]): boolean =>
  others.length > 0 || loadsOfNode(nodes[first!]!).some(({ value }) => value === first);

function inOrder(
  nodes: readonly Node[],
  members: readonly ValueId[],
  references: readonly Reference[],
): readonly ValueId[] {
  const recurrence = recurrenceOf(nodes, members, references, true);
  if (recurrence !== undefined) return recurrence.members;
  throw new InternalError(componentProblem(nodes, members), {
    pass: 'ir/arrange',
    node: nodes[members[0]!]!.name,
  });
}

/** Whether there was a load of a member in a member that is never evaluated. */
function dropUnevaluated(
  nodes: Node[],
  members: readonly ValueId[],
  references: readonly Reference[],
): boolean {
  const inside = new Set(members);
  let dropped = false;
  for (const id of members) {
    const node = nodes[id]!;
    if (!isComputed(node)) continue;
    const { keyOf } = keyTable();
    const evaluated = new Set(references.flatMap(({ reader, load }) => (reader === id ? [keyOf(load)] : [])));
    nodes[id] = mapLoads(node, (load) =>
      !inside.has(load.value) || evaluated.has(keyOf(load)) ? load : constant(0, load.dtype),
    );
    dropped ||= nodes[id] !== node;
  }
  return dropped;
}

function placed(nodes: readonly Node[], from: ValueId, order: readonly ValueId[]): Arranged {
  const places = new Map(order.map((id, k) => [id, from + k] as const));
  const place = (id: ValueId): ValueId => places.get(id) ?? id;
  return {
    nodes: [...nodes.slice(0, from), ...order.map((id) => mapOperands(nodes[id]!, place))],
    place,
  };
}
