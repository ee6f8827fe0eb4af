/**
 * What a tile costs: how an operand is read along an axis, the points of a tile and the turns of its loops in,
 * nanoseconds out, for comparisons only.
 */
import type { ThreadTiles } from '../../classes/class.ts';
import type { Axis } from '../axes.ts';
import type { Builder } from '../builder.ts';
import { readCost } from './access.ts';
import type { Contraction, Operand } from './recognise.ts';
import { pointsOf, type Share, type Tile, threadsAlong } from './share.ts';

type Way = keyof ThreadTiles['reads'];

/** What it costs to compute an operand at four points along an axis, or at one. */
export type Price = (way: Way, operand: Operand, axis?: Axis) => number;

export function priceOf(builder: Builder, left: Operand, costs: ThreadTiles['reads']): Price {
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
  costs: ThreadTiles,
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
    results * turn.steps * width * costs.multiplyAdd[lanes] +
    costs.turn;
  const perThread = turn.turns * perTurn + results * width * costs.result;
  const groups = Math.ceil((left.threads * right.threads * batch) / costs.threadsAtOnce);
  const products = productsOf(lanes, left, right, turn) * (turn.ragged ? 1.5 : 1);
  const compile = products * costs.compileProduct + results * costs.compileAccumulator;
  return Math.ceil(groups / costs.cores) * perThread + compile / costs.runs;
}
