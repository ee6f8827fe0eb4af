/**
 * The reference: a graph and the values of its leaves in, the value of every node out. A plain f64
 * interpreter, one equation after the other, one element after the other: the meaning of a graph. The equations of a
 * recurrence are evaluated together, one position after the other.
 */

import { elementCount } from '../../runtime/extents.ts';
import { InternalError } from '../internal-error.ts';
import type { Equation, Graph, Index, Leaf, Node } from '../ir/graph.ts';
import { asComputed, isScalar, matchNode } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import { type Recurrence, recurrencesOf } from '../ir/recurrences.ts';
import { identityOf, type ReducerName, reducers } from '../ir/reducers.ts';
import type { DType } from '../scalar/expr.ts';
import { type FunctionName, functions } from '../scalar/functions.ts';
import { compile, type Frame } from './compile.ts';
import type { Tensor64 } from './tensor.ts';

export type { Tensor64 } from './tensor.ts';

export interface Evaluation {
  /** By position in the graph; undefined for a `gradient`, which has no value before it is expanded. */
  readonly values: readonly (Tensor64 | undefined)[];
  /** By the result's name. */
  readonly results: ReadonlyMap<string, Tensor64>;
  /** What each param or state takes at the end, by its name. */
  readonly updates: ReadonlyMap<string, Tensor64>;
}

const shapeOf = (indices: readonly Index[]): readonly number[] => indices.map(({ extent }) => extent);

/** What equations read of one before them in the place of its value, which a member of a recurrence does not have yet. */
export interface Measured {
  readonly get: (name: string, value?: Tensor64) => ArrayLike<number> | undefined;
}

/**
 * `feeds` gives every leaf by its name, the scalars `step` and `key` too. What was `measured` of an equation, by its name, is what the
 * equations after it read in the place of its value: so each is evaluated on its own.
 */
export function evaluateGraph(
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor64>,
  measured: Measured = new Map<string, ArrayLike<number>>(),
): Evaluation {
  const values: (Tensor64 | undefined)[] = graph.nodes.map(() => undefined);
  const read = [...values];
  const recurrences = new Map(recurrencesOf(graph.nodes).map((found) => [found.members[0]!, found] as const));
  for (const [id, node] of graph.nodes.entries()) {
    const recurrence = recurrences.get(id);
    if (recurrence !== undefined) {
      const computed = evaluateRecurrence(recurrence, graph, read, measured);
      for (const [member, value] of computed) values[member] = value;
      continue;
    }
    // A member is there since the first of its recurrence was.
    if (values[id] !== undefined) continue;
    const value = evaluateNode(node, graph, read, feeds);
    values[id] = value;
    const instead = measured.get(node.name, value);
    read[id] = value && instead ? { shape: value.shape, data: Float64Array.from(instead) } : value;
  }
  const known = (id: number): Tensor64 => {
    const found = values[id];
    if (found === undefined) throw fault(`%${graph.nodes[id]?.name} has no value`, graph.nodes[id], graph);
    return found;
  };
  return {
    values,
    results: new Map(graph.results.map((result) => [result.name, known(result.value)])),
    updates: new Map(graph.updates.map((update) => [graph.nodes[update.target]!.name, known(update.value)])),
  };
}

function fault(message: string, node: Node | undefined, graph: Graph): InternalError {
  return new InternalError(message, {
    pass: 'reference',
    ...(node === undefined ? {} : { node: node.name, dump: printNode(node, graph.nodes) }),
  });
}

function evaluateNode(
  node: Node,
  graph: Graph,
  values: readonly (Tensor64 | undefined)[],
  feeds: ReadonlyMap<string, Tensor64>,
): Tensor64 | undefined {
  return matchNode<Tensor64 | undefined>(node, {
    leaf: (leaf) => givenFor(leaf, feeds),
    gradient: () => undefined,
    equation: (equation) => evaluateEquation(equation, graph, values),
  });
}

/** Of a scalar that is always the same. */
export const fixedValue = (leaf: Leaf): Tensor64 | undefined =>
  isScalar(leaf) && leaf.default !== undefined
    ? { shape: [], data: Float64Array.of(leaf.default) }
    : undefined;

function givenFor(node: Leaf, feeds: ReadonlyMap<string, Tensor64>): Tensor64 {
  const shape = shapeOf(node.indices);
  const feed = feeds.get(node.name) ?? fixedValue(node);
  if (feed === undefined) throw new RangeError(`no value was given for %${node.name}`);
  if (feed.shape.join() !== shape.join() || feed.data.length !== elementCount(shape)) {
    throw new RangeError(`%${node.name} has shape [${shape.join(', ')}], not [${feed.shape.join(', ')}]`);
  }
  return feed;
}

/** Visits every point of a box, the last index fastest, writing the point into the frame. */
export function forEachPoint(
  frame: Frame,
  first: number,
  extents: readonly number[],
  visit: () => void,
): void {
  const { point } = frame;
  const count = extents.length;
  if (extents.some((extent) => extent <= 0)) return;
  for (let k = 0; k < count; k++) point[first + k] = 0;
  for (;;) {
    frame.stamp++;
    visit();
    let k = count - 1;
    while (k >= 0 && ++point[first + k]! >= extents[k]!) point[first + k--] = 0;
    if (k < 0) return;
  }
}

function evaluateEquation(node: Equation, graph: Graph, values: readonly (Tensor64 | undefined)[]): Tensor64 {
  const shape = shapeOf(node.indices);
  const data = new Float64Array(elementCount(shape));
  const element = elementOf(node, graph, values);
  let position = 0;
  forEachPoint(element.frame, 0, shape, () => {
    data[position++] = element.evaluate();
  });
  return { shape, data };
}

/**
 * A loop over the positions, in it one member after the other; gives what each comes to. What nothing computed yet is not a
 * number: a read of it shows. `read` gets what the members, and the equations after them, read: what was measured, where it was.
 */
function evaluateRecurrence(
  { members, axes, extent, direction }: Recurrence,
  graph: Graph,
  read: (Tensor64 | undefined)[],
  measured: Measured,
): ReadonlyMap<number, Tensor64> {
  const computed = new Map<number, Tensor64>();
  for (const id of members) {
    const { name, indices } = graph.nodes[id]!;
    const shape = shapeOf(indices);
    const value = { shape, data: new Float64Array(elementCount(shape)).fill(Number.NaN) };
    const instead = measured.get(name);
    computed.set(id, value);
    read[id] = instead === undefined ? value : { shape, data: Float64Array.from(instead) };
  }
  const steps = members.map((id) =>
    stepOf(asComputed(graph.nodes[id]), axes.get(id)!, graph, read, computed.get(id)!),
  );
  for (let k = 0; k < extent; k++) {
    const position = direction === 'forward' ? k : extent - 1 - k;
    for (const step of steps) step(position);
  }
  return computed;
}

/** Computes the elements of a member at one position of its sequential index. */
function stepOf(
  node: Equation,
  axis: number,
  graph: Graph,
  values: readonly (Tensor64 | undefined)[],
  { shape, data }: Tensor64,
): (position: number) => void {
  const { frame, evaluate } = elementOf(node, graph, values);
  const [before, extent, after] = [shape.slice(0, axis), shape[axis]!, shape.slice(axis + 1)];
  const block = elementCount(after);
  return (position) => {
    let n = 0;
    forEachPoint(frame, 0, [...before, 1, ...after], () => {
      frame.point[axis] = position;
      data[(Math.floor(n / block) * extent + position) * block + (n % block)] = evaluate();
      n++;
    });
  };
}

interface Element {
  /** Holds the point to evaluate; its first places are those of the equation's indices. */
  readonly frame: Frame;
  readonly evaluate: () => number;
}

/** The value of an equation at one point. */
function elementOf(node: Equation, graph: Graph, values: readonly (Tensor64 | undefined)[]): Element {
  const { indices, reduce } = node;
  const reduced = reduce?.indices ?? [];
  const frame: Frame = { point: new Int32Array(indices.length + reduced.length), stamp: 0 };
  const slots = new Map([...indices, ...reduced].map(({ name }, slot) => [name, slot]));
  const environment = { frame, slots, values, node, nodes: graph.nodes };
  const body = compile(node.body, environment);
  if (reduce === undefined) return { frame, evaluate: body };
  const guards = reduce.guards.map((guard) => compile(guard, environment));
  const guarded = guards.length > 0;
  const inner = shapeOf(reduced);
  const accumulate = accumulator(reduce.by, node.dtype, node.body.dtype);
  const evaluate = (): number => {
    accumulate.start();
    let element = 0;
    forEachPoint(frame, indices.length, inner, () => {
      if (!guarded || guards.every((guard) => guard() !== 0)) accumulate.take(body(), element);
      element++;
    });
    return accumulate.finish();
  };
  return { frame, evaluate };
}

export interface Accumulator {
  readonly start: () => void;
  readonly take: (value: number, position: number) => void;
  readonly finish: () => number;
}

export function accumulator(by: ReducerName, dtype: DType, body: DType): Accumulator {
  const reducer = reducers[by];
  let total = 0;
  if (reducer.kind === 'position') {
    const beats = functions[reducer.beats].evaluate;
    let best = 0;
    let any = false;
    return {
      start: () => {
        any = false;
        best = 0;
      },
      take: (value, position) => {
        if (any && beats(value, total) === 0) return;
        any = true;
        total = value;
        best = position;
      },
      finish: () => best,
    };
  }
  const combine = combination(reducer.combine, body);
  const identity = identityOf(by, dtype);
  return {
    start: () => {
      total = identity;
    },
    take: (value) => {
      total = combine(total, value);
    },
    finish: () => total,
  };
}

/** One step in the arithmetic of a type: integers wrap at 32 bits. */
function combination(fn: FunctionName, dtype: DType): (a: number, x: number) => number {
  const { evaluate, evaluateInteger = evaluate } = functions[fn];
  if (dtype === 'i32') return (a, x) => evaluateInteger(a, x) | 0;
  return dtype === 'u32' ? (a, x) => evaluateInteger(a, x) >>> 0 : evaluate;
}
