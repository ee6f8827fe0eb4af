/**
 * A loop nest: what one kernel does, down to each load, and nothing of the language that it is printed in.
 *
 * A nest is run by `workgroups` groups of `workgroupSize` threads. Two names are given to every thread: `workgroup`,
 * the number of its group, and `local`, its number within the group; in the body of a loop of the program also the
 * position that it runs at, the same for all. Every other name is bound by a `let`, a `var` or a `loop`. A row sum of
 * `x[b: 4096, i: 1024]`, a thread a row, four columns a turn:
 *
 *     let b = 64*workgroup + local
 *     var sum = vec4(0, 0, 0, 0)
 *     loop i4 from 0 until 256 by 1 { sum = sum + x[1024*b + 4*i4 ‥ 4] }
 *     y[b] = (sum.x + sum.y) + (sum.z + sum.w)
 *
 * Terms are pure: what they read (buffers, workgroup memory, variables) only statements change. They have one
 * or four lanes; all lanes of a term have one element type. Positions in buffers are quasi-affine expressions
 * of integer names, counted in elements, so that a schedule can ask whether a read is aligned or in range;
 * `ranges` tells what each of those names can be. A position that depends on data is first bound to a name.
 * Terms are immutable and may share parts; `share-terms.ts` decides which of them get a name of their own.
 */
import type { Affine, Range } from '../index/affine.ts';
import type { DType } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';

/** The names that every thread is given. */
export const workgroupName = 'workgroup';
export const localName = 'local';

export interface Nest {
  /** In the order of their bindings. */
  readonly buffers: readonly Buffer[];
  readonly memories: readonly Memory[];
  readonly workgroups: number;
  readonly workgroupSize: number;
  /** The name of the position, in the body of a loop of the program. */
  readonly position?: string;
  /** Of every integer name that occurs in a position or an index term. */
  readonly ranges: ReadonlyMap<string, Range>;
  readonly body: readonly Statement[];
  /** Elements around each buffer that may be read, whatever is there. */
  readonly around?: number;
}

export interface Buffer {
  readonly name: string;
  readonly dtype: DType;
  /** In elements. */
  readonly size: number;
  readonly access: 'read' | 'read_write';
}

/** Memory that the threads of a workgroup share, or that each thread has for itself. */
export interface Memory {
  readonly name: string;
  readonly scope: 'workgroup' | 'thread';
  readonly dtype: DType;
  /** In units of `lanes` elements. */
  readonly size: number;
  readonly lanes: Lanes;
}

export type Lanes = 1 | 4;

export type Term =
  | Literal
  | Name
  | IndexTerm
  | LoadTerm
  | RecallTerm
  | CallTerm
  | SelectTerm
  | DotTerm
  | ComposeTerm
  | SplatTerm
  | LaneTerm;

interface TermBase {
  readonly dtype: DType;
  readonly lanes: Lanes;
}

export interface Literal extends TermBase {
  readonly kind: 'literal';
  readonly lanes: 1;
  readonly value: number;
}

/** A `let` or a `var`. */
export interface Name extends TermBase {
  readonly kind: 'name';
  readonly name: string;
}

/** Arithmetic of integer names. As `u32` it is never negative. */
export interface IndexTerm extends TermBase {
  readonly kind: 'index';
  readonly dtype: 'i32' | 'u32';
  readonly lanes: 1;
  readonly of: Affine;
}

/** `lanes` consecutive elements of a buffer, wherever they begin. */
export interface LoadTerm extends TermBase {
  readonly kind: 'load';
  readonly buffer: number;
  readonly position: Affine;
  /**
   * Whether the position may lie outside: then any element may be read in its place. Of four lanes only those outside
   * are any element; they are within what may be read `around` the buffer.
   */
  readonly anywhere: boolean;
}

/** From workgroup memory, or a thread's own: `lanes` as the memory has. */
export interface RecallTerm extends TermBase {
  readonly kind: 'recall';
  readonly memory: string;
  readonly position: Affine;
}

/** A scalar function; all operands have as many lanes as the result. */
export interface CallTerm extends TermBase {
  readonly kind: 'call';
  readonly fn: FunctionName;
  readonly operands: readonly Term[];
}

/** Lane by lane; both sides are computed. */
export interface SelectTerm extends TermBase {
  readonly kind: 'select';
  readonly condition: Term;
  readonly whenTrue: Term;
  readonly whenFalse: Term;
}

/** The sum of the products of the lanes of two terms. */
export interface DotTerm extends TermBase {
  readonly kind: 'dot';
  readonly lanes: 1;
  readonly left: Term;
  readonly right: Term;
}

export interface ComposeTerm extends TermBase {
  readonly kind: 'compose';
  readonly lanes: 4;
  /** Four, of one lane each. */
  readonly parts: readonly Term[];
}

/** Four lanes, all the same. */
export interface SplatTerm extends TermBase {
  readonly kind: 'splat';
  readonly lanes: 4;
  readonly of: Term;
}

export interface LaneTerm extends TermBase {
  readonly kind: 'lane';
  readonly lanes: 1;
  readonly of: Term;
  readonly lane: number;
}

export type Statement =
  | { readonly kind: 'let'; readonly name: string; readonly value: Term }
  | { readonly kind: 'var'; readonly name: string; readonly value: Term }
  | { readonly kind: 'assign'; readonly name: string; readonly value: Term }
  | { readonly kind: 'store'; readonly buffer: number; readonly position: Affine; readonly value: Term }
  | { readonly kind: 'keep'; readonly memory: string; readonly position: Affine; readonly value: Term }
  | Loop
  | While
  | { readonly kind: 'if'; readonly condition: Term; readonly body: readonly Statement[] }
  | Barrier;

/**
 * All threads of the workgroup meet, and what they did to its memories, or to buffers, comes before what they do
 * from then on. Only in uniform control flow.
 */
export interface Barrier {
  readonly kind: 'barrier';
  readonly orders: 'memories' | 'buffers';
}

/** While the condition holds, which each turn asks anew: what it reads changes in the body. No barrier is inside. */
export interface While {
  readonly kind: 'while';
  readonly condition: Term;
  readonly body: readonly Statement[];
}

/** `name` = from, from + by, … below `until`. */
export interface Loop {
  readonly kind: 'loop';
  readonly name: string;
  readonly from: Affine;
  readonly until: number;
  readonly by: number;
  readonly body: readonly Statement[];
}
