/**
 * The kernels of a program in, scheduled ones out, in the same order: one schedule for all kernels of one structure,
 * so that the work for a network of equal layers is that for one of them. Such kernels have one pattern.
 */
import type { Kernel, ValueTable } from '../fuse/kernel.ts';
import { structureOf } from '../fuse/structure.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { Target } from '../target.ts';
import { type ScheduledKernel, schedule } from './index.ts';
import { roleOf } from './roles.ts';

interface Instance {
  readonly kernel: Kernel;
  /** In the order of the structure. */
  readonly values: readonly ValueId[];
}

export function scheduleAll(
  kernels: readonly Kernel[],
  values: ValueTable,
  target: Target,
): readonly ScheduledKernel[] {
  const classes = new Map<string, Instance[]>();
  for (const kernel of kernels) {
    const structure = structureOf(kernel, values);
    const instances = classes.get(structure.key) ?? [];
    classes.set(structure.key, instances);
    instances.push({ kernel, values: structure.values });
  }
  const single = [...classes.values()].filter(({ length }) => length === 1);
  const unique = uniqueNames(single.map(([instance]) => instance!.kernel.name));
  const scheduled = new Map<Kernel, ScheduledKernel>();
  for (const instances of classes.values()) {
    const [first, ...others] = instances;
    const made =
      others.length === 0
        ? schedule(first!.kernel, values, target)
        : scheduleShared(instances, values, target, unique);
    for (const instance of instances) scheduled.set(instance.kernel, instanceOf(made, first!, instance));
  }
  return kernels.map((kernel) => scheduled.get(kernel)!);
}

/** The first of them with names by role. */
function scheduleShared(
  instances: readonly Instance[],
  values: ValueTable,
  target: Target,
  unique: (name: string) => string,
): ScheduledKernel {
  const first = instances[0]!;
  const roles = new Map(
    first.values.map((value, k) => {
      const name = roleOf(instances.map((instance) => values.get(instance.values[k]!)!.name));
      return [value, { ...values.get(value)!, name }] as const;
    }),
  );
  const kernel: Kernel = {
    ...first.kernel,
    name: unique(roleOf(instances.map((instance) => instance.kernel.name))),
    steps: first.kernel.steps.map((step) => ({ ...step, name: roles.get(step.value)!.name })),
  };
  const made = schedule(kernel, roles, target);
  return { ...made, pattern: { kernel, serves: instances.map((instance) => instance.kernel) } };
}

/** What was made for the first, for another kernel of its structure. */
function instanceOf(made: ScheduledKernel, first: Instance, { kernel, values }: Instance): ScheduledKernel {
  const there = new Map(first.values.map((value, k) => [value, values[k]!]));
  return {
    ...made,
    name: kernel.name,
    kernel,
    bindings: made.bindings.map((binding) => ({
      ...binding,
      values: binding.values.map((value) => there.get(value)!),
    })),
    holds: new Map([...made.holds].map(([name, value]) => [name, there.get(value)!])),
  };
}

/** Each name once; a number is added to one that is taken. */
function uniqueNames(names: readonly string[]): (name: string) => string {
  const taken = new Set(names);
  return (name) => {
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    return free;
  };
}
