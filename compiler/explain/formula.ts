/** Expressions and equations of a graph in, formulas for people out: nested sums inlined, known functions named. */

import type { Affine } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { rangesOf, type substitute } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import type { Equation, Index, Node } from '../ir/graph.ts';
import { isEquation } from '../ir/nodes.ts';
import * as scalar from '../scalar/build.ts';
import { asAffine } from '../scalar/build.ts';
import type { Call, Expr, Load } from '../scalar/expr.ts';
import { operandOfSoftplus, operandOfStableLogistic } from '../scalar/logistic.ts';
import { structuralKey, substituteIndices } from '../scalar/walk.ts';
import type { Formula, Line, NamedFunction, TensorFormula } from './explanation.ts';
import { withConditions } from './sums.ts';

/** What formulas are made of. */
export interface Naming {
  readonly nodes: readonly Node[];
  /** Names of equations that are written where they are read: `sum[i] …` inside of an affine layer. */
  readonly inlined: ReadonlySet<string>;
  /** The names of adjoints, with what they are adjoints of. */
  readonly adjoints: ReadonlyMap<string, string>;
}

/** An equation, as people write it. */
export function lineOf(node: Equation, naming: Naming): Line {
  const scope = new Set(node.indices.map(({ name }) => name));
  return { left: leftOf(node, naming), indices: node.indices, right: rightOf(node, naming, scope) };
}

export const leftOf = ({ name, indices }: Node, naming: Naming): TensorFormula =>
  tensor(
    name,
    indices.map((index) => indexFormula(variable(index.name))),
    naming,
  );

const indexFormula = (of: Affine): Formula =>
  of.terms.length === 0 ? { kind: 'number', value: of.constant, dtype: 'i32' } : { kind: 'index', of };

function tensor(name: string, indices: readonly Formula[], { adjoints }: Naming): TensorFormula {
  const adjointOf = adjoints.get(name);
  return { kind: 'tensor', name, ...(adjointOf !== undefined && { adjointOf }), indices };
}

function rightOf(node: Equation, naming: Naming, scope: ReadonlySet<string>): Formula {
  const { reduce, body } = node;
  if (reduce === undefined) return formulaOf(body, naming, scope);
  const renamed = freshNames(reduce.indices, scope);
  const inner = new Set([...scope, ...renamed.map(({ name }) => name)]);
  const map = new Map(reduce.indices.map(({ name }, k) => [name, variable(renamed[k]!.name)] as const));
  const same = reduce.indices.every(({ name }, k) => name === renamed[k]!.name);
  const ranges = rangesOf([...node.indices, ...renamed]);
  const visit = (e: Expr): Formula => formulaOf(same ? e : substituteIndices(e, map, ranges), naming, inner);
  return withConditions({
    kind: 'reduce',
    by: reduce.by,
    indices: renamed,
    guards: reduce.guards.map(visit),
    body: visit(body),
  });
}

/** The compiler's names of quotients and remainders of indices: the place of a window, and that within it. */
const halfOfDivision = /_(?:div|mod)\d*$/;
const placeLetters: readonly string[] = ['u', 'v', 'r', 'q'];

/** Primes where a name is taken: `sum[c'] x[b, c']`. Numbered names that the compiler made lose their number. */
export function freshNames(indices: readonly Index[], scope: ReadonlySet<string>): readonly Index[] {
  const taken = new Set(scope);
  return indices.map(({ name, extent }) => {
    let free = halfOfDivision.test(name)
      ? (placeLetters.find((letter) => !taken.has(letter)) ?? 'u')
      : name.replace(/_\d+$/, '');
    while (taken.has(free)) free += "'";
    taken.add(free);
    return { name: free, extent };
  });
}

export function formulaOf(e: Expr, naming: Naming, scope: ReadonlySet<string>): Formula {
  const inner = (part: Expr): Formula => formulaOf(part, naming, scope);
  switch (e.kind) {
    case 'constant':
      return { kind: 'number', value: e.value, dtype: e.dtype };
    case 'index':
      return indexFormula(e.of);
    case 'load':
      return loadFormula(e, naming, scope);
    case 'call': {
      const name = knownCall(e);
      if (name !== undefined) return { kind: 'named', name: name.name, operand: inner(name.operand) };
      if (e.fn === 'to_f32' && e.operands[0]!.dtype === 'bool')
        return { kind: 'indicator', condition: inner(e.operands[0]!) };
      if (e.fn === 'to_f32' || e.fn === 'stop_gradient') return inner(e.operands[0]!);
      return callFormula(e, e.operands.map(inner));
    }
    case 'select': {
      const operand = operandOfStableLogistic(e);
      if (operand !== undefined) return { kind: 'named', name: 'sigmoid', operand: inner(operand) };
      if (isOneZero(e.then, e.otherwise)) return { kind: 'indicator', condition: inner(e.condition) };
      const [condition, then, otherwise] = [inner(e.condition), inner(e.then), inner(e.otherwise)];
      return { kind: 'choice', condition, then, otherwise };
    }
    case 'derivative':
      return inner(e.value);
    case 'result':
      return { kind: 'tensor', name: 'result', indices: [] };
    default:
      return e satisfies never;
  }
}

/** As a person writes it: the index first in a comparison, squares as such, a term that may be absent in brackets. */
function callFormula({ fn, dtype, operands: parts }: Call, operands: readonly Formula[]): Formula {
  const call = (name: Call['fn'], list: readonly Formula[]): Formula => ({
    kind: 'call',
    fn: name,
    dtype,
    operands: list,
  });
  const [a, b] = operands;
  if ((fn === 'equal' || fn === 'not_equal') && a?.kind === 'number' && b !== undefined)
    return call(fn, [b, a]);
  if (fn === 'less_equal' && b?.kind === 'number' && b.value === 0 && isRemainder(a))
    return call('equal', operands);
  const from = fn === 'less_equal' ? lowestOf(operands) : undefined;
  if (from !== undefined) return call('greater_equal', from);
  if (dtype !== 'f32' || a === undefined || b === undefined) return call(fn, operands);
  // One times something, and something over one or to that power, is that.
  if (fn === 'multiply' && isOne(a)) return b;
  if ((fn === 'multiply' || fn === 'divide' || fn === 'power') && isOne(b)) return a;
  if (
    fn === 'multiply' &&
    parts[0]!.kind !== 'constant' &&
    structuralKey(parts[0]!) === structuralKey(parts[1]!)
  ) {
    return call('power', [a, { kind: 'number', value: 2, dtype: 'f32' }]);
  }
  if (fn === 'add' || fn === 'subtract') return call(fn, operands.map(bracketed));
  return call(fn, operands);
}

const isOne = (formula: Formula): boolean => formula.kind === 'number' && formula.value === 1;

/** What a division leaves: it is never below 0. */
function isRemainder(formula: Formula | undefined): boolean {
  if (formula?.kind !== 'index' || formula.of.constant !== 0) return false;
  const [term, ...more] = formula.of.terms;
  return more.length === 0 && term?.coefficient === 1 && term.atom.kind === 'mod';
}

/** Of `0 <= t - 1`, what makes `t >= 1`. */
function lowestOf([low, position]: readonly Formula[]): readonly [Formula, Formula] | undefined {
  if (low?.kind !== 'number' || position?.kind !== 'index') return undefined;
  const { terms, constant } = position.of;
  const [term, ...more] = terms;
  if (term?.coefficient !== 1 || more.length > 0) return undefined;
  return [indexFormula({ terms, constant: 0 }), { ...low, value: low.value - constant }];
}

function bracketed(formula: Formula): Formula {
  if (formula.kind !== 'choice' || formula.otherwise.kind !== 'number' || formula.otherwise.value !== 0)
    return formula;
  const indicator: Formula = { kind: 'indicator', condition: formula.condition };
  return { kind: 'call', fn: 'multiply', dtype: 'f32', operands: [indicator, formula.then] };
}

const isOneZero = (then: Expr, otherwise: Expr): boolean =>
  then.dtype === 'f32' && scalar.isConstant(then, 1) && scalar.isConstant(otherwise, 0);

function loadFormula(e: Load, naming: Naming, scope: ReadonlySet<string>): Formula {
  const node = naming.nodes[e.value];
  if (node === undefined || node.indices.length !== e.indices.length)
    throw new InternalError('a formula reads what its value does not have', {
      pass: 'explain',
      node: node?.name ?? String(e.value),
    });
  const at = e.indices.map(asAffine);
  if (isEquation(node) && naming.inlined.has(node.name) && at.every((of) => of !== undefined)) {
    return inlinedFormula(node, at, naming, scope);
  }
  return tensor(
    node.name,
    e.indices.map((index) => formulaOf(index, naming, scope)),
    naming,
  );
}

/** The equation of a node in place of a load of it. */
function inlinedFormula(
  node: Equation,
  at: readonly Affine[],
  naming: Naming,
  scope: ReadonlySet<string>,
): Formula {
  const map = new Map(node.indices.map(({ name }, k) => [name, at[k]!] as const));
  const reduced = node.reduce === undefined ? [] : freshNames(node.reduce.indices, scope);
  for (const [k, { name }] of (node.reduce?.indices ?? []).entries())
    map.set(name, variable(reduced[k]!.name));
  const ranges = rangesOf(reduced);
  const inside = new Set([...scope, ...reduced.map(({ name }) => name)]);
  const visit = (e: Expr): Formula => formulaOf(substituteAll(e, map, ranges), naming, inside);
  if (node.reduce === undefined) return visit(node.body);
  const { by, guards } = node.reduce;
  return withConditions({
    kind: 'reduce',
    by,
    indices: reduced,
    guards: guards.map(visit),
    body: visit(node.body),
  });
}

/** Unknown ranges simplify less; they are never wrong. */
const substituteAll = (
  e: Expr,
  map: ReadonlyMap<string, Affine>,
  ranges: Parameters<typeof substitute>[2],
): Expr => substituteIndices(e, map, ranges);

// ---------------------------------------------------------------- functions by their formula

function knownCall(e: Expr): { readonly name: NamedFunction; readonly operand: Expr } | undefined {
  const operand = operandOfSoftplus(e);
  return operand === undefined ? undefined : { name: 'softplus', operand };
}
