/**
 * The bookkeeping of one nest while it is built: a kernel and its values in; unique names, the ranges of
 * integer names and the numbers of buffers out.
 */
import { elementCount } from '../../runtime/extents.ts';
import type { Kernel, Step, ValueTable } from '../fuse/kernel.ts';
import type { Affine, Range } from '../index/affine.ts';
import { add, constant, scale } from '../index/build.ts';
import { InternalError } from '../internal-error.ts';
import type { Binding } from '../nest/kernel.ts';
import { type Buffer, localName, type Nest, type Statement, type Term, workgroupName } from '../nest/nest.ts';
import { indexTerm, name } from '../nest/terms.ts';
import type { Expr, ValueId } from '../scalar/expr.ts';
import { loadsOf } from '../scalar/walk.ts';

export type Emit = (statement: Statement) => void;

export interface Builder {
  readonly kernel: Kernel;
  readonly values: ValueTable;
  readonly steps: ReadonlyMap<ValueId, Step>;
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
  const bindings = bindingsOf(kernel, steps);
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
  return {
    kernel,
    values,
    steps,
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
        const size = elementCount(info.shape);
        return { name: info.name, dtype: info.dtype, size, access: binding.access };
      });
      return { memories: [], ...parts, buffers: declared, ranges };
    },
  };
}

/** What is read, in the order of use, then what is written; a value and the one it overwrites share a place. */
function bindingsOf(kernel: Kernel, steps: ReadonlyMap<ValueId, Step>): readonly Binding[] {
  const overwrites = new Map([...kernel.inPlace].map(([stored, old]) => [old, stored] as const));
  const read = new Set<ValueId>();
  for (const step of kernel.steps) {
    for (const expr of [...step.guards, step.body]) {
      for (const load of loadsOf(expr)) if (!steps.has(load.value)) read.add(load.value);
    }
  }
  const reads = [...read].filter((value) => !overwrites.has(value));
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

/** Where an element lies, from its indices. */
export const flatten = (indices: readonly Affine[], shape: readonly number[]): Affine => {
  const strides = stridesOf(shape);
  return indices.reduce((sum, index, k) => add(sum, scale(index, strides[k]!)), constant(0));
};

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
