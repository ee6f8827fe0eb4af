/** A typed equation in, the equation of the graph out: nodes for tensors, and names for index variables. */
import type { EquationTensor, IndexVariable, Tensor } from '../check/typed.ts';
import type { Range } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import type { Equation, Index, ValueId } from '../ir/graph.ts';
import type { Expr } from '../scalar/expr.ts';
import { forEach, mapValues, substituteIndices } from '../scalar/walk.ts';

export function equationNode(tensor: EquationTensor, idOf: (tensor: Tensor) => ValueId): Equation {
  const { label, dtype, indices, reduce, body, origin } = tensor;
  const variables = [...indices, ...(reduce?.indices ?? [])];
  const names = namesOf(variables);
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
function namesOf(variables: readonly IndexVariable[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, name } of variables) {
    let chosen = name;
    for (let k = 2; taken.has(chosen); k++) chosen = `${name}${k}`;
    names.set(id, chosen);
    taken.add(chosen);
  }
  return names;
}

/** The tensors that a tensor is computed from. */
export function readsOf(tensor: Tensor): readonly Tensor[] {
  if (tensor.kind === 'gradient') return [tensor.of, tensor.wrt];
  if (tensor.kind !== 'equation') return [];
  const found: Tensor[] = [];
  for (const part of [...(tensor.reduce?.guards ?? []), tensor.body]) {
    forEach(part, (e) => {
      if (e.kind === 'load') found.push(e.value);
    });
  }
  return found;
}
