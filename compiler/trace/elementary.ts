/**
 * A graph of numbers in, the same graph with one elementary operation an equation out, as the textbooks write an
 * evaluation trace: `f = ln(x1) + x1*x2` becomes `v1 = ln(x1)`, `v2 = x1*x2`, `f = v1 + v2`.
 *
 * A choice becomes the branch that these numbers take, since the other one takes no part in the evaluation. A
 * value with a `derivative` clause stays whole: its author made it elementary.
 */

import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { keeping, neededFor } from '../ir/needed.ts';
import { isComputed } from '../ir/nodes.ts';
import { printExpr } from '../ir/print.ts';
import { compile } from '../reference/compile.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import { load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { childrenOf, mapChildren, structuralKey } from '../scalar/walk.ts';

export interface Elementary {
  readonly graph: Graph;
  /** By the value in the graph: the names of the equations that it is the value of, as the author wrote them. */
  readonly names: ReadonlyMap<ValueId, readonly string[]>;
  /** By the value in the graph: the branches that were taken on the way to it. */
  readonly notes: ReadonlyMap<ValueId, readonly string[]>;
}

/** Whether every equation of the graph is of a number, without a reduction. */
export const isScalarGraph = ({ nodes }: Graph): boolean =>
  nodes.every((node) => node.indices.length === 0 && !(isComputed(node) && node.reduce));

/** `values` are those of the graph, by position: they tell which branches are taken. */
export function elementary(graph: Graph, values: readonly (Tensor64 | undefined)[]): Elementary {
  const builder = graphBuilder(graph.name);
  const names = new Map<ValueId, readonly string[]>();
  const notes = new Map<ValueId, readonly string[]>();
  const moved = new Map<ValueId, ValueId>();
  for (const [id, node] of graph.nodes.entries()) {
    if (!isComputed(node)) {
      moved.set(id, builder.add(node));
      continue;
    }
    const branches = branchesOf(node, graph, values);
    const rewriter = stepRewriter(moved, branches.taken, (body) => builder.add({ ...node, body }));
    for (const operation of operationsOf(node.body, branches.taken)) rewriter(operation);
    const whole = rewriter(node.body);
    const known = whole.kind === 'load' && whole.indices.length === 0 ? whole.value : undefined;
    const value = known ?? builder.add({ ...node, body: whole });
    moved.set(id, value);
    names.set(value, [...(names.get(value) ?? []), node.name]);
    if (branches.notes.length > 0) notes.set(value, [...(notes.get(value) ?? []), ...branches.notes]);
  }
  const results = graph.results.map((result) => ({ ...result, value: moved.get(result.value)! }));
  return { graph: builder.finish(results, []), names, notes };
}

type Select = Extract<Expr, { kind: 'select' }>;
type Derivative = Extract<Expr, { kind: 'derivative' }>;

interface Branches {
  readonly taken: (e: Select) => Expr;
  /** Filled while branches are taken. */
  readonly notes: readonly string[];
}

function branchesOf(node: Equation, graph: Graph, values: readonly (Tensor64 | undefined)[]): Branches {
  const frame = { point: new Int32Array(0), stamp: 0 };
  const environment = { frame, slots: new Map<string, number>(), values, node, nodes: graph.nodes };
  const known = new Map<Select, Expr>();
  const notes: string[] = [];
  const taken = (e: Select): Expr => {
    const before = known.get(e);
    if (before !== undefined) return before;
    const holds = compile(e.condition, environment)() !== 0;
    const condition = printExpr(e.condition, graph.nodes).replaceAll('%', '');
    notes.push(holds ? condition : `not ${condition}`);
    const branch = holds ? e.then : e.otherwise;
    known.set(e, branch);
    return branch;
  };
  return { taken, notes };
}

/** What takes part in the evaluation of an expression, of what is directly in it. */
function partsOf(e: Expr, taken: (e: Select) => Expr): readonly Expr[] {
  if (e.kind === 'select') return [taken(e)];
  return e.kind === 'derivative' ? e.rules.map(({ operand }) => operand) : childrenOf(e);
}

const isOperation = (e: Expr): boolean => e.kind === 'derivative' || (e.kind === 'call' && e.dtype === 'f32');

/**
 * The f32 operations of an expression, those that need nothing but leaves first, then those that need only these,
 * and so on: so the textbook numbers `sin` before the sum in `a + b - sin(c)`.
 */
function operationsOf(body: Expr, taken: (e: Select) => Expr): readonly Expr[] {
  const heights = new Map<Expr, number>();
  const height = (e: Expr): number => {
    const known = heights.get(e);
    if (known !== undefined) return known;
    const below = Math.max(0, ...partsOf(e, taken).map(height));
    const own = isOperation(e) ? below + 1 : below;
    heights.set(e, own);
    return own;
  };
  height(body);
  return [...heights.keys()].filter(isOperation).sort((a, b) => heights.get(a)! - heights.get(b)!);
}

/** Gives each expression with the operations in it replaced by loads of values, which `add` makes. */
function stepRewriter(
  moved: ReadonlyMap<ValueId, ValueId>,
  taken: (e: Select) => Expr,
  add: (body: Expr) => ValueId,
): (e: Expr) => Expr {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const made = done.get(e) ?? step(e);
    done.set(e, made);
    return made;
  };
  const step = (e: Expr): Expr => {
    if (e.kind === 'load') return load(moved.get(e.value)!, e.dtype, e.indices.map(visit));
    if (e.kind === 'select') return visit(taken(e));
    const own = e.kind === 'derivative' ? overOperands(e, visit, moved) : mapChildren(e, visit);
    return isOperation(e) ? load(add(own), 'f32', []) : own;
  };
  return visit;
}

/** A value with a `derivative` clause over loads of its operands. */
function overOperands(
  e: Derivative,
  visit: (part: Expr) => Expr,
  moved: ReadonlyMap<ValueId, ValueId>,
): Derivative {
  const operands = new Map(e.rules.map(({ operand }) => [structuralKey(operand), visit(operand)] as const));
  const done = new Map<Expr, Expr>();
  const replace = (part: Expr): Expr => {
    const known = done.get(part) ?? operands.get(structuralKey(part));
    if (known !== undefined) return known;
    const made =
      part.kind === 'load'
        ? load(moved.get(part.value)!, part.dtype, part.indices.map(replace))
        : mapChildren(part, replace);
    done.set(part, made);
    return made;
  };
  const rules = e.rules.map(({ operand, partial }) => ({
    operand: replace(operand),
    partial: replace(partial),
  }));
  return { ...e, value: replace(e.value), rules };
}

/** The part of a graph that a value depends on, with that value as its only result. */
export function dependenciesOf(graph: Graph, of: ValueId): Graph {
  const needed = neededFor(graph.nodes, [of]);
  const { nodes, place } = keeping(graph.nodes, (id) => needed.has(id));
  const result = graph.results.find(({ value }) => value === of);
  const { name } = graph.nodes[of]!;
  const only = { name: result?.name ?? name, role: result?.role ?? 'value', value: place(of) } as const;
  return { name: graph.name, nodes, results: [only], updates: [] };
}
