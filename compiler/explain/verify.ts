/**
 * Printed formulas and the values of all tensors in; those that are true out.
 *
 * Each formula is evaluated as it is printed, at some points, and compared with the value that its left side has
 * in the reference. What disagrees is never shown.
 */

import { countPoints, elementCount } from '../../runtime/extents.ts';
import { InternalError } from '../internal-error.ts';
import type { Index } from '../ir/graph.ts';
import type { Tensor64 } from '../reference/evaluate.ts';
import type { Formula, Line } from './explanation.ts';
import { costOf, interpret, type Values } from './interpret.ts';
import { formulaText, tensorText } from './text.ts';

/** Relative to the magnitude of the tensor. */
const tolerance = 1e-9;
/** Points of one formula, and evaluations for all of them. */
const mostPoints = 24;
const mostWork = 4e5;

export interface Verifier {
  readonly holds: (line: Pick<Line, 'left' | 'indices'>, right: Formula) => boolean;
  /** Throws an `InternalError` where the formula does not hold. */
  readonly require: (line: Pick<Line, 'left' | 'indices'>, right: Formula) => void;
  /** Are these the same, whatever they are, wherever the indices are? */
  readonly agree: (indices: readonly Index[], one: Formula, other: Formula) => boolean;
  /** Gives a new tensor the values of its definition. */
  readonly define: (line: Line) => void;
  readonly counts: () => { readonly formulas: number; readonly points: number; readonly error: number };
}

/**
 * What is 0 but for rounding, as the gradient of an attention's key bias, has no magnitude of its own to be compared by:
 * then that of the largest adjoint, times this, stands for it.
 */
const roundedAway = 1e-4;

/** The least magnitude that counts as one, where these are the adjoints. */
export const noiseOf = (adjoints: Iterable<Tensor64>): number =>
  Math.max(1e-30, roundedAway * Math.max(0, ...[...adjoints].map(largest)));

export function verifier(known: Values, noise = noiseOf([])): Verifier {
  const defined = new Map<string, Tensor64>();
  const values: Values = (name) => defined.get(name) ?? known(name);
  let formulas = 0;
  let points = 0;
  let error = 0;
  const holds: Verifier['holds'] = ({ left, indices }, right) => {
    const expected = values(left.name);
    if (expected === undefined) return false;
    const wanted = Math.max(2, Math.min(mostPoints, Math.floor(mostWork / costOf(right))));
    const sample = samplePoints(indices, wanted);
    const scale = Math.max(largest(expected), noise);
    let worst = 0;
    for (const point of sample) {
      const value = interpret(right, values, point);
      const difference = Math.abs(value - valueAt(expected, indices, point)) / scale;
      if (!(difference <= tolerance)) return false;
      worst = Math.max(worst, difference);
    }
    formulas += 1;
    points += sample.length;
    error = Math.max(error, worst);
    return true;
  };
  const require: Verifier['require'] = (line, right) => {
    if (holds(line, right)) return;
    const dump = `${tensorText(line.left)} = ${formulaText(right)}`;
    throw new InternalError('a formula of the explanation is not true', {
      pass: 'explain',
      node: line.left.name,
      dump,
    });
  };
  const agree: Verifier['agree'] = (indices, one, other) => {
    const pairs = samplePoints(indices, mostPoints).map((point) =>
      [one, other].map((formula) => interpret(formula, values, point)),
    );
    const scale = pairs.reduce((most, [value]) => Math.max(most, Math.abs(value!)), noise);
    return pairs.every(([a, b]) => Math.abs(a! - b!) <= tolerance * scale);
  };
  const define: Verifier['define'] = ({ left, indices, right }) => {
    const shape = indices.map(({ extent }) => extent);
    const total = elementCount(shape);
    const points = samplePoints(indices, total);
    defined.set(left.name, {
      shape,
      data: Float64Array.from(points, (point) => interpret(right, values, point)),
    });
  };
  return { holds, require, agree, define, counts: () => ({ formulas, points, error }) };
}

const largest = ({ data }: Tensor64): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

function valueAt(
  { shape, data }: Tensor64,
  indices: readonly Index[],
  point: ReadonlyMap<string, number>,
): number {
  return data[indices.reduce((offset, { name }, k) => offset * shape[k]! + point.get(name)!, 0)]!;
}

/** All points where there are few, else some that are spread over the whole. */
function samplePoints(indices: readonly Index[], most: number): readonly ReadonlyMap<string, number>[] {
  const total = countPoints(indices);
  const count = Math.min(total, most);
  // A stride that shares no factor with the total visits different points, and different residues.
  const stride = count === total ? 1 : Math.max(1, Math.round(total * 0.6180339887));
  return Array.from({ length: count }, (_, k) => {
    let rest = (k * stride + (count === total ? 0 : Math.floor(k / 7))) % total;
    const point = new Map<string, number>();
    for (const { name, extent } of [...indices].reverse()) {
      point.set(name, rest % extent);
      rest = Math.floor(rest / extent);
    }
    return point;
  });
}
