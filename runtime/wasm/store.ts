/** The memory that all buffers lie in, seen from the one who asks: shared with the threads, or in a thread of its own. */
import { OutOfMemoryError } from '../errors.ts';
import { bytesAround } from '../limits.ts';
import type { TypedArray } from '../tensor.ts';
import { mostPages, pageBytes } from './thread-script.ts';
import type { Threads } from './threads.ts';

export interface Range {
  readonly address: number;
  readonly bytes: number;
}

export interface Store {
  /** Makes these bytes zero, and the memory so large that it has them and what is around; rejects where that cannot be. */
  reserve(range: Range): Promise<void>;
  write(address: number, data: TypedArray): void;
  /** Copies of what is there after all work so far, not shared: others may keep them. */
  read(ranges: readonly Range[]): Promise<readonly ArrayBuffer[]>;
}

/** Addresses for as much as 32 bits do; for less where the system keeps that back. */
export function sharedMemory(): WebAssembly.Memory {
  for (let maximum = mostPages; maximum >= 2 ** 10; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new OutOfMemoryError('there are not even addresses for 64 MiB that threads share');
}

export function sharedStore(memory: WebAssembly.Memory): Store {
  const bytesAt = ({ address, bytes }: Range): Uint8Array => new Uint8Array(memory.buffer, address, bytes);
  return {
    async reserve(range) {
      const missing = range.address + range.bytes + bytesAround - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      bytesAt(range).fill(0);
    },
    write(address, data) {
      const { buffer, byteOffset, byteLength: bytes } = data;
      bytesAt({ address, bytes }).set(new Uint8Array(buffer, byteOffset, bytes));
    },
    async read(ranges) {
      return ranges.map((range) => {
        const own = new ArrayBuffer(range.bytes);
        new Uint8Array(own).set(bytesAt(range));
        return own;
      });
    },
  };
}

export function distantStore(threads: Threads): Store {
  return {
    async reserve(range) {
      const done = await threads.ask((ticket) => ({ kind: 'reserve', ticket, ...range }));
      if (done === undefined) throw new RangeError('the memory cannot grow');
    },
    write(address, { buffer, byteOffset, byteLength }) {
      const data = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
      threads.tell({ kind: 'write', address, data }, [data]);
    },
    read: async (parts) => (await threads.ask((ticket) => ({ kind: 'read', ticket, parts })))!,
  };
}
