/** Whether a target has the threads and the workgroup memory that a nest asks for. */
import type { Nest } from '../nest/nest.ts';
import type { Target } from '../target.ts';
import { mostThreads } from './grid.ts';

/** Why the target cannot run a nest: another schedule is to be taken. */
export function beyond(nest: Nest, target: Target): string | undefined {
  const threads = mostThreads(target);
  if (nest.workgroupSize > threads) {
    return `${nest.workgroupSize} threads in a workgroup, ${threads} are possible`;
  }
  const storage = workgroupStorageOf(nest);
  return storage > target.workgroupStorage
    ? `${storage} bytes of workgroup memory, ${target.workgroupStorage} are possible`
    : undefined;
}

/** In bytes; every array begins at a multiple of 16. */
export const workgroupStorageOf = (nest: Nest): number =>
  nest.memories
    .filter((memory) => memory.scope === 'workgroup')
    .reduce((sum, { size, lanes }) => sum + Math.ceil((size * lanes * 4) / 16) * 16, 0);
