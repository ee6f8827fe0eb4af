/** A kernel as a nest: which of its values each buffer, and each name, holds. */
import type { Kernel } from '../fuse/kernel.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { Nest } from './nest.ts';

/** One buffer of a kernel: a stored value and the one it overwrites share it. */
export interface Binding {
  readonly values: readonly ValueId[];
  readonly access: 'read' | 'read_write';
}

export interface KernelNest {
  readonly name: string;
  readonly kernel: Kernel;
  readonly nest: Nest;
  /** Of each buffer of the nest, in order. */
  readonly bindings: readonly Binding[];
  /** The names of variables and memories of the nest that hold a value of the kernel, or a part of one. */
  readonly holds: ReadonlyMap<string, ValueId>;
}
