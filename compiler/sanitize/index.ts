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
 * is probed before it, so whatever comes later only carries the offence on. In a recurrence all that an element reads
 * is of an earlier step of its loop, or before it in the same one: its probes count steps first.
 */

import { countPoints } from '../../runtime/extents.ts';
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { InternalError } from '../internal-error.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Index, Node, ValueId } from '../ir/graph.ts';
import { isComputed, isScalar } from '../ir/nodes.ts';
import { namedIn } from '../ir/origin.ts';
import { type Recurrence, recurrencesOf } from '../ir/recurrences.ts';
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
  /** Of a member of a recurrence, whose sequential index is the first one; backward it counts from the last position. */
  readonly recurrence?: Recurrence;
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
  const loops = new Map(
    recurrencesOf(graph.nodes).flatMap((found) => found.members.map((id) => [id, found] as const)),
  );
  for (const node of graph.nodes) builder.add(node);
  graph.nodes.forEach((node, value) => {
    const recurrence = loops.get(value);
    for (const { of, indices: own, bad, reduceGuards, guards } of offencesOf(graph, node, value)) {
      const axis = recurrence?.axes.get(value);
      const indices = axis === undefined ? own : [own[axis]!, ...own.filter((_, k) => k !== axis)];
      const result = `${node.name}.${of === 'operands' ? 'domain' : 'finite'}`;
      const id = builder.add({
        kind: 'equation',
        name: result,
        dtype: 'i32',
        origin: originOf(node),
        ...firstPosition(indices, bad, reduceGuards, recurrence),
      });
      probes.push({ probe: { result, value, of, indices, guards, ...(recurrence && { recurrence }) }, id });
    }
  });
  const probing = builder.finish(
    probes.map(({ probe, id }) => ({ name: probe.result, role: 'value', value: id })),
    [],
  );
  const violations = verify(probing, { gone: namedIn(graph.nodes) });
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

/** The smallest position where `bad` holds. */
function firstPosition(
  indices: readonly Index[],
  bad: Expr,
  reduceGuards: readonly Expr[],
  recurrence: Recurrence | undefined,
): Pick<Equation, 'indices' | 'reduce' | 'body'> {
  const body = select(bad, index(positionOf(indices, recurrence)), constant(noOffence, 'i32'));
  if (indices.length === 0) return { indices: [], body };
  return { indices: [], reduce: { by: 'min', indices, guards: reduceGuards }, body };
}

function positionOf(indices: readonly Index[], recurrence: Recurrence | undefined): Affine {
  const points = countPoints(indices);
  if (points >= noOffence) {
    throw new InternalError(`${points} points are more than a probe can count`, { pass: 'sanitize' });
  }
  return indices.reduce((sum, { name, extent }, k) => {
    const at = affine.variable(name);
    const counted = k === 0 && isBackward(recurrence) ? affine.subtract(affine.constant(extent - 1), at) : at;
    return affine.add(affine.scale(sum, extent), counted);
  }, affine.constant(0));
}

const isBackward = (recurrence: Recurrence | undefined): boolean => recurrence?.direction === 'backward';

/** The point that a probe found. */
export function pointOf({ indices, recurrence }: Probe, position: number): ReadonlyMap<string, number> {
  let rest = position;
  const point = [...indices].reverse().map(({ name, extent }): [string, number] => {
    const at = rest % extent;
    rest = Math.floor(rest / extent);
    return [name, name === indices[0]!.name && isBackward(recurrence) ? extent - 1 - at : at];
  });
  return new Map(point.reverse());
}

/** The probe that names the culprit, of those that found something: `positionOf` gives what each found. */
export function firstOffence(
  probes: readonly Probe[],
  positionOf: (probe: Probe) => number,
): Probe | undefined {
  const found = probes.filter((probe) => positionOf(probe) !== noOffence);
  const [first] = found;
  if (first?.recurrence === undefined) return first;
  const stepOf = (probe: Probe): number =>
    Math.floor(positionOf(probe) / countPoints(probe.indices.slice(1)));
  return found
    .filter(({ recurrence }) => recurrence === first.recurrence)
    .reduce((best, next) => (stepOf(next) < stepOf(best) ? next : best));
}
