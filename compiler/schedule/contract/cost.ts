/**
 * What a tile costs: how an operand is read along an axis, the points of a tile and the turns of its loops in,
 * nanoseconds out, for comparisons only.
 *
 * The costs are those of a software adapter, in nanoseconds of one core for four threads, fitted to measured
 * products of 512 x 512 x 512: an aligned read of four costs as much as 15 multiply-adds, and less than half of
 * that where neighbouring threads read the same. Text costs time to compile.
 */
import type { Axis } from '../axes.ts';
import type { Builder } from '../builder.ts';
import { type ReadCosts, readCost } from './access.ts';
import type { Contraction, Operand } from './recognise.ts';
import { pointsOf, type Share, type Tile, threadsAlong } from './share.ts';

/**
 * By how an operand is read: with lanes of rows, the right operand at different places and the left one at
 * the same place in neighbouring threads; and both with lanes of columns.
 */
const costs = {
  right: { vector: 36, near: 9, apart: 30, same: 5, operation: 2.5 },
  left: { vector: 14, near: 8, apart: 8, same: 8, operation: 2.5 },
  columns: { vector: 21, near: 9, apart: 30, same: 5, operation: 2.5 },
} as const satisfies Record<string, ReadCosts>;
type Way = keyof typeof costs;
const multiplyAdd = 2.4;
/** Overhead of one turn of a loop. */
const turnCost = 20;
/** Writing one result. */
const resultCost = 30;
/** A kernel is expected to run so often that compiling it matters this much less. */
const runs = 25;
/** For each product, and for each accumulator, in the text. */
const compileProduct = 1_100_000;
const compileAccumulator = 1_500_000;

/** What it costs to compute an operand at four points along an axis, or at one. */
export type Price = (way: Way, operand: Operand, axis?: Axis) => number;

export function priceOf(builder: Builder, left: Operand): Price {
  const known = new Map<string, number>();
  return (way, operand, axis) => {
    const key = `${way} ${operand === left ? 'left' : 'right'} ${axis?.name ?? ''}`;
    const cost = known.get(key) ?? readCost(builder, operand, axis, costs[way]);
    known.set(key, cost);
    return cost;
  };
}

/** Points of one operand, and the threads along its axes. */
export interface Side {
  readonly shares: readonly Share[];
  readonly points: number;
  readonly threads: number;
}

export const sideOf = (shares: readonly Share[]): Side => ({
  shares,
  points: pointsOf(shares),
  threads: shares.reduce((count, share) => count * threadsAlong(share), 1),
});

/** One turn of the loops over the columns. */
export interface Turn {
  readonly each: readonly number[];
  readonly steps: number;
  readonly turns: number;
  /** Whether the last turn is shorter, and so printed apart. */
  readonly ragged: boolean;
}

export const turnOf = (columns: readonly Axis[], each: readonly number[]): Turn => ({
  each,
  steps: each.reduce((n, step) => n * step, 1),
  turns: columns.reduce((count, axis, k) => count * Math.ceil(axis.extent / each[k]!), 1),
  ragged: columns.some((axis, k) => axis.extent % each[k]! !== 0),
});

/** What reading costs in one turn: for each point of the left operand, and for each of the right one. */
export interface Reads {
  readonly left: (steps: number) => number;
  readonly right: (steps: number) => number;
}

export function readsOf(
  price: Price,
  { columns }: Contraction,
  { lanes, left, right, leftReads }: Pick<Tile, 'lanes' | 'left' | 'right' | 'leftReads'>,
  leftAxis: Axis,
  rightAxis: Axis,
): Reads {
  const inner = columns.at(-1)!;
  const perFour = (cost: number) => (steps: number) => (steps / 4) * cost;
  const perStep = (cost: number) => (steps: number) => steps * cost;
  if (lanes === 'columns') {
    return { left: perFour(price('columns', left, inner)), right: perFour(price('columns', right, inner)) };
  }
  const lefts = {
    columns: () => perFour(price('left', left, inner)),
    rows: () => perFour(price('left', left, leftAxis)),
    single: () => perStep(price('left', left)),
  };
  return { left: lefts[leftReads](), right: perStep(price('right', right, rightAxis)) };
}

/** Products of four lanes in the text of one turn. */
export const productsOf = (lanes: Tile['lanes'], left: Side, right: Side, { steps }: Turn): number =>
  (left.points * right.points * steps) / (lanes === 'columns' ? 4 : 1);

export function costOf(
  lanes: Tile['lanes'],
  reads: Reads,
  left: Side,
  right: Side,
  turn: Turn,
  batch: number,
): number {
  const width = lanes === 'rows' ? 4 : 1;
  const results = left.points * right.points;
  const perTurn =
    left.points * reads.left(turn.steps) +
    right.points * reads.right(turn.steps) +
    results * turn.steps * width * multiplyAdd +
    turnCost;
  const perThread = turn.turns * perTurn + results * width * resultCost;
  const groups = Math.ceil((left.threads * right.threads * batch) / 4);
  const products = productsOf(lanes, left, right, turn) * (turn.ragged ? 1.5 : 1);
  const compile = products * compileProduct + results * compileAccumulator;
  // Two cores, four threads a group at once.
  return Math.ceil(groups / 2) * perThread + compile / runs;
}
