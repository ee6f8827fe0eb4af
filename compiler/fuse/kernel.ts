/**
 * A kernel before it has a schedule: equations that run in one dispatch, over one index space.
 *
 * The space has two levels. `rows` are the parallel indices: the shape of what is stored, one point of it is
 * the work of one thread or workgroup. `columns` are walked within a row; they are empty for a pointwise
 * kernel. Every step names its own place in that space:
 *
 * - `reduce`: one value a row, from a reduction over all `columns`;
 * - `row`: one value a row, no reduction (an epilogue, or the whole of a pointwise kernel);
 * - `element`: one value for each row and column.
 *
 * Softmax has rows [b], columns [c] and the steps reduce max, element exp, reduce sum, element quotient.
 * A dense layer with relu has rows [b, o], columns [i] and the steps reduce sum, row relu. All steps use the
 * index names of `rows` and `columns`. A load of a value of an earlier step is that value at this very point
 * (its indices are those of the step, unchanged); it never goes through memory.
 */
import type { Index, Origin } from '../ir/graph.ts';
import type { ReducerName } from '../ir/reducers.ts';
import type { DType, Expr, ValueId } from '../scalar/expr.ts';

export interface Kernel {
  /** Unique in a program, a legal identifier. */
  readonly name: string;
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
  readonly steps: readonly Step[];
  /** The steps' values that are written to memory. At least one. */
  readonly stores: readonly ValueId[];
  /**
   * Stored value -> the loaded value whose memory it overwrites (`w_new` -> `w`). Both have the same shape,
   * and the kernel loads the old one only at the point that it stores.
   */
  readonly inPlace: ReadonlyMap<ValueId, ValueId>;
  /** Why these equations are together, for people. */
  readonly because: readonly string[];
}

export interface Step {
  readonly level: 'reduce' | 'row' | 'element';
  readonly value: ValueId;
  readonly name: string;
  readonly dtype: DType;
  /**
   * Names of the rows (and columns, at level `element`) in the order of the value's dimensions: where it is
   * stored. A softmax over the middle axis has rows [n, w], columns [c] and an element value with [n, c, w].
   */
  readonly indices: readonly string[];
  /** Present exactly at level `reduce`. */
  readonly by?: ReducerName;
  /** Of a `reduce`: an element takes part only where all hold. */
  readonly guards: readonly Expr[];
  readonly body: Expr;
  /** The equation as the IR prints it, before fusion substituted into it. */
  readonly equation: string;
  readonly origin: Origin;
}

/** What a kernel must know of the values that it loads or stores. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export type ValueTable = ReadonlyMap<ValueId, ValueInfo>;
