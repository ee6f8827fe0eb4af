/**
 * One equation in; what it does to adjoints and to tangents, each as equations over its operands, out.
 *
 * The equation is taken out of its graph: every load of it becomes a leaf of its own, so that contributions to a
 * value that is loaded twice come apart. With the adjoint u of the equation as one more leaf, the contribution to
 * a leaf x is the gradient of sum u*y by x: the vector-Jacobian product. It is linear in u, so the gradient of
 * sum t*(that) by u is the Jacobian-vector product. Both are made by the rules that compile a model's gradient.
 */

import { differentiate } from '../autodiff/index.ts';
import { variable } from '../index/build.ts';
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import type { Graph, Index, Node, ValueId } from '../ir/graph.ts';
import { asComputed, isEquation } from '../ir/nodes.ts';
import { runPasses } from '../passes/index.ts';
import { add, constant, index, load, multiply } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { loadsOf, mapChildren, structuralKey } from '../scalar/walk.ts';

/** Equations over what `stands` names; `result` is the value that they are for. */
export interface Piece {
  readonly graph: Graph;
  readonly result: ValueId;
  readonly stands: ReadonlyMap<string, Standing>;
}

/** What a node of a piece stands for in the graph that the equation was taken from. */
export type Standing =
  | { readonly kind: 'value'; readonly value: ValueId }
  | { readonly kind: 'adjoint' }
  | { readonly kind: 'tangent'; readonly of: ValueId };

export interface Contribution {
  /** The value that receives it. */
  readonly to: ValueId;
  readonly load: Load;
  readonly piece: Piece;
}

const origin = { path: [{ kind: 'model', name: 'trace' }] } as const;

/** The position of a value's own element. */
export const at = (indices: readonly Index[]): readonly Expr[] =>
  indices.map(({ name }) => index(variable(name)));

interface Operand {
  readonly leaf: ValueId;
  readonly load: Load;
}

interface Piecework {
  readonly builder: GraphBuilder;
  readonly equation: ValueId;
  readonly adjoint: ValueId;
  /** The f32 loads of the equation that a derivative can flow to. */
  readonly operands: readonly Operand[];
  readonly leaf: (like: Node, name: string, standing: Standing) => ValueId;
  readonly stands: ReadonlyMap<string, Standing>;
}

/** The equation alone, with its adjoint and a leaf for each of its distinct loads; `parts`: what comes with it. */
function takeOut(
  nodes: readonly Node[],
  id: ValueId,
  wanted: (value: ValueId) => boolean,
  parts: ReadonlySet<ValueId> = new Set(),
): Piecework {
  const equation = asComputed(nodes[id]);
  const builder = graphBuilder(equation.name);
  const stands = new Map<string, Standing>();
  const leaf = (like: Node, name: string, standing: Standing): ValueId => {
    const { dtype, indices } = like;
    const value = builder.add({ kind: 'input', name, dtype, indices, origin });
    stands.set(builder.node(value).name, standing);
    return value;
  };
  const operands = new Map<string, Operand>();
  const made = new Map<ValueId, ValueId>();
  const done = new Map<Expr, Expr>();
  const replace = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const replaced =
      e.kind === 'load'
        ? load(made.get(e.value) ?? operands.get(structuralKey(e))!.leaf, e.dtype, e.indices.map(replace))
        : mapChildren(e, replace);
    done.set(e, replaced);
    return replaced;
  };
  /** Adds an equation after what it reads. */
  const take = (value: ValueId): ValueId => {
    const node = asComputed(nodes[value]);
    for (const l of [node.body, ...(node.reduce?.guards ?? [])].flatMap(loadsOf)) {
      const like = nodes[l.value]!;
      if (parts.has(l.value)) {
        if (!made.has(l.value)) made.set(l.value, take(l.value));
      } else if (!operands.has(structuralKey(l))) {
        const of = leaf(like, like.name, { kind: 'value', value: l.value });
        operands.set(structuralKey(l), { leaf: of, load: l });
      }
    }
    const { reduce } = node;
    return builder.add({
      ...node,
      body: replace(node.body),
      ...(reduce && { reduce: { ...reduce, guards: reduce.guards.map(replace) } }),
    });
  };
  const own = take(id);
  stands.set(builder.node(own).name, { kind: 'value', value: id });
  return {
    builder,
    equation: own,
    adjoint: leaf(equation, `d.${equation.name}`, { kind: 'adjoint' }),
    operands: [...operands.values()].filter((o) => o.load.dtype === 'f32' && wanted(o.load.value)),
    leaf,
    stands,
  };
}

/** `sum a*b` over all elements of two values of one shape. */
function dot(builder: GraphBuilder, a: ValueId, b: ValueId, name: string): ValueId {
  const { indices } = builder.node(a);
  // Both have the same extents, perhaps under other names.
  const body = multiply(load(a, 'f32', at(indices)), load(b, 'f32', at(indices)));
  const reduce = indices.length === 0 ? undefined : ({ by: 'sum', indices, guards: [] } as const);
  return builder.add({
    kind: 'equation',
    name,
    dtype: 'f32',
    indices: [],
    ...(reduce && { reduce }),
    body,
    origin,
  });
}

function gradient(builder: GraphBuilder, of: ValueId, wrt: ValueId, name: string): ValueId {
  const { indices } = builder.node(wrt);
  return builder.add({ kind: 'gradient', name, dtype: 'f32', indices, origin, of, wrt });
}

const isZero = (node: Node): boolean =>
  isEquation(node) &&
  node.body.kind === 'constant' &&
  node.body.value === 0 &&
  (node.reduce === undefined || node.reduce.by === 'sum');

/** One result of a graph, simplified; undefined where it is zero everywhere. */
function simplified(graph: Graph, name: string, stands: ReadonlyMap<string, Standing>): Piece | undefined {
  const results = graph.results.filter((result) => result.name === name);
  const simple = runPasses({ ...graph, results });
  const result = simple.results[0]!.value;
  return isZero(simple.nodes[result]!) ? undefined : { graph: simple, result, stands };
}

/**
 * What the equation adds to the adjoints of the values that it loads, the latest value first. Reductions that are `parts` of it
 * come with it: their operands are its own.
 */
export function contributionsOf(
  nodes: readonly Node[],
  id: ValueId,
  wanted: (value: ValueId) => boolean,
  parts?: ReadonlySet<ValueId>,
): readonly Contribution[] {
  const { builder, equation, adjoint, operands, stands } = takeOut(nodes, id, wanted, parts);
  const of = dot(builder, adjoint, equation, 'contribution');
  const results = operands.map(({ leaf }) => {
    const name = `d.${builder.node(leaf).name}`;
    return { name, role: 'gradient', value: gradient(builder, of, leaf, name) } as const;
  });
  const graph = differentiate(builder.finish(results, []));
  const found = operands.flatMap(({ load: l }, k): readonly Contribution[] => {
    const piece = simplified(graph, results[k]!.name, stands);
    return piece === undefined ? [] : [{ to: l.value, load: l, piece }];
  });
  return found.sort((a, b) => b.to - a.to);
}

/** The tangent of the equation's value from those of the values that it loads; undefined where it is zero. */
export function tangentOf(
  nodes: readonly Node[],
  id: ValueId,
  wanted: (value: ValueId) => boolean,
): Piece | undefined {
  const { builder, equation, adjoint, operands, leaf, stands } = takeOut(nodes, id, wanted);
  if (operands.length === 0) return undefined;
  const of = dot(builder, adjoint, equation, 'contribution');
  const gradients = operands.map((o) => gradient(builder, of, o.leaf, `d.${builder.node(o.leaf).name}`));
  const parts = operands.map((o, k) => {
    const like = builder.node(o.leaf);
    const tangent = leaf(like, `t.${like.name}`, { kind: 'tangent', of: o.load.value });
    return load(dot(builder, tangent, gradients[k]!, `part.${k}`), 'f32', []);
  });
  const body = parts.reduce(add, constant(0));
  const sum = builder.add({ kind: 'equation', name: 'parts', dtype: 'f32', indices: [], body, origin });
  const name = `t.${nodes[id]!.name}`;
  const value = gradient(builder, sum, adjoint, name);
  const graph = differentiate(builder.finish([{ name, role: 'gradient', value }], []));
  return simplified(graph, name, stands);
}
