/** Kernels in; what goes through memory between them, out: who stores a value, and which equations read it from there. */
import type { ValueId } from '../ir/graph.ts';
import { loadsOf } from '../scalar/walk.ts';
import type { Fused } from './index.ts';
import { type Kernel, stepRead } from './kernel.ts';

export interface Traffic {
  /** The kernels that store a value: in a loop, one of each stretch. */
  readonly writers: ReadonlyMap<ValueId, readonly Kernel[]>;
  /** Of a value, the equations that read it from memory, each with its kernel; in a loop, that of the longest stretch. */
  readonly readers: ReadonlyMap<ValueId, ReadonlyMap<ValueId, Kernel>>;
  /** What a kernel reads from memory or stores. */
  readonly bound: ReadonlyMap<Kernel, ReadonlySet<ValueId>>;
}

export const runsOf = ({ position }: Kernel): number => position?.count ?? 1;

export function trafficOf({ kernels }: Pick<Fused, 'kernels'>): Traffic {
  const writers = new Map<ValueId, Kernel[]>();
  const readers = new Map<ValueId, Map<ValueId, Kernel>>();
  const bound = new Map<Kernel, Set<ValueId>>();
  for (const kernel of kernels) {
    const own = new Set(kernel.stores.map((value) => kernel.inPlace.get(value) ?? value));
    bound.set(kernel, own);
    for (const value of kernel.stores) writers.set(value, [...(writers.get(value) ?? []), kernel]);
    for (const { value: reader, body, guards } of kernel.steps) {
      for (const load of [...guards, body].flatMap(loadsOf)) {
        if (stepRead(kernel, load) !== undefined) continue;
        own.add(load.value);
        const known = readers.get(load.value) ?? new Map<ValueId, Kernel>();
        readers.set(load.value, known);
        const before = known.get(reader);
        if (before === undefined || runsOf(before) < runsOf(kernel)) known.set(reader, kernel);
      }
    }
  }
  return { writers, readers, bound };
}
