/** Equations in; each distinct one once, out: equal up to the names of their indices. */
import * as affine from '../index/build.ts';
import { print, rangesOf, substitute } from '../index/query.ts';
import { boundIndices } from '../ir/equation.ts';
import { ofForm } from '../ir/forms.ts';
import type { Equation, ValueId } from '../ir/graph.ts';
import { loadsOfEquation } from '../ir/nodes.ts';
import { keyTable } from '../scalar/walk.ts';
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

/** The structure over numbers in place of values, in the order in which it reads them; and which of the loads that are. */
const outline = ofForm((equation): { readonly structure: string; readonly order: readonly number[] } => {
  const values: ValueId[] = [];
  const structure = structureOf(equation, (value) => {
    if (!values.includes(value)) values.push(value);
    return String(values.indexOf(value));
  });
  const loads = loadsOfEquation(equation);
  return { structure, order: values.map((value) => loads.findIndex((load) => load.value === value)) };
});

function keyOf(equation: Equation): string {
  const { structure, order } = outline(equation);
  const loads = loadsOfEquation(equation);
  return `${order.map((at) => loads[at]!.value).join(' ')}\n${structure}`;
}

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
