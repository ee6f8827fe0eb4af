/** The text of a model comes in, its graph and its values in f64 come out: no fusion, no kernels, no device. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { type Evaluation, evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { type CompileOptions, programOf } from './program.ts';

/** Forward and backward equations. */
export const graphOf = (text: string, kind: Purpose['kind'], options: CompileOptions = {}): Graph =>
  differentiate(lower(programOf(text, options), { kind }));

export const evaluateWith = (graph: Graph, feeds: Readonly<Record<string, Tensor64>>): Evaluation =>
  evaluateGraph(graph, new Map(Object.entries(feeds)));

export const tensor64 = (shape: readonly number[], values: readonly number[]): Tensor64 => ({
  shape,
  data: Float64Array.from(values),
});

export const scalar64 = (value: number): Tensor64 => tensor64([], [value]);

/** Numbers in 0 … 1 that are the same in each run: the minimal standard generator of Park and Miller (1988). */
export function draws(seed: number, count: number): readonly number[] {
  const numbers: number[] = [];
  let state = seed * 48271 + 11;
  for (let k = 0; k < count + 3; k++) {
    state = (state * 48271) % 2147483647;
    numbers.push(state / 2147483647);
  }
  return numbers.slice(3);
}
