/**
 * Values of which only some positions are read in; the same values at those positions alone, out.
 *
 * Of `pooled = h[:, 0]`, the first position of what the last block of an encoder makes, all others are computed for nobody:
 * so are the queries, the scores and the feed-forward network that they come from. Each axis shrinks to the smallest
 * arithmetic progression that holds all positions which its readers name, where that is at most half of it. Readers are
 * looked at first, so what they are made from shrinks with them. It runs before differentiation: the gradients, too, are
 * those of what is read.
 */
import type { Affine, Ranges } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { greatestCommonDivisor } from '../index/divisor.ts';
import { bounds, rangesOf } from '../index/query.ts';
import { blocksOf } from '../ir/components.ts';
import { boundIndices, mapExpressions, mapLoads } from '../ir/equation.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { isEquation, loadsOfNode, operandsOf } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { asAffine, constant, index } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import type { Pass } from './rebuild.ts';

export const narrowReads: Pass = {
  name: 'narrow-reads',
  doc: 'Computes a value only at the positions of an axis that are read, where these are few.',
  run: (graph) => {
    const nodes = [...graph.nodes];
    const reads = readsOf(graph);
    for (let id = nodes.length - 1; id >= 0; id--) {
      const node = nodes[id]!;
      if (isEquation(node) && !reads.isWhole(id)) nodes[id] = restricted(node, reads.of(id));
      for (const load of loadsOfNode(nodes[id]!)) reads.note(load, nodes[id]!, graph.nodes[load.value]!);
    }
    const changed = nodes.flatMap((node, id) => (node === graph.nodes[id] ? [] : [id]));
    if (changed.length === 0) return graph;
    const narrower = new Set(changed);
    const moved = nodes.map((node) =>
      isEquation(node)
        ? mapLoads(node, (load) =>
            narrower.has(load.value)
              ? follow(load, node, reads.of(load.value), graph.nodes[load.value]!)
              : load,
          )
        : node,
    );
    return {
      ...graph,
      nodes: moved.map((node, id) =>
        isEquation(node) && node !== nodes[id] ? protectLoads(node, (value) => moved[value]!) : node,
      ),
    };
  },
};

/** The positions first, first + step, … last; a step of 0 where there is one. */
interface Progression {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

const countOf = ({ first, last, step }: Progression): number => (step === 0 ? 1 : (last - first) / step + 1);

/** The smallest that holds both. */
function joined(a: Progression, b: Progression): Progression {
  const step = [a.step, b.step, Math.abs(a.first - b.first)].reduce(greatestCommonDivisor);
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last), step };
}

type Positions = Progression | 'all' | 'none';

interface Reads {
  /** Whether all of a value is needed, whatever its readers name. */
  readonly isWhole: (id: ValueId) => boolean;
  /** For each axis the positions that are read, as far as readers were noted. */
  readonly of: (id: ValueId) => readonly Positions[];
  readonly note: (load: Load, reader: Node, source: Node) => void;
}

/** Nothing is known of a recurrence: its positions need each other. */
function readsOf({ nodes, results, updates }: Graph): Reads {
  const whole = new Set([
    ...[...results, ...updates].map(({ value }) => value),
    ...nodes.flatMap((node) => (isEquation(node) ? [] : operandsOf(node))),
    ...blocksOf(nodes).flatMap(({ members, isRecurrence }) => (isRecurrence ? members : [])),
  ]);
  const known = new Map<ValueId, readonly Positions[]>();
  const of = (id: ValueId): readonly Positions[] =>
    known.get(id) ?? nodes[id]!.indices.map((): Positions => 'none');
  return {
    isWhole: (id) => whole.has(id),
    of,
    note: (load, reader, source) => {
      if (!isEquation(source) || !isEquation(reader) || whole.has(load.value)) return;
      const ranges = rangesOf(boundIndices(reader));
      const positions = of(load.value).map((before, axis): Positions => {
        const here = positionsOf(load.indices[axis]!, ranges, source.indices[axis]!.extent);
        if (before === 'none' || here === 'all') return here;
        return before === 'all' || here === 'none' ? before : joined(before, here);
      });
      known.set(load.value, positions);
    },
  };
}

/** What an index can be within an axis: outside of that nothing is read. */
function positionsOf(at: Expr, ranges: Ranges, extent: number): Positions {
  const of = asAffine(at);
  if (of === undefined) return 'all';
  const { min, max } = bounds(of, ranges);
  if (!Number.isFinite(max - min)) return 'all';
  const step = min === max ? 0 : stepOf(of, ranges);
  if (step === 0) return min >= 0 && min < extent ? { first: min, last: min, step } : 'none';
  const first = min >= 0 ? min : min + step * Math.ceil(-min / step);
  const last = first + step * Math.floor((Math.min(max, extent - 1) - first) / step);
  if (last < first) return 'none';
  return { first, last, step: first === last ? 0 : step };
}

/** All values of an index differ by multiples of it. */
const stepOf = ({ terms }: Affine, ranges: Ranges): number =>
  terms.reduce((step, { coefficient, atom }) => {
    const { min, max } = bounds({ constant: 0, terms: [{ coefficient: 1, atom }] }, ranges);
    return min === max ? step : greatestCommonDivisor(step, coefficient);
  }, 0);

/** What becomes of an axis: undefined where it stays. */
function kept(positions: Positions | undefined, extent: number): Progression | undefined {
  if (positions === undefined || positions === 'all' || positions === 'none') return undefined;
  return 2 * countOf(positions) <= extent ? positions : undefined;
}

/** The equation at the positions that are read. */
function restricted(equation: Equation, positions: readonly Positions[]): Equation {
  const parts = equation.indices.map(({ extent }, axis) => kept(positions[axis], extent));
  if (parts.every((part) => part === undefined)) return equation;
  const indices = equation.indices.map((own, axis) => {
    const part = parts[axis];
    return part === undefined ? own : { name: own.name, extent: countOf(part) };
  });
  const map = new Map(
    equation.indices.flatMap(({ name }, axis): readonly (readonly [string, Affine])[] => {
      const part = parts[axis];
      if (part === undefined) return [];
      return [
        [name, affine.add(affine.scale(affine.variable(name), part.step), affine.constant(part.first))],
      ];
    }),
  );
  const ranges = rangesOf(boundIndices({ ...equation, indices }));
  return mapExpressions({ ...equation, indices }, (e) => substituteIndices(e, map, ranges));
}

/** A load of the whole as one of what is left of it. */
function follow(load: Load, reader: Equation, positions: readonly Positions[], { indices }: Node): Load {
  const ranges = rangesOf(boundIndices(reader));
  const at = load.indices.map((position, axis): Expr => {
    const part = kept(positions[axis], indices[axis]!.extent);
    const of = part === undefined ? undefined : asAffine(position);
    if (part === undefined || of === undefined) return position;
    if (part.step === 0) return constant(0, 'i32');
    // Exact: all that it can be differs from the first by a multiple of the step.
    return index(affine.divide(affine.add(of, affine.constant(-part.first)), part.step, ranges));
  });
  return { ...load, indices: at };
}
