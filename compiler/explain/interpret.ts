/** A formula and the values of its tensors in, its value at a point in f64 out: what is printed, evaluated as printed. */
import { countPoints } from '../../runtime/extents.ts';
import { evaluate as evaluateAffine } from '../index/query.ts';
import { asSum } from '../ir/reducers/adding.ts';
import { identityOf, reducers } from '../ir/reducers.ts';
import type { Tensor64 } from '../reference/evaluate.ts';
import { evaluateCall } from '../scalar/functions.ts';
import type { Formula, NamedFunction, ReduceFormula } from './explanation.ts';

export type Values = (name: string) => Tensor64 | undefined;

const named: Readonly<Record<NamedFunction, (x: number) => number>> = {
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  // Of matrices alone, which are evaluated element by element (matrix-form.ts).
  onehot: () => Number.NaN,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

/** NaN where a tensor has no value or is read out of range. */
export function interpret(formula: Formula, values: Values, point: ReadonlyMap<string, number>): number {
  const inner = (part: Formula): number => interpret(part, values, point);
  switch (formula.kind) {
    case 'number':
      return formula.value;
    case 'index':
      return evaluateAffine(formula.of, point);
    case 'tensor':
      return element(values(formula.name), formula.indices.map(inner));
    case 'call': {
      const [first, second] = formula.operands;
      if (formula.fn === 'and') return inner(first!) !== 0 && inner(second!) !== 0 ? 1 : 0;
      if (formula.fn === 'or') return inner(first!) !== 0 || inner(second!) !== 0 ? 1 : 0;
      // A term in brackets that do not hold is absent, whatever it would be.
      if (formula.fn === 'multiply' && first?.kind === 'indicator' && inner(first) === 0) return 0;
      return evaluateCall(formula.fn, formula.dtype, formula.operands.map(inner));
    }
    case 'named':
      return named[formula.name](inner(formula.operand));
    case 'choice':
      return inner(inner(formula.condition) !== 0 ? formula.then : formula.otherwise);
    case 'indicator':
      return inner(formula.condition) !== 0 ? 1 : 0;
    case 'transposed':
    case 'product':
    case 'elementwise':
    case 'ones':
      return Number.NaN;
    case 'reduce':
      return reduction(formula, values, point);
    default:
      return formula satisfies never;
  }
}

function element(tensor: Tensor64 | undefined, at: readonly number[]): number {
  if (tensor === undefined || tensor.shape.length !== at.length) return Number.NaN;
  let offset = 0;
  for (const [axis, extent] of tensor.shape.entries()) {
    const position = at[axis]!;
    if (!(position >= 0 && position < extent)) return Number.NaN;
    offset = offset * extent + position;
  }
  return tensor.data[offset]!;
}

function reduction(formula: ReduceFormula, values: Values, outer: ReadonlyMap<string, number>): number {
  const { indices, guards, body } = formula;
  const point = new Map(outer);
  const total = countPoints(indices);
  const { by, weight } = asSum(formula.by, total);
  const reducer = reducers[by];
  let value = identityOf(by, 'f32');
  let best = 0;
  let any = false;
  for (let position = 0; position < total; position++) {
    let rest = position;
    for (let k = indices.length - 1; k >= 0; k--) {
      const { name, extent } = indices[k]!;
      point.set(name, rest % extent);
      rest = Math.floor(rest / extent);
    }
    if (!guards.every((guard) => interpret(guard, values, point) !== 0)) continue;
    const next = interpret(body, values, point);
    if (reducer.kind === 'value') value = evaluateCall(reducer.combine, 'f32', [value, next]);
    else if (!any || evaluateCall(reducer.beats, 'bool', [next, value]) !== 0)
      [value, best] = [next, position];
    any = true;
  }
  if (reducer.kind === 'position') return best;
  return weight * value;
}

/** How many evaluations of a part one value of the formula costs, about. */
export function costOf(formula: Formula): number {
  switch (formula.kind) {
    case 'number':
    case 'index':
      return 1;
    case 'tensor':
      return 1 + formula.indices.reduce((sum, part) => sum + costOf(part), 0);
    case 'call':
      return 1 + formula.operands.reduce((sum, part) => sum + costOf(part), 0);
    case 'transposed':
    case 'product':
    case 'elementwise':
    case 'ones':
      return 1;
    case 'named':
      return 1 + costOf(formula.operand);
    case 'choice':
      return 1 + costOf(formula.condition) + costOf(formula.then) + costOf(formula.otherwise);
    case 'indicator':
      return 1 + costOf(formula.condition);
    case 'reduce': {
      const points = countPoints(formula.indices);
      return points * (costOf(formula.body) + formula.guards.reduce((sum, part) => sum + costOf(part), 0));
    }
    default:
      return formula satisfies never;
  }
}
