/** Buffers in one memory: sizes in, addresses that nothing else has out. */
import { OutOfMemoryError } from '../errors.ts';
import type { Memory } from '../executor.ts';
import { bytesAround, sizeText } from '../limits.ts';
import type { Store } from './store.ts';
import { control, controlBytes, mostPages, pageBytes } from './thread-script.ts';

export interface WasmMemory extends Memory {
  readonly address: number;
}

export interface Heap {
  /** Zeroed. */
  allocate(label: string, bytes: number): WasmMemory;
}

/** Cache lines are whole, so that two threads that write to neighbours do not share one. */
const alignment = 64;

/** Free bytes from one address to another. */
interface Gap {
  from: number;
  until: number;
}

export function createHeap(store: Store): Heap {
  const end = mostPages * pageBytes;
  /**
   * By address; no two touch. The lowest ones are taken first, so that the memory stays small. What kernels may read
   * around a buffer is memory, too.
   */
  const gaps: Gap[] = [{ from: Math.max(bytesAround, control + controlBytes), until: end - bytesAround }];
  let held = 0;

  const release = (from: number, until: number): void => {
    held -= until - from;
    const next = gaps.findIndex((gap) => gap.from >= until);
    const at = next < 0 ? gaps.length : next;
    const [before, after] = [gaps[at - 1], gaps[at]];
    const joinsBefore = before?.until === from;
    const joinsAfter = after?.from === until;
    if (joinsBefore && joinsAfter) {
      before.until = after.until;
      gaps.splice(at, 1);
    } else if (joinsBefore) before.until = until;
    else if (joinsAfter) after.from = from;
    else gaps.splice(at, 0, { from, until });
  };

  const take = (bytes: number): number | undefined => {
    const at = gaps.findIndex(({ from, until }) => until - from >= bytes);
    const gap = gaps[at];
    if (gap === undefined) return undefined;
    const { from } = gap;
    gap.from += bytes;
    if (gap.from === gap.until) gaps.splice(at, 1);
    held += bytes;
    return from;
  };

  return {
    allocate(label, bytes) {
      const refused = (): OutOfMemoryError =>
        new OutOfMemoryError(
          `no memory for ${label}, ${sizeText(bytes)}: ${sizeText(held)} are held, and 32 bits address ${sizeText(end)}`,
        );
      const size = Math.ceil(bytes / alignment) * alignment;
      const address = take(size);
      if (address === undefined) {
        return { address: 0, bytes, valid: Promise.reject(refused()), free: () => {} };
      }
      let freed = false;
      const free = (): void => {
        if (!freed) release(address, address + size);
        freed = true;
      };
      const valid = store.reserve({ address, bytes: size }).catch((error: unknown) => {
        free();
        throw error instanceof RangeError ? refused() : error;
      });
      return { address, bytes, valid, free };
    },
  };
}
