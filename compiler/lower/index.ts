/** The typed program and a purpose in, the graph of equations that serves it out. */

import type { LeafTensor, Tensor, TypedProgram } from '../check/typed.ts';
import { InternalError } from '../internal-error.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Graph, Leaf, ValueId } from '../ir/graph.ts';
import { equationNode, readsOf } from './equation.ts';
import { nameIndices } from './index-names.ts';
import { type Goals, goalsOf, type Purpose } from './purpose.ts';

export type { Purpose } from './purpose.ts';

export function lower(program: TypedProgram, purpose: Purpose): Graph {
  const goals = goalsOf(program, purpose);
  const needed = neededBy(goals);
  const tensors = [...program.tensors, ...goals.gradients].filter((tensor) => needed.has(tensor));
  const builder = graphBuilder(`${program.model}.${purpose.kind}`);
  const values = new Map<Tensor, ValueId>();
  const idOf = (tensor: Tensor): ValueId => {
    const value = values.get(tensor);
    if (value === undefined)
      throw new InternalError(`${tensor.label.name} is used before it is made`, { pass: 'lower' });
    return value;
  };
  const names = nameIndices(tensors);
  const indicesOf = (tensor: Tensor): Leaf['indices'] =>
    names.axes(tensor).map((name, axis) => ({ name, extent: tensor.dims[axis]!.extent }));
  // Leaves come first, so that their paths stay as they are where an equation has the same name.
  for (const tensor of tensors) {
    if (tensor.kind !== 'equation' && tensor.kind !== 'gradient')
      values.set(tensor, builder.add(leafOf(tensor, indicesOf(tensor))));
  }
  for (const tensor of tensors) {
    if (tensor.kind === 'equation')
      values.set(tensor, builder.add(equationNode(tensor, idOf, names.variable)));
    else if (tensor.kind === 'gradient') {
      const { label, origin, of, wrt } = tensor;
      const indices = indicesOf(tensor);
      const node = {
        kind: 'gradient',
        name: label.name,
        dtype: 'f32',
        indices,
        origin,
        of: idOf(of),
        wrt: idOf(wrt),
      } as const;
      values.set(tensor, builder.add(node));
    }
  }
  return builder.finish(
    goals.results.map(({ name, role, tensor }) => ({ name, role, value: idOf(tensor) })),
    goals.updates.map(({ target, value }) => ({ target: idOf(target), value: idOf(value) })),
  );
}

function neededBy(goals: Goals): ReadonlySet<Tensor> {
  const needed = new Set<Tensor>();
  const open: Tensor[] = [
    ...goals.results.map(({ tensor }) => tensor),
    ...goals.updates.flatMap(({ target, value }) => [target, value]),
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    open.push(...readsOf(next));
  }
  return needed;
}

const leafOf = ({ kind, label, dtype, origin }: LeafTensor, indices: Leaf['indices']): Leaf => ({
  kind: kind === 'target' ? 'input' : kind,
  name: label.name,
  dtype,
  indices,
  origin,
});
