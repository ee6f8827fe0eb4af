/**
 * A contraction without workgroup memory: every thread keeps a block of results in named accumulators.
 *
 * The loops over the columns are unrolled by the turn of the tile. Within a turn each accumulator is updated
 * once, by the sum of its products: a variable that a loop carries costs more than an addition.
 */
import { elementCount } from '../../../runtime/extents.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import {
  localName,
  type Name,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../nest/nest.ts';
import { dot, indexTerm, lane, less, literal, multiply, name, add as plus, widen } from '../../nest/terms.ts';
import type { Axis } from '../axes.ts';
import { unflatten } from '../axes.ts';
import { type Builder, bind, bindIndex, type Emit, held } from '../builder.ts';
import { pointAt } from '../point.ts';
import { epilogue } from './epilogue.ts';
import { laneOf, placeAt, type Spot, spotsOf, together } from './positions.ts';
import type { Contraction, Operand } from './recognise.ts';
import { type Share, type Tile, threadsAlong } from './share.ts';

export function threadTiles(builder: Builder, contraction: Contraction, tile: Tile): Nest {
  const { workgroupSize } = tile;
  const shares: readonly Share[] = [
    ...contraction.batch.map((axis): Share => ({ axis, points: 1, width: 1 })),
    ...tile.leftShares,
    ...[...tile.rightShares].reverse(),
  ];
  const extents = shares.map(threadsAlong);
  const threads = elementCount(extents);
  const workgroups = Math.ceil(threads / workgroupSize);
  const body: Statement[] = [];
  const number = builder.integer('tile', threads);
  const position = add(scale(variable(workgroupName), workgroupSize), variable(localName));
  body.push({ kind: 'let', name: number, value: indexTerm(position, 'u32') });
  const inside: Statement[] = [];
  const emit: Emit = (statement) => inside.push(statement);
  const base = new Map<Axis, Affine>();
  unflatten(variable(number), extents, builder.ranges).forEach((at, k) => {
    const { axis, points, width } = shares[k]!;
    const wish = points * width === 1 ? axis.name : `${axis.name}_tile`;
    base.set(axis, bindIndex(builder, emit, wish, at, extents[k]!));
  });
  const accumulators = accumulate(builder, contraction, tile, base, emit);
  const memories = epilogue(builder, contraction, { ...tile, base }, accumulators, emit);
  if (threads % workgroupSize === 0) body.push(...inside);
  else {
    const condition = less(indexTerm(variable(number), 'u32'), literal(threads, 'u32'));
    body.push({ kind: 'if', condition, body: inside });
  }
  return builder.finish({ workgroups, workgroupSize, body, memories });
}

/** Declares the accumulators and walks the columns: afterwards `[m][n]` are the sums of the tile. */
function accumulate(
  builder: Builder,
  contraction: Contraction,
  tile: Tile,
  base: ReadonlyMap<Axis, Affine>,
  emit: Emit,
): readonly (readonly Name[])[] {
  const batch: Spot = new Map(contraction.batch.map((axis) => [axis, [base.get(axis)!]]));
  const left = spotsOf(builder, tile.leftShares, base, emit);
  const right = spotsOf(builder, tile.rightShares, base, emit);
  const zero = literal(0, 'f32');
  const accumulators = left.map((_, m) =>
    right.map((_, n): Name => {
      const declared = builder.fresh(held(contraction.sum, `_${m}_${n}`));
      emit({ kind: 'var', name: declared, value: tile.lanes === 'rows' ? widen(zero) : zero });
      return name(declared, 'f32', tile.lanes === 'rows' ? 4 : 1);
    }),
  );
  const grouped = tile.lanes === 'columns' || tile.leftReads === 'columns';
  walkColumns(builder, contraction.columns, tile.turn, grouped, [new Map()], emit, (columns, into) => {
    const reader = (operand: Operand, wish: string) => (spots: readonly Spot[]) =>
      bind(
        builder,
        into,
        wish,
        pointAt(builder, placeAt(builder, batch, ...spots), into, new Map()).of(operand.expr),
      );
    const read = { left: reader(tile.left, 'left'), right: reader(tile.right, 'right') };
    const products = tile.lanes === 'columns' ? columnProducts : rowProducts;
    products(tile, { left, right, columns }, read, (m, n, sum) => {
      const accumulator = accumulators[m]![n]!;
      into({ kind: 'assign', name: accumulator.name, value: plus(accumulator, sum) });
    });
  });
  return accumulators;
}

/** Loops over the columns; `visit` gets the spots of one turn, in groups of four lanes where that is wanted. */
export function walkColumns(
  builder: Builder,
  columns: readonly Axis[],
  turn: readonly number[],
  grouped: boolean,
  outer: readonly Spot[],
  emit: Emit,
  visit: (spots: readonly Spot[], emit: Emit) => void,
): void {
  const [axis, ...inner] = columns;
  if (axis === undefined) {
    visit(outer, emit);
    return;
  }
  const [step, ...steps] = turn;
  const along = (positions: readonly Affine[], into: Emit): void => {
    const width = grouped && inner.length === 0 ? 4 : 1;
    const groups: (readonly Affine[])[] = [];
    for (let k = 0; k < positions.length; k += width) {
      const group = positions.slice(k, k + width);
      if (group.length === 4) groups.push(group);
      else groups.push(...group.map((position) => [position]));
    }
    const spots = outer.flatMap((spot) => groups.map((group) => new Map([...spot, [axis, group] as const])));
    walkColumns(builder, inner, steps, grouped, spots, into, visit);
  };
  const turns = Math.floor(axis.extent / step!);
  const positions = (first: Affine, count: number): readonly Affine[] =>
    Array.from({ length: count }, (_, k) => add(first, constant(k)));
  let done = 0;
  if (turns > 1) {
    const bound = builder.integer(step === 1 ? axis.name : `${axis.name}_turn`, turns);
    const body: Statement[] = [];
    along(positions(scale(variable(bound), step!), step!), (statement) => body.push(statement));
    emit({ kind: 'loop', name: bound, from: constant(0), until: turns, by: 1, body });
    done = turns * step!;
  }
  if (done < axis.extent) along(positions(constant(done), axis.extent - done), emit);
}

interface Spots {
  readonly left: readonly Spot[];
  readonly right: readonly Spot[];
  readonly columns: readonly Spot[];
}

interface Readers {
  readonly left: (spots: readonly Spot[]) => Term;
  readonly right: (spots: readonly Spot[]) => Term;
}

type Update = (m: number, n: number, sum: Term) => void;

const sumOf = (terms: readonly Term[]): Term => terms.reduce((a, b) => plus(a, b));

const lanesIn = (spot: Spot): number => Math.max(1, ...[...spot.values()].map((each) => each.length));

/** Four columns are multiplied at a time and added up. */
function columnProducts(_: Tile, { left, right, columns }: Spots, read: Readers, update: Update): void {
  const rights = right.map((spot) => columns.map((column) => read.right([spot, column])));
  left.forEach((spot, m) => {
    const lefts = columns.map((column) => read.left([spot, column]));
    right.forEach((_, n) => {
      const products = columns.map((column, k) =>
        lanesIn(column) === 4 ? dot(lefts[k]!, rights[n]![k]!) : multiply(lefts[k]!, rights[n]![k]!),
      );
      update(m, n, sumOf(products));
    });
  });
}

/** Each number of the left operand multiplies four rows of the right one. */
function rowProducts(tile: Tile, { left, right, columns }: Spots, read: Readers, update: Update): void {
  const singles = columns.flatMap((column) =>
    Array.from({ length: lanesIn(column) }, (_, k) => laneOf(column, k)),
  );
  const lefts = leftNumbers(tile, left, columns, singles, read);
  right.forEach((spot, n) => {
    const rights = singles.map((column) => read.right([spot, column]));
    left.forEach((_, m) => {
      update(m, n, sumOf(rights.map((term, k) => multiply(lefts[m]![k]!, term))));
    });
  });
}

/** `[m][k]`: the left operand at every row of the tile and every column of the turn. */
function leftNumbers(
  tile: Tile,
  left: readonly Spot[],
  columns: readonly Spot[],
  singles: readonly Spot[],
  read: Readers,
): readonly (readonly Term[])[] {
  switch (tile.leftReads) {
    case 'columns':
      return left.map((spot) =>
        columns.flatMap((column) => {
          const term = read.left([spot, column]);
          return Array.from({ length: lanesIn(column) }, (_, k) => lane(term, k));
        }),
      );
    case 'single':
      return left.map((spot) => singles.map((column) => read.left([spot, column])));
    case 'rows': {
      // The spots of the first share are `apart` places from each other.
      const apart = left.length / tile.leftShares[0]!.points;
      const result: Term[][] = left.map(() => []);
      left.forEach((_, m) => {
        if (Math.floor(m / apart) % 4 !== 0) return;
        const rows = [0, 1, 2, 3].map((k) => left[m + k * apart]!);
        for (const column of singles) {
          const term = read.left([together(rows), column]);
          rows.forEach((_, k) => {
            result[m + k * apart]!.push(lane(term, k));
          });
        }
      });
      return result;
    }
    default:
      return tile.leftReads satisfies never;
  }
}
