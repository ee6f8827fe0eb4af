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
 *
 * A kernel in the body of a loop computes one position of a recurrence: its `position` is an index that has the same
 * value for all rows, given from outside. On chip means the same position: a value at another one is read from memory,
 * also by the kernel that makes it.
 */
import type { Range } from '../index/affine.ts';
import type { Index, Origin } from '../ir/graph.ts';
import type { ReducerName } from '../ir/reducers.ts';
import type { DType, Expr, Load, ValueId } from '../scalar/expr.ts';
import { bareVariable } from '../scalar/walk.ts';

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
   * and the kernel loads the old one only at the point that it stores: elements are stored in the last walk
   * over their row, each after all that reads it there.
   */
  readonly inPlace: ReadonlyMap<ValueId, ValueId>;
  /** Of a kernel in the body of a loop. */
  readonly position?: Position;
  /** Why these equations are together, for people. */
  readonly because: readonly string[];
}

/**
 * An index that is walked from kernel to kernel: the kernels of one stretch of a loop run one after the other for
 * `from`, `from + by`, …, `count` times.
 */
export interface Position {
  readonly name: string;
  /** Tells the loops of a program apart. The kernels of a loop stand together, stretch by stretch. */
  readonly loop: number;
  /** Of the sequential index, of which this stretch is a part. */
  readonly extent: number;
  readonly from: number;
  readonly count: number;
  readonly by: 1 | -1;
}

/** The positions of a stretch, lowest and highest. */
export function rangeOf({ from, count, by }: Position): Range {
  const last = from + by * (count - 1);
  return { min: Math.min(from, last), max: Math.max(from, last) };
}

export interface Step {
  readonly level: 'reduce' | 'row' | 'element';
  readonly value: ValueId;
  readonly name: string;
  readonly dtype: DType;
  /**
   * Names of the rows (and columns, at level `element`) in the order of the value's dimensions: where it is
   * stored. A softmax over the middle axis has rows [n, w], columns [c] and an element value with [n, c, w]. The name
   * of the position stands where the value's sequential index does.
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

/** The step whose value at this point a load is; undefined where it reads memory. */
export function stepRead({ steps, position }: Kernel, load: Load): Step | undefined {
  const step = steps.find(({ value }) => value === load.value);
  return step !== undefined && isOnChip(step, position, load) ? step : undefined;
}

/** Is a load of a step's value one at the position at hand? */
export function isOnChip(step: Step, position: Position | undefined, load: Load): boolean {
  if (position === undefined) return true;
  const at = load.indices[step.indices.indexOf(position.name)];
  return at !== undefined && bareVariable(at) === position.name;
}

/** What a kernel must know of the values that it loads or stores. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Of a value that only the latest positions of a loop are kept of. */
  readonly slots?: Slots;
  /** Of a value that lists positions (`ir/position-lists.ts`): of which numbers, over indices without names. */
  readonly lists?: { readonly values: number; readonly key: Expr };
}

/** Along `axis`, position t lies at t mod `count`. */
export interface Slots {
  readonly axis: number;
  readonly count: number;
}

/** The shape in memory. */
export const storedShape = ({ shape, slots }: ValueInfo): readonly number[] =>
  slots === undefined ? shape : shape.map((extent, axis) => (axis === slots.axis ? slots.count : extent));

export type ValueTable = ReadonlyMap<ValueId, ValueInfo>;
