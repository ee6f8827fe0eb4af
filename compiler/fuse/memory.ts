/**
 * Kernels, the values of the leaves, and somebody who computes one kernel in; the results and the updates out.
 *
 * Memory is as the runtime has it: kernels run in their order, each sees what memory holds at that moment, a value
 * that is stored in place of an old one takes its memory over, and the copies come at the end, one after the other.
 * So an order that lets a kernel read what was overwritten before, and a copy that comes too late, show. Of a value that
 * has slots memory holds those.
 */

import { elementCount } from '../../runtime/extents.ts';
import { InternalError } from '../internal-error.ts';
import { isLeaf } from '../ir/nodes.ts';
import { fixedValue } from '../reference/evaluate.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { Fused } from './index.ts';
import { type Kernel, storedShape } from './kernel.ts';
import { positionsOf, unitsOf } from './units.ts';

/** What memory holds, by value; undefined where a value was never stored. */
export type Memory = readonly (Tensor64 | undefined)[];

export interface Run {
  /** By the result's name. */
  readonly results: ReadonlyMap<string, Tensor64>;
  /** What each param or state holds at the end, by its name. */
  readonly updates: ReadonlyMap<string, Tensor64>;
}

/**
 * What the kernel stores, by value. It must not write into what memory holds. `position`: of the loop that the kernel
 * is in; 0 outside of loops.
 */
export type RunKernel = (
  kernel: Kernel,
  memory: Memory,
  at: number,
  position: number,
) => ReadonlyMap<ValueId, Tensor64>;

/** Is told what a kernel has stored, at each position of its loop. */
export type Observer = (kernel: Kernel, stored: ReadonlyMap<ValueId, Tensor64>, position: number) => void;

/** What a tensor holds at one position along an axis, of which it may have the latest ones alone. */
export function atPosition({ shape, data }: Tensor64, axis: number, position: number): Tensor64 {
  const inner = elementCount(shape.slice(axis + 1));
  const extent = shape[axis]!;
  const at = position % extent;
  return {
    shape: shape.filter((_, k) => k !== axis),
    data: data.filter((_, k) => Math.floor(k / inner) % extent === at),
  };
}

/** A tensor in which nobody has stored a number. */
export const emptyTensor = (shape: readonly number[]): Tensor64 => ({
  shape,
  data: new Float64Array(elementCount(shape)).fill(Number.NaN),
});

export function runKernels(
  { graph, values, kernels, copies }: Fused,
  feeds: ReadonlyMap<string, Tensor64>,
  run: RunKernel,
): Run {
  // Values in one place share one object.
  const memory: (Tensor64 | undefined)[] = graph.nodes.map((node) => {
    if (!isLeaf(node)) return undefined;
    const feed = feeds.get(node.name) ?? fixedValue(node);
    if (feed === undefined) throw new RangeError(`no value was given for %${node.name}`);
    return { shape: node.indices.map(({ extent }) => extent), data: feed.data.slice() };
  });
  // What a loop stores is there from its beginning on, and holds nothing yet.
  for (const { position, stores } of kernels) {
    if (position) for (const value of stores) memory[value] ??= emptyTensor(storedShape(values.get(value)!));
  }
  const runOne = (at: number, position: number): void => {
    const kernel = kernels[at]!;
    for (const [value, tensor] of run(kernel, memory, at, position)) {
      memory[value] = tensor;
      const old = kernel.inPlace.get(value);
      if (old !== undefined) memory[old] = tensor;
    }
  };
  for (const one of unitsOf(kernels)) {
    if (one.kind === 'kernel') runOne(one.at, 0);
    else {
      for (const position of positionsOf(one.position))
        for (let at = one.from; at < one.until; at++) runOne(at, position);
    }
  }
  const held = (value: ValueId): Tensor64 => {
    const tensor = memory[value];
    if (tensor !== undefined) return tensor;
    const node = graph.nodes[value]!.name;
    throw new InternalError(`%${node} is asked for, and no kernel stores it`, { pass: 'fuse', node });
  };
  for (const { from, to } of copies) held(to).data.set(held(from).data);
  return {
    results: new Map(graph.results.map(({ name, value }) => [name, held(value)])),
    updates: new Map(graph.updates.map(({ target }) => [graph.nodes[target]!.name, held(target)])),
  };
}
