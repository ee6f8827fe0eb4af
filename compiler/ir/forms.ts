/**
 * Equations in; which of them differ in nothing but names, origins and the numbers of values of one shape, out: one form
 * stands for them all (`formOf`). A network has many equal layers, and what is found out of the equations of one holds
 * for the others.
 */
import { print } from '../index/query.ts';
import type { Expr } from '../scalar/expr.ts';
import { childrenOf } from '../scalar/walk.ts';
import { boundIndices } from './equation.ts';
import type { Equation, Index, Node, ValueId } from './graph.ts';
import { formOf, isEquation, loadsOfEquation, mapOperands, takeForm } from './nodes.ts';

/** Gives equations of one graph that are alike one form. */
export function shareForms(nodes: readonly Node[]): void {
  const alike = new Map<string, Equation[]>();
  /** By the form that they had before. */
  const firsts = new Map<Node, Equation>();
  const firstLike = (node: Equation): Equation => {
    const outline = outlineOf(node, nodes);
    const others = alike.get(outline) ?? [];
    alike.set(outline, others);
    const first = others.find((other) => isAlike(node, other));
    if (first === undefined) others.push(node);
    return first ?? node;
  };
  for (const node of nodes) {
    if (!isEquation(node)) continue;
    const form = formOf(node);
    const first = firsts.get(form) ?? firstLike(node);
    firsts.set(form, first);
    if (first !== node) takeForm(node, first);
  }
}

const shapeOf = (indices: readonly Index[]): string => indices.map(({ extent }) => extent).join();

/** What is quickly told, the shapes of the operands among it: the same for all that are alike. */
function outlineOf(equation: Equation, nodes: readonly Node[]): string {
  const { dtype, indices, reduce, body } = equation;
  const bound = boundIndices(equation).map(({ name, extent }) => `${name}:${extent}`);
  const operands = loadsOfEquation(equation).map(({ value }) => shapeOf(nodes[value]!.indices));
  const what = body.kind === 'call' ? body.fn : body.kind;
  return [dtype, indices.length, reduce?.by, reduce?.guards.length, what, ...bound, ';', ...operands].join(
    ' ',
  );
}

/** Of two equations with one outline. */
function isAlike(one: Equation, other: Equation): boolean {
  const matches = matcher();
  const guards = other.reduce?.guards;
  return (
    (one.reduce?.guards ?? []).every((guard, k) => matches(guard, guards![k]!)) &&
    matches(one.body, other.body)
  );
}

/** Whether expressions are the same but for the values that they read, each of which always stands for the same other. */
function matcher(): (one: Expr, other: Expr) => boolean {
  const matched = new Map<Expr, Expr>();
  const stand = new Map<ValueId, ValueId>();
  const taken = new Set<ValueId>();
  const standsFor = (value: ValueId, other: ValueId): boolean => {
    const known = stand.get(value);
    if (known !== undefined) return known === other;
    if (taken.has(other)) return false;
    stand.set(value, other);
    taken.add(other);
    return true;
  };
  const matches = (one: Expr, other: Expr): boolean => {
    if (matched.get(one) === other) return true;
    if (one.kind !== other.kind || one.dtype !== other.dtype || !isSame(one, other)) return false;
    const [parts, others] = [childrenOf(one), childrenOf(other)];
    if (parts.length !== others.length) return false;
    for (let k = 0; k < parts.length; k++) if (!matches(parts[k]!, others[k]!)) return false;
    matched.set(one, other);
    return true;
  };
  /** But for the parts. */
  const isSame = (one: Expr, other: Expr): boolean => {
    if (one.kind === 'constant' && other.kind === 'constant') return Object.is(one.value, other.value);
    if (one.kind === 'index' && other.kind === 'index')
      return one.of === other.of || print(one.of) === print(other.of);
    if (one.kind === 'call' && other.kind === 'call') return one.fn === other.fn;
    if (one.kind === 'load' && other.kind === 'load') return standsFor(one.value, other.value);
    return true;
  };
  return matches;
}

/** `find`, which asks an equation nothing but its form, asked once of each form. */
export function ofForm<Found>(find: (equation: Equation) => Found): (equation: Equation) => Found {
  const found = new WeakMap<Node, { readonly is: Found }>();
  return (equation) => {
    const form = formOf(equation);
    const known = found.get(form) ?? { is: find(equation) };
    found.set(form, known);
    return known.is;
  };
}

/** A rewriting of equations that asks nothing but their form and the shapes of what they read. */
export type Rewriting = (equation: Equation, nodeAt: (id: ValueId) => Node) => Equation;

/** `rewriting`, done once for each form, and of the others of that form with other values. */
export function byForm(rewriting: Rewriting): Rewriting {
  const done = new WeakMap<Node, { readonly from: Equation; readonly to: Equation }>();
  return (equation, nodeAt) => {
    const form = formOf(equation);
    const known = done.get(form);
    if (known === undefined) {
      const to = rewriting(equation, nodeAt);
      done.set(form, { from: equation, to });
      return to;
    }
    const { from, to } = known;
    if (to === from) return equation;
    const own = loadsOfEquation(equation);
    const values = new Map(loadsOfEquation(from).map(({ value }, k) => [value, own[k]!.value] as const));
    const { name, origin } = equation;
    const moved = mapOperands(to, (value) => values.get(value)!);
    const made = { ...moved, name, origin };
    takeForm(made, moved);
    return made;
  };
}
