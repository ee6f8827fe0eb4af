/**
 * Sums over the positions at which a tensor holds a number in; the same sums, with the positions of each number listed
 * once, out: the gradient of an embedding, `d.E[v, d] = sum[n, i where t[n, i] == v] d.x[n, i, d]`, asks of each token
 * whether it is v, for each v. With `lists` (`ir/position-lists.ts`) a row walks the list of its own tokens. What is summed at each
 * position besides is summed before (`inner-sum.ts`).
 */
import { countPoints } from '../../runtime/extents.ts';
import * as affine from '../index/build.ts';
import type { Equation, Index, Origin, Reduce, ValueId } from '../ir/graph.ts';
import { flatten, type Listed, listsEquation, namelessKey } from '../ir/position-lists.ts';
import { protectLoads } from '../ir/protect.ts';
import { index, isConstant, less, lessEqual, load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { bareVariable, loadsOf, structuralKey, variablesOf } from '../scalar/walk.ts';
import { withInnerSum } from './inner-sum.ts';
import { type Pass, rebuild } from './rebuild.ts';

export interface ListOptions {
  /** What a sum asks of positions, so many times at least, is worth a list. */
  readonly fewest: number;
}

/** Chosen, not measured: below, one more dispatch is expected to take longer than to ask. */
export const defaultLists: ListOptions = { fewest: 65_536 };

export const listPositions = (options: ListOptions): Pass => ({
  name: 'list-positions',
  doc: 'Lists the positions of each number once where sums ask every position for its number.',
  run: (graph) => {
    const made = new Map<string, ValueId>();
    return rebuild(graph, (equation, { add, node, members }) => {
      const found = members.size > 0 ? undefined : listedIn(equation);
      if (found === undefined) return equation;
      const { listed, value } = found;
      const asked = equation.reduce!.indices;
      if (listed.values * countPoints(asked) < options.fewest) return equation;
      const parts = withInnerSum(equation, listed.positions, value);
      if (parts === undefined && listed.positions.length < asked.length) return equation;
      const sum = parts === undefined ? equation : parts.outer(add(protectLoads(parts.inner, node)));
      const key = keyOf(listed);
      const lists =
        made.get(key) ??
        add(
          protectLoads(
            {
              ...listsEquation(listed),
              kind: 'equation',
              name: `${nameOf(listed.key, (id) => node(id).name)}.lists`,
              dtype: 'i32',
              origin: plainOrigin(equation.origin),
            },
            node,
          ),
        );
      made.set(key, lists);
      return walking(sum, listed, value, lists);
    });
  },
});

/** Lists are no adjoint of anything: they come from where the sum does. */
const plainOrigin = ({ place, path }: Origin): Origin => (place === undefined ? { path } : { place, path });

const keyOf = (listed: Listed): string =>
  [
    listed.values,
    ...[...listed.batch, ...listed.positions].map(({ extent }) => extent),
    listed.batch.length,
    structuralKey(namelessKey(listed)),
  ].join(' ');

const nameOf = (key: Expr, name: (id: ValueId) => string): string => {
  const [first] = loadsOf(key);
  return first === undefined ? 'positions' : name(first.value);
};

/** The condition of a sum that one of its own indices is what stands at a position. */
function listedIn({ indices, reduce, dtype }: Equation): { listed: Listed; value: Index } | undefined {
  if (reduce?.by !== 'sum' || dtype !== 'f32' || isWalking(reduce)) return undefined;
  for (const guard of reduce.guards) {
    if (guard.kind !== 'call' || guard.fn !== 'equal') continue;
    const [a, b] = guard.operands as readonly [Expr, Expr];
    for (const [key, own] of [
      [a, b],
      [b, a],
    ] as const) {
      const value = indices.find(({ name }) => name === bareVariable(own));
      if (value === undefined || loadsOf(key).length === 0) continue;
      const used = variablesOf(key);
      const positions = reduce.indices.filter(({ name }) => used.has(name));
      if (used.has(value.name) || positions.length === 0) continue;
      const batch = indices.filter(({ name }) => used.has(name));
      return { listed: { batch, positions, values: value.extent, key }, value };
    }
  }
  return undefined;
}

/** Whether the sum has lists already. */
const isWalking = ({ guards }: Reduce): boolean =>
  guards.some(
    (guard) => guard.kind === 'call' && guard.fn === 'less_equal' && guard.operands[0]!.kind === 'load',
  );

/** The sum with what follows from its condition: the position lies on the list of the value. */
function walking(
  equation: Equation,
  { batch, positions, values }: Listed,
  value: Index,
  lists: ValueId,
): Equation {
  const reduce = equation.reduce!;
  const at = (element: Expr): Expr =>
    load(lists, 'i32', [...batch.map(({ name }) => index(affine.variable(name))), element]);
  const position = flatten(positions);
  const guards = [
    ...reduce.guards.filter((guard) => !isConstant(guard, 1)),
    lessEqual(at(index(affine.variable(value.name))), index(position)),
    less(index(position), at(index(affine.add(position, affine.constant(values))))),
  ];
  return { ...equation, reduce: { ...reduce, guards } };
}
