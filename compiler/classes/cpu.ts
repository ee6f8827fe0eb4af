/**
 * The processor itself, by WebAssembly: a few threads, each a workgroup of its own that does a chunk of neighbours from
 * its first to its last element, with four lanes. There is nothing to share within a workgroup and no barrier.
 */
import type { AdapterClass } from './class.ts';
import { software } from './software.ts';

/** So many chunks keep some tens of cores busy, and even out where one is slow. */
const mostChunks = 64;
/** A chunk of fewer units takes less time than to give it to a thread. */
const leastUnits = 256;

const alone = 'on a processor a workgroup is one thread';

export const cpu: AdapterClass = {
  language: 'wasm',
  // Not measured: as for a software adapter on the same cores, a row for each lane of two of them.
  fewestRows: software.fewestRows,
  grid: {
    workgroupSize: () => 1,
    perThread: (units) => Math.min(units, Math.max(leastUnits, Math.ceil(units / mostChunks))),
  },
  rows: {
    workgroupSize: () => 1,
    together: () => undefined,
    combination: 'everyone',
    whyAlone: alone,
  },
  // Derived: a workgroup is one thread.
  lists: { threads: 1, rowsTogether: true },
  contraction: {
    workgroupTiles: { kind: 'never', because: alone },
    // Not measured: those of a software adapter, whose threads are the lanes of the same processor.
    threadTiles: { ...software.contraction.threadTiles, workgroupSize: () => 1 },
  },
  // Not measured: the same processor.
  recomputation: software.recomputation,
  // Not measured: the limit of the slowest compiler that is.
  mostText: software.mostText,
};
