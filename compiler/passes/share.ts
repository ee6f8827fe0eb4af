/** Equations in; each distinct one once, out: equal up to the names of their indices. */
import * as affine from '../index/build.ts';
import { print, rangesOf, substitute } from '../index/query.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, ValueId } from '../ir/graph.ts';
import { keyTable } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const share: Pass = {
  name: 'share',
  doc: 'Merges equations that compute the same (common-subexpression elimination).',
  run: (graph) => {
    const seen = new Map<string, ValueId>();
    return rebuild(graph, (equation, { put }) => {
      const key = structureOf(equation);
      const first = seen.get(key);
      if (first !== undefined) return first;
      const id = put(equation);
      seen.set(key, id);
      return id;
    });
  },
};

/** Equal for, and only for, equations that are the same but for names and origin, and values as `value` tells them apart. */
export function structureOf(equation: Equation, value: (value: ValueId) => string = String): string {
  const bound = boundIndices(equation);
  const canonical = bound.map(({ extent }, k) => ({ name: `#${k}`, extent }));
  const renaming = new Map(bound.map(({ name }, k) => [name, affine.variable(canonical[k]!.name)] as const));
  const ranges = rangesOf(canonical);
  const { body, reduce, dtype, indices } = equation;
  const { keyOf, byStructure } = keyTable({
    value,
    index: (of) => print(substitute(of, renaming, ranges)),
  });
  const parts = [...(reduce?.guards ?? []), body].map(keyOf).join(' ');
  const shape = bound.map(({ extent }) => extent).join(' ');
  return [dtype, indices.length, shape, reduce?.by, parts, ...byStructure.keys()].join('\n');
}
