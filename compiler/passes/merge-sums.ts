/**
 * Sums of sums in; one sum out: `a[i] = sum[r] e` and `b[i] = sum[r] f`, read only in `y[i] = a[i] + b[i]`, give
 * `y[i] = sum[r] e + f`.
 *
 * Contractions (a product of two loads that both run along r) stay apart: each has a fast kernel of its own, and
 * their joint body has none.
 */
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { isEquation, operandsOf } from '../ir/nodes.ts';
import { add, conjunction, constant, select } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable, forEach, structuralKey, substituteIndices, variablesOf } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';
import { termsOf } from './terms.ts';

export const mergeSums: Pass = {
  name: 'merge-sums',
  doc: 'Adds sums over the same range element by element, in one reduction.',
  run: (graph) => {
    const readers = countReaders(graph);
    return rebuild(graph, (equation, { node: nodeAt, members }) => {
      const readOnce = ({ value }: Load): Equation | undefined => {
        // What a recurrence does not need is computed outside, for all positions at once.
        if (members.size > 0 && !members.has(value)) return undefined;
        const node = nodeAt(value);
        return isEquation(node) && readers.get(node.name) === 1 ? node : undefined;
      };
      return mergedSum(equation, termsOf(equation.body), readOnce) ?? equation;
    });
  },
};

/** How often each value is read, by its name; results and updates read too. */
function countReaders(graph: Graph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const read = (id: ValueId): void => {
    const { name } = graph.nodes[id]!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const node of graph.nodes) operandsOf(node).forEach(read);
  for (const { value } of [...graph.results, ...graph.updates]) read(value);
  return counts;
}

function mergedSum(
  equation: Equation,
  terms: readonly Expr[],
  readOnce: (load: Load) => Equation | undefined,
): Equation | undefined {
  if (equation.reduce !== undefined || terms.length < 2) return undefined;
  const sums = terms.map((term) =>
    term.kind === 'load' && isAt(term, equation.indices) ? readOnce(term) : undefined,
  );
  const first = sums[0];
  if (first?.reduce === undefined) return undefined;
  const space = first.reduce.indices;
  if (!sums.every((sum) => sum !== undefined && isSumOver(sum, space) && !isContraction(sum)))
    return undefined;
  const bodies = sums.map((sum) => aligned(sum!, equation.indices, space));
  const shared = bodies.every(({ key }) => key === bodies[0]!.key);
  const body = bodies.map((part) => (shared ? part.body : part.guarded)).reduce(add);
  const guards = shared ? bodies[0]!.guards : [];
  return { ...equation, reduce: { by: 'sum', indices: renamedApart(space, equation.indices), guards }, body };
}

const isAt = (load: Load, indices: readonly Index[]): boolean =>
  load.indices.length === indices.length &&
  load.indices.every((e, k) => bareVariable(e) === indices[k]!.name);

const isSumOver = ({ reduce }: Equation, space: readonly Index[]): boolean =>
  reduce?.by === 'sum' &&
  reduce.indices.length === space.length &&
  reduce.indices.every(({ extent }, k) => extent === space[k]!.extent);

/** Do two loads run along the reduction? */
function isContraction({ reduce, body }: Equation): boolean {
  const names = reduce?.indices.map(({ name }) => name) ?? [];
  let along = 0;
  forEach(body, (e) => {
    if (e.kind !== 'load') return;
    const used = variablesOf(e);
    if (names.some((name) => used.has(name))) along += 1;
  });
  return along > 1;
}

/** The body and guards of a sum, in the indices of the equation that reads it. */
function aligned({ indices, reduce, body }: Equation, own: readonly Index[], space: readonly Index[]) {
  const target = [...own, ...renamedApart(space, own)];
  const names = [...indices, ...(reduce?.indices ?? [])].map(({ name }) => name);
  const map = new Map(names.map((name, k) => [name, affine.variable(target[k]!.name)] as const));
  const rename = (e: Expr): Expr => substituteIndices(e, map, rangesOf(target));
  const guards = (reduce?.guards ?? []).map(rename);
  const value = rename(body);
  const guarded = guards.length === 0 ? value : select(conjunction(guards), value, constant(0));
  return { body: value, guards, guarded, key: guards.map(structuralKey).join('\n\n') };
}
