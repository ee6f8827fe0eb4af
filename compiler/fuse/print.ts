/** Fused kernels -> text: the space, the steps in it, what is stored and why they are together. */

import type { Index, Node } from '../ir/graph.ts';
import { printExpr } from '../ir/print.ts';
import type { Fused } from './index.ts';
import type { Kernel, Position, Step } from './kernel.ts';

export function printKernels(fused: Fused): string {
  const { nodes } = fused.graph;
  const kernels = fused.kernels.map((k) => printFusedKernel(k, nodes));
  const copies = fused.copies.map((c) => `copy %${nodes[c.from]!.name} -> %${nodes[c.to]!.name}\n`);
  return [...kernels, ...copies].join('\n');
}

function printFusedKernel(kernel: Kernel, nodes: readonly Node[]): string {
  const over = (title: string, indices: readonly Index[]): string =>
    indices.length === 0 ? '' : ` ${title}[${indices.map((i) => `${i.name}: ${i.extent}`).join(', ')}]`;
  const at = kernel.position ? ` at ${stretchText(kernel.position)}` : '';
  const stored = kernel.stores.map((v) => {
    const old = kernel.inPlace.get(v);
    return `%${nodes[v]!.name}${old === undefined ? '' : ` over %${nodes[old]!.name}`}`;
  });
  return [
    `kernel ${kernel.name}${over('rows', kernel.rows)}${over('columns', kernel.columns)}${at} {`,
    ...kernel.steps.map((s) => `  ${printStep(s, kernel, nodes)}`),
    `  store ${stored.join(', ')}`,
    ...kernel.because.map((reason) => `  // ${reason}`),
    '}\n',
  ].join('\n');
}

/** `t = 1 .. 5`: each of these, in this order. */
export function stretchText({ name, from, count, by }: Position): string {
  return count === 1 ? `${name} = ${from}` : `${name} = ${from} .. ${from + by * (count - 1)}`;
}

function printStep(step: Step, kernel: Kernel, nodes: readonly Node[]): string {
  const where =
    step.guards.length === 0 ? '' : ` where ${step.guards.map((g) => printExpr(g, nodes)).join(' and ')}`;
  const reduce = step.by ? `${step.by}[${kernel.columns.map((c) => c.name).join(', ')}${where}] ` : '';
  return `${step.level.padEnd(7)} %${step.name}[${step.indices.join(', ')}]: ${step.dtype} = ${reduce}${printExpr(step.body, nodes)}`;
}
