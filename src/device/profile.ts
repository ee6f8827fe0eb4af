/** A compilation and the time of each of its dispatches in; shares of the roofline and of the source lines out. */
import { workOf } from '../../compiler/fuse/work.ts';
import type { Place } from '../../compiler/ir/graph.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import type { KernelTime } from '../../runtime/executor.ts';
import type { Peaks } from '../../runtime/peaks.ts';

export interface DispatchProfile {
  readonly kernel: string;
  readonly schedule: string;
  /** Of all its runs in a run of the program. */
  readonly microseconds: number;
  /** How often it runs: once, or once a position of its loop. */
  readonly times: number;
  readonly flops: number;
  readonly bytes: number;
  /** What the adapter's peaks allow at best, over the time that it took: 1 is as fast as possible. */
  readonly roofline: number;
  /** Which of the two peaks is the limit. */
  readonly bound: 'memory' | 'arithmetic';
  readonly equations: readonly string[];
  readonly places: readonly Place[];
}

export interface LineProfile {
  readonly place: Place;
  readonly microseconds: number;
  readonly kernels: readonly string[];
}

export interface Profile {
  readonly dispatches: readonly DispatchProfile[];
  /** The time of a kernel goes to the lines of its steps in proportion to their operations. Slowest first. */
  readonly lines: readonly LineProfile[];
  readonly microseconds: number;
}

/** Microseconds: a kernel that took less than the clock can tell. */
const clockTick = 1e-3;

export function profileOf(
  { fused, printed }: Compilation,
  measured: readonly Pick<KernelTime, 'microseconds' | 'times'>[],
  peaks: Peaks,
): Profile {
  const lines = new Map<string, { place: Place; microseconds: number; kernels: Set<string> }>();
  const dispatches = printed.map(({ scheduled: { kernel, decision } }, k): DispatchProfile => {
    const { flops: once, bytes: moved, shares } = workOf(kernel, fused.values);
    const { microseconds, times } = measured[k]!;
    const [time, flops, bytes] = [times * microseconds, times * once, times * moved];
    kernel.steps.forEach(({ origin: { place } }, s) => {
      if (!place) return;
      const key = `${place.file}:${place.line}`;
      const line = lines.get(key) ?? { place, microseconds: 0, kernels: new Set<string>() };
      line.microseconds += shares[s]! * time;
      line.kernels.add(kernel.name);
      lines.set(key, line);
    });
    const moving = bytes / peaks.bytesPerSecond;
    const computing = flops / peaks.flopsPerSecond;
    return {
      kernel: kernel.name,
      schedule: decision.chosen,
      microseconds: time,
      times,
      flops,
      bytes,
      roofline: (Math.max(moving, computing) * 1e6) / Math.max(time, clockTick),
      bound: moving >= computing ? 'memory' : 'arithmetic',
      equations: kernel.steps.map(({ equation }) => equation),
      places: kernel.steps.flatMap(({ origin: { place } }) => (place ? [place] : [])),
    };
  });
  return {
    dispatches,
    lines: [...lines.values()]
      .sort((a, b) => b.microseconds - a.microseconds)
      .map((line) => ({ ...line, kernels: [...line.kernels] })),
    microseconds: dispatches.reduce((sum, { microseconds }) => sum + microseconds, 0),
  };
}
