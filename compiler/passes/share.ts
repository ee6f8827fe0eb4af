/** Equations in; each distinct one once, out: equal up to the names of their indices. */
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, ValueId } from '../ir/graph.ts';
import { structuralKey, substituteIndices } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const share: Pass = {
  name: 'share',
  doc: 'Merges equations that compute the same (common-subexpression elimination).',
  run: (graph) => {
    const seen = new Map<string, ValueId>();
    return rebuild(graph, (equation, { put }) => {
      const key = keyOf(equation);
      const first = seen.get(key);
      if (first !== undefined) return first;
      const id = put(equation);
      seen.set(key, id);
      return id;
    });
  },
};

/** Equal for, and only for, equations that are the same but for names and origin. */
function keyOf(equation: Equation): string {
  const bound = boundIndices(equation);
  const canonical = bound.map(({ extent }, k) => ({ name: `#${k}`, extent }));
  const renaming = new Map(bound.map(({ name }, k) => [name, affine.variable(canonical[k]!.name)] as const));
  const ranges = rangesOf(canonical);
  const { body, reduce, dtype, indices } = equation;
  const key = (expr: Equation['body']): string => structuralKey(substituteIndices(expr, renaming, ranges));
  const shape = bound.map(({ extent }) => extent).join(' ');
  return [dtype, indices.length, shape, reduce?.by, ...(reduce?.guards ?? []).map(key), key(body)].join(
    '\n\n',
  );
}
