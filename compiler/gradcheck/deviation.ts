/**
 * Kernels in; a program that shows everything they store, and a comparison of it with the reference, out. A kernel
 * that is wrong is found by its own values: the first one, in the order in which they run, that is too far off.
 */

import type { Program } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import { squeezedFeeds } from '../fuse/squeeze.ts';
import { storedWhole } from '../fuse/units.ts';
import type { Equation, Place, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import { programOf } from '../pipeline.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { loadsOf } from '../scalar/walk.ts';
import type { Target } from '../target.ts';

/** The program of the kernels with each value that they store as a result under its own name. */
export function visibleProgram(fused: Fused, target: Target): Program {
  const { graph } = fused;
  const results = [...storedWhole(fused.kernels)].map(
    (value) => ({ name: graph.nodes[value]!.name, role: 'value', value }) as const,
  );
  // A result is kept for all positions of a loop.
  const values = new Map([...fused.values].map(([id, { slots: _, ...info }]) => [id, info] as const));
  return programOf({ ...fused, graph: { ...graph, results }, values }, target);
}

export interface Deviation {
  readonly name: string;
  /** As the IR prints it. */
  readonly equation: string;
  readonly kernel: string;
  readonly error: number;
  readonly place?: Place;
}

export interface DeviceCheck {
  /** The error of each result of the graph, by name. */
  readonly errors: ReadonlyMap<string, number>;
  /** The first equation that is too far off. */
  readonly first?: Deviation;
}

/** Errors of f32 and of a device's sine up to this size are no fault. */
export const deviceTolerance = 2e-3;

/** `found` are the values of `visibleProgram`'s results on a device. */
export function compareKernels(
  { graph, kernels }: Fused,
  feeds: ReadonlyMap<string, Tensor64>,
  found: ReadonlyMap<string, ArrayLike<number>>,
): DeviceCheck {
  const given = squeezedFeeds(feeds);
  const exact = evaluateGraph(graph, given).values;
  // An equation answers for what it makes of its operands as they are on the device, and not for how exact those are.
  const alone = evaluateGraph(graph, given, found).values;
  const errorOf = (id: ValueId, values: readonly (Tensor64 | undefined)[]): number => {
    const node = graph.nodes[id]!;
    const device = found.get(node.name);
    if (!isComputed(node) || node.dtype !== 'f32' || device === undefined) return 0;
    return deviation(values[id]!.data, device, operandScale(node, values));
  };
  const errors = new Map(graph.results.map(({ name, value }) => [name, errorOf(value, exact)] as const));
  for (const kernel of kernels) {
    for (const value of kernel.stores) {
      const error = errorOf(value, alone);
      if (error <= deviceTolerance) continue;
      const node = graph.nodes[value]!;
      const { place } = node.origin;
      const first = { name: node.name, equation: printNode(node, graph.nodes), kernel: kernel.name, error };
      return { errors, first: { ...first, ...(place && { place }) } };
    }
  }
  return { errors };
}

/** A difference of large numbers may be as wrong as they are. */
function operandScale({ body }: Equation, values: readonly (Tensor64 | undefined)[]): number {
  const sizes = loadsOf(body).map(({ value }) => largest(values[value]!.data));
  return 1e-3 * Math.max(0, ...sizes);
}

const largest = (data: Float64Array): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** The largest difference, relative to the largest number. */
function deviation(exact: Float64Array, found: ArrayLike<number>, operands: number): number {
  const scale = Math.max(largest(exact), operands, 1e-30);
  let worst = 0;
  for (const [k, x] of exact.entries()) {
    const y = found[k]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const error = Math.abs(x - y) / scale;
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
