/**
 * WebAssembly as trees: an instruction holds the ones that give its operands, as the folded text format does.
 *
 * Locals, globals, functions and labels have names; `encode.ts` counts them and `wat.ts` prints them.
 */
import type { OpName } from './opcodes.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'v128';

export type Instruction =
  | Plain
  | { readonly kind: 'const'; readonly type: 'i32' | 'i64' | 'f32'; readonly value: number }
  /** Four words of 32 bits. */
  | {
      readonly kind: 'const lanes';
      readonly type: 'i32x4' | 'f32x4';
      readonly values: readonly number[];
    }
  /** Four words of two vectors, each by its number in the first (0 … 3) or the second (4 … 7). */
  | {
      readonly kind: 'shuffle';
      readonly left: Instruction;
      readonly right: Instruction;
      readonly words: readonly number[];
    }
  | { readonly kind: 'get'; readonly local: string }
  | { readonly kind: 'set' | 'tee'; readonly local: string; readonly value: Instruction }
  | { readonly kind: 'global'; readonly global: string }
  | { readonly kind: 'call'; readonly fn: string; readonly args: readonly Instruction[] }
  | {
      readonly kind: 'block' | 'loop';
      readonly label: string;
      readonly body: readonly Instruction[];
    }
  | { readonly kind: 'if'; readonly condition: Instruction; readonly body: readonly Instruction[] }
  /** Out of a block, or back to the start of a loop; always, or where the condition holds. */
  | { readonly kind: 'branch'; readonly label: string; readonly condition?: Instruction }
  /** For people. */
  | { readonly kind: 'comment'; readonly text: string };

export interface Plain {
  readonly kind: 'plain';
  readonly op: OpName;
  readonly args: readonly Instruction[];
  /** Bytes that are added to the address. */
  readonly offset?: number;
  readonly lane?: number;
}

export interface Typed {
  readonly name: string;
  readonly type: ValueType;
}

export interface Func {
  readonly name: string;
  readonly comments: readonly string[];
  readonly parameters: readonly Typed[];
  readonly result?: ValueType;
  readonly locals: readonly Typed[];
  readonly body: readonly Instruction[];
  readonly exported: boolean;
}

export interface Module {
  readonly comments: readonly string[];
  /** Of 32 bits each, given when the module is instantiated. */
  readonly globals: readonly string[];
  readonly functions: readonly Func[];
}

export const op = (of: OpName, ...args: readonly Instruction[]): Instruction => ({
  kind: 'plain',
  op: of,
  args,
});
export const at = (of: OpName, offset: number, ...args: readonly Instruction[]): Instruction => ({
  kind: 'plain',
  op: of,
  args,
  offset,
});
export const onLane = (of: OpName, lane: number, ...args: readonly Instruction[]): Instruction => ({
  kind: 'plain',
  op: of,
  args,
  lane,
});
/** The bytes that the words of a shuffle consist of. */
export const shuffledBytes = (words: readonly number[]): readonly number[] =>
  words.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte));
export const i32 = (value: number): Instruction => ({ kind: 'const', type: 'i32', value: value | 0 });
export const f32 = (value: number): Instruction => ({ kind: 'const', type: 'f32', value });
export const get = (local: string): Instruction => ({ kind: 'get', local });
export const set = (local: string, value: Instruction): Instruction => ({ kind: 'set', local, value });
export const tee = (local: string, value: Instruction): Instruction => ({ kind: 'tee', local, value });

/** The locals of a function while it is written: those that have names, and fresh ones for what is needed twice. */
export interface Locals {
  readonly declare: (name: string, type: ValueType) => void;
  readonly fresh: (type: ValueType) => string;
  readonly all: () => readonly Typed[];
}

export function localsOf(taken: readonly string[]): Locals {
  const known = new Map<string, ValueType>();
  const used = new Set(taken);
  let count = 0;
  return {
    declare(name, type) {
      if (!used.has(name)) known.set(name, type);
    },
    fresh(type) {
      let name = '';
      do name = `held${count++}`;
      while (used.has(name) || known.has(name));
      known.set(name, type);
      return name;
    },
    all: () => [...known].map(([name, type]) => ({ name, type })),
  };
}
