/**
 * The bookkeeping of one nest while it is built: what is known of a kernel in; unique names and the ranges of
 * integer names out.
 */
import { rangeOf, type Step } from '../fuse/kernel.ts';
import type { Affine, Range } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { type Buffer, localName, type Nest, type Statement, type Term, workgroupName } from '../nest/nest.ts';
import { indexTerm, name } from '../nest/terms.ts';
import type { ValueId } from '../scalar/expr.ts';
import { type KernelFacts, sizeOf } from './facts.ts';

export type Emit = (statement: Statement) => void;

/** How a name should be called; one that holds the value of a step, or a part of it, is called after the step. */
export type Wish = string | { readonly step: Step; readonly part: string };

/** A name for the value of a step, or with `part` for what becomes of it. */
export const held = (step: Step, part = ''): Wish => ({ step, part });

export interface Builder extends KernelFacts {
  /** Elements around each buffer that may be read. */
  readonly readsAround: number;
  /** What indices are in every place: the position of a loop. */
  readonly given: ReadonlyMap<string, Affine>;
  /** Grows as names are made. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** A name that nothing else has, as near to the wish as possible. */
  readonly fresh: (wish: Wish) => string;
  /** The names that hold values, each with its step; grows as names are made. */
  readonly holds: ReadonlyMap<string, ValueId>;
  /** A fresh integer name from 0 to `extent` - 1. */
  readonly integer: (wish: string, extent: number) => string;
  /** How many operations the text should have at most; `spend` is told of each when it is made. */
  readonly text: { readonly most: number; readonly spend: (term: Term) => void };
  readonly finish: (parts: Pick<Nest, 'workgroups' | 'workgroupSize' | 'body'> & Partial<Nest>) => Nest;
}

export function builderOf(
  facts: KernelFacts,
  text: Builder['text'] = { most: Number.POSITIVE_INFINITY, spend: () => {} },
  readsAround = 0,
): Builder {
  const ranges = new Map<string, Range>();
  const taken = new Set<string>([workgroupName, localName]);
  const holds = new Map<string, ValueId>();
  const fresh = (wish: Wish): string => {
    const wanted = typeof wish === 'string' ? wish : `${wish.step.name}${wish.part}`;
    let unique = wanted;
    for (let n = 2; taken.has(unique); n++) unique = `${wanted}_${n}`;
    taken.add(unique);
    if (typeof wish !== 'string') holds.set(unique, wish.step.value);
    return unique;
  };
  const { position } = facts.kernel;
  const given = new Map<string, Affine>();
  const positionName = position && fresh(position.name);
  if (position !== undefined && positionName !== undefined) {
    ranges.set(positionName, rangeOf(position));
    given.set(position.name, variable(positionName));
  }
  return {
    ...facts,
    readsAround,
    given,
    text,
    ranges,
    fresh,
    holds,
    integer: (wish, extent) => {
      const unique = fresh(wish);
      ranges.set(unique, { min: 0, max: extent - 1 });
      return unique;
    },
    finish: (parts) => {
      ranges.set(workgroupName, { min: 0, max: parts.workgroups - 1 });
      ranges.set(localName, { min: 0, max: parts.workgroupSize - 1 });
      const declared = facts.bindings.map((binding): Buffer => {
        const info = facts.values.get(binding.values[0]!)!;
        const size = sizeOf(info);
        return { name: info.name, dtype: info.dtype, size, access: binding.access };
      });
      return {
        memories: [],
        ...parts,
        ...(positionName !== undefined && { position: positionName }),
        ...(readsAround > 0 && { around: readsAround }),
        buffers: declared,
        ranges,
      };
    },
  };
}

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
export function bind(builder: Builder, emit: Emit, wish: Wish, value: Term): Term {
  if (value.kind === 'name' || value.kind === 'literal') return value;
  const bound = builder.fresh(wish);
  emit({ kind: 'let', name: bound, value });
  return name(bound, value.dtype, value.lanes);
}
