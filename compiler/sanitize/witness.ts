/**
 * A probe that found something and the point that it found in; a graph that reads out, on the device, what
 * happens at that point: which guard it was, the operand, and all that the equation loads there.
 */

import * as affine from '../index/build.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Node, Result, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { printExpr } from '../ir/print.ts';
import { asAffine, convert, load, truth } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { loadsOf, substituteIndices } from '../scalar/walk.ts';
import { type Guard, nothing, where } from './guards.ts';
import { originOf, type Probe } from './index.ts';

/** A number to read from the witness's results, and what it is. */
export interface Reading {
  readonly result: string;
  /** As the equation writes it: `%p[b, o]`. */
  readonly text: string;
}

export interface Verdict extends Guard {
  /** The result that is 1 where this guard found something. */
  readonly found: string;
  readonly value: Reading;
}

export interface Witness {
  readonly graph: Graph;
  readonly verdicts: readonly Verdict[];
  /** What the equation loads at the point. */
  readonly loads: readonly Reading[];
  /** The value of the probed node there; absent for one whose point has reduced indices too. */
  readonly own: Reading | undefined;
}

export function witness(graph: Graph, probe: Probe, point: ReadonlyMap<string, number>): Witness {
  const builder = graphBuilder(`${graph.name}.witness`);
  for (const node of graph.nodes) builder.add(node);
  const node = graph.nodes[probe.value]!;
  const place = new Map([...point].map(([name, at]) => [name, affine.constant(at)]));
  const results: Result[] = [];
  const read = (name: string, body: Expr): string => {
    const fixed = substituteIndices(body, place, new Map());
    const equation: Equation = {
      kind: 'equation',
      name,
      dtype: fixed.dtype,
      indices: [],
      body: fixed,
      origin: originOf(node),
    };
    const value: ValueId = builder.add(equation);
    const result = `witness.${results.length}`;
    results.push({ name: result, role: 'value', value });
    return result;
  };
  const printed = (e: Expr): string => printExpr(e, graph.nodes);
  const verdicts = probe.guards.map(
    (guard): Verdict => ({
      ...guard,
      found: read('witness.found', convert(where(guard.under, guard.bad, truth(false)), 'i32')),
      value: {
        result: read('witness.operand', where(guard.under, guard.operand, nothing(guard.operand))),
        text: printed(guard.operand),
      },
    }),
  );
  const loads = loadsAt(node, point, graph.nodes).map(
    (l): Reading => ({ result: read('witness.load', l), text: printed(l) }),
  );
  const own = ownReading(node, probe, (l) => ({ result: read('witness.own', l), text: printed(l) }));
  return { graph: builder.finish(results, []), verdicts, loads, own };
}

/** Loads whose position is in range at the point: others stand in branches that are not taken there. */
function loadsAt(node: Node, point: ReadonlyMap<string, number>, nodes: readonly Node[]): readonly Load[] {
  if (!isComputed(node)) return [];
  return loadsOf(node.body).filter((l) => {
    if (l.indices.some((e) => [...variables(e)].some((name) => !point.has(name)))) return false;
    return l.indices.every((e, axis) => {
      const fixed = substituteIndices(
        e,
        new Map([...point].map(([name, at]) => [name, affine.constant(at)])),
        new Map(),
      );
      const at = asAffine(fixed);
      const { extent } = nodes[l.value]!.indices[axis]!;
      return at !== undefined && at.terms.length === 0 && at.constant >= 0 && at.constant < extent;
    });
  });
}

function variables(e: Expr): readonly string[] {
  const at = asAffine(e);
  return at === undefined ? [''] : at.terms.flatMap(({ atom }) => (atom.kind === 'index' ? [atom.name] : []));
}

function ownReading(node: Node, probe: Probe, read: (l: Load) => Reading): Reading | undefined {
  if (probe.indices.length !== node.indices.length) return undefined;
  return read(
    load(
      probe.value,
      node.dtype,
      node.indices.map(({ name }) => ({ kind: 'index', dtype: 'i32', of: affine.variable(name) })),
    ),
  );
}
