/** A nest and what its buffers hold in; what they hold afterwards out. See `index.ts` for what is checked. */
import { InternalError } from '../../internal-error.ts';
import { localName, type Nest, workgroupName } from '../nest.ts';
import { emptied, type Machine, machineOf } from './machine.ts';
import { type Phase, phasesOf } from './statements.ts';

/**
 * `data`: undefined for a buffer that holds nothing yet. What is given is written to in place. `position`: of the loop
 * that the nest is in.
 */
export function runNest(
  name: string,
  nest: Nest,
  data: readonly (Float64Array | undefined)[],
  position = 0,
): readonly Float64Array[] {
  const machine = machineOf(name, nest, data, position);
  const phases = phasesOf(machine);
  // Without a barrier no two threads are under way at once.
  const together = phases.some((phase) => phase.kind !== 'alone') ? nest.workgroupSize : 1;
  const threads = Array.from({ length: together }, () => ({
    frame: new Float64Array(4 * machine.slots.size),
    poisons: new Uint8Array(4 * machine.slots.size),
  }));
  for (machine.group = 0; machine.group < nest.workgroups; machine.group++) {
    for (const state of machine.memories.values())
      Object.assign(state, emptied(state.memory, nest.workgroupSize));
    machine.epochs.buffers++;
    machine.epochs.memories++;
    for (const thread of threads) thread.poisons.fill(1);
    runPhases(phases, machine, (run) => {
      for (let local = 0; local < nest.workgroupSize; local++) {
        const thread = threads[together === 1 ? 0 : local]!;
        if (together === 1) thread.poisons.fill(1);
        enter(machine, local, thread);
        run();
      }
    });
  }
  machine.buffers.forEach(({ accesses }, k) => {
    // In a loop other positions write the rest.
    if (nest.position !== undefined) return;
    const missing = machine.buffers[k]!.data.findIndex((_, at) => accesses?.wasWritten(at) === false);
    if (missing >= 0) {
      throw new InternalError(`nobody writes ${nest.buffers[k]!.name} at ${missing}`, {
        pass: 'nest/evaluate',
        node: name,
      });
    }
  });
  return machine.buffers.map(({ data: held }) => held);
}

/** Names are unknown until they are bound, but for those that every thread is given. */
function enter(
  machine: Machine,
  local: number,
  { frame, poisons }: Pick<Machine, 'frame' | 'poisons'>,
): void {
  const { group, nest, slots, position } = machine;
  machine.local = local;
  machine.thread = group * nest.workgroupSize + local;
  machine.frame = frame;
  machine.poisons = poisons;
  for (const [name, value] of [
    [workgroupName, group],
    [localName, local],
    ...(nest.position === undefined ? [] : [[nest.position, position] as const]),
  ] as const) {
    const slot = slots.get(name)!;
    frame[slot] = value;
    poisons[slot] = 0;
  }
}

/** All threads of a workgroup, from one place where they meet to the next. */
function runPhases(
  phases: readonly Phase[],
  machine: Machine,
  forEachThread: (run: () => void) => void,
): void {
  /** What all threads must agree on. */
  const agreed = (value: () => number, what: string): number => {
    let first: number | undefined;
    forEachThread(() => {
      const own = value();
      first ??= own;
      if (own !== first) machine.fault(`reaches a barrier ${what} as others do not`);
    });
    return first!;
  };
  for (const phase of phases) {
    switch (phase.kind) {
      case 'alone':
        forEachThread(phase.run);
        break;
      case 'barrier':
        machine.epochs[phase.orders]++;
        break;
      case 'if':
        if (agreed(phase.condition, 'under a test') !== 0) runPhases(phase.body, machine, forEachThread);
        break;
      case 'loop':
        for (let k = agreed(phase.from, 'in a loop'); k < phase.loop.until; k += phase.loop.by) {
          const now = k;
          forEachThread(() => phase.set(now));
          runPhases(phase.body, machine, forEachThread);
        }
        break;
      default:
        phase satisfies never;
    }
  }
}
