/**
 * Graph -> graph: takes what is the same for every element out of an equation's body.
 *
 * `w - lr * m / (1 - beta1**step)` would raise beta1 to a power once for each weight. The parts of a body that
 * use no index and are worth more than a load become equations of shape [], one for equal parts of the graph.
 */

import { ofForm } from '../ir/forms.ts';
import type { Equation, Graph, Origin, ValueId } from '../ir/graph.ts';
import { isComputed, mapOperands } from '../ir/nodes.ts';
import { partOrigin } from '../ir/origin.ts';
import { load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { childrenOf, forEach, mapChildren, structuralKey } from '../scalar/walk.ts';
import { cost } from './cost.ts';
import { relocation } from './relocate.ts';

/** A load costs 1; a part cheaper than this is computed again for each element. */
const threshold = 4;

const scalarEquation = (name: string, body: Expr, origin: Origin): Equation => ({
  kind: 'equation',
  name,
  dtype: body.dtype,
  indices: [],
  body,
  origin,
});

/** The parts that use an index. */
function varyingParts(body: Expr): ReadonlySet<Expr> {
  const varying = new Set<Expr>();
  forEach(body, (e) => {
    if (e.kind === 'index' || childrenOf(e).some((part) => varying.has(part))) varying.add(e);
  });
  return varying;
}

const isFixed = (e: Expr, varying: ReadonlySet<Expr>): boolean =>
  !varying.has(e) && (e.kind === 'call' || e.kind === 'select');

/** Whether there is something to take out. */
const mayHold = ofForm(({ body, indices, reduce }: Equation): boolean => {
  if (indices.length === 0 && reduce === undefined) return false;
  const varying = varyingParts(body);
  let found = false;
  forEach(body, (e) => {
    if (isFixed(e, varying) && cost(e) >= threshold) found = true;
  });
  return found;
});

export function hoist(graph: Graph): Graph {
  const { out, place, put, finish } = relocation(graph);
  const known = new Map<string, ValueId>();

  const hoisted = (e: Expr, equation: Equation): Expr => {
    const key = structuralKey(e);
    const value =
      known.get(key) ?? out.add(scalarEquation(`${equation.name}.scalar`, e, partOrigin(equation)));
    known.set(key, value);
    return load(value, e.dtype, []);
  };

  const hoistFrom = (equation: Equation): Expr => {
    const varying = varyingParts(equation.body);
    const done = new Map<Expr, Expr>();
    // Outermost first: a part of a hoisted part goes with it, and a part of a cheap part is cheap too.
    const visit = (e: Expr): Expr => {
      const seen = done.get(e);
      if (seen !== undefined) return seen;
      const after = !isFixed(e, varying)
        ? mapChildren(e, visit)
        : cost(e) >= threshold
          ? hoisted(e, equation)
          : e;
      done.set(e, after);
      return after;
    };
    return visit(equation.body);
  };

  graph.nodes.forEach((node, id) => {
    const there = mapOperands(node, place);
    if (!isComputed(there) || !mayHold(there)) {
      put(id, there);
    } else {
      const body = hoistFrom(there);
      put(id, body === there.body ? there : { ...there, body });
    }
  });
  return finish();
}
