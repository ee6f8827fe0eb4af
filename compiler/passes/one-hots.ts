/**
 * Products with one-hot vectors in; reads of the one element that counts, out: `sum[c] [t[b] == c] * W[c, d]` is `W[t[b], d]`.
 *
 * A factor `[t[b] == c]`, written in the sum or an equation of its own, becomes a condition of the sum: what it leaves out
 * would add 0. Of the elements of an index that a condition sets equal to a position, there is one, if the position is
 * one of the index at all. The gradient by `W` is a sum over the positions that hold its row's number, which
 * `list-positions` walks where that is much.
 */
import { countPoints } from '../../runtime/extents.ts';
import { rangesOf } from '../index/query.ts';
import { mapExpressions, pointwise } from '../ir/equation.ts';
import type { Equation, Index, Node, ValueId } from '../ir/graph.ts';
import { isEquation } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import {
  asAffine,
  conjunction,
  constant,
  isConstant,
  less,
  lessEqual,
  multiply,
  select,
} from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, loadsOf, mapChildren, substituteIndices, variablesOf } from '../scalar/walk.ts';
import { defaultLists } from './list-positions.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const oneHots: Pass = {
  name: 'one-hots',
  doc: 'Reads the one element that a product with a one-hot vector leaves.',
  run: (graph) =>
    rebuild(graph, (equation, { node, members }) => {
      if (members.size > 0 || equation.reduce?.by !== 'sum' || equation.dtype !== 'f32') return equation;
      const opened = withConditions(equation, node);
      const made = atPositions(opened);
      if (made !== opened) return protectLoads(made, node);
      return opened !== equation && isWorthLists(opened) ? protectLoads(opened, node) : equation;
    }),
};

/** One-hot factors of the body as conditions of the sum, and those of its conditions that other equations hold written out. */
function withConditions(equation: Equation, node: (id: ValueId) => Node): Equation {
  const { conditions, rest } = split(equation.body, equation, node);
  const reduce = equation.reduce!;
  const own = reduce.guards.map((guard) => hotCondition(guard, equation, node) ?? guard);
  if (conditions.length === 0 && own.every((guard, k) => guard === reduce.guards[k])) return equation;
  return { ...equation, body: rest, reduce: { ...reduce, guards: [...own, ...conditions] } };
}

interface Parts {
  readonly conditions: readonly Expr[];
  readonly rest: Expr;
}

const one = constant(1, 'f32');
const always = constant(1, 'bool');

/** What a product needs to hold so that it is not 0, and what it is then. */
function split(body: Expr, equation: Equation, node: (id: ValueId) => Node): Parts {
  if (body.kind === 'call' && body.fn === 'multiply') {
    const [a, b] = body.operands.map((part) => split(part, equation, node)) as [Parts, Parts];
    const conditions = [...a.conditions, ...b.conditions];
    if (conditions.length === 0) return { conditions, rest: body };
    return {
      conditions,
      rest: isConstant(a.rest, 1) ? b.rest : isConstant(b.rest, 1) ? a.rest : multiply(a.rest, b.rest),
    };
  }
  const { condition, value } = body.kind === 'load' ? { condition: body, value: one } : choiceOf(body);
  const hot = hotCondition(condition, equation, node);
  if (hot === undefined) return { conditions: [], rest: body };
  const inner = split(value, equation, node);
  return { conditions: [hot, ...inner.conditions], rest: inner.rest };
}

/** A choice of 0 where its condition does not hold, as which a truth value counts; any else is one without a condition. */
function choiceOf(e: Expr): { readonly condition: Expr; readonly value: Expr } {
  if (e.kind === 'select' && isConstant(e.otherwise, 0)) return { condition: e.condition, value: e.then };
  const truth = e.kind === 'call' && e.fn === 'to_f32' ? e.operands[0] : undefined;
  if (e.dtype === 'bool' || truth?.dtype === 'bool') return { condition: truth ?? e, value: one };
  return { condition: always, value: e };
}

/** A condition `t == c`, also where an equation of its own holds it, as a truth value or as 1 and 0: written out. */
function hotCondition(e: Expr, equation: Equation, node: (id: ValueId) => Node): Expr | undefined {
  if (e.kind !== 'load') return isHot(e) ? e : undefined;
  const source = node(e.value);
  if (!isEquation(source) || source.reduce !== undefined) return undefined;
  const { condition, value } = choiceOf(source.body);
  if (!isConstant(value, 1)) return undefined;
  const at = e.indices.map(asAffine);
  if (at.some((position) => position === undefined)) return undefined;
  const ranges = rangesOf([...equation.indices, ...equation.reduce!.indices]);
  const map = new Map(source.indices.map(({ name }, k) => [name, at[k]!] as const));
  return hotCondition(substituteIndices(condition, map, ranges), equation, node);
}

/** An index that is set equal to a position which is data. */
interface Hot {
  readonly name: string;
  readonly position: Expr;
}

function hotOf(condition: Expr): Hot | undefined {
  if (condition.kind !== 'call' || condition.fn !== 'equal') return undefined;
  const [a, b] = condition.operands as readonly [Expr, Expr];
  for (const [side, position] of [
    [a, b],
    [b, a],
  ] as const) {
    const name = bareVariable(side);
    const isData = position.dtype === 'i32' && loadsOf(position).length > 0;
    if (name !== undefined && isData && !variablesOf(position).has(name)) return { name, position };
  }
  return undefined;
}

const isHot = (condition: Expr): boolean => hotOf(condition) !== undefined;

/** The sum without the indices that a condition sets equal to a position; the same where there is none. */
function atPositions(equation: Equation): Equation {
  const { reduce } = equation;
  if (reduce === undefined) return equation;
  for (const guard of reduce.guards) {
    const hot = hotOf(guard);
    const index = hot && reduce.indices.find(({ name }) => name === hot.name);
    if (hot === undefined || index === undefined) continue;
    const others = { ...reduce, guards: reduce.guards.filter((other) => other !== guard) };
    const moved = moveTo({ ...equation, reduce: others }, hot);
    if (moved !== undefined) return atPositions(without(moved, index, hot.position));
  }
  return equation;
}

/** The equation with the position in place of the index; undefined where the index is part of some arithmetic. */
function moveTo(equation: Equation, { name, position }: Hot): Equation | undefined {
  let stands = true;
  const replace = (e: Expr): Expr => {
    if (bareVariable(e) === name) return position;
    if (e.kind === 'index' && variablesOf(e).has(name)) stands = false;
    return mapChildren(e, replace);
  };
  const moved = mapExpressions(equation, replace);
  return stands ? moved : undefined;
}

/** The element at the position, or the sum of those, where the position is one of the index. */
function without(equation: Equation, index: Index, position: Expr): Equation {
  const reduce = equation.reduce!;
  const inside = [lessEqual(constant(0, 'i32'), position), less(position, constant(index.extent, 'i32'))];
  const guards = [...inside, ...reduce.guards];
  const indices = reduce.indices.filter((other) => other !== index);
  if (indices.length > 0) return { ...equation, reduce: { ...reduce, indices, guards } };
  const ranges = rangesOf(equation.indices);
  const body = select(conjunction(guards), equation.body, constant(0, 'f32'));
  return pointwise(equation, simplify(body, ranges));
}

/** Whether `list-positions` would take it: else a product of matrices is the better form. */
function isWorthLists({ indices, reduce }: Equation): boolean {
  return reduce!.guards.some((guard) => {
    const own = indices.find(({ name }) => name === hotOf(guard)?.name);
    return own !== undefined && own.extent * countPoints(reduce!.indices) >= defaultLists.fewest;
  });
}
