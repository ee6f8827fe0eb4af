/** Small ways to make kernels in tests: the text of equations that share an index space in, one kernel out. */

import type { Kernel, Step, ValueInfo, ValueTable } from '../../compiler/fuse/kernel.ts';
import type { Equation, Graph, Index } from '../../compiler/ir/graph.ts';
import { printNode } from '../../compiler/ir/print.ts';
import type { DType, ValueId } from '../../compiler/scalar/expr.ts';
import { elementCount } from '../../runtime/extents.ts';
import { graphOf } from './graphs.ts';

export interface KernelOptions {
  /** Names of the row indices, in order; columns are what reductions run over. */
  readonly rows: readonly string[];
  /** Names of what is stored; by default the last equation. */
  readonly stores?: readonly string[];
  /** Stored name -> the name of what it overwrites. */
  readonly inPlace?: Readonly<Record<string, string>>;
}

export interface TestKernel {
  readonly graph: Graph;
  readonly kernel: Kernel;
  readonly values: ValueTable;
}

/** All equations of the text as one kernel. They must use the same index names. */
export function kernelOf(lines: string, options: KernelOptions): TestKernel {
  const graph = graphOf(lines);
  const id = (name: string): ValueId => {
    const found = graph.nodes.findIndex((node) => node.name === name);
    if (found < 0) throw new RangeError(`no value %${name}`);
    return found;
  };
  const equations = graph.nodes.flatMap((node, value) => (node.kind === 'equation' ? [{ node, value }] : []));
  const extents = new Map<string, Index>();
  const columns: Index[] = [];
  for (const { node } of equations) {
    for (const index of [...node.indices, ...(node.reduce?.indices ?? [])]) {
      if (!extents.has(index.name) && !options.rows.includes(index.name)) columns.push(index);
      extents.set(index.name, index);
    }
  }
  const stores = options.stores?.map(id) ?? [equations.at(-1)!.value];
  const kernel: Kernel = {
    name: graph.nodes[stores[0]!]!.name,
    rows: options.rows.map((name) => extents.get(name)!),
    columns,
    steps: equations.map(({ node, value }) => stepOf(node, value, graph, options.rows)),
    stores,
    inPlace: new Map(Object.entries(options.inPlace ?? {}).map(([stored, old]) => [id(stored), id(old)])),
    because: [],
  };
  const values = new Map(
    graph.nodes.map((node, value): [ValueId, ValueInfo] => [
      value,
      { name: node.name, dtype: node.dtype, shape: node.indices.map((index) => index.extent) },
    ]),
  );
  return { graph, kernel, values };
}

function stepOf(node: Equation, value: ValueId, graph: Graph, rows: readonly string[]): Step {
  const isRow = node.indices.every((index) => rows.includes(index.name));
  return {
    level: node.reduce !== undefined ? 'reduce' : isRow ? 'row' : 'element',
    value,
    name: node.name,
    dtype: node.dtype,
    indices: node.indices.map((index) => index.name),
    ...(node.reduce && { by: node.reduce.by }),
    guards: node.reduce?.guards ?? [],
    body: node.body,
    equation: printNode(node, graph.nodes),
    origin: node.origin,
  };
}

/** Bytes for a device buffer: 32-bit elements, rounded up to a whole vector. */
export const bufferBytes = (shape: readonly number[]): number =>
  Math.ceil((elementCount(shape) * 4) / 16) * 16;

/** Numbers as a device keeps them. */
export function toDevice(numbers: ArrayLike<number>, dtype: DType): Float32Array | Int32Array | Uint32Array {
  if (dtype === 'f32') return Float32Array.from(numbers);
  return dtype === 'i32' ? Int32Array.from(numbers) : Uint32Array.from(numbers);
}
