/**
 * A loss, as a graph of equations, and the values of its leaves in; whether the gradient that the compiler derives
 * agrees with central differences, leaf by leaf, and if not the first equation whose derivative is wrong, out.
 *
 * Everything is f64, on the reference. A small leaf is checked in every coordinate, a large one in one random
 * direction v: ⟨d loss, v⟩ against the slope of the loss along v.
 */

import { countPoints } from '../../runtime/extents.ts';
import { differentiate } from '../autodiff/index.ts';
import { graphBuilder } from '../ir/build.ts';
import { reachedForward } from '../ir/components.ts';
import type { Graph, Index, Node, Result, ValueId } from '../ir/graph.ts';
import { isComputed, isVariable, loadsOfNode } from '../ir/nodes.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { type Culprit, firstWrongEquation } from './culprit.ts';
import { type Agreement, agreement } from './differences.ts';
import { drawNormal } from './draw.ts';
import { freeze } from './freeze.ts';

export type { Culprit } from './culprit.ts';
export { projected } from './projection.ts';

export type Feeds = ReadonlyMap<string, Tensor64>;

export interface LeafCheck {
  readonly name: string;
  readonly shape: readonly number[];
  /** The Euclidean length of the gradient. */
  readonly norm: number;
  readonly method: 'every coordinate' | 'a random direction';
  /** The largest one, relative to the gradient. */
  readonly error: number;
  readonly verdict: 'agrees' | 'disagrees' | 'kink';
  /** Where it is largest, for a check of every coordinate. */
  readonly worst?: {
    readonly position: readonly number[];
    readonly adjoint: number;
    readonly difference: number;
  };
}

export interface GradientCheck {
  readonly loss: number;
  readonly leaves: readonly LeafCheck[];
  readonly culprit?: Culprit;
}

export interface CheckOptions {
  readonly seed?: number;
  /** The largest error that agrees; 1e-6 unless told. */
  readonly tolerance?: number;
  /** Leaves of more elements are checked in one direction, and those of a costly loss; 200 unless told. */
  readonly mostCoordinates?: number;
  /** Leaves to leave alone. */
  readonly except?: ReadonlySet<string>;
}

/** The loss along a direction from where a leaf is. */
type Along = (direction: Float64Array) => (t: number) => number;

interface Ray {
  readonly along: Along;
  /** How many points of equations are computed for one value of the loss. */
  readonly points: number;
}

export const defaultTolerance = 1e-6;
const defaultCoordinates = 200;

/** Points of equations that are computed for coordinates alone, in all; about five seconds. */
const mostPoints = 3e8;

const isLeaf = (node: Node): boolean => isVariable(node) && node.dtype === 'f32';

/** The leaves that a loss can be differentiated by. */
export const differentiableLeaves = ({ nodes }: Graph, except?: ReadonlySet<string>): readonly ValueId[] =>
  nodes.flatMap((node, id) => (isLeaf(node) && !except?.has(node.name) ? [id] : []));

/** The graph's only result, and its gradient by each of the leaves as the result `d.<leaf>`. */
export function withGradients(graph: Graph, leaves: readonly ValueId[]): Graph {
  const builder = graphBuilder(graph.name, graph.nodes);
  const of = graph.results[0]!.value;
  const { origin } = graph.nodes[of]!;
  const results = leaves.map((wrt): Result => {
    const { name: leaf, indices } = graph.nodes[wrt]!;
    const name = `d.${leaf}`;
    const value = builder.add({ kind: 'gradient', name, dtype: 'f32', indices, origin, of, wrt });
    return { name, role: 'gradient', value };
  });
  return differentiate(builder.finish([...graph.results, ...results], []));
}

/** The only result of the graph is the loss; there are no gradient nodes. */
export function checkGradient(graph: Graph, feeds: Feeds, options: CheckOptions = {}): GradientCheck {
  const { tolerance = defaultTolerance, mostCoordinates = defaultCoordinates, seed = 1 } = options;
  const leaves = differentiableLeaves(graph, options.except);
  const { results } = evaluateGraph(withGradients(graph, leaves), feeds);
  const lossName = graph.results[0]!.name;
  const loss = results.get(lossName)!.data[0]!;
  const frozen = freeze(graph, feeds);
  const { values } = evaluateGraph(frozen.graph, frozen.feeds);
  const lossAlong = (name: string): Ray => {
    const slice = downstream(frozen.graph, values, name);
    const along: Along = (direction) => (t) => {
      const at = moved(slice.feeds, name, direction, t);
      return evaluateGraph(slice.graph, at).results.get(lossName)!.data[0]!;
    };
    return { along, points: pointsOf(slice.graph) };
  };
  const share = mostPoints / leaves.length;
  const checks = leaves.map((id, stream): LeafCheck => {
    const { name, indices } = graph.nodes[id]!;
    const { data: gradient } = results.get(`d.${name}`)!;
    const { along, points } = lossAlong(name);
    const noise = 1e-5 * Math.abs(loss) + 1e-12;
    const common = { name, shape: indices.map(({ extent }) => extent), norm: Math.hypot(...norms(gradient)) };
    if (gradient.length <= mostCoordinates && gradient.length * evaluationsOfOne * points <= share) {
      return { ...common, ...everyCoordinate(gradient, indices, along, noise, tolerance) };
    }
    const directions = [0, 1, 2].map((k) => unit(drawNormal(indices, seed + k, stream).data));
    return { ...common, ...someDirection(gradient, directions, along, noise, tolerance) };
  });
  const wrong = checks.some(({ verdict }) => verdict === 'disagrees');
  const culprit = wrong ? firstWrongEquation(frozen, leaves, tolerance, seed) : undefined;
  return { loss, leaves: checks, ...(culprit && { culprit }) };
}

/** How often the loss is evaluated for one derivative that agrees at once. */
const evaluationsOfOne = 4;

/** How much there is to compute: all values of the indices of the equations, and of what they reduce over. */
export const pointsOf = ({ nodes }: Graph): number =>
  nodes.reduce(
    (sum, node) =>
      isComputed(node) ? sum + countPoints([...node.indices, ...(node.reduce?.indices ?? [])]) : sum,
    0,
  );

/** A short step: of many coordinates that move together, some would soon pass a kink. */
function unit(direction: Float64Array): Float64Array {
  const length = Math.hypot(...norms(direction));
  return direction.map((x) => x / length);
}

/**
 * The first direction that agrees, else the last. A wrong gradient is wrong in nearly every direction, but along
 * one of them there may be a kink nearby.
 */
function someDirection(
  gradient: Float64Array,
  directions: readonly Float64Array[],
  along: Along,
  noise: number,
  tolerance: number,
): Pick<LeafCheck, 'method' | 'verdict' | 'error'> {
  const results: Agreement[] = [];
  for (const v of directions) {
    const parts = gradient.map((g, k) => g * v[k]!);
    const scale = parts.reduce((sum, x) => sum + Math.abs(x), noise);
    const claimed = parts.reduce((sum, x) => sum + x, 0);
    results.push(agreement(along(v), claimed, scale, tolerance));
    if (results.at(-1)!.verdict === 'agrees') break;
  }
  const { verdict, error } = results.at(-1)!;
  return { method: 'a random direction', verdict, error };
}

/** In pieces, since a call takes only so many arguments. */
function norms(data: Float64Array): readonly number[] {
  const sums: number[] = [];
  for (let k = 0; k < data.length; k += 4096) sums.push(Math.hypot(...data.subarray(k, k + 4096)));
  return sums.length <= 4096 ? sums : norms(Float64Array.from(sums));
}

function everyCoordinate(
  gradient: Float64Array,
  indices: readonly Index[],
  along: Along,
  noise: number,
  tolerance: number,
): Pick<LeafCheck, 'method' | 'verdict' | 'error' | 'worst'> {
  const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  let worst: Pick<LeafCheck, 'verdict' | 'error' | 'worst'> = { verdict: 'agrees', error: 0 };
  const order = { agrees: 0, kink: 1, disagrees: 2 } as const;
  for (const [k, adjoint] of gradient.entries()) {
    const direction = new Float64Array(gradient.length);
    direction[k] = 1;
    const { verdict, error, difference } = agreement(along(direction), adjoint, largest + noise, tolerance);
    const rank = order[verdict] - order[worst.verdict];
    if (rank < 0 || (rank === 0 && error <= worst.error)) continue;
    worst = { verdict, error, worst: { position: positionOf(k, indices), adjoint, difference } };
  }
  return { method: 'every coordinate', ...worst };
}

/** The indices of the k-th element. */
export function positionOf(k: number, indices: readonly Index[]): readonly number[] {
  let rest = k;
  return indices
    .toReversed()
    .map(({ extent }) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .reverse();
}

/** The graph with every value that does not depend on the leaf as a leaf of its own: it need not be computed anew. */
function downstream(
  graph: Graph,
  values: readonly (Tensor64 | undefined)[],
  leaf: string,
): { readonly graph: Graph; readonly feeds: Feeds } {
  const affected = reachedForward(
    graph.nodes,
    graph.nodes.length - 1,
    (id, reached) =>
      graph.nodes[id]!.name === leaf || loadsOfNode(graph.nodes[id]!).some(({ value }) => reached.has(value)),
  );
  const feeds = new Map<string, Tensor64>();
  const nodes = graph.nodes.map((node, id): Node => {
    if (isComputed(node) && affected.has(id)) return node;
    feeds.set(node.name, values[id]!);
    const { name, dtype, indices, origin } = node;
    return { kind: 'input', name, dtype, indices, origin };
  });
  return { graph: { ...graph, nodes }, feeds };
}

function moved(feeds: Feeds, name: string, direction: Float64Array, t: number): Feeds {
  const { shape, data } = feeds.get(name)!;
  return new Map([...feeds, [name, { shape, data: data.map((x, k) => x + t * direction[k]!) }]]);
}
