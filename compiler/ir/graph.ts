/**
 * The intermediate representation: a graph of tensor equations in SSA form.
 *
 * A graph is an array of nodes in topological order and a value is its position; only the equations of a recurrence
 * name each other at earlier positions of an index (`recurrences.ts`). There is in essence one kind of node, the
 * equation:
 *
 *     %y[b: 128, o: 10]: f32 = sum[i: 784] %x[b, i] * %W[o, i]      @ mlp.nn:7:16 mlp.Dense_2 > Dense
 *
 * Matrix products, convolutions, pooling, transposes, reshapes, random tensors, optimiser updates: all are
 * equations. The rest are leaves, and `gradient`, a request that `autodiff/` replaces by equations.
 */
import type { DType, Expr, ValueId } from '../scalar/expr.ts';
import type { ReducerName } from './reducers.ts';

export type { DType, ValueId } from '../scalar/expr.ts';

export type Node = Leaf | Gradient | Equation;

interface NodeBase {
  /** Unique in its graph; printed as `%name`. */
  readonly name: string;
  readonly dtype: DType;
  readonly origin: Origin;
}

/**
 * A tensor from outside.
 * - `input`: given at each run (inputs and targets of the model).
 * - `param`: kept on the device, trained; `frozen`: kept, not trained; `state`: kept, written by updates.
 *   The name is its path: `Dense_1.W`, `adam.m.Dense_1.W`.
 * - `scalar`: a number the runtime gives at each step, shape []: `step` and `epoch` (i32, from 1), `key` (u32, random).
 */
export interface Leaf extends NodeBase {
  readonly kind: 'input' | 'param' | 'frozen' | 'state' | 'scalar';
  readonly indices: readonly Index[];
  /** Of an input: what every element is where a run is given nothing. Of a scalar: what it always is. */
  readonly default?: number;
}

/** d `of` / d `wrt`: the shape of `wrt`. `of` has shape []. */
export interface Gradient extends NodeBase {
  readonly kind: 'gradient';
  readonly indices: readonly Index[];
  readonly of: ValueId;
  readonly wrt: ValueId;
}

/** `%name[indices] = reduce[...] body`: the value of the element at `indices`. */
export interface Equation extends NodeBase {
  readonly kind: 'equation';
  readonly indices: readonly Index[];
  readonly reduce?: Reduce;
  readonly body: Expr;
}

export interface Reduce {
  readonly by: ReducerName;
  /** At least one; names differ from the equation's own. `argmax` over several gives the row-major position. */
  readonly indices: readonly Index[];
  /** Boolean; an element takes part only where all hold. */
  readonly guards: readonly Expr[];
}

/** An index variable; it runs over 0 ≤ name < extent. */
export interface Index {
  readonly name: string;
  readonly extent: number;
}

/** Where a node comes from. */
export interface Origin {
  /** Absent only for what no text asked for (`scalar` leaves, graphs built in tests). */
  readonly place?: Place;
  /** The calls that led there, outermost first: `mlp > Dense_2: Dense > relu_1`. */
  readonly path: readonly Step[];
  /** The node, itself no part of another, that this is a part of: a reduction inside of it, or some of its terms. */
  readonly within?: string;
  /** In a backward part. */
  readonly adjoint?: AdjointOrigin;
}

/** One call on the way to a node, told apart from others of the same around it. */
export type Step =
  | { readonly kind: 'model' | 'train'; readonly name: string }
  /** `Dense_2: Dense`, the instance and its layer. */
  | { readonly kind: 'layer'; readonly name: string; readonly of: string }
  /** `relu_1`, the first call of relu there; without a number where calls are not counted. */
  | { readonly kind: 'function'; readonly name: string; readonly number?: number }
  /** `adam Dense_1.W`: the optimizer, and the parameter that it updates. */
  | { readonly kind: 'update'; readonly by: string; readonly of: string };

export interface AdjointOrigin {
  /** The node that was differentiated. */
  readonly of: string;
  /** The node that this is the adjoint of, or a part of it. */
  readonly wrt: string;
  /** Where `of` reads `wrt`, as text; absent where both are one. */
  readonly load?: string;
  /** What made it. */
  readonly rule: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type ResultRole = 'loss' | 'metric' | 'output' | 'gradient' | 'value';

export interface Result {
  readonly name: string;
  readonly role: ResultRole;
  readonly value: ValueId;
}

/** At the end of a run, `target` (a param or a state) takes `value`. A target is written at most once. */
export interface Update {
  readonly target: ValueId;
  readonly value: ValueId;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly results: readonly Result[];
  readonly updates: readonly Update[];
}
