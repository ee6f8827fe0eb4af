/**
 * A graph that fails and a question whether a graph still fails in; a smaller graph that still does, out.
 *
 * Results and updates are dropped, equations become leaves that hold their values, bodies become one of their parts,
 * guards go: one change after the other, as long as any is left that keeps the failure.
 */
import { arranged } from '../../compiler/ir/arrange.ts';
import type { Equation, Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { mapOperands, operandsOf } from '../../compiler/ir/nodes.ts';
import { namedIn } from '../../compiler/ir/origin.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { withEnds } from '../../compiler/passes/rebuild.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { childrenOf } from '../../compiler/scalar/walk.ts';
import type { RandomGraph } from './random-graph.ts';

/** `fails` is asked for valid graphs only. At most `tries` are tried. */
export function shrink(
  start: RandomGraph,
  fails: (candidate: RandomGraph) => boolean,
  tries = 600,
): RandomGraph {
  let best = start;
  let left = tries;
  const better = (candidate: RandomGraph): boolean => {
    if (left-- <= 0 || !isValid(candidate) || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (const change of changesOf(best)) {
      const candidate = made(change);
      if (candidate === undefined || !better(candidate)) continue;
      changed = true;
      break;
    }
  }
  return best;
}

/** What a change gives; nothing where it leaves equations that need each other at one position. */
function made(change: () => RandomGraph): RandomGraph | undefined {
  try {
    return change();
  } catch {
    return undefined;
  }
}

/** Has it something to compute, and values for all that it reads? */
function isValid({ graph, feeds }: RandomGraph): boolean {
  if (graph.results.length + graph.updates.length === 0) return false;
  if (verify(graph, { gone: namedIn(graph.nodes) }).length > 0) return false;
  try {
    evaluateGraph(graph, feeds);
    return true;
  } catch {
    return false;
  }
}

/** Ways to make it smaller, the largest steps first. */
function changesOf({ graph, feeds }: RandomGraph): readonly (() => RandomGraph)[] {
  const without = <T>(list: readonly T[], k: number): readonly T[] => list.filter((_, at) => at !== k);
  const kept = (smaller: Graph): RandomGraph => tidy({ graph: smaller, feeds });
  const ends = [
    ...graph.updates.map((_, k) => () => kept({ ...graph, updates: without(graph.updates, k) })),
    ...graph.results.map((_, k) => () => kept({ ...graph, results: without(graph.results, k) })),
  ];
  const leaves = graph.nodes.flatMap((node, id) =>
    node.kind === 'equation' ? [() => tidy(asLeaf({ graph, feeds }, id))] : [],
  );
  const bodies = graph.nodes.flatMap((node, id) =>
    node.kind === 'equation'
      ? smallerEquations(node).map((smaller) => () => {
          const nodes = graph.nodes.map((other, k) => (k === id ? smaller : other));
          return kept({ ...graph, nodes });
        })
      : [],
  );
  return [...ends, ...leaves.toReversed(), ...bodies];
}

function smallerEquations(node: Equation): readonly Equation[] {
  const parts = childrenOf(node.body).filter(({ dtype }) => dtype === node.body.dtype);
  const bodies = parts.map((body): Equation => ({ ...node, body }));
  const { reduce } = node;
  if (reduce === undefined || reduce.guards.length === 0) return bodies;
  return [...bodies, { ...node, reduce: { ...reduce, guards: [] } }];
}

/** The equation as an input that holds what the equation gives. */
function asLeaf({ graph, feeds }: RandomGraph, id: number): RandomGraph {
  const { name, dtype, indices, origin } = graph.nodes[id]!;
  const leaf: Node = { kind: 'input', name, dtype, indices, origin };
  const value = evaluateGraph(graph, feeds).values[id]!;
  return {
    graph: { ...graph, nodes: graph.nodes.map((node, k) => (k === id ? leaf : node)) },
    feeds: new Map<string, Tensor64>([...feeds, [name, value]]),
  };
}

/** Without what nothing needs, leaves too; what is no recurrence any more stands where it may. */
function tidy({ graph, feeds }: RandomGraph): RandomGraph {
  const needed = new Set<ValueId>();
  const open = [
    ...graph.results.map(({ value }) => value),
    ...graph.updates.flatMap(({ value, target }) => [value, target]),
  ];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    open.push(...operandsOf(graph.nodes[id]!));
  }
  const kept = [...needed].sort((x, y) => x - y);
  const moved = new Map(kept.map((id, k) => [id, k] as const));
  const { nodes, place } = arranged(
    kept.map((id) => mapOperands(graph.nodes[id]!, (value) => moved.get(value)!)),
  );
  return { graph: withEnds(graph, nodes, (id) => place(moved.get(id)!)), feeds };
}
