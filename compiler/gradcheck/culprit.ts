/**
 * A graph whose gradient is wrong in; the first equation, in the order of the backward pass, whose own derivative
 * is wrong, out.
 *
 * Each equation is checked alone, at the values that it has here: for a random cotangent u and every load, the
 * slope of ⟨u, equation⟩ along a random direction against what the equation sends back. So an error is found where
 * it is made, and not where it shows.
 */

import { reachedForward } from '../ir/components.ts';
import type { Node, Place, ValueId } from '../ir/graph.ts';
import { asComputed, isComputed } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { loadsOf } from '../scalar/walk.ts';
import { contributionsOf, type Piece } from '../trace/pullback.ts';
import { agreement } from './differences.ts';
import { drawNormal } from './draw.ts';
import type { Frozen } from './freeze.ts';

export interface Culprit {
  /** As the IR prints it. */
  readonly equation: string;
  readonly name: string;
  /** The operand whose adjoint is wrong. */
  readonly operand: string;
  readonly error: number;
  readonly place?: Place;
}

/** Absent where every equation is right alone: then their sum is at fault. */
export function firstWrongEquation(
  { graph, feeds }: Frozen,
  leaves: readonly ValueId[],
  tolerance: number,
  seed: number,
): Culprit | undefined {
  const { nodes } = graph;
  const { values } = evaluateGraph(graph, feeds);
  const reached = reachedFrom(nodes, new Set(leaves.map((id) => graph.nodes[id]!.name)));
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (!isComputed(nodes[id]!) || !reached.has(id)) continue;
    const wrong = wrongOperand(nodes, id, values, reached, tolerance, seed);
    if (wrong === undefined) continue;
    const node = nodes[id]!;
    const { place } = node.origin;
    return {
      equation: printNode(node, nodes),
      name: node.name,
      operand: nodes[wrong.operand]!.name,
      error: wrong.error,
      ...(place && { place }),
    };
  }
  return undefined;
}

/** The f32 values that depend on one of the leaves. */
function reachedFrom(nodes: readonly Node[], leaves: ReadonlySet<string>): ReadonlySet<ValueId> {
  return reachedForward(nodes, nodes.length - 1, (id, reached) => {
    const node = nodes[id]!;
    if (node.dtype !== 'f32') return false;
    return isComputed(node) ? loadsOf(node.body).some((l) => reached.has(l.value)) : leaves.has(node.name);
  });
}

function wrongOperand(
  nodes: readonly Node[],
  id: ValueId,
  values: readonly (Tensor64 | undefined)[],
  reached: ReadonlySet<ValueId>,
  tolerance: number,
  seed: number,
): { readonly operand: ValueId; readonly error: number } | undefined {
  const equation = asComputed(nodes[id]);
  const cotangent = drawNormal(equation.indices, seed, id);
  const sent = contributionsOf(nodes, id, (value) => reached.has(value));
  const operands = [...new Set(loadsOf(equation.body).map((l) => l.value))].filter((v) => reached.has(v));
  const alone = aloneOf(nodes, id);
  for (const operand of operands.sort((a, b) => b - a)) {
    const base = values[operand]!;
    const { data: v } = drawNormal(nodes[operand]!.indices, seed, nodes.length + operand);
    const slope = (t: number): number => {
      const at = new Map(values.flatMap((tensor, k) => (tensor ? [[nodes[k]!.name, tensor] as const] : [])));
      at.set(nodes[operand]!.name, { shape: base.shape, data: base.data.map((x, k) => x + t * v[k]!) });
      return dot(evaluateGraph(alone, at).results.get('alone')!.data, cotangent.data);
    };
    let [claimed, scale] = [0, 1e-12 + 1e-5 * Math.abs(slope(0))];
    for (const { to, piece } of sent) {
      if (to !== operand) continue;
      const { data } = evaluatePiece(piece, values, cotangent);
      claimed += dot(data, v);
      scale += data.reduce((sum, x, k) => sum + Math.abs(x * v[k]!), 0);
    }
    const { verdict, error } = agreement(slope, claimed, scale, tolerance);
    if (verdict === 'disagrees') return { operand, error };
  }
  return undefined;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

/** The equation with what it loads as leaves: also itself, and later ones, at other positions of a recurrence. */
function aloneOf(nodes: readonly Node[], id: ValueId) {
  const leaves = nodes.map(
    ({ name, dtype, indices, origin }): Node => ({ kind: 'input', name, dtype, indices, origin }),
  );
  return {
    name: 'alone',
    // No equation of a graph has a blank in its name.
    nodes: [...leaves, { ...nodes[id]!, name: `${nodes[id]!.name} alone` }],
    results: [{ name: 'alone', role: 'value', value: nodes.length }],
    updates: [],
  } as const;
}

/** What the piece gives for this cotangent. */
function evaluatePiece(
  { graph, result, stands }: Piece,
  values: readonly (Tensor64 | undefined)[],
  cotangent: Tensor64,
): Tensor64 {
  const feeds = new Map<string, Tensor64>();
  for (const { name } of graph.nodes) {
    const standing = stands.get(name);
    if (standing?.kind === 'value') feeds.set(name, values[standing.value]!);
    if (standing?.kind === 'adjoint') feeds.set(name, cotangent);
  }
  return evaluateGraph(graph, feeds).values[result]!;
}
