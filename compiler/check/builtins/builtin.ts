/** What a function without a declaration is: how it is called, and how it refuses what it cannot take. */
import type { Expression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, type Given, wrong } from '../checker.ts';
import { argumentsWanted } from '../problems/shaping.ts';
import type { TensorValue, UnknownValue, Value } from '../values.ts';

export interface Call {
  readonly checker: Checker;
  readonly name: string;
  readonly given: readonly Given[];
  /** The axes that stand after `over`. */
  readonly over: readonly Expression[] | undefined;
  readonly at: Span;
}

/** An argument that is a tensor. */
export interface Part {
  readonly value: TensorValue;
  readonly at: Span;
}

export type Builtin =
  /** Takes as many arguments as this, of any kind, and no `over`. */
  | { readonly arity: number; readonly run: (call: Call, ...operands: readonly Given[]) => Value }
  /** Takes tensors: its first argument, or all. */
  | {
      readonly tensors: 'first' | 'all';
      /** Whether axes may stand after `over`. */
      readonly axes?: true;
      readonly run: (call: Call, ...parts: readonly Part[]) => Value;
      /** Of a number or truth value that is known while compiling; undefined: those are refused. */
      readonly ofNumber?: Value;
    };

/** `name needs …`. */
export const refuse = ({ checker, at, name }: Call, wanted: string, hint?: string): UnknownValue =>
  wrong(checker, argumentsWanted(at, name, wanted, hint));
