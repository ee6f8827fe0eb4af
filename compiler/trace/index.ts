/**
 * A graph and one of its values in; the evaluation trace of that value out: a forward primal column, a reverse
 * adjoint column and, if asked for, a forward tangent column.
 *
 * Everything that the table shows is a value of one graph, so whatever evaluates graphs fills the table: the f64
 * reference, or a device. Numbering and layout follow Baydin, Pearlmutter, Radul and Siskind, "Automatic
 * Differentiation in Machine Learning: a Survey" (2018), tables 2 and 3: inputs are v(1-n) … v0, then v1, v2, ….
 */

import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Index, Node, Origin, Place, ValueId } from '../ir/graph.ts';
import { isComputed, isLeaf, isVariable, mapOperands } from '../ir/nodes.ts';
import { adjointOrigin } from '../ir/origin.ts';
import { printExpr } from '../ir/print.ts';
import { unrolled } from '../ir/unroll.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { add, constant, load } from '../scalar/build.ts';
import { loadsOf } from '../scalar/walk.ts';
import { dependenciesOf, elementary, isScalarGraph } from './elementary.ts';
import { at, contributionsOf, type Piece, tangentOf } from './pullback.ts';

export interface Trace {
  /** All values of the table. Their names are unique; each that a row shows is a result under its name. */
  readonly graph: Graph;
  /** One elementary operation a row, numbered; else one equation a row, under its name. */
  readonly elementary: boolean;
  /** What formulas call each value of the graph. */
  readonly symbols: readonly string[];
  readonly leaves: readonly Step[];
  readonly steps: readonly Step[];
  /** In the order of the reverse sweep. */
  readonly adjoints: readonly AdjointStep[];
}

/** A row of the forward columns. */
export interface Step {
  readonly value: ValueId;
  /** What the author calls it, where that is not its symbol. */
  readonly names: readonly string[];
  readonly notes: readonly string[];
  readonly place?: Place;
  /** The value of its tangent; absent where the tangent is zero. */
  readonly tangent?: ValueId;
}

/** A row of the reverse column: `adjoint of target = total before + contribution`. */
export interface AdjointStep {
  readonly target: ValueId;
  /** The step that sends it; absent for the seed. */
  readonly from?: ValueId;
  readonly contribution: ValueId;
  /** Absent for the first contribution. */
  readonly before?: ValueId;
  readonly total: ValueId;
}

export interface TraceOptions {
  /** The names of leaves whose tangent is given (as leaves `t.<name>`); no tangents unless told. */
  readonly tangents?: readonly string[];
}

export { dependenciesOf };

/** What a leaf's tangent is called among the feeds of the trace's graph. */
export const tangentName = (leaf: string): string => `t.${leaf}`;

/**
 * Traces the only result of a graph without gradient nodes (`dependenciesOf` makes it), an f32 number. `feeds`
 * give the leaves: they decide which branches are taken. Of a recurrence each position is a row of its own.
 */
export function trace(given: Graph, feeds: ReadonlyMap<string, Tensor64>, options: TraceOptions = {}): Trace {
  const long = unrolled(given);
  const part =
    long.nodes.length === given.nodes.length ? given : dependenciesOf(long, long.results[0]!.value);
  const isElementary = isScalarGraph(part);
  const {
    graph: forward,
    names,
    notes,
  } = isElementary
    ? elementary(part, evaluateGraph(part, feeds).values)
    : {
        graph: part,
        names: new Map<ValueId, readonly string[]>(),
        notes: new Map<ValueId, readonly string[]>(),
      };
  const of = forward.results[0]!.value;
  const builder = graphBuilder(part.name, forward.nodes);
  const symbols = forwardSymbols(forward, isElementary);
  const flows = flowOf(forward);
  const adjoints = reverse(builder, of, flows, symbols, isElementary);
  const tangents = options.tangents ?? [];
  const tangentValues =
    tangents.length > 0 ? forwardTangents(builder, forward, tangents, symbols, isElementary) : undefined;
  const rows = forward.nodes.map((node, value): Step => {
    const tangent = tangentValues?.get(value);
    return {
      value,
      names: namesOf(node, value, names, isElementary),
      notes: notes.get(value) ?? [],
      ...(node.origin.place && { place: node.origin.place }),
      ...(tangent !== undefined && { tangent }),
    };
  });
  const shown = new Set([
    ...rows.flatMap(({ value, tangent }) => [value, tangent ?? value]),
    ...adjoints.flatMap(({ contribution, total }) => [contribution, total]),
  ]);
  const results = [...shown].flatMap((value) => {
    const node = builder.node(value);
    return isComputed(node) ? [{ name: node.name, role: 'value', value } as const] : [];
  });
  return {
    graph: builder.finish(results, []),
    elementary: isElementary,
    symbols,
    leaves: rows.filter(({ value }) => isLeaf(forward.nodes[value]!)),
    steps: rows.filter(({ value }) => isComputed(forward.nodes[value]!)),
    adjoints,
  };
}

function namesOf(
  node: Node,
  value: ValueId,
  names: ReadonlyMap<ValueId, readonly string[]>,
  isElementary: boolean,
): readonly string[] {
  if (!isElementary) return [];
  return isComputed(node) ? (names.get(value) ?? []) : [node.name];
}

/** v-1, v0 for two inputs, then v1, v2, … for the operations; in a trace of tensors, the author's names. */
function forwardSymbols({ nodes }: Graph, isElementary: boolean): string[] {
  if (!isElementary) return nodes.map(({ name }) => name);
  const leaves = nodes.flatMap((node, id) => (isLeaf(node) ? [id] : []));
  const steps = nodes.flatMap((node, id) => (isComputed(node) ? [id] : []));
  const symbols: string[] = [];
  leaves.forEach((id, k) => {
    symbols[id] = `v${k + 1 - leaves.length}`;
  });
  steps.forEach((id, k) => {
    symbols[id] = `v${k + 1}`;
  });
  return symbols;
}

/** A macron for an adjoint, a dot for a tangent, as in the survey; for tensors the names of the IR. */
const marked = (symbol: string, isElementary: boolean, mark: 'adjoint' | 'tangent'): string => {
  if (!isElementary) return mark === 'adjoint' ? `d.${symbol}` : tangentName(symbol);
  return `v${mark === 'adjoint' ? '\u0304' : '\u0307'}${symbol.slice(1)}`;
};

/** The values that a derivative flows through: f32, and made from an input or a parameter. */
function flowOf({ nodes }: Graph): (value: ValueId) => boolean {
  const reached = new Set<ValueId>();
  nodes.forEach((node, id) => {
    if (node.dtype !== 'f32') return;
    const flows = isComputed(node) ? loadsOf(node.body).some((l) => reached.has(l.value)) : isVariable(node);
    if (flows) reached.add(id);
  });
  return (value) => reached.has(value);
}

/** The equations of a piece appended to the graph; gives the value of its result. */
function splice(
  builder: GraphBuilder,
  { graph, result, stands }: Piece,
  standsFor: { readonly adjoint?: ValueId; readonly tangents?: ReadonlyMap<ValueId, ValueId> },
  symbols: string[],
  name: string,
  like: Node,
  origin: Origin,
): ValueId {
  const moved = new Map<ValueId, ValueId>();
  graph.nodes.forEach((node, id) => {
    const standing = stands.get(node.name);
    if (standing?.kind === 'value') moved.set(id, standing.value);
    else if (standing?.kind === 'adjoint') moved.set(id, standsFor.adjoint!);
    else if (standing?.kind === 'tangent') moved.set(id, standsFor.tangents!.get(standing.of)!);
    else {
      const made = {
        ...mapOperands(node, (value) => moved.get(value)!),
        ...(id === result && { name }),
        // A helper such as an argmax is a value, not an adjoint.
        origin: node.dtype === 'f32' ? origin : like.origin,
      };
      moved.set(id, builder.add(made));
      symbols[moved.get(id)!] = node.name;
    }
  });
  const value = moved.get(result)!;
  if (!stands.has(graph.nodes[result]!.name)) return value;
  // The piece is nothing but a value that is there: it gets an equation of its own, so that a row can show it.
  return builder.add(copyOf(value, like, name, origin));
}

const copyOf = (value: ValueId, { indices }: Node, name: string, origin: Origin): Equation => ({
  kind: 'equation',
  name,
  dtype: 'f32',
  indices,
  body: load(value, 'f32', at(indices)),
  origin,
});

function reverse(
  builder: GraphBuilder,
  of: ValueId,
  flows: (value: ValueId) => boolean,
  symbols: string[],
  isElementary: boolean,
): readonly AdjointStep[] {
  const forward = builder.nodes();
  const name = (target: ValueId): string => `d.${forward[target]!.name}`;
  const totals = new Map<ValueId, ValueId>();
  const rows: AdjointStep[] = [];
  const receive = (target: ValueId, contribution: ValueId, from?: ValueId): void => {
    const before = totals.get(target);
    const symbol = marked(symbols[target]!, isElementary, 'adjoint');
    symbols[contribution] = symbol;
    const total =
      before === undefined ? contribution : builder.add(sumOf(builder, before, contribution, name(target)));
    symbols[total] = symbol;
    totals.set(target, total);
    const sender = from === undefined ? {} : { from };
    rows.push({ target, ...sender, contribution, ...(before !== undefined && { before }), total });
  };
  const { origin } = forward[of]!;
  const seed = {
    kind: 'equation',
    name: name(of),
    dtype: 'f32',
    indices: [],
    body: constant(1),
    origin,
  } as const;
  receive(of, builder.add(seed));
  for (let id = of; id >= 0; id--) {
    const adjoint = totals.get(id);
    if (adjoint === undefined || !isComputed(forward[id]!)) continue;
    for (const { to, load: l, piece } of contributionsOf(forward, id, flows)) {
      const sent = adjointOrigin(forward[id]!, 'load', {
        wrt: forward[to]!,
        load: printExpr(l, forward),
      });
      receive(to, splice(builder, piece, { adjoint }, symbols, name(to), forward[to]!, sent), id);
    }
  }
  return rows;
}

function sumOf(builder: GraphBuilder, a: ValueId, b: ValueId, name: string): Equation {
  const { indices, origin } = builder.node(a);
  const body = add(load(a, 'f32', at(indices)), load(b, 'f32', at(indices)));
  return { kind: 'equation', name, dtype: 'f32', indices, body, origin };
}

/** The tangent of each value that has one. */
function forwardTangents(
  builder: GraphBuilder,
  { nodes }: Graph,
  leaves: readonly string[],
  symbols: string[],
  isElementary: boolean,
): ReadonlyMap<ValueId, ValueId> {
  const tangents = new Map<ValueId, ValueId>();
  const keep = (of: ValueId, tangent: ValueId): void => {
    tangents.set(of, tangent);
    symbols[tangent] = marked(symbols[of]!, isElementary, 'tangent');
  };
  nodes.forEach((node, id) => {
    const { name, indices, origin } = node;
    if (!isComputed(node)) {
      if (!leaves.includes(name)) return;
      keep(id, builder.add({ kind: 'input', name: tangentName(name), dtype: 'f32', indices, origin }));
      return;
    }
    if (node.dtype !== 'f32') return;
    const piece = tangentOf(nodes, id, (value) => tangents.has(value));
    if (piece === undefined) return;
    const made = splice(
      builder,
      piece,
      { tangents },
      symbols,
      tangentName(name),
      node,
      adjointOrigin(node, 'tangent'),
    );
    keep(id, made);
  });
  return tangents;
}

/** The indices of a value, for formulas: `[b, o]`. */
export const indexText = (indices: readonly Index[]): string =>
  indices.length === 0 ? '' : `[${indices.map(({ name }) => name).join(', ')}]`;
