/**
 * One run of the checker: what was found so far, which grows, and the place where it stands, which is passed down.
 *
 * The concerns are files of their own that call each other through `evaluate`, `run` and `apply` here, since
 * expressions contain calls, calls bodies, and bodies expressions.
 */
import type { Declaration, Expression, Layer, Statement } from '../../grammar/ast.ts';
import type { Diagnostic, Label } from '../../grammar/diagnostic.ts';
import { label } from '../../grammar/diagnostic.ts';
import { positionOf, type Source, type Span } from '../../grammar/source.ts';
import type { Range } from '../index/affine.ts';
import type { Origin, Step } from '../ir/graph.ts';
import type { Declarations } from './declarations.ts';
import type { Scope } from './scope.ts';
import type {
  Element,
  FreeDimension,
  IndexVariable,
  LeafTensor,
  MadeReduction,
  NestedReduction,
  OutlineLine,
  Output,
  Parameter,
  Readable,
  SettingValue,
  StateUpdate,
  Tensor,
} from './typed.ts';
import { type BoundDim, type Home, type Instance, type UnknownValue, unknown, type Value } from './values.ts';

export interface CheckOptions {
  /** The model to compile; the file's first where it is absent. */
  readonly model?: string;
  /** The recipe of this name; the model's first where it is absent. */
  readonly recipe?: string;
  /** Dimensions and model parameters by name, from the command line. */
  readonly bindings: ReadonlyMap<string, SettingValue>;
  readonly training: boolean;
  /** The extent of a dimension that nobody bound; the next ones count up from it. */
  readonly unbound?: number;
  readonly observer?: Observer;
}

/** Who wants to know more than what is wrong: an editor. */
export interface Observer {
  /** Told of the value of each expression and of each name, once for each expansion of the body that it is in. */
  readonly value: (at: Span, value: Value) => void;
  /** Told at the end what could be made, also where there are errors. */
  readonly made: (made: Made) => void;
}

export interface Made {
  readonly tensors: readonly Tensor[];
  readonly dimensions: readonly FreeDimension[];
}

/** Tells the observer; what a trial finds is thrown away. */
export function observe(checker: Checker, at: Span, value: Value): void {
  if (checker.trial === undefined) checker.options.observer?.value(at, value);
}

/** A call that is being expanded. */
export interface Frame {
  readonly declaration: Declaration;
  /** What provenance shows: `softmax_1`, `Dense_2: Dense`. */
  readonly step: Step;
  readonly at: Span;
}

/** What only a recipe knows. */
export interface RecipeContext {
  /** Of the gradients of a `minimize`; made where it is used first. */
  readonly globalNorm?: (checker: Checker) => Value;
}

/** Equations that are being defined together, and where they are read. */
export interface Group {
  readonly tensors: ReadonlySet<Tensor>;
  readonly reads: GroupRead[];
}

export interface GroupRead {
  readonly tensor: Tensor;
  /** The last positions of the read; undefined along an axis that stays free. */
  readonly positions: readonly (Element | undefined)[];
  readonly at: Span;
}

/** An argument of a call, evaluated. */
export interface Given {
  readonly name?: string;
  readonly nameAt?: Span;
  readonly value: Value;
  readonly at: Span;
}

/** What the runtime gives at each step. */
export type ScalarName = 'step' | 'epoch' | 'key';

/** What is found, in the whole program. */
export interface Findings {
  readonly options: CheckOptions;
  readonly declarations: Declarations;
  readonly preludeSources: ReadonlySet<Source>;
  readonly diagnostics: Diagnostic[];
  /** Places of names that are reported already. */
  readonly misnamed: ReadonlySet<string>;
  readonly tensors: Tensor[];
  readonly parameters: Parameter[];
  readonly inputs: LeafTensor[];
  readonly outputs: Output[];
  readonly updates: StateUpdate[];
  readonly outline: OutlineLine[];
  readonly variables: Map<string, IndexVariable>;
  readonly ranges: Map<string, Range>;
  /** The equations of reductions inside of expressions. */
  readonly reductions: Map<NestedReduction, readonly MadeReduction[]>;
  /** Which function of the prelude made a value. */
  readonly makers: Map<Readable | Element, string>;
  /** Layer instances by path. */
  readonly instances: Map<
    string,
    { readonly layer: Layer; readonly instance: Instance; readonly expansion: number }
  >;
  /** The numbers of a step, once used. */
  readonly scalars: Map<ScalarName, LeafTensor>;
  /** How much there is so far; only ever more. */
  readonly counts: {
    expansions: number;
    /** Of `repeat`, all together. */
    passes: number;
    /** Expressions around, over all calls. */
    depth: number;
    /** Random streams. */
    readonly streams: { forward: number; initial: number };
  };
  readonly state: {
    /** Met a bound on the whole program: nothing more is expanded. */
    stopped: boolean;
    /** Met a place that could not be parsed: the parser has said why. */
    broken: boolean;
  };
}

/** What is in force at one place of the program. It never changes: what is inside has another, see `inside`. */
interface Place {
  /** The names. */
  readonly scope: Scope;
  /** The calls around. */
  readonly frames: readonly Frame[];
  /** Conditions that hold where the expression at hand is computed. */
  readonly conditions: readonly Element[];
  /** Where `( … else …)` collects the conditions of its reads. */
  readonly outside: Element[] | undefined;
  /** In a recipe. */
  readonly recipe: RecipeContext | undefined;
  /** Paths whose parameters are not trained. */
  readonly frozen: readonly string[];
  /** Which streams random numbers come from. */
  readonly drawing: 'forward' | 'initial';
  /** The indices of the recurrences around: what is drawn is drawn anew for each of their values. */
  readonly steps: readonly IndexVariable[];
  /** The recurrence that is being defined. */
  readonly group: Group | undefined;
  /** What is found here is thrown away: `trial.ts`. */
  readonly trial: InstancesOfTrial | undefined;
}

/** A trial leaves no trace in the instances from outside of it: it has its own of each, that lives as long as it. */
export interface InstancesOfTrial {
  readonly made: Set<Instance>;
  readonly copies: Map<Instance, Instance>;
  readonly homes: Map<Home, Home>;
  /** Whether an operand that is not known counts as the other one: what goes on has the shape of what is added to it. */
  readonly guesses: boolean;
}

/** The checker at one place. */
export interface Checker extends Findings, Place {
  evaluate(expression: Expression): Value;
  run(body: readonly Statement[]): Value | undefined;
  /** A function, a layer or an instance applied to arguments. */
  apply(callee: Value, given: readonly Given[], at: Span): Value;
}

/** The checker at a place inside, where something else is in force. */
export const inside = (checker: Checker, change: Partial<Place>): Checker => ({ ...checker, ...change });

/** The checker where these conditions hold too. */
export const where = (checker: Checker, conditions: readonly Element[]): Checker =>
  conditions.length === 0 ? checker : inside(checker, { conditions: [...checker.conditions, ...conditions] });

/** Bounds on what one file can ask for. */
export const limits = {
  /** Calls within calls. */
  depth: 64,
  /** Expressions within expressions, over all calls. */
  nesting: 600,
  /** Calls expanded. */
  expansions: 10_000,
  /** Passes of `repeat`, all together. */
  passes: 10_000,
  /** Equations made. */
  tensors: 20_000,
  /** Elements of what `jacobian` is taken of: each has a gradient. */
  jacobian: 256,
  /** Dimensions of one tensor. */
  rank: 32,
  /** Equations of a recurrence times its positions. */
  positions: 2 ** 20,
  /** Elements of one tensor: positions are 32-bit integers. */
  elements: 2 ** 31 - 1,
} as const;

const maxCallers = 3;

/**
 * Notes a problem. One inside the prelude is shown at the call that led there; one inside the user's own
 * functions says who called. A warning about a line of the prelude is none of the user's, who cannot change it.
 */
export function report(checker: Checker, problem: Diagnostic): undefined {
  if (problem.severity === 'warning' && isInPrelude(checker, problem.primary.at)) return;
  checker.diagnostics.push(shown(checker, problem));
}

/** Whether it is text of the prelude. */
export const isInPrelude = ({ preludeSources }: Findings, at: Span): boolean => preludeSources.has(at.source);

/** What an expression with this problem is. */
export function wrong(checker: Checker, problem: Diagnostic): UnknownValue {
  report(checker, problem);
  return unknown;
}

/** The problem where the author of the program can do something about it. */
function shown(checker: Checker, problem: Diagnostic): Diagnostic {
  const inPrelude = (at: Span): boolean => isInPrelude(checker, at);
  const callers = checker.frames.slice(1).reverse();
  if (!inPrelude(problem.primary.at)) {
    const related = callers
      .filter((frame) => !inPrelude(frame.at) && frame.declaration.kind !== 'model')
      // A problem with the arguments of a call is in the call.
      .filter((frame) => !contains(frame.at, problem.primary.at))
      .slice(0, maxCallers)
      .map((frame) =>
        label(frame.at, `in this use of ${frame.declaration.kind === 'train' ? 'it' : nameOf(frame)}`),
      );
    return { ...problem, related: [...problem.related, ...related] };
  }
  const call = callers.find((frame) => !inPrelude(frame.at));
  if (call === undefined) return problem;
  const primary: Label = label(call.at, `in this use of ${nameOf(call)}`);
  const inner = problem.primary.text === '' ? label(problem.primary.at, 'here') : problem.primary;
  return { ...problem, primary, related: [inner, ...problem.related] };
}

const contains = (outer: Span, inner: Span): boolean =>
  outer.source === inner.source && outer.start <= inner.start && inner.end <= outer.end;

const nameOf = ({ declaration }: Frame): string =>
  declaration.kind === 'train' ? declaration.model.name : declaration.name.name;

/** Provenance of what is made at `at`: the user's own line, and the calls that led there. */
export function originAt(checker: Checker, at: Span): Origin {
  const outside = (frame: Frame): boolean => !isInPrelude(checker, frame.at);
  const place = (isInPrelude(checker, at) ? checker.frames.findLast(outside)?.at : undefined) ?? at;
  return {
    place: { file: place.source.name, ...positionOf(place.source, place.start) },
    path: checker.frames.map((frame) => frame.step),
  };
}

/** A new index variable; `name` is what the author calls it, or invented. */
export function newVariable(checker: Checker, name: string, extent: number, invented = false): IndexVariable {
  const id = `${name}#${checker.variables.size}`;
  const variable: IndexVariable = { id, name, extent, ...(invented && { invented }) };
  checker.variables.set(variable.id, variable);
  checker.ranges.set(variable.id, { min: 0, max: extent - 1 });
  return variable;
}

/** A line of the `types` dump; first values and recipes have no part in it. */
export const outlineLine = (checker: Checker, text: string, at: Span, call?: readonly Step[]): void => {
  if (checker.drawing === 'initial' || checker.recipe !== undefined) return;
  checker.outline.push({ depth: checker.frames.length, text, at, ...(call && { call }) });
};

/** A call above the lines of its body. */
export const outlineHeading = (checker: Checker, text: string, at: Span): void => {
  const call = checker.frames.map(({ step }) => step);
  outlineLine(inside(checker, { frames: checker.frames.slice(1) }), text, at, call);
};

/** The dimension as the caller of an expansion knows it. */
export function restoreDims(value: Value, expansion: number): Value {
  const restored = (one: Value): Value => restoreDims(one, expansion);
  if (value.kind === 'tuple') return { ...value, values: value.values.map(restored) };
  if (value.kind !== 'tensor') return value;
  const dims = value.dims.map((dim) => restore(dim, expansion));
  return { ...value, dims, ...(value.more && { more: value.more.map(restored) }) };
}

function restore(dim: BoundDim, expansion: number): BoundDim {
  if (dim.binding?.expansion !== expansion) return dim;
  const outer = restore(dim.binding.outer, expansion);
  return dim.index === undefined ? outer : { ...outer, index: dim.index };
}
