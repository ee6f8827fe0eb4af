/**
 * A graph and values for its leaves in; whether something that it computes jumps there, out: two elements of a row that
 * are equal but for rounding, so that sums added up in another order choose the other one as the largest.
 */
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { type RandomSource, randomSource } from './random.ts';

/** Of the leaves, relative: some roundings of f64, and far below what the stages may differ by. */
const nudge = 1e-14;
/** A tie is decided as before by half of all nudges at least, so that one or two would show too little. */
const nudges = 12;

/** Whether nudged leaves move a value by more than the tolerance, relative to its largest number. */
export function jumps(graph: Graph, feeds: ReadonlyMap<string, Tensor64>, tolerance: number): boolean {
  const random = randomSource(1);
  const still = evaluateGraph(graph, feeds).values;
  return Array.from({ length: nudges }, () => evaluateGraph(graph, nudged(feeds, nudge, random)).values).some(
    (moved) => still.some((value, id) => value !== undefined && differ(value, moved[id]!, tolerance)),
  );
}

/** Each number moved by about so much of it. Whole numbers may be classes or positions, and stay. */
export const nudged = (
  feeds: ReadonlyMap<string, Tensor64>,
  by: number,
  random: RandomSource,
): ReadonlyMap<string, Tensor64> =>
  new Map([...feeds].map(([name, tensor]) => [name, moved(tensor, by, random)]));

export const moved = ({ shape, data }: Tensor64, by: number, random: RandomSource): Tensor64 => ({
  shape,
  data: data.map((x) => (Number.isInteger(x) ? x : x * (1 + by * random.normal()))),
});

function differ(a: Tensor64, b: Tensor64, tolerance: number): boolean {
  const scale = a.data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);
  return a.data.some(
    (x, at) => !Object.is(x, b.data[at]) && !(Math.abs(x - b.data[at]!) <= tolerance * scale),
  );
}
