/** Small questions about the values of a graph that several steps of fusion ask. */

import { countPoints } from '../../runtime/extents.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { isComputed, isEquation } from '../ir/nodes.ts';

export const isPointwise = (node: Node): node is Equation => isEquation(node) && !node.reduce;

/** How many points an equation is evaluated at: its elements times the length of its reduction. */
export const evaluations = (node: Node): number =>
  elements(node) * (isComputed(node) && node.reduce ? countPoints(node.reduce.indices) : 1);

export const elements = (node: Node): number => countPoints(node.indices);

/** Values that must be in memory at the end: results and what updates write. */
export const liveOuts = (graph: Graph): ReadonlySet<ValueId> =>
  new Set([...graph.results.map((r) => r.value), ...graph.updates.map((u) => u.value)]);
