/**
 * A line of an explanation in, with at most two indices to a tensor; the same as an equation of matrices, out:
 * `d.W[o, i] = sum[b] d.y[b, o] * x[b, i]` is `d.W = d.y^T x`.
 *
 * A part of a formula is seen as a matrix with one index as its row and another as its column, of which it may need both,
 * one or none. `elementOf` goes back the other way, so that a form can be evaluated before it is shown.
 */

import type { Index } from '../ir/graph.ts';
import { addsUp, asSum } from '../ir/reducers/adding.ts';
import { plainAlgebra, termsOf } from './algebra.ts';
import type { Formula, Line, ReduceFormula } from './explanation.ts';
import { type Factor, factorFormula } from './products.ts';
import { freeIndices, indexOf, mapParts, number, partsOf, plainName } from './rewrite.ts';

/** What a part needs of the row and the column that it is seen with. */
interface Part {
  readonly formula: Formula;
  readonly row: boolean;
  readonly column: boolean;
}

type Name = string | undefined;

const ones: Formula = { kind: 'ones' };
/** Of a row of sums, `1^T x`, that is `x^T 1`. */
function turned(of: Formula): Formula {
  if (of.kind === 'transposed') return of.of;
  const isSums = of.kind === 'product' && of.left.kind === 'transposed' && of.left.of.kind === 'ones';
  return isSums ? { ...of, left: turned(of.right), right: ones } : { kind: 'transposed', of };
}
const matrixProduct = (left: Formula, right: Formula, over?: Index): Formula => ({
  kind: 'product',
  left,
  right,
  ...(over && { over }),
});
const hadamard = (left: Formula, right: Formula): Formula => ({ kind: 'elementwise', left, right });
const multiply = (left: Formula, right: Formula): Formula => ({
  kind: 'call',
  fn: 'multiply',
  dtype: 'f32',
  operands: [left, right],
});

/** Undefined where a tensor has more indices than a matrix, or an index is anything but itself. */
export function matrixLine({ left, indices, right }: Line): Line | undefined {
  const [row, column, ...more] = indices.map(({ name }) => name);
  if (more.length > 0) return undefined;
  const part = seen(right, row, column);
  if (part === undefined) return undefined;
  const whole = lifted(part, row !== undefined, column !== undefined);
  if (indices.length > 0 && !part.row && !part.column) return undefined;
  return { left: { ...left, indices: [] }, indices, right: whole };
}

/** The part with both, its missing ones repeated. */
function lifted({ formula, row, column }: Part, needsRow: boolean, needsColumn: boolean): Formula {
  if (!row && !column) return formula;
  if (needsRow && !row) return matrixProduct(ones, formula);
  return needsColumn && !column ? matrixProduct(formula, turned(ones)) : formula;
}

function seen(formula: Formula, row: Name, column: Name): Part | undefined {
  const direct = view(formula, row, column);
  const other = view(formula, column, row);
  if (direct === undefined || other === undefined) return direct;
  // `(y - t)^T` rather than `y^T - t^T`.
  if (transposes(direct.formula) <= 1 + transposes(other.formula)) return direct;
  return { formula: turned(other.formula), row: other.column, column: other.row };
}

const transposes = (formula: Formula): number =>
  (formula.kind === 'transposed' && formula.of.kind !== 'ones' ? 1 : 0) +
  partsOf(formula).reduce((sum, part) => sum + transposes(part), 0);

function view(formula: Formula, row: Name, column: Name): Part | undefined {
  switch (formula.kind) {
    case 'number':
      return { formula, row: false, column: false };
    case 'tensor':
      return tensorPart(formula, row, column);
    case 'named':
    case 'indicator': {
      const hot = formula.kind === 'indicator' ? oneHot(formula.condition, row, column) : undefined;
      return hot ?? together(formula, row, column);
    }
    case 'choice': {
      const { condition, then, otherwise } = formula;
      if (otherwise.kind !== 'number' || otherwise.value !== 0) return together(formula, row, column);
      return productPart([then, { kind: 'indicator', condition }], row, column);
    }
    case 'call':
      return formula.fn === 'multiply' && formula.dtype === 'f32'
        ? productPart(factorsIn(formula), row, column)
        : together(formula, row, column);
    case 'reduce':
      return addsUp(formula.by) ? sumPart(formula, row, column) : undefined;
    default:
      return undefined;
  }
}

const factorsIn = (formula: Formula): readonly Formula[] =>
  formula.kind === 'call' && formula.fn === 'multiply' ? formula.operands.flatMap(factorsIn) : [formula];

function tensorPart(
  formula: Extract<Formula, { kind: 'tensor' }>,
  row: Name,
  column: Name,
): Part | undefined {
  const names = formula.indices.map(plainName);
  const bare: Formula = { ...formula, indices: [] };
  const [first, second, ...more] = names;
  if (names.length === 0) return { formula: bare, row: false, column: false };
  if (more.length > 0 || names.includes(undefined) || first === second) return undefined;
  if (first === row && (names.length === 1 || second === column))
    return { formula: bare, row: true, column: names.length === 2 };
  if (first === column && (names.length === 1 || second === row))
    return { formula: turned(bare), row: names.length === 2, column: true };
  return undefined;
}

/** `[t[b] == c]`. */
function oneHot(condition: Formula, row: Name, column: Name): Part | undefined {
  if (condition.kind !== 'call' || condition.fn !== 'equal') return undefined;
  for (const [a, b] of [condition.operands, condition.operands.toReversed()]) {
    if (a?.kind !== 'tensor' || a.indices.length !== 1 || b === undefined) continue;
    const [position, value] = [plainName(a.indices[0]!), plainName(b)];
    const of: Formula = { kind: 'named', name: 'onehot', operand: { ...a, indices: [] } };
    if (position === row && value === column) return { formula: of, row: true, column: true };
    if (position === column && value === row) return { formula: turned(of), row: true, column: true };
  }
  return undefined;
}

/** What works element by element: all parts get the same shape. */
function together(formula: Formula, row: Name, column: Name): Part | undefined {
  const parts: Part[] = [];
  for (const part of partsOf(formula)) {
    const found = seen(part, row, column);
    if (found === undefined) return undefined;
    parts.push(found);
  }
  const needsRow = parts.some((part) => part.row);
  const needsColumn = parts.some((part) => part.column);
  const all = parts.map((part) => lifted(part, needsRow, needsColumn)).values();
  return { formula: mapParts(formula, () => all.next().value!), row: needsRow, column: needsColumn };
}

/** Numbers before it all; a column times a row is their outer product; what else there is, element by element. */
function productPart(factors: readonly Formula[], row: Name, column: Name): Part | undefined {
  const parts: Part[] = [];
  for (const factor of factors) {
    const found = seen(factor, row, column);
    if (found === undefined) return undefined;
    parts.push(found);
  }
  const scalars = parts.filter((part) => !part.row && !part.column).map((part) => part.formula);
  const columns = parts.filter((part) => part.row && !part.column).map((part) => part.formula);
  const rows = parts.filter((part) => !part.row && part.column).map((part) => part.formula);
  const matrices = parts.filter((part) => part.row && part.column).map((part) => part.formula);
  const [down, across] = [columns, rows].map((list) =>
    list.length === 0 ? undefined : list.reduce(hadamard),
  );
  const outer =
    down !== undefined && across !== undefined
      ? matrixProduct(down, across)
      : matrices.length === 0
        ? (down ?? across)
        : down !== undefined
          ? matrixProduct(down, turned(ones))
          : across && matrixProduct(ones, across);
  const all = [...(outer === undefined ? [] : [outer]), ...matrices];
  const shape = {
    row: matrices.length > 0 || down !== undefined,
    column: matrices.length > 0 || across !== undefined,
  };
  const body = all.length === 0 ? undefined : all.reduce(hadamard);
  const whole = [...scalars, ...(body === undefined ? [] : [body])];
  return whole.length === 0 ? undefined : { formula: whole.reduce(multiply), ...shape };
}

/** A sum over one index is a product of matrices; over two, of a matrix between vectors of ones. */
function sumPart(sum: ReduceFormula, row: Name, column: Name): Part | undefined {
  const [over, second, ...more] = sum.indices;
  if (over === undefined || more.length > 0 || sum.guards.length > 0) return undefined;
  const points = sum.indices.reduce((product, { extent }) => product * extent, 1);
  const { weight } = asSum(sum.by, points);
  const scaled = (part: Part): Part =>
    weight === 1 ? part : { ...part, formula: multiply(number(weight), part.formula) };
  if (second !== undefined) {
    const inner = seen(sum.body, over.name, second.name);
    if (inner === undefined || !inner.row || !inner.column) return undefined;
    const formula = matrixProduct(matrixProduct(turned(ones), inner.formula, over), ones, second);
    return scaled({ formula, row: false, column: false });
  }
  const [term, ...terms] = termsOf(sum.body, plainAlgebra());
  if (term === undefined) return undefined;
  const single = terms.length === 0;
  const powers = single ? [...term.factors.values()] : [{ formula: sum.body, exponent: 1 }];
  const needs = (factor: Formula, name: Name): boolean => name !== undefined && freeIndices(factor).has(name);
  const inside = powers.filter(({ formula }) => needs(formula, over.name)).flatMap(squared);
  const outside = powers.filter(({ formula }) => !needs(formula, over.name));
  const right = inside.filter((factor) => needs(factor, column));
  const left = inside.filter((factor) => !needs(factor, column) && needs(factor, row));
  // What needs neither is a vector: it stands where nothing else does, and of two one on each side.
  const vectors = inside.filter((factor) => !right.includes(factor) && !left.includes(factor));
  const ahead = left.length > 0 ? 0 : right.length > 0 ? vectors.length : 1;
  const before = productOrOnes([...left, ...vectors.slice(0, ahead)], row, over.name, true);
  const after = productOrOnes([...vectors.slice(ahead), ...right], over.name, column, false);
  if (before === undefined || after === undefined) return undefined;
  const product: Part = {
    formula: matrixProduct(before.formula, after.formula, over),
    row: before.row,
    column: after.column,
  };
  const above = outside.filter(({ exponent }) => exponent > 0).map(factorFormula);
  const below = outside
    .filter(({ exponent }) => exponent < 0)
    .map((f) => factorFormula({ ...f, exponent: -f.exponent }));
  const rest = above.length === 0 ? undefined : productPart(above, row, column);
  const top = above.length === 0 ? product : rest && joinedParts(rest, product);
  const bottom = below.length === 0 ? undefined : productPart(below, row, column);
  if (top === undefined || (below.length > 0 && bottom === undefined)) return undefined;
  const quotient = bottom === undefined ? top : quotientPart(top, bottom);
  return scaled(single ? timesNumber(term.coefficient, quotient) : quotient);
}

/** A square as two factors: `sum[o] (y[o] - t[o]) ** 2` is `(y - t)^T (y - t)`. */
function squared(factor: Factor): readonly Formula[] {
  const { formula, exponent } = factor;
  if (exponent === 2) return [formula, formula];
  const [base, power] = formula.kind === 'call' && formula.fn === 'power' ? formula.operands : [];
  const isSquare = exponent === 1 && base !== undefined && power?.kind === 'number' && power.value === 2;
  return isSquare ? [base, base] : [factorFormula(factor)];
}

function quotientPart(top: Part, bottom: Part): Part {
  const shape = { row: top.row || bottom.row, column: top.column || bottom.column };
  const isNumber = !bottom.row && !bottom.column;
  const operands = [
    lifted(top, shape.row, shape.column),
    isNumber ? bottom.formula : lifted(bottom, shape.row, shape.column),
  ];
  return { formula: { kind: 'call', fn: 'divide', dtype: 'f32', operands }, ...shape };
}

function timesNumber(by: number, part: Part): Part {
  if (by === 1) return part;
  if (by !== -1) return { ...part, formula: multiply(number(by), part.formula) };
  return { ...part, formula: { kind: 'call', fn: 'negate', dtype: 'f32', operands: [part.formula] } };
}

/** Factors with the summed index as their column or their row; ones where there are none. */
function productOrOnes(
  factors: readonly Formula[],
  row: Name,
  column: Name,
  isLeft: boolean,
): Part | undefined {
  if (factors.length === 0) return { formula: isLeft ? turned(ones) : ones, row: !isLeft, column: isLeft };
  const part = productPart(factors, row, column);
  if (part === undefined || (isLeft ? !part.column : !part.row)) return undefined;
  return part;
}

function joinedParts(a: Part, b: Part): Part | undefined {
  const shape = { row: a.row || b.row, column: a.column || b.column };
  if ((!a.row && !a.column) || (!b.row && !b.column))
    return { formula: multiply(a.formula, b.formula), ...shape };
  if (a.row === b.row && a.column === b.column) return { formula: hadamard(a.formula, b.formula), ...shape };
  if (a.row && !a.column && !b.row && b.column)
    return { formula: matrixProduct(a.formula, b.formula), ...shape };
  const [left, right] = [a, b].map((part) => lifted(part, shape.row, shape.column)) as [Formula, Formula];
  return { formula: hadamard(left, right), ...shape };
}

/** The element of a form at a row and a column; `ranks` are the numbers of indices of its tensors. */
export function elementOf(
  formula: Formula,
  row: Formula | undefined,
  column: Formula | undefined,
  ranks: ReadonlyMap<string, number>,
  depth = 0,
): Formula {
  const at = (part: Formula): Formula => elementOf(part, row, column, ranks, depth + 1);
  switch (formula.kind) {
    case 'number':
    case 'index':
    case 'reduce':
      return formula;
    case 'ones':
      return number(1);
    case 'tensor': {
      const rank = ranks.get(formula.name) ?? 0;
      const places = rank === 2 ? [row, column] : rank === 1 ? [row ?? column] : [];
      return { ...formula, indices: places.map((place) => place ?? number(Number.NaN)) };
    }
    case 'transposed':
      return elementOf(formula.of, column, row, ranks, depth + 1);
    case 'elementwise':
      return multiply(at(formula.left), at(formula.right));
    case 'product': {
      if (formula.over === undefined)
        return multiply(
          elementOf(formula.left, row, undefined, ranks, depth + 1),
          elementOf(formula.right, undefined, column, ranks, depth + 1),
        );
      const name = `k${depth}'`;
      const k = indexOf({ name });
      const body = multiply(
        elementOf(formula.left, row, k, ranks, depth + 1),
        elementOf(formula.right, k, column, ranks, depth + 1),
      );
      const indices = [{ name, extent: formula.over.extent }];
      return { kind: 'reduce', by: 'sum', indices, guards: [], body };
    }
    case 'named': {
      if (formula.name !== 'onehot') return { ...formula, operand: at(formula.operand) };
      const operands = [elementOf(formula.operand, row, undefined, ranks, depth + 1), column ?? number(0)];
      return { kind: 'indicator', condition: { kind: 'call', fn: 'equal', dtype: 'bool', operands } };
    }
    case 'indicator':
    case 'choice':
    case 'call':
      return mapParts(formula, at);
    default:
      return formula satisfies never;
  }
}
