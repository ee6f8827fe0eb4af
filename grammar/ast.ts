/** The abstract syntax of a `.nn` file: readonly unions, every node with its span. Knows nothing of tensors. */
import type { BinaryOperator } from './operators.ts';
import type { Source, Span } from './source.ts';

export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export interface File {
  readonly kind: 'file';
  readonly source: Source;
  readonly uses: readonly Use[];
  readonly declarations: readonly Declaration[];
  readonly span: Span;
}

/** `use "blocks.nn"` */
export interface Use {
  readonly kind: 'use';
  readonly path: string;
  readonly span: Span;
}

export type Declaration = Model | Fn | Layer | Optimizer | Train;

/** `name: type = default`, in the parameter list of a declaration. */
export interface Parameter {
  readonly name: Identifier;
  readonly type?: TypeExpression;
  readonly default?: Expression;
  readonly span: Span;
}

/** `OH = (H - k)/stride + 1`, in a `where` clause. */
export interface Definition {
  readonly name: Identifier;
  readonly value: Expression;
}

interface DeclarationBase {
  readonly name: Identifier;
  /** The text of the `///` lines above, without the slashes; '' where there are none. */
  readonly doc: string;
  readonly span: Span;
}

/** `model mlp(hidden = 128) { … }` */
export interface Model extends DeclarationBase {
  readonly kind: 'model';
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** `fn f(x: f32[..., C]) -> f32[..., C] where … { … }`, or `fn f(x) = expression derivative expression` */
export interface Fn extends DeclarationBase {
  readonly kind: 'fn';
  readonly parameters: readonly Parameter[];
  readonly result?: TypeExpression;
  readonly where: readonly Definition[];
  /** Of the form `= expression`: a single `return`. */
  readonly body: readonly Statement[];
  /** d result / d first parameter; may use the parameters and `y`, the result. One per parameter, in order. */
  readonly derivative: readonly Expression[];
}

/** `layer Dense(units: int) (x: f32[..., I]) -> f32[..., units] { … }` */
export interface Layer extends DeclarationBase {
  readonly kind: 'layer';
  readonly parameters: readonly Parameter[];
  /** What an instance is applied to. */
  readonly inputs: readonly Parameter[];
  readonly result?: TypeExpression;
  readonly where: readonly Definition[];
  readonly body: readonly Statement[];
}

/** `optimizer adam(lr = 1e-3) { state m = 0  m <- …  w <- … }`: `w` a parameter, `g` its gradient. */
export interface Optimizer extends DeclarationBase {
  readonly kind: 'optimizer';
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** `train mlp(hidden = 64) { minimize loss with clip_norm(5) |> adam(lr = 1e-3)  batch 128  epochs 3 }` */
export interface Train {
  readonly kind: 'train';
  readonly model: Identifier;
  /** `train mlp as fast`: where a model has several recipes. */
  readonly name?: Identifier;
  readonly arguments: readonly Argument[];
  readonly body: readonly Setting[];
  readonly doc: string;
  readonly span: Span;
}

export type Setting = Clause | Together | ValueSetting;

/** What a step of a recipe does. Clauses run in their order: each sees what those before it wrote. */
export type Clause = Minimize | Assign;

/** `together { minimize a … maximize b … }`: clauses that all see what was there before any of them. */
export interface Together {
  readonly kind: 'together';
  readonly body: readonly Setting[];
  readonly span: Span;
}

/** `W[i, j] <- W[i, j] + …`, `average <- 0.9 * average + 0.1 * enc`: what no gradient gives. */
export interface Assign {
  readonly kind: 'assign';
  /** A name, or a path: `enc.W`. */
  readonly target: Expression;
  readonly indices?: readonly LeftIndex[];
  readonly value: Expression;
  readonly settings: readonly ValueSetting[];
  readonly span: Span;
}

export interface Minimize {
  readonly kind: 'minimize' | 'maximize';
  readonly loss: Identifier;
  /** `over enc, dec`: only the parameters below these names; empty = all. */
  readonly over: readonly Expression[];
  /** The gradient flows through these; the last names an optimizer: `clip_norm(5) |> adam(lr = 1e-3)`. */
  readonly stages: readonly Expression[];
  /** Its own: `minimize loss with sgd(lr = 0.1), steps 5, batch 16`. */
  readonly settings: readonly ValueSetting[];
  readonly span: Span;
}

/** `batch 128`, `seed 7`, `until mistakes == 0`, `draw with replacement`, `keep lowest eval.loss` */
export interface ValueSetting {
  readonly kind: 'setting';
  readonly name: Identifier;
  /** `with`, `lowest`, `highest` */
  readonly manner?: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

// ---------------------------------------------------------------- statements

export type Statement =
  | TensorDeclaration
  | ParamDeclaration
  | StateDeclaration
  | Freeze
  | Let
  | Unpack
  | UpdateStatement
  | Assert
  | Repeat
  | Scan
  | Return;

/** `input x: f32[B, 784]`, `target t: i32[B]`, `input temperature: f32 = 1` */
export interface TensorDeclaration {
  readonly kind: 'input' | 'target';
  readonly name: Identifier;
  readonly type: TypeExpression;
  /** The value of every element where a run is given none. */
  readonly default?: Expression;
  readonly doc: string;
  readonly span: Span;
}

/** `param W: f32[units, I] init he_normal(fan_in = I) if bias`; `frozen` is the same, but is not trained. */
export interface ParamDeclaration {
  readonly kind: 'param' | 'frozen';
  readonly name: Identifier;
  readonly type: TypeExpression;
  readonly init?: Expression;
  readonly condition?: Expression;
  readonly doc: string;
  readonly span: Span;
}

/** `state mean: f32[C] init zeros` in a layer; `state m = 0` in an optimizer (no type: the shape of `w`). */
export interface StateDeclaration {
  readonly kind: 'state';
  readonly name: Identifier;
  readonly type?: TypeExpression;
  readonly init: Expression;
  readonly doc: string;
  readonly span: Span;
}

/** `freeze enc, dec.Block_1`: the parameters there and below are not trained. */
export interface Freeze {
  readonly kind: 'freeze';
  readonly parts: readonly Expression[];
  readonly span: Span;
}

/** What a `let` statement makes visible outside: `loss`, `metric accuracy`, `output probs`, or only a name. */
export type LetRole = 'let' | 'loss' | 'metric' | 'output';

/** `h = e`, `y[b, o] = e`, `loss = e`, `metric accuracy = e`, `output probs = e` */
export interface Let {
  readonly kind: 'let';
  readonly role: LetRole;
  /** `loss = e` has the name `loss`. */
  readonly name: Identifier;
  /** Present for an equation `y[b, o] = …`. */
  readonly indices?: readonly LeftIndex[];
  readonly value: Expression;
  readonly doc: string;
  readonly span: Span;
}

/** `h`, `h[:, t]` */
export interface LeftSide {
  readonly name: Identifier;
  readonly indices?: readonly LeftIndex[];
}

/** `(h, c) = e`: a name for each of several results; `(h[:, t], c[:, t]) = e` in a scan. */
export interface Unpack {
  readonly kind: 'unpack';
  readonly lefts: readonly LeftSide[];
  readonly value: Expression;
  readonly span: Span;
}

/** `m <- e`, `mean[c] <- e` */
export interface UpdateStatement {
  readonly kind: 'update';
  readonly name: Identifier;
  readonly indices?: readonly LeftIndex[];
  readonly value: Expression;
  readonly span: Span;
}

/** `assert OH > 0 : "kernel {kernel} is too large"` */
export interface Assert {
  readonly kind: 'assert';
  readonly condition: Expression;
  readonly message?: StringLiteral;
  /** The message in pieces: its text, and the expressions that stand in it between braces. */
  readonly pieces?: readonly (string | Expression)[];
  readonly span: Span;
}

/** `repeat 12 { x = x |> Block(768) }`: the body, written out so many times. */
export interface Repeat {
  readonly kind: 'repeat';
  readonly count: Expression;
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `scan t: T { z[b, t] = …  h[b, t] = … }`: equations that read each other at earlier positions of t. */
export interface Scan {
  readonly kind: 'scan';
  readonly index: Identifier;
  readonly extent: Expression;
  readonly body: readonly Statement[];
  readonly span: Span;
}

/** `return e`, or `return y[..., o] = e` */
export interface Return {
  readonly kind: 'return';
  readonly name?: Identifier;
  readonly indices?: readonly LeftIndex[];
  readonly value: Expression;
  readonly span: Span;
}

/** An index that a left side or a reduction binds: `o`, `c: classes`, `...` */
export type Binder = IndexBinder | Ellipsis;

/** What stands between the brackets of a left side; `h[:, t] = e` takes a whole axis from its value. */
export type LeftIndex = Binder | Slice;

export interface IndexBinder {
  readonly kind: 'binder';
  readonly name: Identifier;
  /** Written only where no access tells the extent. */
  readonly extent?: Expression;
  readonly span: Span;
}

export interface Ellipsis {
  readonly kind: 'ellipsis';
  readonly span: Span;
}

/** `:`, a whole axis, or a part of it: `x[:, t]`, `x[1:5]`, `x[:-1]` */
export interface Slice {
  readonly kind: 'slice';
  readonly first?: Expression;
  /** The position after the last. */
  readonly end?: Expression;
  readonly span: Span;
}

// ---------------------------------------------------------------- types

/** `f32[B, C]`, `i32`, `int`, `float`, `bool`, `layer`, `fn` */
export interface TypeExpression {
  readonly kind: 'type';
  readonly name: Identifier;
  /** Absent: written without brackets. */
  readonly dimensions?: readonly (Expression | Ellipsis)[];
  readonly span: Span;
}

// ---------------------------------------------------------------- expressions

export type Expression =
  | NumberLiteral
  | BooleanLiteral
  | StringLiteral
  | Name
  | Member
  | CallExpression
  | Access
  | Reduction
  | Unary
  | Binary
  | Conditional
  | OrElse
  | Tuple
  | ErrorExpression;

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** Written without a point or exponent. */
  readonly integer: boolean;
  readonly text: string;
  readonly span: Span;
}

export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

export interface Name {
  readonly kind: 'name';
  readonly name: string;
  readonly span: Span;
}

/** `enc.W` */
export interface Member {
  readonly kind: 'member';
  readonly object: Expression;
  readonly name: Identifier;
  readonly span: Span;
}

/** A positional or `name = value` argument. */
export interface Argument {
  readonly name?: Identifier;
  readonly value: Expression;
  readonly span: Span;
}

/** `f(a, k = v)`, `mean(x, over C)`, `Dense(10)(x)`; `x |> f(k = v)` has `piped` = x. */
export interface CallExpression {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly arguments: readonly Argument[];
  /** The axes of `over C`, `over -1`, `over (H, W)`; names or integers. */
  readonly over?: readonly Expression[];
  readonly span: Span;
}

/** What stands between the brackets of a read. */
export type Position = Expression | Ellipsis | Slice;

/** `x[b, i + 1]`, `x[:, t]`, `normal[B, 64]`, `bernoulli(p)[...]` */
export interface Access {
  readonly kind: 'access';
  readonly object: Expression;
  readonly indices: readonly Position[];
  readonly span: Span;
}

/** `sum[i, j where j <= i] e` */
export interface Reduction {
  readonly kind: 'reduction';
  readonly by: Identifier;
  readonly indices: readonly Binder[];
  readonly where?: Expression;
  readonly body: Expression;
  readonly span: Span;
}

export type UnaryOperator = '-' | 'not';

export interface Unary {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
  readonly span: Span;
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `if c then a else b` */
export interface Conditional {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
  readonly span: Span;
}

/** `(x[i - 1] else 0)`: the second where a read of the first is outside its tensor. Always in parentheses. */
export interface OrElse {
  readonly kind: 'orElse';
  readonly value: Expression;
  readonly otherwise: Expression;
  readonly span: Span;
}

/** `(h, c)`: several values, for `return` and a left side of as many names. */
export interface Tuple {
  readonly kind: 'tuple';
  readonly parts: readonly Expression[];
  readonly span: Span;
}

/** What stands where the text could not be parsed; it never causes a second message. */
export interface ErrorExpression {
  readonly kind: 'error';
  /** `?`: the text was understood, and an exercise leaves this formula to its reader. */
  readonly open?: true;
  readonly span: Span;
}
