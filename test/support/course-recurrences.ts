/** Recurrences of courses as a user writes them, and their graphs, the values of their leaves, and what they should give. */
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { graphOf } from '../lower/lowered.ts';
import { type CourseRecurrence, type Grid, grid, type Sizes } from './courses.ts';
import { decodings } from './courses-decoding.ts';
import { iterations } from './courses-iterations.ts';
import { lengths } from './courses-lengths.ts';
import { networks } from './courses-networks.ts';
import { sequences } from './courses-sequences.ts';
import { completed, withGradients } from './gradient.ts';
import { randomSource } from './random.ts';

export const courseRecurrences: readonly CourseRecurrence[] = [
  ...sequences,
  ...decodings,
  ...iterations,
  ...networks,
  ...lengths,
];

type Feeds = ReadonlyMap<string, Tensor64>;

export const courseGraph = ({ text }: CourseRecurrence, set: Sizes): Graph =>
  graphOf(text, { kind: 'run' }, { set });

/** Values for all leaves, rounded to f32 so that a device reads the same. */
export function leavesOf({ draw = {} }: CourseRecurrence, sizes: Sizes, graph: Graph): Feeds {
  const random = randomSource(11);
  const drawn = new Map<string, Tensor64>();
  for (const node of graph.nodes) {
    if (node.kind === 'equation' || node.kind === 'gradient') continue;
    const shape = node.indices.map(({ extent }) => extent);
    const one = draw[node.name];
    if (one === undefined && node.dtype !== 'f32') continue;
    const length = shape.reduce((n, extent) => n * extent, 1);
    const make = (): number => (one === undefined ? Math.fround(random.normal()) : one(random, sizes));
    drawn.set(node.name, { shape, data: Float64Array.from({ length }, make) });
  }
  return completed(graph, drawn, random);
}

/** What the loops give. */
export function valuesOf(course: CourseRecurrence, sizes: Sizes, feeds: Feeds): ReadonlyMap<string, Grid> {
  const leaf = (name: string, ...shape: number[]): Grid => {
    const found = feeds.get(name);
    if (found === undefined) throw new RangeError(`no leaf ${name}: ${[...feeds.keys()].join(', ')}`);
    return grid(shape, found.data);
  };
  return new Map(Object.entries(course.values(leaf, sizes)));
}

/** The graph with the gradient of a weighted sum of its results for every leaf; undefined where it has no f32 among them. */
export function askedFor(
  graph: Graph,
  feeds: Feeds,
): { readonly graph: Graph; readonly feeds: Feeds } | undefined {
  const floats = graph.results.some(({ value }) => graph.nodes[value]!.dtype === 'f32');
  const leaves = graph.nodes.some(
    ({ kind, dtype }) => (kind === 'input' || kind === 'param') && dtype === 'f32',
  );
  return floats && leaves ? withGradients(graph, feeds, 3) : undefined;
}
