/**
 * Graph and target -> graph: no equation reads more tensors than a kernel can bind beside its result.
 *
 * A sum of many terms becomes a sum of partial sums, before or after it is reduced. Of any other body the parts
 * that read the most become equations of their own: a chain of `if` (a concatenation) is cut into shorter ones.
 */

import { variable } from '../index/build.ts';
import type { GraphBuilder } from '../ir/build.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { isComputed, loadsOfNode, mapOperands } from '../ir/nodes.ts';
import { partOrigin } from '../ir/origin.ts';
import { protectLoads } from '../ir/protect.ts';
import { add, conjunction, index, load, negate, subtract } from '../scalar/build.ts';
import type { Call, Expr } from '../scalar/expr.ts';
import { childrenOf, mapChildren, variablesOf } from '../scalar/walk.ts';
import type { Target } from '../target.ts';
import { relocation } from './relocate.ts';

export function narrow(graph: Graph, target: Target): Graph {
  const most = target.storageBuffersPerStage - 1;
  if (graph.nodes.every((node) => new Set(loadsOfNode(node).map((l) => l.value)).size <= most)) return graph;
  const { out, place, put, finish } = relocation(graph);
  graph.nodes.forEach((node, id) => {
    const there = mapOperands(node, place);
    put(id, isComputed(there) ? narrowed(there, most, out) : there);
  });
  return finish();
}

/** The equation with at most so many values read; the parts that are taken out of it are added to the graph. */
function narrowed(node: Equation, most: number, out: GraphBuilder): Equation {
  const { reduce } = node;
  const guards = reduce?.guards ?? [];
  const reads = readsCounter();
  if (reads.count([node.body, ...guards]) <= most) return node;
  if (reduce?.by === 'sum' && isSum(node.body)) {
    const bins = packed(termsOf(node.body), (terms) => reads.count([...terms, ...guards]) <= most);
    if (bins.length > 1) {
      const { reduce: _, ...pointwise } = node;
      const partials = bins.map((bin): Term => {
        const partial: Equation = {
          ...node,
          name: `${node.name}.part`,
          origin: partOrigin(node),
          body: total(bin),
        };
        return { of: readThere(out.add(narrowed(partial, most, out)), partial), negative: false };
      });
      return narrowed({ ...pointwise, body: total(partials) }, most, out);
    }
  }
  const { fitted, together } = fitter(node, most, out, reads);
  if (!reduce) return { ...node, body: together([fitted(node.body)])[0]! };
  const [body, guard] = together([fitted(node.body), fitted(conjunction(guards))]);
  return { ...node, body: body!, reduce: { ...reduce, guards: guards.length > 0 ? [guard!] : [] } };
}

interface Fitter {
  /** The expression with at most so many values read. */
  readonly fitted: (e: Expr) => Expr;
  /** Expressions that are read together, the largest taken out until they fit. */
  readonly together: (parts: readonly Expr[]) => readonly Expr[];
}

function fitter(node: Equation, most: number, out: GraphBuilder, reads: ReadsCounter): Fitter {
  const bound = [...node.indices, ...(node.reduce?.indices ?? [])];
  /** A part as an equation over the indices that it uses; the load that stands for it. */
  const takeOut = (part: Expr): Expr => {
    const used = variablesOf(part);
    const equation: Equation = {
      kind: 'equation',
      name: `${node.name}.part`,
      dtype: part.dtype,
      indices: bound.filter((i) => used.has(i.name)),
      body: part,
      origin: partOrigin(node),
    };
    return readThere(out.add(protectLoads(equation, out.node)), equation);
  };
  const together = (parts: readonly Expr[], beside = 0): readonly Expr[] => {
    const fitting = [...parts];
    while (reads.count(fitting) + beside > most) {
      const counts = fitting.map((e) => reads.count([e]));
      const largest = counts.indexOf(Math.max(...counts));
      fitting[largest] = takeOut(fitting[largest]!);
    }
    return fitting;
  };
  const done = new Map<Expr, Expr>();
  const fitted = (e: Expr): Expr => {
    const made = done.get(e) ?? (isSum(e) ? fittedSum(e) : fittedParts(e));
    done.set(e, made);
    return made;
  };
  const fittedParts = (e: Expr): Expr => {
    const parts = together(childrenOf(e).map(fitted), e.kind === 'load' ? 1 : 0);
    let k = 0;
    return mapChildren(e, () => parts[k++]!);
  };
  const fittedSum = (e: Expr): Expr => {
    let terms: readonly Term[] = termsOf(e).map((term) => ({ ...term, of: fitted(term.of) }));
    while (reads.count(terms.map((term) => term.of)) > most) {
      terms = packed(terms, (bin) => reads.count(bin) <= most).map((bin) =>
        bin.length === 1 && reads.count([bin[0]!.of]) === 1
          ? bin[0]!
          : { of: takeOut(total(bin)), negative: false },
      );
    }
    return total(terms);
  };
  return { fitted, together };
}

/** What an equation holds at the point at hand. */
const readThere = (value: ValueId, { dtype, indices }: Equation): Expr =>
  load(
    value,
    dtype,
    indices.map((i) => index(variable(i.name))),
  );

interface Term {
  readonly of: Expr;
  readonly negative: boolean;
}

const isSum = (e: Expr): e is Call => e.kind === 'call' && (e.fn === 'add' || e.fn === 'subtract');

/** The terms of a sum, however deep it is nested. */
function termsOf(sum: Expr): readonly Term[] {
  const terms: Term[] = [];
  const open: Term[] = [{ of: sum, negative: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { of, negative } = next;
    if (!isSum(of)) {
      terms.push(next);
      continue;
    }
    const [left, right] = of.operands as readonly [Expr, Expr];
    open.push({ of: right, negative: negative !== (of.fn === 'subtract') }, { of: left, negative });
  }
  return terms;
}

/** In the order of the terms. */
const total = (terms: readonly Term[]): Expr =>
  terms
    .slice(1)
    .reduce(
      (sum, { of, negative }) => (negative ? subtract(sum, of) : add(sum, of)),
      terms[0]!.negative ? negate(terms[0]!.of) : terms[0]!.of,
    );

/** The terms in their order, in bins of as many as fit together; one that fits nowhere has its own. */
function packed(
  terms: readonly Term[],
  fits: (bin: readonly Expr[]) => boolean,
): readonly (readonly Term[])[] {
  const bins: Term[][] = [];
  for (const term of terms) {
    const last = bins.at(-1);
    if (last && fits([...last, term].map(({ of }) => of))) last.push(term);
    else bins.push([term]);
  }
  return bins;
}

interface ReadsCounter {
  /** How many values these expressions read together. */
  readonly count: (parts: readonly Expr[]) => number;
}

function readsCounter(): ReadsCounter {
  const known = new Map<Expr, ReadonlySet<ValueId>>();
  const of = (e: Expr): ReadonlySet<ValueId> => {
    const before = known.get(e);
    if (before !== undefined) return before;
    const reads = new Set(childrenOf(e).flatMap((part) => [...of(part)]));
    if (e.kind === 'load') reads.add(e.value);
    known.set(e, reads);
    return reads;
  };
  return { count: (parts) => new Set(parts.flatMap((part) => [...of(part)])).size };
}
