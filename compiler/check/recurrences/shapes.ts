/**
 * The shape and type of each equation of a recurrence, by trials (`trial.ts`): a read of what is not known yet says
 * nothing, so that the binders, other reads, the declared result or the value after `else` decide.
 */
import type { Expression, LeftIndex } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { constant } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import { variablesOf } from '../../scalar/walk.ts';
import { type Checker, inside, wrong } from '../checker.ts';
import { type Bound, bind } from '../indices/indices.ts';
import { bindersOf, ofBinders, slicesOf, type Whole, wholeOf } from '../indices/left-side.ts';
import { unpackDiffers } from '../problems/blocks.ts';
import { rootOf, within } from '../scope.ts';
import { variableElement } from '../tensors/element.ts';
import type { Naming } from '../tensors/tensors.ts';
import type { Dim, EquationTensor, IndexVariable } from '../typed.ts';
import { referenceTo, scalarValue, severalIn, type TensorValue, unknown, type Value } from '../values.ts';
import { trying } from './trial.ts';

/** An equation of a recurrence. */
export interface Member {
  /** As the author wrote it. */
  readonly name: string;
  readonly naming: Naming;
  readonly indices: readonly LeftIndex[];
  readonly expression: Expression;
  /** Of an expression with several results, which of how many. */
  readonly part?: { readonly at: number; readonly of: number };
  readonly at: Span;
  /** The shape that a result must have. */
  readonly declared?: readonly Dim[] | undefined;
}

/** The index of a `scan`, which all its equations have. */
export interface Step {
  readonly variable: IndexVariable;
  readonly dim: Dim;
}

/** The equations that are defined together, and where. */
export interface Together {
  readonly checker: Checker;
  readonly members: readonly Member[];
  /** Of a `scan`. */
  readonly step: Step | undefined;
}

export interface Shape {
  readonly dims: readonly Dim[];
  readonly dtype: DType;
}

export type Shapes = ReadonlyMap<Member, Shape>;

/** Gives each member a tensor of its shape, to be read in a trial; one without a shape is unknown. */
export function namePhantoms(
  { members, checker }: Pick<Together, 'members' | 'checker'>,
  shapes: Shapes,
): void {
  const { names } = rootOf(checker.scope);
  for (const member of members) {
    const shape = shapes.get(member);
    names.set(member.name, shape === undefined ? unknown : phantom(shape, member));
  }
}

function phantom({ dims, dtype }: Shape, { naming, at }: Member): TensorValue {
  const tensor: EquationTensor = {
    kind: 'equation',
    id: -1,
    label: { ...naming },
    dtype,
    dims,
    indices: [],
    body: constant(0, dtype),
    at,
    origin: { path: [] },
  };
  return referenceTo(tensor, dims);
}

/** Binds the indices of a left side; that of the scan is in force already, and takes its place among them. */
export function bindMember(
  { checker, step }: Omit<Together, 'members'>,
  { indices, expression, declared }: Member,
): Bound | undefined {
  const binders = bindersOf(indices);
  if (step === undefined) return bind(checker, binders, [expression], ofBinders(indices, declared));
  const { variable, dim } = step;
  const names = new Map([[variable.name, scalarValue(variableElement(variable))]]);
  const around = inside(checker, { scope: within(checker.scope, names) });
  const place = binders.findIndex((binder) => binder.kind === 'binder' && binder.name.name === variable.name);
  const others = binders.filter((_, k) => k !== place);
  const bound = bind(around, others, [expression]);
  if (bound === undefined) return undefined;
  const spare = bound.variables.length - others.length;
  const axis = binders.slice(0, place).some(({ kind }) => kind === 'ellipsis') ? place + spare : place;
  return {
    ...bound,
    variables: bound.variables.toSpliced(axis, 0, variable),
    dims: bound.dims.toSpliced(axis, 0, { ...dim, index: variable.name }),
  };
}

/** Those that can be told. */
export function shapesOf(together: Together): Shapes {
  const { members } = together;
  const shapes = new Map<Member, Shape>();
  // What is read only of itself, without an `else`, tells no type: then it counts as f32, and as what stands beside it.
  for (const guess of [false, true]) {
    for (let known = -1; known < shapes.size && shapes.size < members.length; ) {
      known = shapes.size;
      for (const member of members) {
        if (shapes.has(member)) continue;
        const shape = shapeOf(together, member, shapes, guess);
        if (shape !== undefined) shapes.set(member, shape);
      }
    }
  }
  return shapes;
}

function shapeOf(together: Together, member: Member, shapes: Shapes, guess: boolean): Shape | undefined {
  const slices = slicesOf(member.indices);
  const { bound, whole } = tried(together, member, shapes, guess && slices > 0);
  if (whole !== undefined) return { dims: whole.dims, dtype: whole.body.dtype };
  const dims = slices === 0 ? bound?.dims : member.declared;
  return guess && dims !== undefined ? { dims, dtype: 'f32' } : undefined;
}

/** Of several results, the one that a member is. */
export function partOf(checker: Checker, { part, expression }: Member, value: Value): Value {
  if (part === undefined || value.kind === 'unknown') return value;
  const values = severalIn(value);
  // What a trial knows of a call may be its declared result alone.
  if (checker.trial && values.length === 1) return values[part.at] ?? unknown;
  return values.length === part.of
    ? values[part.at]!
    : wrong(checker, unpackDiffers(expression.span, part.of, value));
}

/** The indices of enclosing equations that the members depend on: axes of each of them. */
export function outerOf(together: Together, shapes: Shapes): readonly IndexVariable[] {
  const { checker, members, step } = together;
  const wholes = members.flatMap((member) => tried(together, member, shapes).whole ?? []);
  const found = new Set(wholes.flatMap(({ body }) => [...variablesOf(body)]));
  // Those of a trial are not known here.
  return [...checker.variables.values()].filter(
    (variable) => found.has(variable.id) && variable !== step?.variable,
  );
}

/** What a member is at its first position, and what is wrong with it there. */
export function tried(
  { checker, members, step }: Together,
  member: Member,
  shapes: Shapes,
  guesses = false,
): {
  readonly bound: Bound | undefined;
  readonly whole: Whole | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  return trying(
    checker,
    (trial) => {
      namePhantoms({ members, checker: trial }, shapes);
      const bound = bindMember({ checker: trial, step }, member);
      const value =
        bound === undefined ? unknown : partOf(trial, member, bound.inner.evaluate(member.expression));
      const { diagnostics } = trial;
      const isShort = value.kind === 'number' && slicesOf(member.indices) > 0;
      if (bound === undefined || value.kind === 'unknown' || isShort)
        return { bound, whole: undefined, diagnostics };
      const at = { span: member.expression.span, at: member.at };
      return { bound, whole: wholeOf(trial, member.indices, bound, value, at), diagnostics };
    },
    guesses,
  );
}
