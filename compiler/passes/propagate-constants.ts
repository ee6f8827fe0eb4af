/** Equations that are a constant everywhere in; the constant in place of their loads, out. */

import { mapLoads } from '../ir/equation.ts';
import type { ValueId } from '../ir/graph.ts';
import { readsAny } from '../ir/nodes.ts';
import type { Constant } from '../scalar/expr.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const propagateConstants: Pass = {
  name: 'propagate-constants',
  doc: 'Writes a constant value where it is read.',
  run: (graph) => {
    const constants = new Map<ValueId, Constant>();
    return rebuild(graph, (equation, { put }) => {
      const known = readsAny(equation, constants)
        ? mapLoads(equation, (load) => constants.get(load.value) ?? load)
        : equation;
      if (known.reduce !== undefined || known.body.kind !== 'constant') return known;
      const id = put(known);
      constants.set(id, known.body);
      return id;
    });
  },
};
