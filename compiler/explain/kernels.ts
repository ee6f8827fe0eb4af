/** The kernels of a compiled program and an adjoint's name in, which kernel computes it and how, out. */

import type { Fused } from '../fuse/index.ts';
import type { Kernel } from '../fuse/kernel.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { isEquation, operandsOf } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import type { PassObserver } from '../passes/index.ts';
import type { KernelNote } from './explanation.ts';

export interface Compiled {
  /** What passes rewrote for speed, by name, with what each of them says that it does. */
  readonly rewritten?: ReadonlyMap<string, ReadonlySet<string>>;
  readonly backward: Graph;
  readonly optimized: Graph;
  readonly fused: Fused;
}

/**
 * Passes after which a reader of a kernel would look in vain for what is explained: they change how a sum is computed, or
 * at which positions a value is, and with it its adjoint.
 */
const reshaping: ReadonlyMap<string, 'sums' | 'values'> = new Map([
  ['narrow-reads', 'values'],
  ['free-factors', 'sums'],
  ['centred-sums', 'sums'],
  ['one-hots', 'sums'],
  ['residues', 'sums'],
  ['narrow-sums', 'sums'],
  ['split-axes', 'sums'],
  ['list-positions', 'sums'],
]);

/** Notes which equations the passes rewrite while they run. */
export function rewriteRecorder(): {
  readonly observer: PassObserver;
  readonly rewritten: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const rewritten = new Map<string, Set<string>>();
  const observer: PassObserver = ({ name: pass, doc }, before, after) => {
    const what = reshaping.get(pass);
    if (what === undefined || before === after) return;
    const old = new Map(before.nodes.map((node) => [node.name, node] as const));
    const printed = (node: Node, { nodes }: Graph): string =>
      what === 'sums' ? printNode(node, nodes) : node.indices.map(({ extent }) => extent).join(' ');
    for (const node of after.nodes) {
      const was = old.get(node.name);
      if (!isEquation(node) || was === undefined || printed(node, after) === printed(was, before)) continue;
      const names = [node.name, ...(node.origin.within === undefined ? [] : [node.origin.within])];
      for (const name of what === 'sums' ? names : [...names, ...names.map((value) => `d.${value}`)])
        rewritten.set(
          name,
          (rewritten.get(name) ?? new Set()).add(
            `${pass}, which ${doc[0]!.toLowerCase()}${doc.slice(1).replace(/\.$/, '')}`,
          ),
        );
    }
  };
  return { observer, rewritten };
}

/** Finds kernels by the names of what they compute. */
export function kernelFinder({
  backward,
  optimized,
  fused,
  rewritten = new Map(),
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
  const found = (name: string): KernelNote | undefined => {
    const direct = own(name) ?? viaResult(name) ?? viaReader(name);
    if (direct !== undefined) return direct;
    const source = copies.get(name);
    const note = source === undefined ? undefined : (own(source) ?? viaResult(source));
    return note && { ...note, how: 'copy' };
  };
  return (name) => {
    const [note, after] = [found(name), rewritten.get(name)];
    return note && after ? { ...note, after: [...after] } : note;
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
