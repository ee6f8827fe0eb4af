/**
 * A GPU: thousands of threads that hide each other's waiting, workgroup memory as fast as a cache, cheap barriers.
 *
 * The figures are what holds for GPUs of all vendors, by their widths: 32 or 64 threads run in step, some dozen
 * processors run several workgroups each. None is fitted to one adapter.
 */
import { type AdapterClass, type Block, powerOfTwo, type ReadCosts, type ThreadTiles } from './class.ts';
import { software } from './software.ts';

/** The threads that run in step, of the widest. */
const inStep = 64;

/** Sixteen results a thread: each number read from the tiles is used four times. */
const block = (left: number, right: number): Block => ({ left, right, depth: 16, perLeft: 4, perRight: 4 });

/**
 * Lanes of a processor, which multiply and add once a clock: an SM of NVIDIA, a work-group processor of AMD, a core of Apple,
 * an Xe core of Intel.
 */
const lanes = 128;
/** A first-level cache gives a processor a line in each clock: four bytes for each of 32 threads. */
const aLine = 32;
/** Clocks in which all lanes read, where so many of them find what they read in one line. */
const clocks = (lanesOfALine: number): number => lanes / lanesOfALine;
const together = clocks(aLine);
const scattered = clocks(1);

/** Alike for four neighbours, which are one read, and for one of them. */
const reads = (cost: number): ReadCosts => ({
  vector: cost,
  near: cost,
  apart: cost,
  same: together,
  operation: 1,
});

/**
 * Derived, not measured, in clocks of a processor, for products with too few rows on one side for tiles in workgroup
 * memory. Neighbouring threads have neighbouring rows of the right operand and the same rows of the left one.
 */
const threadTiles: ThreadTiles = {
  reads: {
    // Four numbers for each lane: eight lanes share a line, and none where rows lie apart.
    right: { ...reads(clocks(aLine / 4)), apart: scattered },
    left: reads(together),
    // One operand like the left one, the other in a line for each lane.
    columns: reads((together + scattered) / 2),
  },
  multiplyAdd: { rows: 1, columns: 1 },
  // Counting, comparing and jumping, and an address for each operand.
  turn: 8,
  result: together,
  // From 8 of a laptop to more than 100: what fills the middle ones.
  cores: 32,
  threadsAtOnce: lanes,
  // Not known for drivers of GPUs; what bounds the text is registers.
  compileProduct: 0,
  compileAccumulator: 0,
  runs: 1,
  // 512 registers a lane, of which four threads have 128 each to hide each other's waiting: 32 vectors of four.
  mostProducts: { usual: 32, little: 4 },
  workgroupSize: () => inStep,
};

export const hardware = {
  language: 'wgsl',
  readsAround: 0,
  fewestRows: inStep,
  grid: {
    // Large groups are fewer to start, once 64 of them can be had.
    workgroupSize: (units) => (units > 16_384 ? 256 : inStep),
    perThread: () => 1,
  },
  rows: {
    workgroupSize: () => inStep,
    // A thread takes four columns at a time: of fewer than 64, most threads of the smallest group would have none.
    // A quarter million rows keep any adapter busy without that.
    together: ({ rows, columns }, most) =>
      columns < 64 || rows > 262_144 ? undefined : powerOfTwo(Math.min(256, most, Math.max(32, columns / 4))),
    combination: 'tree',
    ragged: false,
    vectors: 1,
    mostKept: 0,
    whyAlone: 'rows are short or many',
  },
  // What neighbours read is the same: a group of the widest that every adapter has.
  lists: { threads: 256, rowsTogether: false },
  contraction: {
    workgroupTiles: {
      kind: 'tried',
      busy: 128,
      fewest: [8, 32],
      // 64 results a thread, in 8 KiB of workgroup memory.
      large: { left: 128, right: 128, depth: 8, perLeft: 8, perRight: 8 },
      others: [64, 32, 16]
        .flatMap((left) => [64, 32, 16].map((right) => block(left, right)))
        // 32 threads at least.
        .filter(({ left, right }) => left * right >= 512),
    },
    threadTiles,
  },
  // Four bytes take what 30 (a laptop) to 300 operations take; some microseconds a launch are a million.
  recomputation: { word: 32, launch: 1_000_000, uses: 8 },
  // Not known for drivers of GPUs: the limit of the slowest compiler that is.
  mostText: software.mostText,
} satisfies AdapterClass;
