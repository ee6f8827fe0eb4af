/** The lines of a kernel's text, each with what of the kernel it prints. */
import type { Statement } from '../nest/nest.ts';

export interface Line {
  readonly text: string;
  /** Absent where it speaks of no value. */
  readonly prints?: Prints;
}

/** A quoted step and a buffer by their numbers in the kernel and its bindings; a memory by its name in the nest. */
export type Prints =
  | { readonly step: number }
  | { readonly buffer: number }
  | { readonly memory: string }
  | { readonly statement: Statement };

export const line = (text: string, prints?: Prints): Line =>
  prints === undefined ? { text } : { text, prints };
