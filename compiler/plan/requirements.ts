/** Buffers and kernels -> what an adapter must offer to run them. */
import type { BufferSpec, Requirements } from '../../runtime/program.ts';
import type { Printed } from './index.ts';

export function requirementsOf(buffers: readonly BufferSpec[], printed: readonly Printed[]): Requirements {
  const kernels = printed.map((p) => p.scheduled);
  const largest = buffers.reduce<BufferSpec | undefined>(
    (a, b) => (a && a.bytes >= b.bytes ? a : b),
    undefined,
  );
  const most = (of: (k: (typeof kernels)[number]) => number): number =>
    kernels.reduce((m, k) => Math.max(m, of(k)), 0);
  return {
    storageBuffersPerStage: most((k) => k.bindings.length),
    largestBinding: largest?.bytes ?? 0,
    largestBindingTensor: largest?.label ?? '',
    workgroupStorage: most((k) => k.workgroupStorage),
    invocationsPerWorkgroup: most((k) => k.workgroupSize[0] * k.workgroupSize[1] * k.workgroupSize[2]),
    workgroupSize: [0, 1, 2].map((axis) => most((k) => k.workgroupSize[axis]!)) as [number, number, number],
    workgroupsPerDimension: most((k) => Math.max(...k.workgroups)),
    memory: buffers.reduce((sum, { bytes }) => sum + bytes, 0),
    features: [...new Set(kernels.flatMap((k) => k.features))],
  };
}
