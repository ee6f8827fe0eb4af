/** A compilation and the time of each of its dispatches in; shares of the roofline and of the source lines out. */
import { workOf } from '../compiler/fuse/work.ts';
import type { Place } from '../compiler/ir/graph.ts';
import type { Compilation } from '../compiler/pipeline.ts';
import type { Peaks } from '../runtime/peaks.ts';

export interface DispatchProfile {
  readonly kernel: string;
  readonly schedule: string;
  readonly microseconds: number;
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
  microseconds: readonly number[],
  peaks: Peaks,
): Profile {
  const lines = new Map<string, { place: Place; microseconds: number; kernels: Set<string> }>();
  const dispatches = printed.map(({ scheduled: { kernel, decision } }, k): DispatchProfile => {
    const { flops, bytes, shares } = workOf(kernel, fused.values);
    const time = microseconds[k]!;
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
    microseconds: microseconds.reduce((sum, time) => sum + time, 0),
  };
}
