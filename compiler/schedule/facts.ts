/**
 * What all attempts at a kernel know of it: a kernel and its values in; its steps, ranges, buffers and the affine forms
 * in which it reads and writes out.
 */
import { elementCount } from '../../runtime/extents.ts';
import {
  isOnChip,
  type Kernel,
  rangeOf,
  type Step,
  storedShape,
  type ValueInfo,
  type ValueTable,
} from '../fuse/kernel.ts';
import type { Affine, Ranges } from '../index/affine.ts';
import { add, constant, modulo, scale, variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import type { Binding } from '../nest/kernel.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Load, ValueId } from '../scalar/expr.ts';
import { forEach, loadsOf } from '../scalar/walk.ts';

export interface KernelFacts {
  readonly kernel: Kernel;
  readonly values: ValueTable;
  readonly steps: ReadonlyMap<ValueId, Step>;
  /** The step whose value at the point at hand a load is; undefined where it reads a buffer. */
  readonly chip: (load: Load) => Step | undefined;
  /** Of the indices of the kernel. */
  readonly indexRanges: Ranges;
  readonly bindings: readonly Binding[];
  readonly bufferOf: (value: ValueId) => number;
  /** The affine forms through which a kernel sees its indices: positions it reads and writes, and index values. */
  readonly forms: readonly Affine[];
}

export function factsOf(kernel: Kernel, values: ValueTable): KernelFacts {
  const steps = new Map(kernel.steps.map((step) => [step.value, step] as const));
  const chip = (load: Load): Step | undefined => {
    const step = steps.get(load.value);
    return step !== undefined && isOnChip(step, kernel.position, load) ? step : undefined;
  };
  const bindings = bindingsOf(kernel, chip);
  const buffers = new Map(
    bindings.flatMap(({ values: held }, k) => held.map((value) => [value, k] as const)),
  );
  const { position } = kernel;
  const facts = {
    kernel,
    values,
    steps,
    chip,
    indexRanges: new Map([
      ...rangesOf([...kernel.rows, ...kernel.columns]),
      ...(position ? [[position.name, rangeOf(position)] as const] : []),
    ]),
    bindings,
    bufferOf: (value: ValueId) => {
      const buffer = buffers.get(value);
      if (buffer === undefined)
        throw new InternalError(`value ${value} has no buffer`, { pass: 'schedule', node: kernel.name });
      return buffer;
    },
  };
  return { ...facts, forms: formsOf(facts) };
}

function formsOf(facts: Omit<KernelFacts, 'forms'>): readonly Affine[] {
  const forms: Affine[] = [];
  for (const step of facts.kernel.steps) {
    const inLoads = new Set<unknown>();
    const visited = expressionsOf(step);
    for (const expr of visited) {
      forEach(expr, (e) => {
        if (e.kind === 'load') for (const index of e.indices) inLoads.add(index);
      });
    }
    for (const expr of visited) {
      forEach(expr, (e) => {
        if (e.kind === 'index' && !inLoads.has(e)) forms.push(e.of);
        if (e.kind !== 'load' || facts.chip(e) !== undefined) return;
        const at = e.indices.map((i) => asAffine(i) ?? constant(0));
        forms.push(addressOf(facts.values.get(e.value)!, at, facts.indexRanges));
      });
    }
    if (facts.kernel.stores.includes(step.value)) {
      const info = facts.values.get(step.value)!;
      forms.push(addressOf(info, step.indices.map(variable), facts.indexRanges));
    }
  }
  return forms;
}

/** What is read, in the order of use, then what is written; a value and the one it overwrites share a place. */
function bindingsOf(kernel: Kernel, chip: KernelFacts['chip']): readonly Binding[] {
  const overwrites = new Map([...kernel.inPlace].map(([stored, old]) => [old, stored] as const));
  const read = new Set<ValueId>();
  for (const step of kernel.steps) {
    for (const expr of [...step.guards, step.body]) {
      for (const load of loadsOf(expr)) if (chip(load) === undefined) read.add(load.value);
    }
  }
  // What a kernel of a loop reads at other positions than it stores is one buffer, too.
  const reads = [...read].filter((value) => !overwrites.has(value) && !kernel.stores.includes(value));
  return [
    ...reads.map((value): Binding => ({ values: [value], access: 'read' })),
    ...kernel.stores.map((value): Binding => {
      const old = kernel.inPlace.get(value);
      return { values: old === undefined ? [value] : [value, old], access: 'read_write' };
    }),
  ];
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of [...shape].reverse()) {
    strides.unshift(stride);
    stride *= extent;
  }
  return strides;
}

/** Where an element of a value lies, from its indices. */
export function addressOf(info: ValueInfo, indices: readonly Affine[], ranges: Ranges): Affine {
  const strides = stridesOf(storedShape(info));
  return indices.reduce((sum, index, k) => {
    const at = k === info.slots?.axis ? modulo(index, info.slots.count, ranges) : index;
    return add(sum, scale(at, strides[k]!));
  }, constant(0));
}

/** Elements in memory. */
export const sizeOf = (info: ValueInfo): number => elementCount(storedShape(info));

/** The guards and the body of a step. */
export const expressionsOf = (step: Step): readonly Expr[] => [...step.guards, step.body];
