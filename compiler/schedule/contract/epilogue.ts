/**
 * The end of a contraction: sums in accumulators in, what the kernel stores out: bias and activation, or a
 * whole optimiser step, computed on the sums before they leave the thread.
 *
 * A few cheap stores are printed one after the other. A long epilogue would make a long text for each of many
 * accumulators, and long texts are slow to compile: it is printed once, in a loop over the accumulators, which
 * are laid out in memory of the thread for that.
 */
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { bounds, print } from '../../index/query.ts';
import type { Lanes, Memory, Statement, Term } from '../../nest/nest.ts';
import { compose, indexTerm, lane, less, literal } from '../../nest/terms.ts';
import type { ValueId } from '../../scalar/expr.ts';
import { forEach } from '../../scalar/walk.ts';
import { type Axis, unflatten } from '../axes.ts';
import { type Builder, bind, bindIndex, type Emit, held } from '../builder.ts';
import { type Place, pointAt, store } from '../point.ts';
import { formulaCost } from '../text-cost.ts';
import { named, placeAt, type Spot } from './positions.ts';
import type { Contraction } from './recognise.ts';
import type { Share } from './share.ts';

export interface Block {
  readonly leftShares: readonly Share[];
  readonly rightShares: readonly Share[];
  /** The thread's number along each axis, the batch included. */
  readonly base: ReadonlyMap<Axis, Affine>;
}

/** More operations than this in all are printed as a loop. */
const mostOperations = 96;

/** Results of one place of the tile: on each axis a unit of `width` neighbours, its number within the thread. */
interface Result {
  readonly at: ReadonlyMap<Axis, Affine>;
  readonly sum: Term;
}

/** Gives the memories that it needs. */
export function epilogue(
  builder: Builder,
  contraction: Contraction,
  block: Block,
  accumulators: readonly (readonly Term[])[],
  emit: Emit,
): readonly Memory[] {
  const shares = [...block.leftShares, ...block.rightShares];
  const flat = accumulators.flat();
  const { results, units } = withLanes(builder, shares, flat);
  const named = new Map<string, Affine>();
  const { operations, formulas } = lengthOf(builder, results[0]!.sum.lanes);
  // Half of the text is left to the product.
  const isShort = results.length * formulas <= builder.text.most / 2;
  if (isShort && results.length * operations <= mostOperations) {
    for (const { at, sum } of results) finish(builder, contraction, block, units, at, sum, named, emit);
    return [];
  }
  const { lanes } = results[0]!.sum;
  const memory: Memory = {
    name: builder.fresh(held(contraction.sum, '_block')),
    scope: 'thread',
    dtype: 'f32',
    size: results.length,
    lanes,
  };
  results.forEach(({ sum }, k) => {
    emit({ kind: 'keep', memory: memory.name, position: constant(k), value: sum });
  });
  const k = builder.integer('result', results.length);
  const body: Statement[] = [];
  const into: Emit = (statement) => body.push(statement);
  const position = variable(k);
  const counts = units.map((share) => share.points);
  const at = new Map(
    unflatten(position, counts, builder.ranges).map((of, n) => [units[n]!.axis, of] as const),
  );
  const sum: Term = { kind: 'recall', dtype: 'f32', lanes, memory: memory.name, position };
  finish(
    builder,
    contraction,
    block,
    units,
    at,
    bind(builder, into, held(contraction.sum), sum),
    named,
    into,
  );
  emit({ kind: 'loop', name: k, from: constant(0), until: results.length, by: 1, body });
  return [memory];
}

/** How much there is to compute for each result: operations, and those within formulas, which are written out. */
function lengthOf(
  builder: Builder,
  lanes: Lanes,
): { readonly operations: number; readonly formulas: number } {
  let operations = builder.kernel.stores.length;
  let formulas = 0;
  for (const step of builder.kernel.steps) {
    if (step.level === 'reduce') continue;
    forEach(step.body, (e) => {
      if (e.kind !== 'constant' && e.kind !== 'index') operations++;
      if (e.kind === 'call') formulas += lanes * formulaCost(e.fn, e.operands);
    });
  }
  return { operations, formulas };
}

/** Four results of one lane become one of four, where they are neighbours in what is stored. */
function withLanes(
  builder: Builder,
  shares: readonly Share[],
  flat: readonly Term[],
): { readonly results: readonly Result[]; readonly units: readonly Share[] } {
  const counts = shares.map((share) => share.points);
  const spots = flat.map((sum, k) => {
    const numbers = unflatten(constant(k), counts, builder.ranges);
    return { numbers, sum };
  });
  const inner = builder.kernel.rows.at(-1);
  const packed = shares.findIndex(
    ({ axis, points, width }) =>
      width === 1 && axis.members.at(-1) === inner && axis.extent % 4 === 0 && points % 4 === 0,
  );
  const keyed = (numbers: readonly Affine[]): ReadonlyMap<Axis, Affine> =>
    new Map(numbers.map((number, k) => [shares[k]!.axis, number] as const));
  if (packed < 0 || flat.some((sum) => sum.lanes === 4)) {
    return { results: spots.map(({ numbers, sum }) => ({ at: keyed(numbers), sum })), units: shares };
  }
  const numberOf = (spot: (typeof spots)[number]): number => spot.numbers[packed]!.constant;
  const results = spots
    .filter((spot) => numberOf(spot) % 4 === 0)
    .map((spot) => {
      const four = [0, 1, 2, 3].map((k) =>
        spots.find((other) =>
          other.numbers.every((number, n) =>
            n === packed
              ? number.constant === numberOf(spot) + k
              : number.constant === spot.numbers[n]!.constant,
          ),
        ),
      );
      const numbers = spot.numbers.map((number, n) =>
        n === packed ? constant(number.constant / 4) : number,
      );
      return { at: keyed(numbers), sum: compose(four.map((other) => other!.sum)) };
    });
  const units = shares.map((share, k) =>
    k === packed ? { ...share, points: share.points / 4, width: 4 as Lanes } : share,
  );
  return { results, units };
}

/** Everything at one result, where it is inside the tensor. */
function finish(
  builder: Builder,
  contraction: Contraction,
  { base }: Block,
  units: readonly Share[],
  at: ReadonlyMap<Axis, Affine>,
  sum: Term,
  named: Map<string, Affine>,
  emit: Emit,
): void {
  const spot = new Map<Axis, readonly Affine[]>(contraction.batch.map((axis) => [axis, [base.get(axis)!]]));
  let into = emit;
  /** A position that may lie outside is tested, and has a name with the range of the axis from then on. */
  const inside = (axis: Axis, position: Affine, count: number): Affine => {
    if (bounds(position, builder.ranges).max < count) return position;
    const body: Statement[] = [];
    into({ kind: 'if', condition: less(indexTerm(position, 'u32'), literal(count, 'u32')), body });
    into = (statement) => body.push(statement);
    const name = builder.integer(axis.name, count);
    into({ kind: 'let', name, value: indexTerm(position, 'u32') });
    return variable(name);
  };
  const ragged = units.find(({ axis, width }) => axis.extent % width !== 0);
  for (const { axis, points, width } of units) {
    if (ragged?.axis === axis) continue;
    const position = add(scale(base.get(axis)!, points), at.get(axis)!);
    const count = axis.extent / width;
    // Names bound under a test are not known to the next result.
    const known = into === emit ? named.get(print(position)) : undefined;
    const unit = known ?? bindIndex(builder, into, axis.name, inside(axis, position, count), count);
    if (into === emit) named.set(print(position), unit);
    spot.set(
      axis,
      Array.from({ length: width }, (_, k) => add(scale(unit, width), constant(k))),
    );
  }
  if (ragged === undefined) {
    write(builder, contraction, spot, sum, into);
    return;
  }
  const first = scale(add(scale(base.get(ragged.axis)!, ragged.points), at.get(ragged.axis)!), ragged.width);
  const outer = into;
  for (let k = 0; k < ragged.width; k++) {
    const lanePosition = add(first, constant(k));
    // A tile as long as its axis has lanes that are outside whatever the thread.
    if (bounds(lanePosition, builder.ranges).min >= ragged.axis.extent) break;
    into = outer;
    const position = inside(ragged.axis, lanePosition, ragged.axis.extent);
    write(builder, contraction, new Map([...spot, [ragged.axis, [position]]]), lane(sum, k), into);
  }
}

/** All values first, then all stores: what is overwritten in place has been read then. */
const write = (builder: Builder, contraction: Contraction, spot: Spot, sum: Term, emit: Emit): void =>
  writeAt(builder, contraction, named(builder, placeAt(builder, spot), emit), sum, emit);

export function writeAt(
  builder: Builder,
  contraction: Contraction,
  place: Place,
  sum: Term,
  emit: Emit,
): void {
  const known = new Map<ValueId, Term>([[contraction.sum.value, sum]]);
  const point = pointAt(builder, place, emit, known);
  const results = builder.kernel.stores.map(
    (value) => [value, bind(builder, emit, held(builder.steps.get(value)!), point.step(value))] as const,
  );
  for (const [value, term] of results) store(builder, place, value, term, emit);
}
