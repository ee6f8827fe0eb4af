/** A graph in; random values for its leaves on which everything is finite, and the values of all nodes, out. */
import { countPoints, elementCount } from '../../runtime/extents.ts';
import type { Graph, Leaf, Node } from '../ir/graph.ts';
import { isComputed, isLeaf, isScalar, loadsOfEquation } from '../ir/nodes.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import type { Expr } from '../scalar/expr.ts';
import { forEach } from '../scalar/walk.ts';

export type NamedValues = ReadonlyMap<string, Tensor64>;

/** The values of all nodes by name; undefined where no data was found on which all are finite. */
export function valuesOf(graph: Graph, given: NamedValues = new Map()): NamedValues | undefined {
  for (const draw of draws) {
    const feeds = new Map([...feedsOf(graph, draw), ...given]);
    const { values } = evaluateGraph(graph, feeds);
    const named = graph.nodes.flatMap((node, id) =>
      values[id] === undefined ? [] : [[node.name, values[id]] as const],
    );
    const usable = graph.nodes.every((node, id) => node.dtype !== 'f32' || allFinite(values[id]));
    if (usable) return new Map(named);
  }
  return undefined;
}

const allFinite = (tensor: Tensor64 | undefined): boolean => tensor?.data.every(Number.isFinite) ?? false;

type Draw = (random: () => number) => number;

/** The standard normal distribution (Box and Muller, 1958); probabilities, for logarithms and roots. */
const draws: readonly Draw[] = [
  (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  (random) => 0.05 + 0.9 * random(),
  (random) => 1 + random(),
];

/** Numbers in 0 … 1, the same in each run: the minimal standard generator of Park and Miller (1988). */
function generator(): () => number {
  let state = 20_241;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function feedsOf(graph: Graph, draw: Draw): NamedValues {
  const random = generator();
  const extents = positionExtents(graph);
  const leaves = graph.nodes.filter(isLeaf);
  return new Map(
    leaves.map((leaf) => {
      const shape = leaf.indices.map(({ extent }) => extent);
      const size = elementCount(shape);
      const below = extents.get(leaf.name) ?? 2;
      const one = (): number => (leaf.dtype === 'f32' ? draw(random) : integer(leaf, below, random));
      return [leaf.name, { shape, data: Float64Array.from({ length: size }, one) }] as const;
    }),
  );
}

/** A step counts from 1. */
const integer = (leaf: Leaf, below: number, random: () => number): number =>
  isScalar(leaf) ? 1 : Math.floor(random() * below);

/** Integer leaves that are used as positions, or compared with an index: how many values they may have. */
function positionExtents({ nodes }: Graph): ReadonlyMap<string, number> {
  const extents = new Map<string, number>();
  const limit = (e: Expr | undefined, extent: number): void => {
    const node: Node | undefined = e?.kind === 'load' ? nodes[e.value] : undefined;
    if (node === undefined || isComputed(node) || node.dtype === 'f32') return;
    extents.set(node.name, Math.min(extents.get(node.name) ?? extent, extent));
  };
  for (const node of nodes) {
    if (!isComputed(node)) continue;
    for (const load of loadsOfEquation(node)) {
      for (const [axis, e] of load.indices.entries()) limit(e, nodes[load.value]!.indices[axis]!.extent);
    }
    const bound = new Map(
      [...node.indices, ...(node.reduce?.indices ?? [])].map((i) => [i.name, i.extent] as const),
    );
    forEach(node.body, (e) => {
      if (e.kind === 'call' && e.fn === 'equal') {
        for (const [a, b] of [e.operands, [...e.operands].reverse()]) {
          const atom = b?.kind === 'index' && b.of.terms.length === 1 ? b.of.terms[0]!.atom : undefined;
          const extent = atom?.kind === 'index' ? bound.get(atom.name) : undefined;
          if (extent !== undefined) limit(a, extent);
        }
      }
    });
  }
  return extents;
}

/** How many evaluations of an element the reference needs for the graph. */
export function workOf({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => {
    if (!isComputed(node)) return sum;
    const points = [...node.indices, ...(node.reduce?.indices ?? [])];
    return sum + countPoints(points);
  }, 0);
}
