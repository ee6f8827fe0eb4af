/**
 * A formula of one number and the point where it is looked at in; its derivative in four ways, with what each costs
 * and how wrong it is, out. After Baydin, Pearlmutter, Radul and Siskind, "Automatic Differentiation in Machine
 * Learning: a Survey" (2018), figure 2.
 */

import { rangesOf } from '../index/query.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { neededFor } from '../ir/needed.ts';
import { isComputed } from '../ir/nodes.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { loadsOf } from '../scalar/walk.ts';
import { dependenciesOf, trace } from '../trace/index.ts';
import {
  operations,
  symbolicDerivative,
  withoutClauses,
  writtenOperations,
  writtenOut,
  writtenSize,
} from './symbolic.ts';

export type Feeds = ReadonlyMap<string, Tensor64>;

/** One way to the derivative. */
export interface Way {
  readonly derivative: number;
  readonly operations: number;
  /** Numbers that are kept from the forward pass. */
  readonly kept: number;
}

/** The error of both differences, relative to the derivative, for one step. */
export interface StepError {
  readonly step: number;
  readonly forward: number;
  readonly central: number;
}

/** How one value of the chain grows when it, or its derivative, is written out. */
export interface Growth {
  readonly name: string;
  readonly value: Expr;
  readonly derivative: Expr;
  /** Constants, variables and operations. */
  readonly valueSize: number;
  readonly derivativeSize: number;
  /** After simplification; absent where that is too large to try. */
  readonly simplified?: Expr;
  readonly simplifiedSize?: number;
  /** Operations of the value and its derivative with sharing: the forward and the reverse pass. */
  readonly automatic: number;
}

export interface Comparison {
  readonly value: number;
  readonly byHand?: Way;
  readonly numerical: Way & { readonly step: number };
  readonly symbolic: Way;
  readonly automatic: Way;
  readonly steps: readonly StepError[];
  readonly growth: readonly Growth[];
  /** The graph that expressions speak of. */
  readonly graph: Graph;
}

export interface ComparisonOptions {
  /** The number that is differentiated, and the leaf it is differentiated by. */
  readonly of: ValueId;
  readonly wrt: ValueId;
  /** A number that the author says is the derivative. */
  readonly hand?: ValueId;
}

/** Larger expressions are not simplified: it would take long, and nobody reads them. */
const largestToSimplify = 3000;

/** All equations of the graph are of numbers; it has no gradient nodes. */
export function compareDerivatives(
  graph: Graph,
  feeds: Feeds,
  { of, wrt, hand }: ComparisonOptions,
): Comparison {
  const plain: Graph = {
    ...graph,
    nodes: graph.nodes.map((n) => (isComputed(n) ? { ...n, body: withoutClauses(n.body) } : n)),
  };
  const leaf = graph.nodes[wrt]!.name;
  const valueAt = (x: number): number => {
    const at = new Map([...feeds, [leaf, { shape: [], data: Float64Array.of(x) }]]);
    return evaluateGraph(plain, at).values[of]!.data[0]!;
  };
  const x = feeds.get(leaf)!.data[0]!;
  const automatic = automaticWay(plain, of, leaf, feeds);
  const steps = stepErrors(valueAt, x, automatic.derivative);
  const best = steps.reduce((a, b) => (b.central < a.central ? b : a));
  const forward = operations(withoutClauses(writtenOut(plain, of)));
  const symbolic = symbolicDerivative(writtenOut(plain, of), wrt);
  const byHand = handWay(graph, of, leaf, hand, feeds);
  return {
    value: valueAt(x),
    ...(byHand && { byHand }),
    numerical: {
      derivative: (valueAt(x + best.step) - valueAt(x - best.step)) / (2 * best.step),
      operations: 2 * forward + 2,
      kept: 0,
      step: best.step,
    },
    symbolic: {
      derivative: evaluated(plain, symbolic, feeds),
      operations: writtenOperations(symbolic),
      kept: 0,
    },
    automatic,
    steps,
    growth: growthOf(plain, wrt, hand, feeds),
    graph: plain,
  };
}

/** The reverse pass, counted in the trace of its elementary operations. */
function automaticWay(graph: Graph, of: ValueId, leaf: string, feeds: Feeds): Way {
  const made = trace(dependenciesOf(graph, of), feeds);
  const { values } = evaluateGraph(made.graph, feeds);
  const steps = new Set(made.steps.map(({ value }) => value));
  const last = made.adjoints.findLast(({ target }) => made.graph.nodes[target]!.name === leaf);
  const kept = new Set<ValueId>();
  let count = 0;
  made.graph.nodes.forEach((node, id) => {
    if (!isComputed(node)) return;
    count += operations(node.body);
    if (steps.has(id)) return;
    for (const { value } of loadsOf(node.body)) if (steps.has(value)) kept.add(value);
  });
  return {
    derivative: last === undefined ? 0 : values[last.total]!.data[0]!,
    operations: count,
    kept: kept.size,
  };
}

/** What the author says: a number of the model, or the `derivative` clauses on the way. */
function handWay(
  graph: Graph,
  of: ValueId,
  leaf: string,
  hand: ValueId | undefined,
  feeds: Feeds,
): Way | undefined {
  if (hand !== undefined) {
    const part = dependenciesOf(graph, hand);
    const derivative = evaluateGraph(part, feeds).values[part.results[0]!.value]!.data[0]!;
    return { derivative, operations: operationsOf(part), kept: 0 };
  }
  const part = dependenciesOf(graph, of);
  const hasClause = part.nodes.some((n) => isComputed(n) && withoutClauses(n.body) !== n.body);
  return hasClause ? automaticWay(graph, of, leaf, feeds) : undefined;
}

const operationsOf = ({ nodes }: Graph): number =>
  nodes.reduce((sum, node) => (isComputed(node) ? sum + operations(node.body) : sum), 0);

/** Steps from a tenth down to where rounding leaves nothing. */
function stepErrors(valueAt: (x: number) => number, x: number, derivative: number): readonly StepError[] {
  const scale = Math.max(Math.abs(derivative), 1e-300);
  return Array.from({ length: 16 }, (_, k): StepError => {
    const step = 10 ** -(k + 1);
    const forward = (valueAt(x + step) - valueAt(x)) / step;
    const central = (valueAt(x + step) - valueAt(x - step)) / (2 * step);
    return {
      step,
      forward: Math.abs(forward - derivative) / scale,
      central: Math.abs(central - derivative) / scale,
    };
  });
}

function evaluated(graph: Graph, body: Expr, feeds: Feeds): number {
  const { origin } = graph.nodes[0]!;
  const equation: Equation = { kind: 'equation', name: 'symbolic', dtype: 'f32', indices: [], body, origin };
  const whole = { ...graph, nodes: [...graph.nodes, equation], results: [], updates: [] };
  return evaluateGraph(whole, feeds).values.at(-1)!.data[0]!;
}

/** Every equation that depends on the leaf, in order; not those that only the formula by hand needs. */
function growthOf(graph: Graph, wrt: ValueId, hand: ValueId | undefined, feeds: Feeds): readonly Growth[] {
  const wanted = neededFor(
    graph.nodes,
    graph.results.map(({ value }) => value).filter((value) => value !== hand),
  );
  const leaf = graph.nodes[wrt]!.name;
  return graph.nodes.flatMap((node, id): readonly Growth[] => {
    if (!isComputed(node) || node.dtype !== 'f32' || !wanted.has(id)) return [];
    const value = writtenOut(graph, id);
    if (!loadsOf(value).some((l) => l.value === wrt)) return [];
    const derivative = symbolicDerivative(value, wrt);
    const size = writtenSize(derivative);
    const simplified = size > largestToSimplify ? undefined : simplify(derivative, rangesOf([]));
    return [
      {
        name: node.name,
        value,
        derivative,
        valueSize: writtenSize(value),
        derivativeSize: size,
        ...(simplified && { simplified, simplifiedSize: writtenSize(simplified) }),
        automatic: automaticWay(graph, id, leaf, feeds).operations,
      },
    ];
  });
}
