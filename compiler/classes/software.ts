/**
 * A software adapter: a few cores, four lanes of SIMD that run four threads at once, and no workgroup memory that is
 * nearer than any other. A barrier suspends and resumes every thread of a workgroup.
 *
 * Times are of SwiftShader on two cores of an x86-64 server.
 */
import type { AdapterClass, RowWork, ThreadTiles } from './class.ts';

const cores = 2;
const threadsAtOnce = 4;

/** Small groups let all cores take part in little work. */
const workgroupSize = (units: number): number => (units >= 1024 ? 64 : units >= 64 ? 16 : 4);

/** Measured: one element of a walk, and one barrier of 64 threads, in nanoseconds. */
const element = 10;
const barrier = 25_000;
/** The threads of one group that 25 us were measured for. */
const mostTogether = 64;

/** All rows at once by lanes, or a row at a time on each core: what takes less time by the two figures above. */
function together({ rows, columns, walks }: RowWork, most: number): number | undefined {
  const alone = Math.ceil(rows / (cores * threadsAtOnce)) * columns * element;
  const shared = Math.ceil(rows / cores) * ((columns / threadsAtOnce) * element + walks * barrier);
  return shared < alone ? Math.min(mostTogether, most) : undefined;
}

/**
 * Fitted to measured products of 512 x 512 x 512 in all layouts: an aligned read of four costs as much as 15
 * multiply-adds, and less than half of that where neighbouring threads read the same. In nanoseconds.
 */
const threadTiles: ThreadTiles = {
  reads: {
    right: { vector: 36, near: 9, apart: 30, same: 5, operation: 2.5 },
    left: { vector: 14, near: 8, apart: 8, same: 8, operation: 2.5 },
    columns: { vector: 21, near: 9, apart: 30, same: 5, operation: 2.5 },
  },
  // Four threads are computed at once, so that what is added up is four numbers each: it costs no more.
  multiplyAdd: { rows: 2.4, columns: 2.4 },
  turn: 20,
  result: 30,
  cores,
  threadsAtOnce,
  compileProduct: 1_100_000,
  compileAccumulator: 1_500_000,
  // Chosen, not measured.
  runs: 25,
  // At 1.1 ms a product: about 0.15 s.
  mostProducts: { usual: 136, little: 4 },
  workgroupSize: (threads) => (threads >= 256 ? 16 : 4),
};

export const software: AdapterClass = {
  language: 'wgsl',
  readsAround: 0,
  // As many as run at once.
  fewestRows: cores * threadsAtOnce,
  grid: {
    workgroupSize,
    // Each thread has to be started: as few as leave 16 workgroups, which even out over the cores.
    perThread: (workgroups) => Math.max(1, Math.min(16, Math.floor(workgroups / 16))),
  },
  rows: {
    workgroupSize,
    together,
    // One barrier a walk instead of one a level.
    combination: 'everyone',
    ragged: false,
    vectors: 1,
    mostKept: 0,
    whyAlone: 'a barrier costs more than it saves on a software adapter',
  },
  // Expected, not measured: one position after the other takes less time than to start more threads.
  lists: { threads: 1, rowsTogether: true },
  contraction: {
    workgroupTiles: { kind: 'never', because: 'barriers are dear on a software adapter' },
    threadTiles,
  },
  // An aligned read of four takes as long as 15 multiply-adds; a dispatch, some microseconds.
  recomputation: { word: 4, launch: 10_000, uses: 8 },
  // Measured: 0.2 to 0.4 ms an operation (1138 took 0.35 s, 4733 took 1.4 s); but twenty sines and cosines, minutes.
  mostText: 1280,
};
