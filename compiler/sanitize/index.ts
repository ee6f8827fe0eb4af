/**
 * An optimized graph in; a graph that looks for the first offence in it, without changing anything, out.
 *
 * For each equation with a dangerous operation, and for each f32 value, there is a probe: a tiny equation that
 * finds the first position, in row-major order, where the operand is out of its domain or the value is not
 * finite:
 *
 *     %y.probe = min[b, o] if not (%p[b, o] > 0) then 10*b + o else 2147483647
 *
 * The first probe in the order of the graph that finds something names the culprit: all that an equation reads
 * is probed before it, so whatever comes later only carries the offence on.
 */

import { countPoints } from '../../runtime/extents.ts';
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { InternalError } from '../internal-error.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Index, Node, ValueId } from '../ir/graph.ts';
import { isComputed, isScalar } from '../ir/nodes.ts';
import { verify } from '../ir/verify.ts';
import { defaultSplit, splitReductions } from '../passes/index.ts';
import { call, constant, index, load, not, or, select } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { anyOf, type Guard, guardsOf } from './guards.ts';

/** What a probe says where all is well: no position. */
export const noOffence = 2_147_483_647;

export interface Probe {
  /** The result of the sanitizing graph that holds the first offending position. */
  readonly result: string;
  /** The probed node of the optimized graph. */
  readonly value: ValueId;
  /** Of its operands (`domain`, with the result where the points are the same), or of its result alone. */
  readonly of: 'operands' | 'result';
  /** The position counts these, row-major. */
  readonly indices: readonly Index[];
  readonly guards: readonly Guard[];
}

export interface Sanitized {
  /** Its results are the probes; it updates nothing. */
  readonly graph: Graph;
  /** In the order of the graph. */
  readonly probes: readonly Probe[];
}

export function sanitize(graph: Graph): Sanitized {
  const builder = graphBuilder(`${graph.name}.sanitize`);
  const probes: { probe: Probe; id: ValueId }[] = [];
  for (const node of graph.nodes) builder.add(node);
  graph.nodes.forEach((node, value) => {
    for (const { of, indices, bad, reduceGuards, guards } of offencesOf(graph, node, value)) {
      const result = `${node.name}.${of === 'operands' ? 'domain' : 'finite'}`;
      const id = builder.add({
        kind: 'equation',
        name: result,
        dtype: 'i32',
        origin: originOf(node),
        ...firstPosition(indices, bad, reduceGuards),
      });
      probes.push({ probe: { result, value, of, indices, guards }, id });
    }
  });
  const probing = builder.finish(
    probes.map(({ probe, id }) => ({ name: probe.result, role: 'value', value: id })),
    [],
  );
  const violations = verify(probing, { primalsMayBeGone: true });
  if (violations.length > 0) throw new InternalError(violations.join('\n'), { pass: 'sanitize' });
  return { graph: splitReductions(defaultSplit).run(probing), probes: probes.map(({ probe }) => probe) };
}

/** A probe is no part of a gradient, whatever it looks at. */
export const originOf = ({ origin: { place, path } }: Node): Node['origin'] => ({
  ...(place && { place }),
  path,
});

interface Offence {
  readonly of: Probe['of'];
  readonly indices: readonly Index[];
  readonly bad: Expr;
  readonly reduceGuards: readonly Expr[];
  readonly guards: readonly Guard[];
}

function offencesOf(graph: Graph, node: Node, value: ValueId): readonly Offence[] {
  const guards = isComputed(node) ? guardsOf(node.body, graph.nodes) : [];
  const reduce = isComputed(node) ? node.reduce : undefined;
  const at = node.indices.map(({ name }) => index(affine.variable(name)));
  const infinite =
    node.dtype === 'f32' && !isScalar(node) ? not(call('is_finite', load(value, 'f32', at))) : undefined;
  const inner: readonly Offence[] =
    guards.length === 0
      ? []
      : [
          {
            of: 'operands',
            indices: [...node.indices, ...(reduce?.indices ?? [])],
            bad: reduce || infinite === undefined ? anyOf(guards) : or(anyOf(guards), infinite),
            reduceGuards: reduce?.guards ?? [],
            guards,
          },
        ];
  if (infinite === undefined || (inner.length > 0 && !reduce)) return inner;
  return [...inner, { of: 'result', indices: node.indices, bad: infinite, reduceGuards: [], guards: [] }];
}

/** The smallest row-major position where `bad` holds. */
function firstPosition(
  indices: readonly Index[],
  bad: Expr,
  reduceGuards: readonly Expr[],
): Pick<Equation, 'indices' | 'reduce' | 'body'> {
  const body = select(bad, index(positionOf(indices)), constant(noOffence, 'i32'));
  if (indices.length === 0) return { indices: [], body };
  return { indices: [], reduce: { by: 'min', indices, guards: reduceGuards }, body };
}

function positionOf(indices: readonly Index[]): Affine {
  const points = countPoints(indices);
  if (points >= noOffence) {
    throw new InternalError(`${points} points are more than a probe can count`, { pass: 'sanitize' });
  }
  return indices.reduce(
    (sum, { name, extent }) => affine.add(affine.scale(sum, extent), affine.variable(name)),
    affine.constant(0),
  );
}

/** The point at a row-major position. */
export function pointOf(indices: readonly Index[], position: number): ReadonlyMap<string, number> {
  let rest = position;
  const point = [...indices].reverse().map(({ name, extent }): [string, number] => {
    const at = rest % extent;
    rest = Math.floor(rest / extent);
    return [name, at];
  });
  return new Map(point.reverse());
}
