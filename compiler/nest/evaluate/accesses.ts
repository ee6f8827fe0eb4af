/**
 * Who touched which element of a memory, in; races out: two threads at one element, one of which writes, with
 * nothing between them that orders them.
 *
 * Threads run one after another here, so what they do in any order is seen in one order. An epoch is the time
 * between two barriers of one workgroup; no two workgroups have one in common. Two accesses are in order if one thread
 * makes both, or if one workgroup makes them in different epochs.
 */

export interface Accesses {
  /** The thread that this read races with; `severalThreads` for more than one; undefined for none. */
  readonly read: Access;
  readonly write: Access;
  readonly wasWritten: (at: number) => boolean;
}

/** `thread` is counted through all workgroups. */
type Access = (at: number, thread: number, group: number, epoch: number) => number | undefined;

const none = -1;
const several = -2;

/** In place of a thread's number: more than one thread. */
export const severalThreads = several;

export function accessesOf(size: number): Accesses {
  const make = (): Int32Array => new Int32Array(size).fill(none);
  // Of all writes the last one; of all reads their workgroup, and the threads of the last epoch.
  const [writer, writerGroup, writeEpoch] = [make(), make(), make()];
  const [reader, readerGroup, readEpoch] = [make(), make(), make()];

  const otherWriter: Access = (at, thread, group, epoch) => {
    const other = writer[at]!;
    if (other === none || other === thread) return undefined;
    return writerGroup[at] !== group || writeEpoch[at] === epoch ? other : undefined;
  };

  const otherReader: Access = (at, thread, group, epoch) => {
    if (readerGroup[at] === none || reader[at] === thread) {
      return readerGroup[at] === several ? several : undefined;
    }
    return readerGroup[at] !== group || readEpoch[at] === epoch ? reader[at]! : undefined;
  };

  return {
    read: (at, thread, group, epoch) => {
      reader[at] = readEpoch[at] === epoch && reader[at] !== thread ? several : thread;
      readEpoch[at] = epoch;
      if (readerGroup[at] !== group) readerGroup[at] = readerGroup[at] === none ? group : several;
      return otherWriter(at, thread, group, epoch);
    },
    write: (at, thread, group, epoch) => {
      const other = otherWriter(at, thread, group, epoch) ?? otherReader(at, thread, group, epoch);
      writer[at] = thread;
      writerGroup[at] = group;
      writeEpoch[at] = epoch;
      return other;
    },
    wasWritten: (at) => writer[at] !== none,
  };
}
