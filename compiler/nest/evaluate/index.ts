/**
 * Kernels as nests and the values of their leaves in; the results and the updates out, in f64: the meaning of
 * loop nests.
 *
 * Workgroups run one after another, and so do the threads of a workgroup from barrier to barrier. So that this
 * order cannot matter, whatever depends on it is a fault:
 *
 * - two threads at one element, one of which writes, with no barrier between (see `accesses.ts`);
 * - a read of what nobody wrote: workgroup memory, and a thread's own, begin empty;
 * - a read or a write outside, but for a read that is marked, whose value then must not count;
 * - a barrier that the threads of a workgroup do not all reach alike;
 * - a name outside of the range that the nest says, where a position relies on it; more than 32 bits;
 * - an element of what is stored that nobody writes.
 *
 * It shares nothing with the printer, and asks the ranges of names only whether they are true.
 */
import type { Fused } from '../../fuse/index.ts';
import { storedShape, type ValueTable } from '../../fuse/kernel.ts';
import { type Memory, type Observer, type Run, runKernels } from '../../fuse/memory.ts';
import { InternalError } from '../../internal-error.ts';
import type { Tensor64 } from '../../reference/tensor.ts';
import type { ValueId } from '../../scalar/expr.ts';
import type { KernelNest } from '../kernel.ts';
import { runNest } from './run.ts';

/** `feeds` gives every leaf by its name; `observe` is told what each kernel stores. */
export function evaluateNests(
  fused: Fused,
  nests: readonly KernelNest[],
  feeds: ReadonlyMap<string, Tensor64>,
  observe: Observer = () => {},
): Run {
  return runKernels(fused, feeds, (kernel, memory, at, position) => {
    const stored = evaluateNest(nests[at]!, fused.values, memory, position);
    observe(kernel, stored, position);
    return stored;
  });
}

/** What the kernel stores, by value, from what memory holds, which stays as it is; in a loop, at a position. */
export function evaluateNest(
  { name, kernel, nest, bindings }: KernelNest,
  values: ValueTable,
  memory: Memory,
  position = 0,
): ReadonlyMap<ValueId, Tensor64> {
  const held = (value: ValueId): Tensor64 => {
    const tensor = memory[value];
    if (tensor !== undefined) return tensor;
    throw new InternalError(`value ${value} is read, and no kernel stores it`, {
      pass: 'nest/evaluate',
      node: name,
    });
  };
  const before = bindings.map(({ access, values: [value] }) => {
    if (access === 'read') return held(value!).data;
    // What a loop has stored at other positions stays.
    const old = kernel.position ? value! : kernel.inPlace.get(value!);
    return old === undefined ? undefined : held(old).data.slice();
  });
  const after = runNest(name, nest, before, position);
  return new Map(
    bindings.flatMap(({ access, values: [value] }, k) =>
      access === 'read' ? [] : [[value!, { shape: storedShape(values.get(value!)!), data: after[k]! }]],
    ),
  );
}
