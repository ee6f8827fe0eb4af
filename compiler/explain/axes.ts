/**
 * A graph in; the same with axes that keep their names from one value to the next, out.
 *
 * Each layer and function of the prelude has letters of its own: what a model calls the outputs o of a layer would be the
 * classes c of a softmax and the columns i of the layer behind it. Where an equation of a layer reads a value at an index of
 * its own, the axis has the name that it has there. Equations of the model itself keep their letters, and so do the steps of
 * a recurrence, which share the letter that they go along.
 */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { blocksOf } from '../ir/components.ts';
import { mapExpressions } from '../ir/equation.ts';
import type { Equation, Graph, Index, Node } from '../ir/graph.ts';
import { isEquation, isPersistent, loadsOfEquation } from '../ir/nodes.ts';
import type { Expr } from '../scalar/expr.ts';
import { bareVariable, substituteIndices } from '../scalar/walk.ts';

export function withKeptAxes(graph: Graph): Graph {
  const recurrent = new Set(
    blocksOf(graph.nodes).flatMap(({ members, isRecurrence }) => (isRecurrence ? members : [])),
  );
  const nodes: Node[] = [];
  for (const [id, node] of graph.nodes.entries()) {
    const isOwn = !isEquation(node) || !node.name.includes('.') || recurrent.has(id);
    nodes.push(isOwn ? node : renamed(node, nodes));
  }
  return { ...graph, nodes };
}

function renamed(equation: Equation, before: readonly Node[]): Equation {
  const names = namesFor(equation, before);
  if (names.size === 0) return equation;
  const indices = equation.indices.map(({ name, extent }) => ({ name: names.get(name) ?? name, extent }));
  const map = new Map([...names].map(([name, to]) => [name, variable(to)] as const));
  const ranges = rangesOf([...indices, ...(equation.reduce?.indices ?? [])]);
  return { ...mapExpressions(equation, (expr) => substituteIndices(expr, map, ranges)), indices };
}

/** The letters of the first value that is read element by element; none where they mean something else here. */
function namesFor(equation: Equation, before: readonly Node[]): ReadonlyMap<string, string> {
  const { indices, reduce } = equation;
  const source = loadsOfEquation(equation)
    .filter(({ indices: at }) => isOwnPlace(at, indices))
    .map(({ value }) => before[value]!)
    .find((node) => !isPersistent(node));
  const renames = (source?.indices ?? []).map(({ name }, k) => [indices[k]!.name, name] as const);
  const bound = new Set(reduce?.indices.map(({ name }) => name));
  return new Map(renames.some(([, to]) => bound.has(to)) ? [] : renames.filter(([from, to]) => from !== to));
}

const isOwnPlace = (at: readonly Expr[], indices: readonly Index[]): boolean =>
  at.length === indices.length && at.every((e, k) => bareVariable(e) === indices[k]!.name);
