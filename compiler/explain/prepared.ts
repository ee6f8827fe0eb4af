/** A lowered graph and what preparation made of it in; what is said of the equations that it changed, out. */
import type { Graph } from '../ir/graph.ts';
import { isEquation } from '../ir/nodes.ts';
import { structuralKey } from '../scalar/walk.ts';

export const joinedRule =
  'a logarithm and the exponential, softmax or sigmoid in it are taken together (join-logarithms): apart, what rounds to 0 or 1 would be lost';

/** The equations in which a logarithm was joined with what it is taken of, by the name of the whole. */
export function joinedEquations(lowered: Graph, prepared: Graph): ReadonlySet<string> {
  const before = new Map(lowered.nodes.map((node) => [node.name, node] as const));
  return new Set(
    prepared.nodes.flatMap((node) => {
      const old = before.get(node.name);
      if (!isEquation(node) || old === undefined || !isEquation(old)) return [];
      const same = node.body === old.body || structuralKey(node.body) === structuralKey(old.body);
      return same ? [] : [node.origin.within ?? node.name];
    }),
  );
}
