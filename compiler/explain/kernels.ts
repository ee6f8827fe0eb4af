/** The kernels of a compiled program and an adjoint's name in, which kernel computes it and how, out. */

import type { Fused } from '../fuse/index.ts';
import type { Kernel } from '../fuse/kernel.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { isEquation, operandsOf } from '../ir/nodes.ts';
import type { KernelNote } from './explanation.ts';

export interface Compiled {
  readonly backward: Graph;
  readonly optimized: Graph;
  readonly fused: Fused;
}

/** Finds kernels by the names of what they compute. */
export function kernelFinder({
  backward,
  optimized,
  fused,
}: Compiled): (name: string) => KernelNote | undefined {
  const copies = copiesOf(backward);
  const own = (name: string): KernelNote | undefined => {
    for (const kernel of fused.kernels) {
      const step = kernel.steps.find((candidate) => candidate.name === name);
      if (step !== undefined)
        return noteOf(kernel, kernel.stores.includes(step.value) ? 'stored' : 'on chip');
    }
    return undefined;
  };
  const viaResult = (name: string): KernelNote | undefined => {
    const result = optimized.results.find((candidate) => candidate.name === name);
    const node = result === undefined ? undefined : optimized.nodes[result.value];
    const note = node === undefined || node.name === name ? undefined : own(node.name);
    return note && { ...note, how: 'copy' };
  };
  const viaReader = (name: string): KernelNote | undefined => {
    const reader = optimized.nodes.find((node) =>
      operandsOf(node).some((value) => optimized.nodes[value]?.name === name),
    );
    const note = reader === undefined ? undefined : own(reader.name);
    return note && { ...note, how: 'inlined' };
  };
  return (name) => {
    const direct = own(name) ?? viaResult(name) ?? viaReader(name);
    if (direct !== undefined) return direct;
    const source = copies.get(name);
    const note = source === undefined ? undefined : (own(source) ?? viaResult(source));
    return note && { ...note, how: 'copy' };
  };
}

const noteOf = (kernel: Kernel, how: KernelNote['how']): KernelNote => ({
  name: kernel.name,
  how,
  steps: kernel.steps.map(({ name }) => name),
  ...(kernel.position && { over: kernel.position.name }),
});

/** Equations that only copy another value, by name, to what they copy in the end. */
function copiesOf({ nodes }: Graph): ReadonlyMap<string, string> {
  const source = new Map<ValueId, ValueId>();
  const copies = new Map<string, string>();
  for (const [id, node] of nodes.entries()) {
    if (!isEquation(node) || node.reduce !== undefined || node.body.kind !== 'load') continue;
    const from = source.get(node.body.value) ?? node.body.value;
    source.set(id, from);
    copies.set(node.name, nodes[from]!.name);
  }
  return copies;
}
