/**
 * The state of a nest that runs: names, buffers and memories of the thread at hand.
 *
 * Poison is what nobody may depend on: an element read in the place of one that lies outside. A name carries it
 * along with its value; `poisoned` gathers whether what is being computed depends on any.
 */
import { InternalError } from '../../internal-error.ts';
import type { Memory, Nest, Statement } from '../nest.ts';
import { forEachStatement } from '../walk.ts';
import { type Accesses, accessesOf, severalThreads } from './accesses.ts';

export interface Machine {
  readonly nest: Nest;
  /** Of the loop of the program that it is in. */
  readonly position: number;
  readonly buffers: readonly BufferState[];
  readonly memories: ReadonlyMap<string, MemoryState>;
  /** Where the four lanes of each name begin in a frame. */
  readonly slots: ReadonlyMap<string, number>;
  /** The names of the thread at hand, and which of them are poison. */
  frame: Float64Array;
  poisons: Uint8Array;
  /** Its number in its workgroup, and through all of them. */
  local: number;
  thread: number;
  group: number;
  /** How many times a barrier, or the end of a workgroup, has put accesses in order. */
  readonly epochs: Record<'buffers' | 'memories', number>;
  /** What was computed since this was false depends on poison. */
  poisoned: boolean;
  /** Differs from statement to statement, and from one time that it runs to the next. */
  stamp: number;
  readonly fault: (message: string) => never;
}

export interface BufferState {
  readonly data: Float64Array;
  /** Whether it held numbers before: else an element is read only after it was written. */
  readonly full: boolean;
  /** Of those that are written; the others cannot race. */
  readonly accesses?: Accesses;
}

export interface MemoryState {
  readonly memory: Memory;
  /** Of a thread's own memory: all threads', one after another. */
  data: Float64Array;
  written: Uint8Array;
  accesses: Accesses;
}

/** `data`: what the buffers hold, or undefined for those that hold nothing yet. */
export function machineOf(
  name: string,
  nest: Nest,
  data: readonly (Float64Array | undefined)[],
  position: number,
): Machine {
  const machine: Machine = {
    nest,
    position,
    buffers: nest.buffers.map(({ size, access, name: buffer }, k): BufferState => {
      const given = data[k];
      if (given !== undefined && given.length !== size) {
        throw new InternalError(`${buffer} has ${size} elements, ${given.length} are given`, details(name));
      }
      return {
        data: given ?? new Float64Array(size).fill(Number.NaN),
        full: given !== undefined,
        ...(access === 'read_write' && { accesses: accessesOf(size) }),
      };
    }),
    memories: new Map(
      nest.memories.map((memory) => [memory.name, { memory, ...emptied(memory, nest.workgroupSize) }]),
    ),
    slots: slotsOf(nest),
    frame: new Float64Array(),
    poisons: new Uint8Array(),
    local: 0,
    thread: 0,
    group: 0,
    epochs: { buffers: 0, memories: 0 },
    poisoned: false,
    stamp: 0,
    fault: (message) => {
      const { group, local } = machine;
      throw new InternalError(`thread ${local} of workgroup ${group} ${message}`, details(name));
    },
  };
  return machine;
}

const details = (node: string): { readonly pass: string; readonly node: string } => ({
  pass: 'nest/evaluate',
  node,
});

/** A memory in which nothing was written. */
export function emptied(
  { scope, size, lanes }: Memory,
  threads: number,
): Pick<MemoryState, 'data' | 'written' | 'accesses'> {
  const count = size * lanes * (scope === 'thread' ? threads : 1);
  return {
    data: new Float64Array(count).fill(Number.NaN),
    written: new Uint8Array(count),
    accesses: accessesOf(count),
  };
}

/** Every name that is bound anywhere. */
function slotsOf({ ranges, body }: Nest): ReadonlyMap<string, number> {
  const names = new Set<string>(ranges.keys());
  forEachStatement(body, (statement: Statement) => {
    if (statement.kind === 'let' || statement.kind === 'var') names.add(statement.name);
  });
  return new Map([...names].map((name, k) => [name, 4 * k]));
}

/** Who else is there, for a message about a race. */
export function other(thread: number, { nest }: Machine): string {
  if (thread === severalThreads) return 'several threads';
  const local = thread % nest.workgroupSize;
  return `thread ${local} of workgroup ${Math.floor(thread / nest.workgroupSize)}`;
}
