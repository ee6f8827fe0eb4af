/**
 * What one thread of a contraction does: a contraction in, the tile that a cost model likes best out.
 *
 * A thread keeps a block of results in named accumulators and walks the columns. Two kinds of lanes:
 * - `rows`: an accumulator is four neighbouring rows of the right operand; each left number multiplies all
 *   four (x[b, k] * W[k, o]);
 * - `columns`: an accumulator is one result, and four columns are multiplied at a time and added up
 *   (x[b, k] * W[o, k], where both operands lie along the columns).
 *
 * The costs are those of a software adapter, in nanoseconds of one core for four threads, fitted to measured
 * products of 512 x 512 x 512: an aligned read of four costs as much as 15 multiply-adds, a read that is the
 * same for neighbouring threads only two. Text costs time to compile.
 */
import type { Axis } from '../axes.ts';
import type { Builder } from '../builder.ts';
import type { Lanes } from '../nest.ts';
import { accessOf, type ReadCosts, readCost } from './access.ts';
import type { Contraction, Operand } from './recognise.ts';

/** The share of one thread along one axis: `points` units of `width` neighbours. */
export interface Share {
  readonly axis: Axis;
  readonly points: number;
  readonly width: Lanes;
}

export interface Tile {
  readonly lanes: 'rows' | 'columns';
  readonly left: Operand;
  readonly right: Operand;
  readonly leftShares: readonly Share[];
  /** The first has the lanes, if those are rows. */
  readonly rightShares: readonly Share[];
  /** What is read of the left operand at once: four columns, four rows, or one number. */
  readonly leftReads: 'columns' | 'rows' | 'single';
  /** How many positions on each column axis are one turn of the loops. */
  readonly turn: readonly number[];
  readonly workgroupSize: number;
  /** In nanoseconds, for comparisons only. */
  readonly cost: number;
}

const costs = {
  rows: { vector: 36, near: 9, apart: 30, same: 5, operation: 2.5 },
  columns: { vector: 21, near: 9, apart: 30, same: 5, operation: 2.5 },
} as const satisfies Record<Tile['lanes'], ReadCosts>;
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
/** Products of four lanes in the text of one turn. */
const mostProducts = 136;

/** What it costs to compute an operand at four points along an axis, or at one. */
type Price = (lanes: Tile['lanes'], operand: Operand, axis?: Axis) => number;

/** Undefined where no axis has room for four lanes. */
export function bestTile(builder: Builder, contraction: Contraction): Tile | undefined {
  let best: Tile | undefined;
  const known = new Map<string, number>();
  const price: Price = (lanes, operand, axis) => {
    const key = `${lanes} ${operand === contraction.left ? 'left' : 'right'} ${axis?.name ?? ''}`;
    const cost = known.get(key) ?? readCost(builder, operand, axis, costs[lanes]);
    known.set(key, cost);
    return cost;
  };
  for (const tile of candidates(builder, contraction, price))
    if (best === undefined || tile.cost < best.cost) best = tile;
  return best;
}

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16] as const;

function* candidates(builder: Builder, contraction: Contraction, price: Price): Generator<Tile> {
  const { left, right, columns } = contraction;
  const single = turnsOf(columns, 1);
  const inFours = columns.at(-1)!.extent < 4 ? [] : turnsOf(columns, 4);
  const both = [
    [left, right],
    [right, left],
  ] as const;
  for (const [other, withLanes] of both) {
    const rowAxis = other.rows.find((row) =>
      other.loads.some((load) => accessOf(builder, load, row) === 'vector'),
    );
    const lefts = spreads(other.rows);
    const ways = [
      { leftReads: 'columns', turns: inFours, lefts },
      { leftReads: 'single', turns: single, lefts },
      { leftReads: 'rows', turns: single, lefts: rowAxis === undefined ? [] : spreads(other.rows, rowAxis) },
    ] as const;
    for (const axis of withLanes.rows) {
      if (axis.extent < 4) continue;
      const rights = unique(sizes.map((points) => spreadLanes(withLanes.rows, points, axis)));
      for (const { leftReads, turns, lefts: shares } of ways) {
        const parts = { lanes: 'rows', left: other, right: withLanes, leftReads } as const;
        yield* combinations(price, contraction, parts, shares, rights, turns);
      }
    }
  }
  const parts = { lanes: 'columns', left, right, leftReads: 'columns' } as const;
  yield* combinations(price, contraction, parts, spreads(left.rows), spreads(right.rows), inFours);
}

type Parts = Pick<Tile, 'lanes' | 'left' | 'right' | 'leftReads'>;

function* combinations(
  price: Price,
  contraction: Contraction,
  parts: Parts,
  lefts: readonly (readonly Share[])[],
  rights: readonly (readonly Share[])[],
  turns: readonly (readonly number[])[],
): Generator<Tile> {
  const perProduct = parts.lanes === 'columns' ? 4 : 1;
  for (const leftShares of lefts) {
    for (const rightShares of rights) {
      const results = pointsOf(leftShares) * pointsOf(rightShares);
      for (const turn of turns) {
        if ((results * length(turn)) / perProduct > mostProducts) continue;
        yield priced(price, contraction, { ...parts, leftShares, rightShares, turn });
      }
    }
  }
}

/** Ways to lay points out on the axes; with a preferred axis, only those with whole vectors along it. */
function spreads(axes: readonly Axis[], preferred?: Axis): readonly (readonly Share[])[] {
  const all = unique(sizes.map((points) => spread(axes, points, preferred)));
  return preferred === undefined ? all : all.filter((shares) => shares[0]!.points % 4 === 0);
}

/** Short axes do not have room for all the points asked for: then several wishes end up the same. */
const unique = (all: readonly (readonly Share[])[]): readonly (readonly Share[])[] =>
  all.filter(
    (shares, k) => all.findIndex((other) => other.every((s, n) => s.points === shares[n]!.points)) === k,
  );

export const pointsOf = (shares: readonly Share[]): number =>
  shares.reduce((n, share) => n * share.points, 1);

/** How many threads lie along an axis. */
export const threadsAlong = ({ axis, points, width }: Share): number =>
  Math.ceil(axis.extent / (points * width));

const length = (turn: readonly number[]): number => turn.reduce((n, each) => n * each, 1);

/** `points` over the axes, the preferred one and then the innermost ones first; the preferred one comes first. */
function spread(axes: readonly Axis[], points: number, preferred?: Axis): readonly Share[] {
  const rest = [...axes].reverse().filter((axis) => axis !== preferred);
  let left = points;
  return (preferred === undefined ? rest : [preferred, ...rest]).map((axis) => {
    const taken = Math.min(left, axis.extent);
    left = Math.floor(left / taken);
    return { axis, points: taken, width: 1 };
  });
}

function spreadLanes(axes: readonly Axis[], points: number, lanes: Axis): readonly Share[] {
  const taken = Math.min(points, Math.ceil(lanes.extent / 4));
  const others = spread(
    axes.filter((axis) => axis !== lanes),
    Math.floor(points / taken),
  );
  return [{ axis: lanes, points: taken, width: 4 }, ...others];
}

/** Ways to unroll: the innermost axes whole, the next one partly, in steps of `unit` along the innermost. */
function turnsOf(columns: readonly Axis[], unit: number): readonly (readonly number[])[] {
  const inner = columns.at(-1)!;
  const ones = columns.map(() => 1);
  const along = (k: number, n: number): readonly number[] => ones.map((one, axis) => (axis === k ? n : one));
  const last = columns.length - 1;
  const turns = [...new Set([1, 2, 3, 4, 5, 8, 10])]
    .filter((n) => n % unit === 0 && n <= inner.extent)
    .map((n) => along(last, n));
  if (unit > 1) return turns;
  let whole = 1;
  for (let k = last; k >= 0 && whole * columns[k]!.extent <= 16; k--) {
    whole *= columns[k]!.extent;
    turns.push(columns.map((axis, axisNumber) => (axisNumber >= k ? axis.extent : 1)));
  }
  return turns;
}

function priced(
  price: Price,
  { batch, columns }: Contraction,
  tile: Omit<Tile, 'cost' | 'workgroupSize'>,
): Tile {
  const { left, right, leftShares, rightShares, turn } = tile;
  const inner = columns.at(-1)!;
  const m = pointsOf(leftShares);
  const n = pointsOf(rightShares);
  const steps = length(turn);
  const cost = (operand: Operand, axis?: Axis): number => price(tile.lanes, operand, axis);
  const reads =
    tile.lanes === 'columns'
      ? (steps / 4) * (m * cost(left, inner) + n * cost(right, inner))
      : n * steps * cost(right, rightShares[0]!.axis) +
        {
          columns: () => m * (steps / 4) * cost(left, inner),
          rows: () => (m / 4) * steps * cost(left, leftShares[0]!.axis),
          single: () => m * steps * cost(left),
        }[tile.leftReads]();
  const width = tile.lanes === 'rows' ? 4 : 1;
  const turns = columns.reduce((count, axis, k) => count * Math.ceil(axis.extent / turn[k]!), 1);
  const perThread =
    turns * (reads + m * n * steps * width * multiplyAdd + turnCost) + m * n * width * resultCost;
  const threads =
    [...leftShares, ...rightShares].reduce((count, share) => count * threadsAlong(share), 1) *
    batch.reduce((count, axis) => count * axis.extent, 1);
  const products = tile.lanes === 'rows' ? m * n * steps : (m * n * steps) / 4;
  const ragged = columns.some((axis, k) => axis.extent % turn[k]! !== 0) ? 1.5 : 1;
  const compile = products * ragged * compileProduct + m * n * compileAccumulator;
  return {
    ...tile,
    workgroupSize: threads >= 256 ? 16 : 4,
    cost: Math.ceil(Math.ceil(threads / 4) / 2) * perThread + compile / runs,
  };
}
