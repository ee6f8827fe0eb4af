/** A trace and the values of its graph in, the rows of the table as texts out; each format lays them out. */

import type { Equation, Node, ValueId } from '../../compiler/ir/graph.ts';
import { asComputed, isComputed } from '../../compiler/ir/nodes.ts';
import { type Names, printExpr } from '../../compiler/ir/print.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { load } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { loadsOf, mapChildren } from '../../compiler/scalar/walk.ts';
import { type AdjointStep, indexText, type Step, type Trace } from '../../compiler/trace/index.ts';
import { libraryCall } from '../model/library-functions.ts';
import { numberText, shapeText, tensorText, ulpDifference, ulpText } from './trace-numbers.ts';

/** The value of every node of the trace's graph, and of the rows on a device where it ran there. */
export interface TraceValues {
  readonly exact: readonly (Tensor64 | undefined)[];
  readonly device?: ReadonlyMap<ValueId, ArrayLike<number>>;
}

/** `v3 = sin(v0) = sin(5) = -0.959`. */
export interface Formula {
  readonly symbol: string;
  readonly formula: string;
  /** With the numbers put in; absent where that says nothing more. */
  readonly substituted?: string;
  readonly value: string;
  /** Where a device ran: its value, and how far that is from `value` in units of the last place. */
  readonly device?: { readonly value: string; readonly ulp: string };
}

export interface ForwardRow extends Formula {
  readonly leaf: boolean;
  /** Extents: `[3, 4]`; empty for a number. */
  readonly shape: string;
  readonly names: readonly string[];
  readonly notes: readonly string[];
  readonly place?: string;
  /** The file that the place is in. */
  readonly file?: string;
  readonly tangent?: Formula;
}

export interface AdjointRow extends Formula {
  /** The symbol of the step that sends this; absent for the seed. */
  readonly from?: string;
  /** The value that this is the adjoint of. */
  readonly target: string;
  /** What this row adds, where it is not all. */
  readonly added?: string;
}

export interface TraceRows {
  readonly title: string;
  /** What the author calls the traced value. */
  readonly of: string;
  readonly elementary: boolean;
  readonly hasTangents: boolean;
  readonly device?: string;
  readonly forward: readonly ForwardRow[];
  /** In the order of the reverse sweep. */
  readonly adjoints: readonly AdjointRow[];
}

interface Context {
  readonly trace: Trace;
  readonly values: TraceValues;
  readonly numbers: Names;
  readonly symbols: Names;
  readonly printed: Printed;
}

/** Functions of the prelude are folded, `sigmoid(r)`, or written out as they are computed. */
export type Printed = 'folded' | 'open';

export function traceRows(
  trace: Trace,
  values: TraceValues,
  title: string,
  of: string,
  device?: string,
  printed: Printed = 'folded',
): TraceRows {
  const { nodes } = trace.graph;
  const context: Context = {
    trace,
    values,
    printed,
    symbols: nodes.map((node, id) => ({ name: trace.symbols[id] ?? node.name })),
    numbers: nodes.map((node, id) => ({ name: numberName(node, values.exact[id], trace.symbols[id]) })),
  };
  const steps = [...trace.leaves, ...trace.steps];
  return {
    title,
    of,
    elementary: trace.elementary,
    hasTangents: steps.some(({ tangent }) => tangent !== undefined),
    ...(device !== undefined && { device }),
    forward: steps.map((step) => forwardRow(context, step)),
    adjoints: trace.adjoints.map((step) => adjointRow(context, step)),
  };
}

/** What stands for a value where numbers are put in. */
function numberName(node: Node, value: Tensor64 | undefined, symbol: string | undefined): string {
  if (node.indices.length > 0 || value === undefined) return symbol ?? node.name;
  const text = numberText(value.data[0]!);
  return text.startsWith('-') ? `(${text})` : text;
}

const withIndices = ({ trace }: Context, id: ValueId): string =>
  `${trace.symbols[id] ?? ''}${indexText(trace.graph.nodes[id]!.indices)}`;

function forwardRow(context: Context, step: Step): ForwardRow {
  const { trace } = context;
  const node = trace.graph.nodes[step.value]!;
  const { names, notes, place, tangent } = step;
  const leaf = !isComputed(node);
  return {
    ...(leaf ? leafFormula(context, step.value) : formulaOf(context, step.value)),
    leaf,
    shape: shapeText(node.indices.map(({ extent }) => extent)),
    names,
    notes,
    ...(place && { place: `${place.file}:${place.line}:${place.column}`, file: place.file }),
    ...(tangent !== undefined && { tangent: tangentFormula(context, tangent) }),
  };
}

const leafFormula = (context: Context, id: ValueId): Formula => ({
  symbol: withIndices(context, id),
  formula: '',
  value: tensorText(context.values.exact[id]!),
});

function tangentFormula(context: Context, id: ValueId): Formula {
  const node = context.trace.graph.nodes[id]!;
  return isComputed(node) ? formulaOf(context, id) : leafFormula(context, id);
}

/** The formula of an equation, with what a device makes of it. */
function formulaOf(context: Context, id: ValueId): Formula {
  const { trace, values } = context;
  const node = asComputed(trace.graph.nodes[id]);
  const exact = values.exact[id]!;
  const formula = formulaText(context, node, context.symbols);
  const substituted = trace.elementary ? formulaText(context, node, context.numbers) : formula;
  const value = tensorText(exact);
  const found = values.device?.get(id);
  return {
    symbol: withIndices(context, id),
    formula,
    ...(substituted !== formula && substituted !== value && { substituted }),
    value,
    ...(found !== undefined && { device: deviceText(exact, found) }),
  };
}

/** Numbers with all digits that an f32 has. */
const deviceText = (
  exact: Tensor64,
  found: ArrayLike<number>,
): { readonly value: string; readonly ulp: string } => ({
  value:
    exact.shape.length === 0
      ? String(Number(found[0]!.toPrecision(8)))
      : tensorText({ shape: exact.shape, data: Float64Array.from(found) }),
  ulp: ulpText(ulpDifference(exact, found)),
});

function adjointRow(
  context: Context,
  { target, from, contribution, before, total }: AdjointStep,
): AdjointRow {
  const { trace, values } = context;
  const sent = formulaOf(context, contribution);
  const all = formulaOf(context, total);
  const common = {
    symbol: sent.symbol,
    target: trace.symbols[target]!,
    ...(from !== undefined && { from: trace.symbols[from]! }),
    value: all.value,
    ...(all.device !== undefined && { device: all.device }),
  };
  if (before === undefined) {
    const { substituted } = sent;
    return { ...common, formula: sent.formula, ...(substituted !== undefined && { substituted }) };
  }
  const earlier = tensorText(values.exact[before]!);
  const substituted = trace.elementary ? joined(earlier, sent.substituted ?? sent.value) : undefined;
  return {
    ...common,
    formula: joined(sent.symbol, sent.formula),
    ...(substituted !== undefined && { substituted }),
    added: sent.value,
  };
}

/** `a + b`, with a minus where the second one begins with one. */
const joined = (a: string, b: string): string => (b.startsWith('-') ? `${a} - ${b.slice(1)}` : `${a} + ${b}`);

/** The right side of an equation, with the helping equations that no row shows. */
function formulaText(context: Context, node: Equation, names: Names): string {
  const helpers = helpersOf(context, node).map((id) => {
    const helper = asComputed(context.trace.graph.nodes[id]);
    return `${withIndices(context, id)} = ${rightSide(helper, names, context.printed)}`;
  });
  const text = rightSide(node, names, context.printed);
  return helpers.length === 0 ? text : `${text} where ${helpers.join(', ')}`;
}

/** Equations of the trace's graph without a symbol of their own row, that this one needs. */
function helpersOf({ trace }: Context, node: Equation): readonly ValueId[] {
  const shown = new Set(trace.graph.results.map(({ value }) => value));
  const found = new Set<ValueId>();
  const visit = (equation: Equation): void => {
    for (const { value } of [equation.body, ...(equation.reduce?.guards ?? [])].flatMap(loadsOf)) {
      const other = trace.graph.nodes[value]!;
      if (shown.has(value) || found.has(value) || !isComputed(other)) continue;
      visit(other);
      found.add(value);
    }
  };
  visit(node);
  return [...found];
}

function rightSide({ body, reduce }: Equation, names: Names, printed: Printed): string {
  const text = expressionText(body, names, printed);
  if (reduce === undefined) return text;
  const guards = reduce.guards.map((guard) => expressionText(guard, names, printed));
  const where = guards.length === 0 ? '' : ` where ${guards.join(', ')}`;
  const indices = reduce.indices.map(({ name }) => name).join(', ');
  return `${reduce.by}[${indices}${where}] ${text}`;
}

/** As a lecture writes it: no `%`, `ln`, whole constants without a point, no clause of an own derivative. */
const expressionText = (expr: Expr, names: Names, printed: Printed): string =>
  (printed === 'folded' ? foldedText(expr, names) : printExpr(withoutClauses(expr), names))
    .replaceAll('%', '')
    .replace(/\blog\(/g, 'ln(')
    .replace(/(?<![\w.])(\d+)\.0(?![\w.])/g, '$1')
    .replace(/^\((-[\w.]+)\)/, '$1')
    .replace(/([a-z0-9]+\()\((-[\w.]+)\)/g, '$1$2');

const withoutClauses = (expr: Expr): Expr => (expr.kind === 'derivative' ? expr.value : expr);

/** With calls of library functions in place of what they are computed by: each prints as a value of that name. */
function foldedText(expr: Expr, names: Names): string {
  const all = [...names];
  const folded = (e: Expr): Expr => {
    const found = libraryCall(e);
    if (found === undefined) return mapChildren(e, folded);
    all.push({ name: `${found.name}(${printExpr(withoutClauses(folded(found.argument)), all)})` });
    return load(all.length - 1, e.dtype, []);
  };
  const whole = folded(expr);
  return printExpr(withoutClauses(whole), all);
}
