/** The shapes of a record in the table of reducers: those that the loops know, and formulas over them. */
import type { DType } from '../../scalar/expr.ts';
import type { FunctionName } from '../../scalar/functions.ts';

interface Common {
  /** One sentence. */
  readonly doc: string;
  /** The type of the result for a body of type `body`; undefined where it does not apply. */
  readonly result: (body: DType) => DType | undefined;
  /** What a reduction over nothing would give among all numbers: `identityOf` holds it within a type. */
  readonly identity: number;
  /** The operator over its indices in TeX. */
  readonly tex: string;
  /** The operator's sign in MathML; a word stands upright above its indices. */
  readonly mathml: string;
}

/** A reducer whose result is the position of an element: the first that no other beats. */
export interface PositionReducer extends Common {
  readonly kind: 'position';
  /** Whether an element beats the best so far. Equal ones later do not. */
  readonly beats: Extract<FunctionName, 'greater' | 'less'>;
}

/** What each element of a reduction gets of the cotangent of its result; `says` is the rule in words. */
export type GradientRule<PositionName extends string> =
  /** All of it. */
  | { readonly to: 'each' }
  /** All of it where the element is the one that `by` finds, else nothing. */
  | { readonly to: 'chosen'; readonly by: PositionName; readonly says: string }
  /** It times the same reduction of all other elements. */
  | { readonly to: 'others'; readonly says: string }
  | { readonly to: 'none' };

/** A reducer whose result combines the elements, in any order and in parts. */
export interface ValueReducer<PositionName extends string> extends Common {
  readonly kind: 'value';
  /** The associative and commutative function that takes in one element after the other. */
  readonly combine: FunctionName;
  /** The value of n equal elements: one of them, n times it, or nothing as simple. */
  readonly ofEqual: 'itself' | 'multiple' | 'other';
  readonly gradient: GradientRule<PositionName>;
}

/** What the formula of a derived reducer is written in: E is a scalar expression at one element. */
export interface Formulas<ReducerName extends string, E> {
  /** Whether a condition decides which elements take part: then there may be none. */
  readonly guarded: boolean;
  /** How many elements there are, guards or not. */
  readonly points: number;
  readonly number: (value: number) => E;
  readonly call: (fn: FunctionName, ...operands: readonly E[]) => E;
  readonly choose: (condition: E, then: E, otherwise: E) => E;
  /** Over the same elements. */
  readonly reduce: (by: ReducerName, body: E) => E;
}

/** A reducer that is a formula over others. Elements are f32, or count as f32; so is the result. */
export interface DerivedReducer<ReducerName extends string> {
  /** One sentence. */
  readonly doc: string;
  readonly formula: <E>(x: E, f: Formulas<ReducerName, E>) => E;
  /** The value of one element alone, where that is not the element. */
  readonly ofOne?: <E>(x: E, f: Pick<Formulas<ReducerName, E>, 'number' | 'call'>) => E;
}
