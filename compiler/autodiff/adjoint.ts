/**
 * One reverse sweep: the nodes so far, a scalar value and the values to differentiate it by in; the equations of
 * all adjoints that lie between them appended, and which node holds the gradient of each target, out.
 *
 * Equations are visited last to first. When one is reached all its readers have contributed to its adjoint, so
 * the adjoint is written down (`%d.h`; pointwise contributions as one equation, each reduction as one, `%d.h.1`,
 * and their sum) and then sent on to every value that the equation loads. A value that no gradient reaches has
 * no adjoint, and neither has one that `of` is proven not to change with (`invariance.ts`): zeros are absent.
 *
 * The members of a recurrence read each other both ways, and so do their adjoints: each member that something is sent
 * to gets a place for its adjoint first, then sends, and what was sent is written down when no member is left. Index
 * inversion turns `t - 1 = p` into `t = p + 1`, so that the adjoints are a recurrence the other way round.
 */

import { rangesOf } from '../index/query.ts';
import type { GraphBuilder } from '../ir/build.ts';
import { blocksOf } from '../ir/components.ts';
import type { Equation, Node, Origin, ValueId } from '../ir/graph.ts';
import { freeName } from '../ir/names.ts';
import { isComputed } from '../ir/nodes.ts';
import { adjointName, adjointOrigin } from '../ir/origin.ts';
import { printExpr } from '../ir/print.ts';
import { protectLoads } from '../ir/protect.ts';
import { constant, load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { one, plus, zero } from './combine.ts';
import { contributing } from './contributions.ts';
import { flow } from './flow.ts';
import type { Contribution } from './load.ts';
import { at } from './reduce.ts';

export interface Sweep {
  readonly builder: GraphBuilder;
  /** The scalar that is differentiated. */
  readonly of: ValueId;
  /** What it is differentiated by, each with the name that its gradient shall have. */
  readonly targets: ReadonlyMap<ValueId, string>;
  /** Names that later nodes of the graph have. */
  readonly reserved: ReadonlySet<string>;
}

/** A contribution that waits for its value to be reached. */
interface Pending extends Contribution {
  readonly origin: Origin;
}

/** For each target that `of` depends on, the node of its gradient. */
export function sweep({ builder, of, targets, reserved }: Sweep): ReadonlyMap<ValueId, ValueId> {
  const start = builder.nodes().length;
  const reached = flow(builder.nodes(), of, (id) => targets.has(id));
  const pending = new Map<ValueId, Pending[]>();
  const gradients = new Map<ValueId, ValueId>();

  const emit = (node: Equation): ValueId =>
    builder.add(protectLoads({ ...node, name: freeName(node.name, reserved) }, builder.node));
  /** The adjoint of a value; that of a target is its gradient, and called so. */
  const emitAdjoint = (id: ValueId, node: Equation): ValueId => {
    const name = targets.get(id);
    if (name === undefined) return emit(node);
    const gradient = builder.add(protectLoads({ ...node, name }, builder.node));
    gradients.set(id, gradient);
    return gradient;
  };

  /** Writes down the adjoint of a value and gives it as an expression at the value's own indices. */
  const settle = (id: ValueId): Expr | undefined => {
    const node = builder.node(id);
    if (id === of) {
      if (targets.has(id)) emitAdjoint(id, pointwise(node, one, adjointOrigin(node, 'seed')));
      return one;
    }
    const contributions = pending.get(id);
    if (contributions === undefined) return undefined;
    const { equation: adjoint, parts } = combined(node, contributions, emit);
    if (adjoint.reduce === undefined && adjoint.body.kind === 'constant' && !targets.has(id))
      return adjoint.body;
    const whole = emitAdjoint(id, adjoint);
    for (const part of parts) builder.putWithin(part, whole);
    return load(whole, 'f32', at(node.indices));
  };

  const sentBy = contributing({ nodeAt: builder.node, wanted: (value) => reached.has(value), emit });
  /** Sends the adjoint of a value on to what it is made from; gives what that is. */
  const send = (id: ValueId, adjoint: Expr, isRecurrent: boolean): readonly ValueId[] => {
    const equation = builder.node(id);
    if (!isComputed(equation)) return [];
    const sent = sentBy({ id, equation, adjoint }, isRecurrent);
    for (const { load: read, contribution } of sent) {
      const { value } = read;
      const at = { wrt: builder.node(value), load: printExpr(read, builder.nodes()) };
      const waiting = pending.get(value) ?? [];
      waiting.push({ ...contribution, origin: adjointOrigin(equation, 'load', at) });
      pending.set(value, waiting);
    }
    return sent.map(({ load: { value } }) => value);
  };

  const sweepRecurrence = (members: readonly ValueId[]): void => {
    const adjoints = new Map<ValueId, ValueId>();
    const open = new Set(members.filter((id) => pending.has(id)));
    while (open.size > 0) {
      const id = Math.max(...open);
      open.delete(id);
      const node = builder.node(id);
      const place = emitAdjoint(id, pointwise(node, zero, adjointOrigin(node, 'load')));
      adjoints.set(id, place);
      for (const value of send(id, load(place, 'f32', at(node.indices)), true))
        if (members.includes(value) && !adjoints.has(value)) open.add(value);
    }
    for (const [id, place] of adjoints) {
      const { equation, parts } = combined(builder.node(id), pending.get(id)!, emit);
      builder.replace(place, protectLoads(equation, builder.node));
      for (const part of parts) builder.putWithin(part, place);
    }
  };

  for (const { members, isRecurrence } of blocksOf(builder.nodes(), of).toReversed()) {
    const [only] = members;
    if (isRecurrence) sweepRecurrence(members);
    else if (reached.has(only!)) {
      const adjoint = settle(only!);
      if (adjoint !== undefined) send(only!, adjoint, false);
    }
  }
  const place = builder.arrange(start);
  return new Map([...gradients].map(([id, gradient]) => [id, place(gradient)] as const));
}

/** All contributions to one value as one equation; those with a reduction are equations of their own first, its parts. */
function combined(
  node: Node,
  contributions: readonly Pending[],
  emit: (node: Equation) => ValueId,
): { readonly equation: Equation; readonly parts: readonly ValueId[] } {
  const [first, ...more] = contributions;
  if (more.length === 0 && first !== undefined)
    return { equation: adjointEquation(node, adjointName(node.name), first), parts: [] };
  const parts: ValueId[] = [];
  const terms = contributions.map((contribution) => {
    if (contribution.reduce === undefined) return contribution.body;
    const part = emit(adjointEquation(node, `${adjointName(node.name)}.${parts.length + 1}`, contribution));
    parts.push(part);
    return load(part, 'f32', at(node.indices));
  });
  const body = simplify(terms.reduce(plus, zero), rangesOf(node.indices));
  return { equation: pointwise(node, body, joinedOrigin(node, contributions)), parts };
}

function adjointEquation(node: Node, name: string, { reduce, body, origin }: Pending): Equation {
  const { indices } = node;
  return { kind: 'equation', name, dtype: 'f32', indices, ...(reduce && { reduce }), body, origin };
}

const pointwise = (node: Node, body: Expr, origin: Origin): Equation =>
  adjointEquation(node, adjointName(node.name), { body, origin });

/** Where a sum of contributions comes from: the one equation that sent them all, or the value itself. */
function joinedOrigin(node: Node, contributions: readonly Pending[]): Origin {
  const senders = new Set(contributions.map(({ origin }) => origin.adjoint?.of));
  const first = contributions[0]!.origin;
  if (senders.size > 1 || first.adjoint === undefined) return adjointOrigin(node, 'sum of contributions');
  const loads = contributions.flatMap(({ origin }) => origin.adjoint?.load ?? []);
  return { ...first, adjoint: { ...first.adjoint, load: loads.join(', ') } };
}

const zeroOrigin = (of: Node, wrt: Node): Origin =>
  adjointOrigin(of, 'no path', { wrt, load: `%${wrt.name}` });

/** The gradient by something that the value does not depend on. */
export const zeroGradient = (of: Node, wrt: Node, name: string): Equation =>
  adjointEquation(wrt, name, { body: constant(0), origin: zeroOrigin(of, wrt) });
