/**
 * A GPU: thousands of threads that hide each other's waiting, workgroup memory as fast as a cache, cheap barriers.
 *
 * The figures are what holds for GPUs of all vendors, by their widths: 32 or 64 threads run in step, some dozen
 * processors run several workgroups each. None is fitted to one adapter.
 */
import { type AdapterClass, type Block, powerOfTwo } from './class.ts';
import { software, threadTiles } from './software.ts';

/** The threads that run in step, of the widest. */
const inStep = 64;

/** Sixteen results a thread: each number read from the tiles is used four times. */
const block = (left: number, right: number): Block => ({ left, right, depth: 16, perLeft: 4, perRight: 4 });

export const hardware = {
  language: 'wgsl',
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
    // Not measured: those of a software adapter; asked only where an operand has too few rows for tiles.
    threadTiles,
  },
  // Four bytes take what 30 (a laptop) to 300 operations take; some microseconds a launch are a million.
  recomputation: { word: 32, launch: 1_000_000, uses: 8 },
  // Not known for drivers of GPUs: the limit of the slowest compiler that is.
  mostText: software.mostText,
} satisfies AdapterClass;
