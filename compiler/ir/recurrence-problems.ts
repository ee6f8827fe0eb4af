/**
 * Nodes in; what makes their cycles no recurrence out, in sentences that name both loads: the one at fault, and the one
 * by which its value comes back.
 */
import { asAffine } from '../scalar/build.ts';
import { componentsOf, type Span, spansOf } from './components.ts';
import type { Node, ValueId } from './graph.ts';
import { loadsOfNode } from './nodes.ts';
import { printExpr } from './print.ts';
import { type Direction, distanceOf, type Reference, recurrenceOf, referencesIn } from './recurrences.ts';

/** Each starts with the node that it is about; empty where every load of a later node is a recurrence's. */
export const recurrenceProblems = (nodes: readonly Node[]): readonly string[] =>
  spansOf(nodes).flatMap((span) => spanProblems(nodes, span));

function spanProblems(nodes: readonly Node[], span: Span): readonly string[] {
  const components = componentsOf(nodes, span);
  const of = new Map(components.flatMap((members) => members.map((id) => [id, members] as const)));
  const astray = [...of.keys()].flatMap((id) => {
    const node = nodes[id]!;
    const later = loadsOfNode(node).filter(({ value }) => value > id && of.get(value) !== of.get(id));
    return later.map(({ value }) => `%${node.name}: a load of %${nodes[value]!.name}, which is not earlier`);
  });
  if (astray.length > 0) return astray;
  const [whole, ...others] = components.toSorted((a, b) => b.length - a.length);
  if (others.length > 0) {
    const ends = `%${nodes[whole![0]!]!.name} and %${nodes[whole!.at(-1)!]!.name}`;
    return others
      .flat()
      .map((id) => `%${nodes[id]!.name}: stands among ${ends}, which need each other, and is not needed so`);
  }
  const members = whole!;
  const recurrence = recurrenceOf(nodes, members, referencesIn(nodes, members));
  if (recurrence === undefined) return [componentProblem(nodes, members)];
  if (recurrence.extent > 1) return [];
  const first = nodes[members[0]!]!;
  return [`%${first.name}: a recurrence over ${recurrence.extent} position: nothing comes back`];
}

/** One way to walk a component, and the loads that do not fit it. */
interface Attempt {
  readonly axes: ReadonlyMap<ValueId, number>;
  readonly direction: Direction;
  readonly unfit: readonly Reference[];
}

/** Why members that need each other are no recurrence. */
export function componentProblem(nodes: readonly Node[], members: readonly ValueId[]): string {
  const references = referencesIn(nodes, members);
  const first = nodes[members[0]!]!;
  const attempts = first.indices.flatMap((_, axis) =>
    (['forward', 'backward'] as const).map((direction) =>
      attempt(nodes, members, references, axis, direction),
    ),
  );
  if (attempts.length === 0) return `%${first.name}: needs itself, and has no index to be computed along`;
  const best = attempts.reduce((a, b) => (b.unfit.length < a.unfit.length ? b : a));
  const fault = best.unfit[0] ?? references[0];
  if (fault === undefined) return `%${first.name}: needs itself`;
  const text = ({ load }: Reference): string => printExpr(load, nodes);
  const back = wayBack(references, fault);
  const by =
    back === undefined ? 'itself' : `which needs it by ${text(back)} in %${nodes[back.reader]!.name}`;
  return `%${nodes[fault.reader]!.name}: reads ${text(fault)}, ${by}; ${reasonFor(nodes, best, fault)}`;
}

function attempt(
  nodes: readonly Node[],
  members: readonly ValueId[],
  references: readonly Reference[],
  axis: number,
  direction: Direction,
): Attempt {
  const axes = new Map<ValueId, number>([[members[0]!, axis]]);
  const unfit = new Set<Reference>();
  // What is known of one end of a load gives the other; each round knows one member more.
  for (let known = 0; known < axes.size; ) {
    known = axes.size;
    for (const reference of references) {
      const { reader, load } = reference;
      const [from, to] = [axes.get(reader), axes.get(load.value)];
      const fits = (a: number, b: number): boolean =>
        distanceOf(nodes, reference, a, b, direction) !== undefined;
      if (from !== undefined && to === undefined) {
        const found = [...nodes[load.value]!.indices.keys()].find((b) => fits(from, b));
        if (found !== undefined) axes.set(load.value, found);
      } else if (from === undefined && to !== undefined) {
        const found = [...nodes[reader]!.indices.keys()].find((a) => fits(a, to));
        if (found !== undefined) axes.set(reader, found);
      }
    }
  }
  for (const reference of references) {
    const { reader, load } = reference;
    const [from, to] = [axes.get(reader), axes.get(load.value)];
    const distance =
      from === undefined || to === undefined ? undefined : distanceOf(nodes, reference, from, to, direction);
    const sameButLater = distance?.nearest === 0 && load.value >= reader;
    if (distance === undefined || sameButLater) unfit.add(reference);
  }
  return { axes, direction, unfit: [...unfit] };
}

/** A load on a shortest way from what is read back to its reader: the last of it. */
function wayBack(references: readonly Reference[], fault: Reference): Reference | undefined {
  const seen = new Set<ValueId>([fault.reader]);
  let edge = [fault.reader];
  if (fault.load.value === fault.reader)
    return references.find((other) => other !== fault && other.reader === fault.reader);
  while (edge.length > 0) {
    const next: ValueId[] = [];
    for (const reference of references) {
      if (!edge.includes(reference.load.value) || seen.has(reference.reader)) continue;
      if (reference.reader === fault.load.value) return reference;
      seen.add(reference.reader);
      next.push(reference.reader);
    }
    edge = next;
  }
  return undefined;
}

function reasonFor(nodes: readonly Node[], { axes, direction }: Attempt, fault: Reference): string {
  const { reader, load } = fault;
  const [from, to] = [axes.get(reader), axes.get(load.value)];
  const own = from === undefined ? undefined : nodes[reader]!.indices[from];
  const read = to === undefined ? undefined : nodes[load.value]!.indices[to];
  if (from === undefined || own === undefined) return 'no index of it goes along with theirs';
  if (to === undefined || read === undefined) return `at no position of ${own.name}, or an earlier one`;
  if (own.extent !== read.extent)
    return `${own.name} has ${own.extent} positions, and ${read.name} ${read.extent}`;
  const distance = distanceOf(nodes, fault, from, to, direction);
  if (distance !== undefined)
    return `${distance.farthest > 0 ? 'perhaps ' : ''}at the same position of ${own.name}: a cycle within it`;
  const at = load.indices[to]!;
  const other = direction === 'forward' ? 'backward' : 'forward';
  if (distanceOf(nodes, fault, from, to, other) !== undefined)
    return `a ${direction === 'forward' ? 'later' : 'earlier'} position of ${own.name}, where others read ${direction === 'forward' ? 'earlier' : 'later'} ones`;
  const position = printExpr(at, nodes);
  if (asAffine(at) === undefined) return `${position} is data, and may be any position of ${own.name}`;
  return `${position} is not proven to be before ${own.name}`;
}
