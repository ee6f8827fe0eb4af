/**
 * A graph, a loss in it and what it is differentiated by in; the chain of adjoints, as the chain rule gives them
 * and with nothing simplified, out.
 *
 * The rules and the inversion of index maps are those of `autodiff/`, and so is the order: the adjoints of a recurrence
 * get their places first and are written down when all that they send is there. What differs is only what is kept:
 * here each product stands as it was formed, so that every simplification can be shown with its name.
 */
import { flow } from '../autodiff/flow.ts';
import { adjointOfLoad } from '../autodiff/load.ts';
import { at, cotangentOfBody } from '../autodiff/reduce.ts';
import { flowsTo, loadCotangents } from '../autodiff/scalar.ts';
import type { Affine } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import { blocksOf } from '../ir/components.ts';
import type { Equation, Graph, Index, Node, Reduce, Result, ValueId } from '../ir/graph.ts';
import { isComputed, isEquation, operandsOf } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { type Recurrence, recurrencesOf, sequentialIndex } from '../ir/recurrences.ts';
import { gradientOf } from '../ir/reducers.ts';
import * as scalar from '../scalar/build.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { mapValues, substituteIndices, variablesOf } from '../scalar/walk.ts';
import { elementByElement } from './explanation.ts';
import { freshNames } from './formula.ts';

/** How one reader of a value sends its adjoint back. */
export interface Contribution {
  /** The equation that loads the value; where that is a nested sum, the whole equation around it. */
  readonly reader: ValueId;
  /** The load, and d reader's element / d load, over the indices of the equations. */
  readonly load: Load;
  readonly partial: Expr;
  /** All that `load` and `partial` may name. */
  readonly indices: readonly Index[];
  readonly rules: readonly string[];
}

export interface Adjoint {
  readonly value: ValueId;
  /** In the derived graph. */
  readonly name: string;
  readonly contributions: readonly Contribution[];
}

export interface Derivation {
  /** The primal equations, then the adjoints; each adjoint is a result under its name. */
  readonly graph: Graph;
  /** From the loss back, each after those that it is made of; those of a recurrence are made of each other. */
  readonly adjoints: readonly Adjoint[];
  /** Names of equations that are written inside of their only reader. */
  readonly inlined: ReadonlySet<string>;
}

interface Pending {
  readonly reduce?: Reduce;
  readonly body: Expr;
  readonly shown: Contribution;
}

/** An adjoint, and the derivative of the equation that it came through, at the value's own indices. */
interface Settled {
  readonly cotangent: Expr;
  readonly partial: Expr;
  /** The equation that `partial` is a derivative of. */
  readonly root: ValueId;
}

const one = scalar.constant(1);
const zero = scalar.constant(0);

export function derive(primal: Graph, loss: ValueId, targets: ReadonlySet<ValueId>): Derivation {
  const builder = graphBuilder(primal.name, primal.nodes);
  const nested = nestedReductions(primal);
  const recurrences = recurrencesOf(primal.nodes);
  const inlined = new Set([...nested.keys()].map((id) => primal.nodes[id]!.name));
  const reached = flow(primal.nodes, loss, (id) => targets.has(id));
  const pending = new Map<ValueId, Pending[]>();
  /** Where the adjoint of a value stands, in the order of the sweep. */
  const adjoints = new Map<ValueId, ValueId>();
  const emit = (node: Equation): ValueId => builder.add(protectLoads(node, builder.node));
  const emitInlined = (node: Equation): ValueId => {
    const id = emit(node);
    inlined.add(builder.node(id).name);
    return id;
  };

  /** The adjoint of a value, which stands in the graph, at the value's own indices. */
  const settledAt = (id: ValueId, adjoint: ValueId): Settled => {
    adjoints.set(id, adjoint);
    const cotangent = scalar.load(adjoint, 'f32', at(builder.node(id).indices));
    return { cotangent, partial: one, root: id };
  };

  const settle = (id: ValueId): Settled | undefined => {
    const node = builder.node(id);
    const contributions = pending.get(id) ?? [];
    if (id !== loss && contributions.length === 0) return undefined;
    const { equation, parts }: Joined =
      id === loss
        ? { equation: adjointEquation(node, { body: one }), parts: [] }
        : joined(node, contributions, emitInlined);
    const [only] = contributions;
    if (nested.has(id) && contributions.length === 1 && equation.reduce === undefined && only !== undefined) {
      return { cotangent: equation.body, partial: only.shown.partial, root: only.shown.reader };
    }
    const place = emit(equation);
    for (const part of parts) builder.putWithin(part, place);
    return settledAt(id, place);
  };

  /** Sends what has settled on to the values that it is made from; gives what those are. */
  const send = (id: ValueId, settled: Settled | undefined): readonly ValueId[] => {
    const node = builder.node(id);
    if (settled === undefined || !isComputed(node)) return [];
    const sent = contributionsOf(builder, id, node, settled, reached, recurrences, emitInlined);
    for (const [value, contribution] of sent) {
      pending.set(value, [...(pending.get(value) ?? []), contribution]);
    }
    return sent.map(([value]) => value);
  };

  const deriveRecurrence = (members: readonly ValueId[]): void => {
    const places = new Map<ValueId, ValueId>();
    const sent = new Set<ValueId>();
    /** A nested sum has all that it gets once its only reader has sent; the others get a place to be filled in. */
    const reserve = (id: ValueId): Settled | undefined => {
      const reader = nested.get(id);
      if (reader !== undefined && sent.has(reader)) return settle(id);
      const place = emit(adjointEquation(builder.node(id), { body: zero }));
      places.set(id, place);
      return settledAt(id, place);
    };
    const open = new Set(members.filter((id) => pending.has(id)));
    while (open.size > 0) {
      const id = Math.max(...open);
      open.delete(id);
      const values = send(id, reserve(id));
      sent.add(id);
      for (const value of values) if (members.includes(value) && !sent.has(value)) open.add(value);
    }
    for (const [id, place] of places) {
      const { equation, parts } = joined(builder.node(id), pending.get(id)!, emitInlined);
      builder.replace(place, protectLoads(equation, builder.node));
      for (const part of parts) builder.putWithin(part, place);
    }
  };

  for (const { members, isRecurrence } of blocksOf(primal.nodes, loss).toReversed()) {
    const [only] = members;
    if (isRecurrence) deriveRecurrence(members);
    else if (reached.has(only!)) send(only!, settle(only!));
  }
  const place = builder.arrange(primal.nodes.length);
  const results = [...adjoints.values()].map((adjoint): Result => {
    const value = place(adjoint);
    return { name: builder.node(value).name, role: 'gradient', value };
  });
  const written = [...adjoints.keys()].map((value, k): Adjoint => {
    const contributions = (pending.get(value) ?? []).map(
      ({ shown }): Contribution => ({ ...shown, partial: mapValues(shown.partial, place) }),
    );
    return { value, name: results[k]!.name, contributions };
  });
  return { graph: builder.finish(results, []), adjoints: written, inlined };
}

/**
 * Reductions that were part of one equation of the text: `s = b + sum[i] W * x` is two equations of the graph,
 * `%s.sum` and `%s`. Each with its reader.
 */
export function nestedReductions({ nodes, results }: Graph): ReadonlyMap<ValueId, ValueId> {
  const readers = new Map<ValueId, Set<ValueId>>();
  for (const [id, node] of nodes.entries()) {
    for (const value of operandsOf(node)) readers.set(value, (readers.get(value) ?? new Set()).add(id));
  }
  const shown = new Set(results.map(({ value }) => value));
  const nested = new Map<ValueId, ValueId>();
  for (const [id, node] of nodes.entries()) {
    if (!isEquation(node) || node.reduce === undefined || shown.has(id)) continue;
    const [reader, ...others] = readers.get(id) ?? [];
    const owner = reader === undefined ? undefined : nodes[reader];
    if (reader === undefined || owner === undefined || others.length > 0) continue;
    if (node.origin.within === owner.name) nested.set(id, reader);
  }
  return nested;
}

function contributionsOf(
  builder: GraphBuilder,
  id: ValueId,
  equation: Equation,
  settled: Settled,
  reached: ReadonlySet<ValueId>,
  recurrences: readonly Recurrence[],
  emit: (node: Equation) => ValueId,
): readonly (readonly [ValueId, Pending])[] {
  const wanted = (value: ValueId): boolean => reached.has(value);
  if (!flowsTo(equation.body, wanted)) return [];
  // The helper equations (the position of a maximum) are the same for the adjoint and for the partial.
  const helpers = new Map<string, ValueId>();
  const emitOnce = (node: Equation): ValueId => {
    const known = helpers.get(node.name) ?? emit(node);
    helpers.set(node.name, known);
    return known;
  };
  const result =
    equation.reduce === undefined ? { result: scalar.load(id, equation.dtype, at(equation.indices)) } : {};
  const cotangents = (seed: Expr, product: typeof asDerived) =>
    loadCotangents({
      body: equation.body,
      seed: cotangentOfBody(equation, seed, emitOnce),
      wanted,
      product,
      ...result,
    });
  const partials = cotangents(settled.partial, asDerived);
  return cotangents(settled.cotangent, asDerived).flatMap(({ load, cotangent }, k) => {
    const source = builder.node(load.value);
    const bound = [...equation.indices, ...(equation.reduce?.indices ?? [])];
    // A stand-in for the cotangent tells where the inversion of the index map takes each index.
    const marker = scalar.load(standIn, 'f32', at(bound));
    const inverted = adjointOfLoad({ equation, load, cotangent: marker, positions: source.indices });
    if (inverted === undefined) return [];
    const { condition, map } = markerOf(inverted.body, bound);
    const remaining = inverted.reduce?.indices ?? [];
    const ranges = rangesOf([...source.indices, ...remaining]);
    const moved = substituteIndices(cotangent, map, ranges);
    const body = condition === undefined ? moved : scalar.select(condition, moved, zero);
    const shown: Contribution = {
      reader: settled.root,
      load,
      partial: simplify(partials[k]!.cotangent, rangesOf(bound)),
      indices: bound,
      rules:
        throughRecurrence(builder.nodes(), id, load, recurrences) ??
        rulesOf(equation, load, source, inverted.reduce, condition),
    };
    return [[load.value, { ...(inverted.reduce && { reduce: inverted.reduce }), body, shown }] as const];
  });
}

/** A value that is in no graph. */
const standIn: ValueId = -1;

function markerOf(
  body: Expr,
  bound: readonly { readonly name: string }[],
): { readonly condition?: Expr; readonly map: ReadonlyMap<string, Affine> } {
  const load = body.kind === 'select' ? body.then : body;
  const indices = load.kind === 'load' ? load.indices : [];
  const map = new Map(bound.map(({ name }, k) => [name, asAffine(indices[k]!) ?? variable(name)] as const));
  return { ...(body.kind === 'select' && { condition: body.condition }), map };
}

/** A product that stays as it is; inside of a choice that is else 0, for the other branch may be no number. */
function asDerived(cotangent: Expr, partial: Expr): Expr {
  if (isZero(cotangent) || isZero(partial)) return zero;
  if (scalar.isConstant(partial, 1)) return cotangent;
  if (scalar.isConstant(cotangent, 1)) return partial;
  if (cotangent.kind === 'select' && (isZero(cotangent.then) || isZero(cotangent.otherwise))) {
    const { condition, then, otherwise } = cotangent;
    return scalar.select(condition, asDerived(then, partial), asDerived(otherwise, partial));
  }
  return scalar.multiply(cotangent, partial);
}

const isZero = (e: Expr): boolean => scalar.isConstant(e, 0);

/** All contributions as one equation; those with a reduction are equations of their own first, its parts. */
interface Joined {
  readonly equation: Equation;
  readonly parts: readonly ValueId[];
}

function joined(node: Node, contributions: readonly Pending[], emit: (node: Equation) => ValueId): Joined {
  const [first, ...more] = contributions;
  if (first !== undefined && more.length === 0) return { equation: adjointEquation(node, first), parts: [] };
  const parts: ValueId[] = [];
  const terms = contributions.map((contribution, k) => {
    if (contribution.reduce === undefined) return contribution.body;
    const part = emit({ ...adjointEquation(node, contribution), name: `d.${node.name}.${k + 1}` });
    parts.push(part);
    return scalar.load(part, 'f32', at(node.indices));
  });
  return { equation: adjointEquation(node, { body: terms.reduce(scalar.add) }), parts };
}

function adjointEquation(node: Node, { reduce, body }: Pick<Pending, 'reduce' | 'body'>): Equation {
  const {
    name,
    indices,
    origin: { within: _, ...origin },
  } = node;
  return {
    kind: 'equation',
    name: `d.${name}`,
    dtype: 'f32',
    indices,
    ...(reduce && { reduce }),
    body,
    origin,
  };
}

// ---------------------------------------------------------------- the rules, in words

/** Of a load in a recurrence of what an earlier step made: the way back through its positions. */
function throughRecurrence(
  nodes: readonly Node[],
  reader: ValueId,
  load: Load,
  recurrences: readonly Recurrence[],
): readonly string[] | undefined {
  const recurrence = recurrences.find(({ members }) => members.includes(reader));
  const read = recurrence?.reads.find((one) => one.reader === reader && one.load === load);
  if (recurrence === undefined || read === undefined || read.nearest === 0) return undefined;
  const { name } = sequentialIndex(nodes, recurrence, load.value);
  const { nearest, farthest, isConstant } = read;
  const isForward = recurrence.direction === 'forward';
  const sender =
    isConstant && nearest === farthest
      ? `${name} ${isForward ? '+' : '-'} ${nearest}`
      : `each ${isForward ? 'later' : 'earlier'} ${name}`;
  const order = isForward ? 'from the last to the first' : 'from the first to the last';
  return [
    `backpropagation through ${name}: an element gets what ${sender} sends, so the adjoints are made ${order} ${name}`,
  ];
}

/** Does it tell positions that the sum runs over apart? */
const isOver = (guard: Expr, { indices }: Reduce): boolean => {
  const free = variablesOf(guard);
  return indices.some(({ name }) => free.has(name));
};

function rulesOf(
  equation: Equation,
  load: Load,
  source: Node,
  sum: Reduce | undefined,
  condition: Expr | undefined,
): readonly string[] {
  const rules: string[] = [];
  const rule = equation.reduce && gradientOf(equation.reduce.by);
  if (rule !== undefined && 'says' in rule) rules.push(rule.says);
  if (load.indices.some((e) => asAffine(e) === undefined)) {
    rules.push(`a gather: an element of ${source.name} gets what the positions send that name it`);
  } else if (sum?.guards.some((guard) => isOver(guard, sum))) {
    rules.push(`the index map of ${source.name} is inverted: an element gets what all windows over it send`);
  } else if (condition !== undefined || (sum?.guards.length ?? 0) > 0) {
    rules.push(`only a part of ${source.name} is read there: the other elements get nothing from it`);
  }
  const over = freshNames(sum?.indices ?? [], new Set()).map(({ name }) => name);
  if (over.length > 0 && rules.length === 0) {
    rules.push(
      `${source.indices.length === 0 ? source.name : `each element of ${source.name}`} is read at every ${over.join(', ')}: their adjoints add up`,
    );
  }
  return rules.length > 0 ? rules : [elementByElement];
}
