/**
 * The processor itself, by WebAssembly: a few threads, each a workgroup of its own that does a chunk of neighbours from
 * its first to its last element, with four lanes. There is nothing to share within a workgroup and no barrier.
 */
import { bytesAround } from '../../runtime/limits.ts';
import type { AdapterClass, Panels, PanelTile, ReadCosts, ThreadTiles } from './class.ts';
import { software } from './software.ts';

/** So many chunks keep some tens of cores busy, and even out where one is slow. */
const mostChunks = 64;
/** A chunk of fewer units takes less time than to give it to a thread. */
const leastUnits = 256;

/** One instruction, of which a core does two a clock, in nanoseconds. */
const instruction = 0.12;

/** Four neighbours are read at once, wherever they begin; of four places each has an address, a read and a lane. */
const reads: ReadCosts = {
  vector: instruction,
  near: 0.3 * instruction,
  apart: 3 * instruction,
  same: instruction,
  operation: 0.5 * instruction,
};

/**
 * For what is not worth packing into panels. Derived from the instructions that are printed, and measured: products of
 * 512 x 4 x 512 and 512 x 7 x 512 in two layouts, on one thread of an x86-64 server, make 4.7 to 8.9 multiply-adds a
 * nanosecond, with the figures of a software adapter 4.3 to 6.9.
 */
const threadTiles: ThreadTiles = {
  reads: {
    right: reads,
    // A vector of the left operand is spread lane by lane.
    left: { ...reads, vector: 5 * instruction, near: instruction, apart: instruction },
    columns: reads,
  },
  // A product and a sum for four lanes; four columns are taken apart and added one by one.
  multiplyAdd: { rows: (2 / 4) * instruction, columns: (9 / 4) * instruction },
  turn: 6 * instruction,
  result: instruction,
  // Chosen, in the middle of what there is.
  cores: 8,
  threadsAtOnce: 1,
  // Measured: 7.5 ms for 136 products, with the optimizing compiler of V8. Accumulators are locals, and cost nothing.
  compileProduct: 50_000,
  compileAccumulator: 0,
  // Chosen, as for a software adapter.
  runs: 25,
  mostProducts: { usual: 136, little: 4 },
  workgroupSize: () => 1,
};

const alone = 'on a processor a workgroup is one thread';

/**
 * GFLOP/s of tiles by their rows, and by their vectors of four: measured in V8 11.3 (bench/products.ts --tiles). Few tiles
 * keep their sums in the 16 registers of x86-64.
 */
const rates: Readonly<Record<number, readonly number[]>> = {
  8: [14.8, 18.8, 20.7, 22.0],
  6: [25.0, 21.8, 21.8, 24.0],
  5: [23.7, 18.5, 22.2, 23.7],
  4: [21.5, 31.1, 21.6, 23.0],
  3: [19.6, 26.7, 17.3, 22.3],
  2: [14.8, 25.1, 28.1, 29.8],
  1: [8.6, 15.2, 19.9, 23.2],
};

const tiles: readonly PanelTile[] = Object.entries(rates).flatMap(([rows, byVectors]) =>
  byVectors.map((rate, k) => ({ rows: Number(rows), vectors: k + 1, rate })),
);

const panels: Panels = {
  tiles,
  apart: 1.3,
  blocks: [
    [64, 96],
    [64, 64],
    [48, 48],
    [32, 48],
    [32, 32],
    [64, 16],
    [32, 16],
    [16, 32],
    [16, 16],
  ],
  // Chosen: a laptop has about so many. More get less of a small product, fewer are as even.
  cores: 4,
  // Measured (bench/steps.mjs --kernels): about 0.4 ns beside 15 multiplications and additions a ns.
  packing: 6,
  columns: 256,
  // Chosen, not measured.
  fewestColumns: 8,
  // Measured (bench/steps.mjs): convolutions of 6 maps (LeNet) take as long as with tiles without packing, of 16 less.
  fewestUses: 6,
};

export const cpu: AdapterClass = {
  language: 'wasm',
  readsAround: bytesAround / 4,
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
    ragged: true,
    // A cache line of 64 bytes.
    vectors: 4,
    // Half of a cache of 32 KiB.
    mostKept: 4096,
    whyAlone: alone,
  },
  // Derived: a workgroup is one thread.
  lists: { threads: 1, rowsTogether: true },
  contraction: {
    workgroupTiles: { kind: 'never', because: alone },
    panels,
    threadTiles,
  },
  // Not measured: the same processor.
  recomputation: software.recomputation,
  // Chosen, not measured: a formula is a function that is called, whatever the lanes, and nobody writes it out.
  mostText: 4000,
};
