/**
 * The processor itself, by WebAssembly: a few threads, each a workgroup of its own that does a chunk of neighbours from
 * its first to its last element, with four lanes. There is nothing to share within a workgroup and no barrier.
 */
import type { AdapterClass, Panels, PanelTile } from './class.ts';
import { software } from './software.ts';

/** So many chunks keep some tens of cores busy, and even out where one is slow. */
const mostChunks = 64;
/** A chunk of fewer units takes less time than to give it to a thread. */
const leastUnits = 256;

const alone = 'on a processor a workgroup is one thread';

/** Measured in V8 11.3 (bench/products.ts --tiles): GFLOP/s of tiles of four and more rows, by their vectors. */
const rates = [22, 32, 37, 40] as const;
const tile = (rows: number, vectors: number): PanelTile => ({
  rows,
  vectors,
  // Chosen, not measured: too few sums at once wait for each other.
  rate: rates[vectors - 1]! * Math.min(1, (rows * vectors) / 8),
});

const panels: Panels = {
  tiles: [8, 6, 5, 4, 3, 2, 1].flatMap((rows) => [4, 3, 2, 1].map((vectors) => tile(rows, vectors))),
  apart: 1.3,
  blocks: [
    [64, 96],
    [64, 64],
    [48, 48],
    [32, 48],
    [32, 32],
    [16, 32],
    [16, 16],
  ],
  busy: 16,
  columns: 256,
  fewestColumns: 8,
};

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
    panels,
    // Not measured: those of a software adapter, whose threads are the lanes of the same processor.
    threadTiles: { ...software.contraction.threadTiles, workgroupSize: () => 1 },
  },
  // Not measured: the same processor.
  recomputation: software.recomputation,
  // Not measured: the limit of the slowest compiler that is.
  mostText: software.mostText,
};
