/** A typed equation in, the equation of the graph out: nodes for tensors, and names for index variables. */

import type { Range } from '../../index/affine.ts';
import { variable } from '../../index/build.ts';
import type { Equation, Index, ValueId } from '../../ir/graph.ts';
import { freeName } from '../../ir/names.ts';
import type { Expr } from '../../scalar/expr.ts';
import { mapValues, substituteIndices } from '../../scalar/walk.ts';
import type { EquationTensor, IndexVariable, Tensor } from '../typed.ts';

/** `nameOf`: what a variable is called where no other one is. */
export function equationNode(
  tensor: EquationTensor,
  idOf: (tensor: Tensor) => ValueId,
  nameOf: (variable: IndexVariable) => string,
): Equation {
  const { label, dtype, indices, reduce, body, origin } = tensor;
  const variables = [...indices, ...(reduce?.indices ?? [])];
  const names = namesOf(variables, nameOf);
  const affine = new Map([...names].map(([id, name]) => [id, variable(name)]));
  const ranges = new Map<string, Range>(
    variables.map(({ id, extent }) => [names.get(id)!, { min: 0, max: extent - 1 }]),
  );
  const listed = (own: readonly IndexVariable[]): readonly Index[] =>
    own.map(({ id, extent }) => ({ name: names.get(id)!, extent }));
  const lowered = (e: Expr<Tensor>): Expr => mapValues(substituteIndices(e, affine, ranges), idOf);
  return {
    kind: 'equation',
    name: label.name,
    dtype,
    origin,
    indices: listed(indices),
    ...(reduce === undefined
      ? {}
      : {
          reduce: { by: reduce.by, indices: listed(reduce.indices), guards: reduce.guards.map(lowered) },
        }),
    body: lowered(body),
  };
}

/** As the author wrote them, with a number where two would be the same. */
function namesOf(
  variables: readonly IndexVariable[],
  nameOf: (variable: IndexVariable) => string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const variable of variables) {
    const chosen = freeName(nameOf(variable), taken);
    names.set(variable.id, chosen);
    taken.add(chosen);
  }
  return names;
}
