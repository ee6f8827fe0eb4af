/**
 * What an explanation is: plain data, from which views make text, LaTeX, Markdown and HTML.
 *
 * An explanation is the chain of adjoints from a loss to one or more values. A step of it is one adjoint: the
 * primal equations that it goes through, the formula that the chain rule gives, what each simplification made
 * of it, and the kernel that computes it. Every formula in it has been evaluated in f64 on random data and
 * agrees with the value that it claims to be, unless `verified` says otherwise.
 */
import type { Affine } from '../index/affine.ts';
import type { Index, Place } from '../ir/graph.ts';
import type { ReducerName } from '../ir/reducers.ts';
import type { DType } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';

/** A scalar expression as people write it: tensors by name, sums inside of products, functions by their name. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number; readonly dtype: DType }
  | { readonly kind: 'index'; readonly of: Affine }
  | TensorFormula
  | {
      readonly kind: 'call';
      readonly fn: FunctionName;
      readonly dtype: DType;
      readonly operands: readonly Formula[];
    }
  /** A function of the prelude that was recognised by its formula. */
  | { readonly kind: 'named'; readonly name: NamedFunction; readonly operand: Formula }
  | {
      readonly kind: 'choice';
      readonly condition: Formula;
      readonly then: Formula;
      readonly otherwise: Formula;
    }
  /** 1 where the condition holds, else 0 (Iverson's bracket). */
  | { readonly kind: 'indicator'; readonly condition: Formula }
  | ReduceFormula
  | MatrixFormula;

/** In matrix form, where tensors stand without indices. */
export type MatrixFormula =
  | { readonly kind: 'transposed'; readonly of: Formula }
  /** A product of matrices, summed over `over`; without it, of a column and a row. */
  | { readonly kind: 'product'; readonly left: Formula; readonly right: Formula; readonly over?: Index }
  /** A product element by element. */
  | { readonly kind: 'elementwise'; readonly left: Formula; readonly right: Formula }
  /** A column of ones. */
  | { readonly kind: 'ones' };

/** `onehot` is of matrix forms: the row of its position has a 1. */
export type NamedFunction = 'sigmoid' | 'softplus' | 'onehot';

export interface TensorFormula {
  readonly kind: 'tensor';
  readonly name: string;
  /** Of an adjoint: the name of what the loss is differentiated by. */
  readonly adjointOf?: string;
  readonly indices: readonly Formula[];
}

export interface ReduceFormula {
  readonly kind: 'reduce';
  /** A mean is a sum over how many there are; only formulas as a person writes them have any. */
  readonly by: ReducerName | 'mean';
  readonly indices: readonly Index[];
  readonly guards: readonly Formula[];
  readonly body: Formula;
}

/** `left = right` for all `indices`. */
export interface Line {
  readonly left: TensorFormula;
  readonly indices: readonly Index[];
  readonly right: Formula;
}

/** In which notation. */
export const forms = ['index', 'matrix', 'delta'] as const;
export type Form = (typeof forms)[number];

export interface Explanation {
  readonly form: Form;
  readonly model: string;
  readonly loss: Line;
  /** The free dimensions of the model, as they are bound here. */
  readonly dimensions: readonly Index[];
  readonly targets: readonly Target[];
  readonly steps: readonly Step[];
  /** Runs of steps that repeat others up to names: shown once. */
  readonly folds: readonly Fold[];
  readonly unreached: readonly Unreached[];
  readonly verified: Verification;
}

export interface Target {
  readonly name: string;
  readonly kind: 'param' | 'frozen' | 'input' | 'state';
  readonly indices: readonly Index[];
}

/** The adjoint of one value. */
export interface Step {
  /** The name of the value. */
  readonly value: string;
  readonly isTarget: boolean;
  /** The equations that read the value: the adjoint comes back through them. Empty for the loss itself. */
  readonly through: readonly Through[];
  /** As the chain rule gives it, before any simplification. */
  readonly derived: Line;
  readonly changes: readonly Change[];
  /** What it is in the end. */
  readonly final: Line;
  /** The final form with adjoints before it written out, where that reads well. */
  readonly together?: { readonly names: readonly string[]; readonly right: Formula };
  /** At the beginning of a chain of residual connections: the adjoint at its end, plus what each block sends. */
  readonly identity?: { readonly blocks: number; readonly right: Formula };
  /** New names in `final`: `p` for a softmax that the model never wrote down. */
  readonly definitions: readonly Line[];
  /** Gradients of parameters beside the way to the targets, which the same adjoints give. */
  readonly beside: readonly Line[];
  readonly kernel?: KernelNote;
}

export interface Through {
  readonly equation: Line;
  /** Sums in the equation that have adjoints, and so names, of their own. */
  readonly where: readonly Line[];
  readonly place?: Place;
  readonly path: readonly string[];
  /** The text of the line that `place` names, where it is known. */
  readonly source?: string;
  /** The derivative of the equation's element by each load of the value. */
  readonly partials: readonly { readonly load: Formula; readonly value: Formula }[];
  /** The rules, in words; `elementByElement` where there is nothing to say. */
  readonly rules: readonly string[];
}

/** The rule of an adjoint that is read at its own points. */
export const elementByElement = 'the chain rule, element by element';

/** One simplification, or several that are too small to be shown one by one. */
export interface Change {
  readonly rules: readonly string[];
  readonly right: Formula;
}

export interface KernelNote {
  readonly name: string;
  /** Is the adjoint written to memory, kept on chip, or written out into its readers? */
  readonly how: 'stored' | 'on chip' | 'inlined' | 'copy';
  /** What the kernel computes: the names of its values. */
  readonly steps: readonly string[];
  /** The passes that changed how it is computed, and what each does. */
  readonly after?: readonly string[];
  /** Of a kernel in a loop: the index of which it computes one position each time that it runs. */
  readonly over?: string;
}

/** Steps `from` … `from + length - 1` come `times` times, one after the other, with other names. */
export interface Fold {
  readonly from: number;
  readonly length: number;
  readonly times: number;
}

/** A target that no gradient reaches. */
export interface Unreached {
  readonly name: string;
  readonly why: string;
  /** The last equations on each way, and what stops the gradient there. */
  readonly ends: readonly PathEnd[];
}

export interface PathEnd {
  readonly equation: Line;
  readonly place?: Place;
  readonly source?: string;
  readonly why: string;
}

export type Verification =
  | { readonly kind: 'checked'; readonly formulas: number; readonly points: number; readonly error: number }
  | { readonly kind: 'skipped'; readonly why: string };
