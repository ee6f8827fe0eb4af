/** The typed program and a purpose in, the graph of equations that serves it out. */

import { equationNode } from '../check/tensors/node.ts';
import { reachedFrom, readsOf } from '../check/tensors/reads.ts';
import type {
  EquationTensor,
  GradientTensor,
  LeafTensor,
  Output,
  Tensor,
  TypedProgram,
} from '../check/typed.ts';
import { InternalError } from '../internal-error.ts';
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import type { Graph, Leaf, Node, ValueId } from '../ir/graph.ts';
import { constant } from '../scalar/build.ts';
import { nameIndices } from './index-names.ts';
import { type Goals, goalsOf, type Purpose } from './purpose.ts';

export type { Purpose } from './purpose.ts';

/** The names of the inputs that each output, loss or metric depends on. */
export const inputsOf = ({ tensor }: Output): readonly string[] =>
  [...reachedFrom([tensor], readsOf)].flatMap(({ kind, label }) =>
    kind === 'input' || kind === 'target' ? [label.name] : [],
  );

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
  const nodeOf = (tensor: Made): Node => {
    if (tensor.kind === 'equation') return equationNode(tensor, idOf, names.variable);
    const { label, origin, of, wrt } = tensor;
    const indices = indicesOf(tensor);
    return {
      kind: 'gradient',
      name: label.name,
      dtype: 'f32',
      indices,
      origin,
      of: idOf(of),
      wrt: idOf(wrt),
    };
  };
  const made = tensors.filter((tensor) => tensor.kind === 'equation' || tensor.kind === 'gradient');
  for (const run of runsOf(made)) {
    const waiting: Made[] = [];
    for (const tensor of run) {
      if (readsOf(tensor).every((read) => values.has(read))) values.set(tensor, builder.add(nodeOf(tensor)));
      else waiting.push(tensor);
    }
    if (waiting.length === 0) continue;
    // Those that need each other get their positions first.
    const first = builder.nodes().length;
    for (const tensor of waiting) values.set(tensor, builder.add(placeholder(tensor, indicesOf(tensor))));
    for (const tensor of waiting) builder.replace(idOf(tensor), nodeOf(tensor));
    const place = builder.arrange(first);
    for (const tensor of waiting) values.set(tensor, place(idOf(tensor)));
  }
  putPartsWithin(tensors, values, builder);
  return builder.finish(
    goals.results.map(({ name, role, tensor }) => ({ name, role, value: idOf(tensor) })),
    goals.updates.map(({ target, value }) => ({ target: idOf(target), value: idOf(value) })),
  );
}

type Made = EquationTensor | GradientTensor;

const placeholder = ({ label, dtype, origin }: Made, indices: Leaf['indices']): Node => ({
  kind: 'equation',
  name: label.name,
  dtype,
  origin,
  indices,
  body: constant(0, dtype),
});

/** In order: alone what reads only what comes before; together those from a reader on to the last that it reads. */
function runsOf(tensors: readonly Made[]): readonly (readonly Made[])[] {
  const places = new Map<Tensor, number>(tensors.map((tensor, k) => [tensor, k]));
  const runs: (readonly Made[])[] = [];
  for (let start = 0; start < tensors.length; ) {
    const run: Made[] = [];
    let last = start;
    for (let k = start; k <= last; k++) {
      run.push(tensors[k]!);
      for (const read of readsOf(tensors[k]!)) last = Math.max(last, places.get(read) ?? -1);
    }
    runs.push(run);
    start = last + 1;
  }
  return runs;
}

/** An equation comes after its parts: only now it has its name. */
function putPartsWithin(
  tensors: readonly Tensor[],
  values: ReadonlyMap<Tensor, ValueId>,
  builder: GraphBuilder,
): void {
  const wholes = new Map(tensors.map((tensor) => [tensor.label, values.get(tensor)!]));
  for (const tensor of tensors) {
    const whole = tensor.kind === 'equation' && tensor.within ? wholes.get(tensor.within) : undefined;
    if (whole !== undefined) builder.putWithin(values.get(tensor)!, whole);
  }
}

const neededBy = ({ results, updates }: Goals): ReadonlySet<Tensor> =>
  reachedFrom(
    [...results.map(({ tensor }) => tensor), ...updates.flatMap(({ target, value }) => [target, value])],
    readsOf,
  );

const leafOf = (
  { kind, label, dtype, origin, default: filled }: LeafTensor,
  indices: Leaf['indices'],
): Leaf => ({
  kind: kind === 'target' ? 'input' : kind,
  name: label.name,
  dtype,
  indices,
  origin,
  ...(filled !== undefined && { default: filled }),
});
