/**
 * What one thread of a contraction does: a contraction in, the tile that the cost model likes best out.
 *
 * A thread keeps a block of results in named accumulators and walks the columns. Two kinds of lanes:
 * - `rows`: an accumulator is four neighbouring rows of the right operand; each left number multiplies all
 *   four (x[b, k] * W[k, o]);
 * - `columns`: an accumulator is one result, and four columns are multiplied at a time and added up
 *   (x[b, k] * W[o, k], where both operands lie along the columns).
 */
import { countPoints } from '../../../runtime/extents.ts';
import type { ThreadTiles } from '../../classes/class.ts';
import type { Axis } from '../axes.ts';
import type { Builder } from '../builder.ts';
import { accessOf } from './access.ts';
import { costOf, priceOf, productsOf, readsOf, sideOf, turnOf } from './cost.ts';
import type { Contraction, Operand } from './recognise.ts';
import type { Share, Tile } from './share.ts';

/** Points of one operand that are tried. */
const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16] as const;

/** A family of tiles: what their lanes are, and every choice of points and turns. */
interface Family extends Pick<Tile, 'lanes' | 'left' | 'right' | 'leftReads'> {
  readonly lefts: readonly (readonly Share[])[];
  readonly rights: readonly (readonly Share[])[];
  readonly turns: readonly (readonly number[])[];
}

/** Undefined where no axis has room for four lanes. */
export function bestTile(
  builder: Builder,
  contraction: Contraction,
  costs: ThreadTiles,
  unrolling: keyof ThreadTiles['mostProducts'] = 'usual',
): Tile | undefined {
  const price = priceOf(builder, contraction.left, costs.reads);
  const batch = countPoints(contraction.batch);
  let best: Tile | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const { lefts, rights, turns, ...family } of familiesOf(builder, contraction)) {
    const sides = { left: lefts.map(sideOf), right: rights.map(sideOf) };
    const unrolled = turns.map((each) => turnOf(contraction.columns, each));
    if (sides.left.length === 0 || unrolled.length === 0) continue;
    const reads = readsOf(price, contraction, family, lefts[0]![0]!.axis, rights[0]![0]!.axis);
    for (const left of sides.left) {
      for (const right of sides.right) {
        for (const turn of unrolled) {
          if (productsOf(family.lanes, left, right, turn) > costs.mostProducts[unrolling]) continue;
          const cost = costOf(costs, family.lanes, reads, left, right, turn, batch);
          if (cost >= lowest) continue;
          lowest = cost;
          const workgroupSize = costs.workgroupSize(left.threads * right.threads * batch);
          best = {
            ...family,
            leftShares: left.shares,
            rightShares: right.shares,
            turn: turn.each,
            workgroupSize,
          };
        }
      }
    }
  }
  return best;
}

function familiesOf(builder: Builder, { left, right, columns }: Contraction): readonly Family[] {
  const single = turnsOf(columns, 1);
  const inFours = columns.at(-1)!.extent < 4 ? [] : turnsOf(columns, 4);
  const withRowLanes = (other: Operand, withLanes: Operand): readonly Family[] => {
    const along = other.rows.find((row) =>
      other.loads.some((load) => accessOf(builder, load, row) === 'vector'),
    );
    const lefts = spreads(other.rows);
    const ways = [
      { leftReads: 'columns', turns: inFours, lefts },
      { leftReads: 'single', turns: single, lefts },
      { leftReads: 'rows', turns: single, lefts: along === undefined ? [] : spreads(other.rows, along) },
    ] as const;
    return withLanes.rows
      .filter((axis) => axis.extent >= 4)
      .flatMap((axis) => {
        const rights = unique(sizes.map((points) => spreadLanes(withLanes.rows, points, axis)));
        return ways.map((way): Family => ({ lanes: 'rows', left: other, right: withLanes, rights, ...way }));
      });
  };
  const [lefts, rights] = [spreads(left.rows), spreads(right.rows)];
  return [
    ...withRowLanes(left, right),
    ...withRowLanes(right, left),
    { lanes: 'columns', left, right, leftReads: 'columns', lefts, rights, turns: inFours },
  ];
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
