/**
 * The bookkeeping of one nest while it is built: a kernel and its values in; unique names, the ranges of
 * integer names and the numbers of buffers out.
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
import type { Affine, Range, Ranges } from '../index/affine.ts';
import { add, constant, modulo, scale, variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import type { Binding } from '../nest/kernel.ts';
import { type Buffer, localName, type Nest, type Statement, type Term, workgroupName } from '../nest/nest.ts';
import { indexTerm, name } from '../nest/terms.ts';
import type { Expr, Load, ValueId } from '../scalar/expr.ts';
import { loadsOf } from '../scalar/walk.ts';

export type Emit = (statement: Statement) => void;

export interface Builder {
  readonly kernel: Kernel;
  readonly values: ValueTable;
  readonly steps: ReadonlyMap<ValueId, Step>;
  /** The step whose value at the point at hand a load is; undefined where it reads a buffer. */
  readonly chip: (load: Load) => Step | undefined;
  /** What indices are in every place: the position of a loop. */
  readonly given: ReadonlyMap<string, Affine>;
  /** Of the indices of the kernel. */
  readonly indexRanges: Ranges;
  readonly bindings: readonly Binding[];
  /** Grows as names are made. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** A name that nothing else has, as near to the wish as possible. */
  readonly fresh: (wish: string) => string;
  /** A fresh integer name from 0 to `extent` - 1. */
  readonly integer: (wish: string, extent: number) => string;
  readonly bufferOf: (value: ValueId) => number;
  readonly finish: (parts: Pick<Nest, 'workgroups' | 'workgroupSize' | 'body'> & Partial<Nest>) => Nest;
}

export function builderOf(kernel: Kernel, values: ValueTable): Builder {
  const steps = new Map(kernel.steps.map((step) => [step.value, step] as const));
  const chip = (load: Load): Step | undefined => {
    const step = steps.get(load.value);
    return step !== undefined && isOnChip(step, kernel.position, load) ? step : undefined;
  };
  const bindings = bindingsOf(kernel, chip);
  const buffers = new Map(
    bindings.flatMap(({ values: held }, k) => held.map((value) => [value, k] as const)),
  );
  const ranges = new Map<string, Range>();
  const taken = new Set<string>([workgroupName, localName]);
  const fresh = (wish: string): string => {
    let unique = wish;
    for (let n = 2; taken.has(unique); n++) unique = `${wish}_${n}`;
    taken.add(unique);
    return unique;
  };
  const { position } = kernel;
  const given = new Map<string, Affine>();
  const positionName = position && fresh(position.name);
  if (position !== undefined && positionName !== undefined) {
    ranges.set(positionName, rangeOf(position));
    given.set(position.name, variable(positionName));
  }
  return {
    kernel,
    values,
    steps,
    chip,
    given,
    indexRanges: new Map([
      ...rangesOf([...kernel.rows, ...kernel.columns]),
      ...(position ? [[position.name, rangeOf(position)] as const] : []),
    ]),
    bindings,
    ranges,
    fresh,
    integer: (wish, extent) => {
      const unique = fresh(wish);
      ranges.set(unique, { min: 0, max: extent - 1 });
      return unique;
    },
    bufferOf: (value) => {
      const buffer = buffers.get(value);
      if (buffer === undefined)
        throw new InternalError(`value ${value} has no buffer`, { pass: 'schedule', node: kernel.name });
      return buffer;
    },
    finish: (parts) => {
      ranges.set(workgroupName, { min: 0, max: parts.workgroups - 1 });
      ranges.set(localName, { min: 0, max: parts.workgroupSize - 1 });
      const declared = bindings.map((binding): Buffer => {
        const info = values.get(binding.values[0]!)!;
        const size = sizeOf(info);
        return { name: info.name, dtype: info.dtype, size, access: binding.access };
      });
      return {
        memories: [],
        ...parts,
        ...(positionName !== undefined && { position: positionName }),
        buffers: declared,
        ranges,
      };
    },
  };
}

/** What is read, in the order of use, then what is written; a value and the one it overwrites share a place. */
function bindingsOf(kernel: Kernel, chip: Builder['chip']): readonly Binding[] {
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

/** Binds an integer expression to a name, unless it is one already or a constant; the name is an index from then on. */
export function bindIndex(builder: Builder, emit: Emit, wish: string, of: Affine, extent: number): Affine {
  const only = of.terms[0];
  if (of.terms.length === 0) return of;
  if (of.terms.length === 1 && of.constant === 0 && only!.coefficient === 1 && only!.atom.kind === 'index')
    return of;
  const bound = builder.integer(wish, extent);
  emit({ kind: 'let', name: bound, value: indexTerm(of, 'u32') });
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'index', name: bound } }] };
}

/** Binds a term to a fresh name, unless it is as short as a name. */
export function bind(builder: Builder, emit: Emit, wish: string, value: Term): Term {
  if (value.kind === 'name' || value.kind === 'literal') return value;
  const bound = builder.fresh(wish);
  emit({ kind: 'let', name: bound, value });
  return name(bound, value.dtype, value.lanes);
}

/** The guards and the body of a step. */
export const expressionsOf = (step: Step): readonly Expr[] => [...step.guards, step.body];
