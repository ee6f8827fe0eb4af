/**
 * A tensor that an equation makes in; what the equation sends back to the tensors that it reads, in formulas, out: with the
 * adjoint `d.y` of its result, `d.x[b, i] += sum[o] d.y[b, o] * W[o, i]`.
 */
import type { EquationTensor, LeafTensor, Tensor } from '../../compiler/check/typed.ts';
import { lineOf } from '../../compiler/explain/formula.ts';
import { formulaText } from '../../compiler/explain/text.ts';
import type { Node, ValueId } from '../../compiler/ir/graph.ts';
import { asComputed, isComputed } from '../../compiler/ir/nodes.ts';
import { lower } from '../../compiler/lower/index.ts';
import { mapValues } from '../../compiler/scalar/walk.ts';
import { type Contribution, contributionsOf } from '../../compiler/trace/pullback.ts';
import type { Run } from './checking.ts';

/** Longer formulas explain nothing beside a text. */
const longest = 200;

export function adjointLines(tensor: EquationTensor, { tensors }: Run): readonly string[] {
  const name = tensor.label.name;
  const alone = takenOut(tensor, tensors);
  const result = alone.at(-1)!;
  const nothing = {
    dimensions: [],
    settings: [],
    unusedBindings: [],
    inputs: [],
    parameters: [],
    updates: [],
  };
  const outputs = [{ name, role: 'output', tensor: result, at: tensor.at }] as const;
  const program = { ...nothing, model: name, training: false, outline: [], tensors: alone, outputs };
  const graph = lower(program, { kind: 'run' });
  const id = graph.results[0]!.value;
  const node = graph.nodes[id]!;
  if (!isComputed(node) || node.dtype !== 'f32') return [];
  const parts = new Set(graph.nodes.flatMap((one, part) => (isComputed(one) && part !== id ? [part] : [])));
  const nameOf = (value: ValueId): string => (value === id ? name : graph.nodes[value]!.name);
  const lines = contributionsOf(graph.nodes, id, () => true, parts).map((sent) =>
    lineOfSent(sent, id, nameOf),
  );
  return lines.filter((line) => line.length <= longest);
}

/** The equation and its parts, the whole last, over leaves in the place of all that it reads: an earlier position of itself, too. */
function takenOut(tensor: EquationTensor, tensors: readonly Tensor[]): readonly Tensor[] {
  const leaves = new Map<Tensor, LeafTensor>();
  const copies = new Map<Tensor, EquationTensor>();
  const read = (of: Tensor): Tensor => {
    const known = copies.get(of) ?? leaves.get(of);
    if (known !== undefined) return known;
    const { id, label, dtype, dims, at, origin } = of;
    const leaf: LeafTensor = { kind: 'input', id, label, dtype, dims, at, origin };
    leaves.set(of, leaf);
    return leaf;
  };
  const parts = tensors.filter(
    (one): one is EquationTensor => one.kind === 'equation' && one.within === tensor.label,
  );
  for (const one of [...parts, tensor]) {
    const { reduce, body } = one;
    const guards = reduce?.guards.map((guard) => mapValues(guard, read));
    copies.set(one, {
      ...one,
      body: mapValues(body, read),
      ...(reduce && guards && { reduce: { ...reduce, guards } }),
    });
  }
  return [...leaves.values(), ...copies.values()];
}

function lineOfSent({ to, piece }: Contribution, of: ValueId, nameOf: (value: ValueId) => string): string {
  const { graph, result, stands } = piece;
  const named = (node: Node): string => {
    const standing = stands.get(node.name);
    if (standing?.kind === 'value') return nameOf(standing.value);
    return standing === undefined ? node.name : `d.${nameOf(of)}`;
  };
  const inlined = new Set(
    graph.nodes.flatMap((node, id) => (isComputed(node) && id !== result ? [node.name] : [])),
  );
  const nodes = graph.nodes.map((node): Node => ({ ...node, name: named(node) }));
  const equation = asComputed(graph.nodes[result]);
  const { right } = lineOf(equation, { nodes, inlined, adjoints: new Map() });
  const indices = equation.indices.map((index) => index.name);
  return `d.${nameOf(to)}${indices.length === 0 ? '' : `[${indices.join(', ')}]`} += ${formulaText(right)}`;
}
