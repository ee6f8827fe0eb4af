/** What random texts of models are written with: names and what they hold, computed beside the text with plain loops. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { array, countOf, element, type Position } from './arrays.ts';
import type { RandomSource } from './random.ts';

/** A name of the text, and what it stands for. */
export interface Known {
  readonly name: string;
  readonly value: Tensor64;
}

export interface Scope {
  readonly random: RandomSource;
  /** The statements of the model. */
  readonly lines: string[];
  /** Layers and functions before it. */
  readonly definitions: string[];
  readonly known: Known[];
  readonly feeds: Map<string, Tensor64>;
  /** Few, and often equal. */
  readonly extents: readonly number[];
  /** Without functions that have kinks. */
  readonly smooth: boolean;
}

/** No tensor has more elements. */
export const mostElements = 150;

export const fresh = ({ lines, definitions, feeds }: Scope, letter: string): string =>
  `${letter}${lines.length + definitions.length + feeds.size}`;

/** A statement that defines a name. */
export function define(scope: Scope, letter: string, text: string, value: Tensor64): Known {
  const name = fresh(scope, letter);
  scope.lines.push(`${name} = ${text}`);
  return know(scope, name, value);
}

export function know({ known }: Scope, name: string, value: Tensor64): Known {
  const one = { name, value };
  known.push(one);
  return one;
}

export const drawn = ({ random }: Scope, shape: readonly number[]): Tensor64 =>
  array(shape, () => Math.fround(Math.max(-2, Math.min(2, random.normal()))));

/** A leaf of the model. */
export function leaf(scope: Scope, shape: readonly number[], kind?: 'input' | 'param'): Known {
  const { random, lines, feeds } = scope;
  const name = fresh(scope, 'x');
  const what = kind ?? random.pick(['input', 'param'] as const);
  const type = shape.length === 0 ? 'f32' : `f32[${shape.join(', ')}]`;
  lines.push(`${what} ${name}: ${type}${what === 'param' ? ' init zeros' : ''}`);
  const value = drawn(scope, shape);
  feeds.set(name, value);
  return know(scope, name, value);
}

/** A tensor to read that is as it should be, rather a recent one. */
export function some(scope: Scope, fits: (shape: readonly number[]) => boolean): Known | undefined {
  const { random, known } = scope;
  const all = known.filter(({ value }) => fits(value.shape));
  if (all.length === 0) return undefined;
  return random.chance(0.6) ? random.pick(all.slice(-3)) : random.pick(all);
}

export const shapeOf = (scope: Scope, rank: number): readonly number[] => {
  const shape = Array.from({ length: rank }, () => scope.random.pick(scope.extents));
  return countOf(shape) <= mostElements ? shape : shapeOf(scope, rank - 1);
};

/** One of that rank, made where there is none. */
export const ofRank = (scope: Scope, low: number, high = low): Known =>
  some(scope, ({ length }) => length >= low && length <= high) ??
  leaf(scope, shapeOf(scope, scope.random.integer(low, high)));

export const ofShape = (scope: Scope, shape: readonly number[]): Known =>
  (scope.random.chance(0.7)
    ? some(scope, (other) => other.length === shape.length && other.every((n, k) => n === shape[k]))
    : undefined) ?? leaf(scope, shape);

export const letters = ['i', 'j', 'k', 'l'] as const;

/** `x[i, j]`; `x` of a number. */
export const readText = ({ name }: Known, indices: readonly string[]): string =>
  indices.length === 0 ? name : `${name}[${indices.join(', ')}]`;

export const readAt = ({ value }: Known, position: Position): number => element(value, position);

/** A function that keeps numbers small. */
export const squash = ({ random }: Scope): readonly [string, (x: number) => number] =>
  random.pick([
    ['tanh', Math.tanh],
    ['sin', Math.sin],
  ] as const);

export function shuffled<T>({ random }: Scope, list: readonly T[]): readonly T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.integer(0, rest.length - 1), 1)[0]!);
}

/** Adds a statement or a few. */
export type Motif = (scope: Scope) => void;

/** An axis as it may stand after `over`. */
export const axisText = ({ random }: Scope, axis: number, rank: number): string =>
  random.chance(0.5) ? `${axis}` : `${axis - rank}`;
