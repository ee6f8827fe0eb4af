/**
 * The typed program: what the checker hands to `lower/`.
 *
 * All calls are expanded, all names resolved, all extents numbers. A program is a list of tensors, each defined
 * before its uses, but for those of a recurrence, which use each other; an equation's body is the scalar expression
 * of one element, in which broadcasts are explicit. It differs from the graph of `ir/` in that expressions read
 * tensors and not nodes by number.
 *
 * Index variables carry an `id` that is unique in the whole program, so that expansion never captures; their
 * `name` is what the author wrote, where the author wrote one.
 */
import type { Span } from '../../grammar/source.ts';
import type { Origin, Step } from '../ir/graph.ts';
import type { ReducerName } from '../ir/reducers.ts';
import type { DType, Expr } from '../scalar/expr.ts';

/** One dimension of a tensor: its extent, and what people call it. */
export interface Dim {
  readonly extent: number;
  readonly name?: string;
  /** Where it got that name. */
  readonly declared?: Span;
  /** The index that its equation wrote there. */
  readonly index?: string;
  /** The read that told how far that index runs. */
  readonly read?: Span;
}

export interface IndexVariable {
  readonly id: string;
  /** The author's; or, where it is `invented`, one that the lowering may replace by that of the axis that is read. */
  readonly name: string;
  readonly extent: number;
  readonly invented?: true;
}

export type Tensor = LeafTensor | EquationTensor | GradientTensor;

interface Label {
  name: string;
  claimed: boolean;
}

interface TensorBase {
  /** Its position in the order of definition. */
  readonly id: number;
  /** The name can still change while the checker runs: `h = Dense(10)(x)` names what `Dense` returned. */
  readonly label: Label;
  readonly dtype: DType;
  readonly dims: readonly Dim[];
  readonly at: Span;
  readonly origin: Origin;
}

export interface LeafTensor extends TensorBase {
  readonly kind: 'input' | 'target' | 'param' | 'frozen' | 'state' | 'scalar';
  /** Of an input: the value of every element where a run is given none. */
  readonly default?: number;
}

export interface EquationTensor extends TensorBase {
  readonly kind: 'equation';
  /** One for each of `dims`. */
  readonly indices: readonly IndexVariable[];
  readonly reduce?: {
    readonly by: ReducerName;
    readonly indices: readonly IndexVariable[];
    readonly guards: readonly Expr<Tensor>[];
  };
  readonly body: Expr<Tensor>;
  /** Of a reduction inside of another equation: the label of that one. */
  readonly within?: Label;
}

export interface GradientTensor extends TensorBase {
  readonly kind: 'gradient';
  readonly of: Tensor;
  readonly wrt: Tensor;
}

/**
 * A reduction inside of an expression: a tensor without a name, read at the indices that it depends on. It gets an
 * equation when the expression does.
 */
export interface NestedReduction {
  readonly kind: 'reduction';
  readonly dtype: DType;
  readonly by: ReducerName;
  readonly indices: readonly IndexVariable[];
  readonly guards: readonly Element[];
  readonly body: Element;
}

/** An equation that was made for a reduction, and the conditions that it relies on. */
export interface MadeReduction {
  readonly tensor: EquationTensor;
  readonly conditions: readonly Element[];
}

/** What an element reads. */
export type Readable = Tensor | NestedReduction;

/** The value of one element while it is checked. */
export type Element = Expr<Readable>;

// ---------------------------------------------------------------- the program

/** A named dimension of the model's inputs, and who said how long it is. */
export interface FreeDimension {
  readonly name: string;
  readonly extent: number;
  readonly by: 'set' | 'batch' | 'stand-in';
  readonly at: Span;
}

export interface Output {
  readonly name: string;
  readonly role: 'loss' | 'metric' | 'output';
  readonly tensor: Tensor;
  readonly at: Span;
}

/** What is kept between runs. `init` is its first value. */
export interface Parameter {
  readonly path: string;
  readonly kind: 'param' | 'frozen' | 'state';
  readonly tensor: LeafTensor;
  readonly init: Tensor;
  /** As the author wrote it. */
  readonly initText: string;
  readonly count: number;
}

export interface StateUpdate {
  readonly target: LeafTensor;
  readonly value: Tensor;
}

/** One `minimize` or `maximize`: what the optimizer does to each parameter. */
export interface Objective {
  readonly sense: 'minimize' | 'maximize';
  readonly loss: Tensor;
  readonly lossName: string;
  readonly optimizer: string;
  /** What stands after `over`; empty where all is trained. */
  readonly over: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly gradients: readonly GradientTensor[];
  /** The optimizer's own state; paths like `adam.m.Dense_1.W`. */
  readonly states: readonly Parameter[];
  readonly updates: readonly StateUpdate[];
  /** The L2 norm of its gradients, where the recipe stops by it. */
  readonly norm?: Tensor;
  /** The argument `lr`, if the optimizer has one: a number, or a tensor where a schedule gives it. */
  readonly rate?: number | Tensor;
}

/** `enc.W <- …`: what it writes is one parameter, or all below a name. */
export interface Assignment {
  readonly target: string;
  readonly updates: readonly StateUpdate[];
}

/** What one program of a recipe does: a clause, or those of a `together`. */
export interface Part {
  readonly objectives: readonly Objective[];
  readonly assignments: readonly Assignment[];
  /** The layers' states that it writes: those that its losses pass by first of all parts. */
  readonly states: readonly StateUpdate[];
  /** Of its own, for each step of the recipe. */
  readonly steps: number;
  /** Samples of one of them, where they are not as many as for all. */
  readonly batch?: number | 'all';
}

export type Relation = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** Of what an epoch reports: `loss`, a metric, `global_norm`, and of held-out data `eval.loss`. */
export type Condition =
  | { readonly kind: 'compare'; readonly value: string; readonly relation: Relation; readonly limit: number }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly operand: Condition };

/** Which epoch is the best one. */
export interface Keep {
  readonly extreme: 'lowest' | 'highest';
  readonly value: string;
}

export interface Recipe {
  /** Where it has one. */
  readonly name?: string;
  /** How many steps all of the training has, where that is not a number of epochs. */
  readonly steps?: number;
  readonly batch?: number | 'all';
  readonly epochs?: number;
  readonly seed?: number;
  /** The part of the samples that is held out, where no held-out data is given. */
  readonly validate?: number;
  /** Where samples are drawn one by one, and not dealt out. */
  readonly draw?: 'replacement';
  /** Ends the training after the epoch that makes it true. */
  readonly until?: { readonly condition: Condition; readonly text: string };
  /** The weights of the best epoch are what the training ends with. */
  readonly keep?: Keep;
  /** Ends the training where so many epochs in a row were not the best. */
  readonly patience?: number;
  /** In the order in which a step runs them: each sees what those before it wrote. */
  readonly parts: readonly Part[];
}

/** A line of the `types` dump: a statement and its type, `depth` calls deep. */
export interface OutlineLine {
  readonly depth: number;
  readonly text: string;
  /** Of the first line of a call: the calls that led there, and it. */
  readonly call?: readonly Step[];
  readonly at: Span;
}

/** What a parameter of a model is, or a free dimension: `128`, `true`, or a number for each axis, `[2, 1]`. */
export type SettingValue = number | boolean | readonly number[];

export interface TypedProgram {
  readonly model: string;
  readonly training: boolean;
  readonly dimensions: readonly FreeDimension[];
  /** The model's own parameters, with their values: `hidden = 128`. */
  readonly settings: readonly { readonly name: string; readonly value: SettingValue }[];
  /** Names in `options.bindings` that nothing here is called. */
  readonly unusedBindings: readonly string[];
  /** All tensors, each after what it uses; those of a recurrence use each other, and stand among what they use. */
  readonly tensors: readonly Tensor[];
  readonly inputs: readonly LeafTensor[];
  readonly outputs: readonly Output[];
  readonly parameters: readonly Parameter[];
  /** Updates of the layers' states; empty in evaluation mode. */
  readonly updates: readonly StateUpdate[];
  readonly recipe?: Recipe;
  readonly outline: readonly OutlineLine[];
}
