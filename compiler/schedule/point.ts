/**
 * A scalar expression and a place in a nest in, the term that computes it there out.
 *
 * A place gives each index of the kernel its position, and may have four lanes: four values of one index side
 * by side. What does not depend on that index stays a term of one lane. A load becomes a read of four
 * elements where the lanes lie side by side in memory, and four reads otherwise. A read that the ranges do
 * not prove to be inside is marked: any element may be read in its place, since a `select` around it chooses
 * the other side. Comparisons of indices that the ranges decide are decided here, so that the interior of a
 * padded window has no checks.
 */
import type { Affine, Term as AffineTerm } from '../index/affine.ts';
import { add, constant, subtract, variable } from '../index/build.ts';
import { bounds, equal, someVariable, substitute } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import type { Term } from '../nest/nest.ts';
import {
  call,
  compose,
  heldWithin,
  indexTerm,
  lane,
  literal,
  add as plus,
  select,
  widen,
} from '../nest/terms.ts';
import { asAffine } from '../scalar/build.ts';
import type { Call, Expr, Load, ValueId } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';
import type { Builder, Emit } from './builder.ts';
import { elsewhere } from './elsewhere.ts';
import { addressOf, sizeOf } from './facts.ts';

export interface Place {
  /** What every index is: in one lane, or in each of four. */
  readonly lanes: readonly ReadonlyMap<string, Affine>[];
  /** The indices that differ between lanes. */
  readonly varying: ReadonlySet<string>;
}

export const placeOf = (lanes: readonly ReadonlyMap<string, Affine>[]): Place => ({
  lanes,
  varying: new Set(
    [...lanes[0]!].flatMap(([index, at]) =>
      lanes.every((lane) => equal(lane.get(index)!, at)) ? [] : [index],
    ),
  ),
});

/** Places that tell of different indices as one; at most one of them has lanes. */
export const together = (...places: readonly Place[]): Place =>
  placeOf(
    Array.from(
      { length: Math.max(...places.map(({ lanes }) => lanes.length)) },
      (_, k) => new Map(places.flatMap(({ lanes }) => [...lanes[lanes.length > 1 ? k : 0]!])),
    ),
  );

export interface Point {
  readonly of: (expr: Expr) => Term;
  /** The value of a step at this point. */
  readonly step: (value: ValueId) => Term;
  /** From now on, the value of this step is known. */
  readonly learn: (value: ValueId, term: Term) => void;
}

/** `known` are the steps' values that have been computed; others are computed from their bodies here. */
export function pointAt(
  builder: Builder,
  place: Place,
  emit: Emit,
  known: ReadonlyMap<ValueId, Term>,
): Point {
  const { ranges, given } = builder;
  const lanes = given.size === 0 ? place.lanes : place.lanes.map((lane) => new Map([...lane, ...given]));
  const done = new Map<Expr, Term>();
  const computed = new Map<ValueId, Term>(known);
  const gathered = new Map<Term, Affine>();

  /** An index expression in each lane; in one where all are the same. */
  const lanesOf = (of: Affine): readonly Affine[] => {
    const varies = place.varying.size > 0 && someVariable(of, (index) => place.varying.has(index));
    const each = (varies ? lanes : lanes.slice(0, 1)).map((lane) => substitute(of, lane, ranges));
    return each.every((a) => equal(a, each[0]!)) ? each.slice(0, 1) : each;
  };

  const sideBySide = (parts: readonly Term[]): Term => (parts.length === 1 ? parts[0]! : compose(parts));

  const step = (value: ValueId): Term => {
    const known = computed.get(value);
    if (known !== undefined) return known;
    const made = builder.steps.get(value);
    if (made === undefined || made.level === 'reduce') {
      throw new InternalError(`%${made?.name ?? value} is used before it is computed`, { pass: 'schedule' });
    }
    const term = of(made.body);
    computed.set(value, term);
    return term;
  };

  /** Integers that depend on data, held within the tensor and bound to a name: one for each lane. */
  const gather = (index: Expr, extent: number): readonly Affine[] => {
    const term = of(index);
    return Array.from({ length: term.lanes }, (_, k) => {
      const part = lane(term, k);
      const seen = gathered.get(part);
      if (seen !== undefined) return seen;
      const bound = builder.integer('at', extent);
      emit({ kind: 'let', name: bound, value: call('to_u32', 'u32', heldWithin(part, extent)) });
      gathered.set(part, variable(bound));
      return variable(bound);
    });
  };

  const load = (expr: Load): Term => {
    if (builder.chip(expr) !== undefined) return step(expr.value);
    const info = builder.values.get(expr.value)!;
    const isWritten = builder.steps.has(expr.value);
    const indices = expr.indices.map((index, k) => {
      const affine = asAffine(index);
      if (affine === undefined) return gather(index, info.shape[k]!);
      const each = lanesOf(affine);
      return isWritten ? each.map((at) => elsewhere(builder, emit, expr.value, k, at)) : each;
    });
    const count = indices.some((each) => each.length > 1) ? 4 : 1;
    const positions = Array.from({ length: count }, (_, k) =>
      addressOf(
        info,
        indices.map((each) => each[each.length > 1 ? k : 0]!),
        ranges,
      ),
    );
    const size = sizeOf(info);
    const read = { kind: 'load', dtype: expr.dtype, buffer: builder.bufferOf(expr.value) } as const;
    const outside = positions.map((position) => {
      const { min, max } = bounds(position, ranges);
      return min < 0 || max >= size;
    });
    const first = positions[0]!;
    const isInside = outside.every((out) => !out);
    const together =
      count === 4 &&
      (isInside || (expr.dtype === 'f32' && isAround(builder, first, size))) &&
      positions.every((position, k) => equal(position, add(first, constant(k))));
    const reads: readonly Term[] = together
      ? [{ ...read, lanes: 4, position: first, anywhere: !isInside }]
      : positions.map((position, k) => ({ ...read, lanes: 1, position, anywhere: outside[k]! }));
    reads.forEach(builder.text.spend);
    return sideBySide(reads);
  };

  const computeCall = (expr: Call): Term => {
    const operands = expr.operands.map(of);
    const term = call(expr.fn, expr.dtype, ...operands);
    if (!operands.includes(term)) builder.text.spend(term);
    return term;
  };

  const compute = (expr: Expr): Term => {
    switch (expr.kind) {
      case 'constant':
        return literal(expr.value, expr.dtype);
      case 'index':
        return sideBySide(lanesOf(expr.of).map((a) => indexTerm(a, 'i32')));
      case 'load':
        return load(expr);
      case 'call':
        return comparison(expr) ?? computeCall(expr);
      case 'select': {
        const condition = of(expr.condition);
        if (condition.kind === 'literal') return of(condition.value === 0 ? expr.otherwise : expr.then);
        return select(condition, of(expr.then), of(expr.otherwise));
      }
      case 'derivative':
        return of(expr.value);
      case 'result':
        throw new InternalError('the result of a derivative clause outside of it', { pass: 'schedule' });
      default:
        return expr satisfies never;
    }
  };

  /** A comparison of two index expressions, decided where the ranges decide it. */
  const comparison = ({ fn, operands }: Call): Term | undefined => {
    const decide = decisions[fn];
    const [a, b] = operands.map(asAffine);
    if (decide === undefined || a === undefined || b === undefined) return undefined;
    const [left, right] = [lanesOf(a), lanesOf(b)];
    const count = Math.max(left.length, right.length);
    const at = (each: readonly Affine[], k: number): Affine => each[each.length > 1 ? k : 0]!;
    const decided = Array.from({ length: count }, (_, k) => {
      const { min, max } = bounds(subtract(at(left, k), at(right, k)), ranges);
      return decide(min, max);
    });
    const compared = (k: number): Term =>
      call(fn, 'bool', indexTerm(at(left, k), 'i32'), indexTerm(at(right, k), 'i32'));
    const isOpen = decided.some((one) => one !== decided[0]) || decided[0] === undefined;
    if (count === 4 && isOpen && builder.readsAround > 0) {
      return call(fn, 'bool', indices(left), indices(right));
    }
    return sideBySide(
      decided.map((one, k) => (one === undefined ? compared(k) : literal(one ? 1 : 0, 'bool'))),
    );
  };

  const of = (expr: Expr): Term => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    const term = compute(expr);
    done.set(expr, term);
    return term;
  };

  return {
    of,
    step,
    learn: (value, term) => {
      computed.set(value, term);
    },
  };
}

/** Indices side by side: what all lanes have, as the place in a window, apart from what a loop over windows leaves as it is. */
function indices(each: readonly Affine[]): Term {
  const terms = each.map((of) => indexTerm(of, 'i32'));
  if (terms.length === 1) return terms[0]!;
  const common = each[0]!.terms.filter((term) =>
    each.every((of) => of.terms.some((one) => isSame(one, term))),
  );
  const shared: Affine = { constant: 0, terms: common };
  const own = each.map((of) => subtract(of, shared));
  if (common.length === 0 || own.every((of) => of.terms.length === 0)) return compose(terms);
  return plus(widen(indexTerm(shared, 'i32')), compose(own.map((of) => indexTerm(of, 'i32'))));
}

const isSame = (a: AffineTerm, b: AffineTerm): boolean =>
  equal({ constant: 0, terms: [a] }, { constant: 0, terms: [b] });

/** Whether four elements from a position on may be read, some of which are outside. */
function isAround({ readsAround, ranges }: Builder, position: Affine, size: number): boolean {
  const { min, max } = bounds(position, ranges);
  return min >= -readsAround && max + 4 <= size + readsAround;
}

/** For each comparison: what the range of left minus right decides. */
const decisions: { readonly [fn in FunctionName]?: (min: number, max: number) => boolean | undefined } = {
  less: (min, max) => (max < 0 ? true : min >= 0 ? false : undefined),
  less_equal: (min, max) => (max <= 0 ? true : min > 0 ? false : undefined),
  greater: (min, max) => (min > 0 ? true : max <= 0 ? false : undefined),
  greater_equal: (min, max) => (min >= 0 ? true : max < 0 ? false : undefined),
  equal: (min, max) => (min === 0 && max === 0 ? true : min > 0 || max < 0 ? false : undefined),
  not_equal: (min, max) => (min === 0 && max === 0 ? false : min > 0 || max < 0 ? true : undefined),
};

/** Writes a step's value where it belongs: one store where the lanes lie side by side, else one for each. */
export function store(builder: Builder, place: Place, value: ValueId, term: Term, emit: Emit): void {
  const { indices } = builder.steps.get(value)!;
  const info = builder.values.get(value)!;
  const buffer = builder.bufferOf(value);
  const varies = indices.some((index) => place.varying.has(index));
  const positions = (varies ? place.lanes : place.lanes.slice(0, 1)).map((lane) =>
    addressOf(
      info,
      indices.map((index) => lane.get(index) ?? builder.given.get(index)!),
      builder.ranges,
    ),
  );
  const first = positions[0]!;
  if (positions.length === 1) {
    emit({ kind: 'store', buffer, position: first, value: lane(term, 0) });
  } else if (positions.every((position, k) => equal(position, add(first, constant(k))))) {
    emit({ kind: 'store', buffer, position: first, value: widen(term) });
  } else {
    positions.forEach((position, k) => {
      emit({ kind: 'store', buffer, position, value: lane(term, k) });
    });
  }
}
