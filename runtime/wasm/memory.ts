/** Buffers in one shared memory: sizes in, addresses that nothing else has out. */
import { OutOfMemoryError } from '../errors.ts';
import type { Memory } from '../executor.ts';
import { sizeText } from '../limits.ts';

export interface WasmMemory extends Memory {
  readonly address: number;
}

export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Zeroed. */
  allocate(label: string, bytes: number): WasmMemory;
}

const page = 2 ** 16;
const mostPages = 2 ** 16;
/** Cache lines are whole, so that two threads that write to neighbours do not share one. */
const alignment = 64;

/** Free bytes from one address to another. */
interface Gap {
  from: number;
  until: number;
}

export function createHeap(): Heap {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
  /** By address; no two touch. Nothing is at address 0. */
  const gaps: Gap[] = [{ from: alignment, until: page }];

  const release = (from: number, until: number): void => {
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
    return from;
  };

  /** Makes room at the end; throws where there is none. */
  const grow = (bytes: number): void => {
    const end = memory.buffer.byteLength;
    const last = gaps.at(-1);
    const there = last?.until === end ? end - last.from : 0;
    const pages = Math.ceil((bytes - there) / page);
    memory.grow(pages);
    release(end, end + pages * page);
  };

  return {
    memory,
    allocate(label, bytes) {
      const size = Math.ceil(bytes / alignment) * alignment;
      try {
        let address = take(size);
        if (address === undefined) {
          grow(size);
          address = take(size)!;
        }
        const taken = address;
        new Uint8Array(memory.buffer, taken, size).fill(0);
        let freed = false;
        return {
          address: taken,
          bytes,
          valid: Promise.resolve(),
          free() {
            if (!freed) release(taken, taken + size);
            freed = true;
          },
        };
      } catch {
        const held = sizeText(memory.buffer.byteLength);
        const valid = Promise.reject(
          new OutOfMemoryError(
            `no memory for ${label}, ${sizeText(bytes)}: ${held} are held, and 32 bits address ${sizeText(page * mostPages)}`,
          ),
        );
        return { address: 0, bytes, valid, free: () => {} };
      }
    },
  };
}
