/** A reducer and numbers in, its value in f64 out: of a derived one, its formula by the letter. */
import {
  derived,
  identityOf,
  isDerived,
  type ReducerName,
  type ReductionName,
  reducers,
} from '../../compiler/ir/reducers.ts';
import { evaluateCall, type FunctionName } from '../../compiler/scalar/functions.ts';

/** A number for each element. */
type Column = readonly number[];

/** `among` tells which elements take part, where not all do for certain. `used` hears of each reducer in a formula. */
export function reduced(
  by: ReductionName,
  elements: Column,
  among?: readonly boolean[],
  used: (by: ReducerName) => void = () => {},
): number {
  if (!isDerived(by)) return fold(by, elements, among);
  const { formula } = derived[by];
  const spread = (value: number): Column => elements.map(() => value);
  // A formula is the same at every element: without one, at a place that none has.
  if (elements.length === 0) return reduced(by, [0], [false], used);
  return formula<Column>(elements, {
    guarded: among !== undefined,
    points: elements.length,
    number: spread,
    call: (fn: FunctionName, ...operands) =>
      elements.map((_, k) =>
        evaluateCall(
          fn,
          'f32',
          operands.map((operand) => operand[k]!),
        ),
      ),
    choose: (condition, then, otherwise) =>
      elements.map((_, k) => (condition[k] !== 0 ? then[k]! : otherwise[k]!)),
    reduce: (inner, body) => {
      used(inner);
      return spread(fold(inner, body, among));
    },
  })[0]!;
}

function fold(by: ReducerName, elements: Column, among: readonly boolean[] | undefined): number {
  const reducer = reducers[by];
  const taken = elements.flatMap((x, k) => (among?.[k] === false ? [] : [{ x, k }]));
  if (reducer.kind === 'value') {
    const type = reducer.result('f32') === undefined ? 'bool' : 'f32';
    return taken.reduce((a, { x }) => evaluateCall(reducer.combine, type, [a, x]), identityOf(by, type));
  }
  const best = taken.reduce<(typeof taken)[number] | undefined>(
    (a, b) => (a === undefined || evaluateCall(reducer.beats, 'bool', [b.x, a.x]) !== 0 ? b : a),
    undefined,
  );
  return best?.k ?? 0;
}
