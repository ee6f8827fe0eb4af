/**
 * Draws of random numbers in; the same, with the number of the stream as data where equations that are otherwise equal draw
 * from several, out: `random_uniform(%key, 1000003, i)` becomes `random_uniform(%key, %stream_1000003, i)`.
 *
 * Each draw of a text has a stream of its own. As a number in the body it would be all that tells the dropout of one layer
 * from that of the next, and each would have a kernel of its own.
 */
import { mapExpressions } from '../ir/equation.ts';
import type { Equation, Graph, Leaf } from '../ir/graph.ts';
import { isEquation } from '../ir/nodes.ts';
import { call, constant, load } from '../scalar/build.ts';
import type { Constant, Expr, ValueId } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';
import { structureOf } from './share.ts';

export const streamNumbers: Pass = {
  name: 'stream-numbers',
  doc: 'Makes data of the numbers of random streams, where nothing else tells equations apart.',
  run: (graph) => {
    const shared = sharedStreams(graph);
    if (shared.size === 0) return graph;
    const leaves = new Map<number, ValueId>();
    return rebuild(graph, (equation, { add, members }) => {
      // The kernels of a recurrence are dispatched for all positions, and are no other layer's.
      if (members.size > 0) return equation;
      return withStreams(equation, (stream) => {
        const { value } = stream;
        if (!shared.has(value)) return stream;
        const leaf = leaves.get(value) ?? add(streamLeaf(value));
        leaves.set(value, leaf);
        return load(leaf, 'u32', []);
      });
    });
  },
};

const anyStream = constant(0, 'u32');

const streamLeaf = (value: number): Leaf => ({
  kind: 'scalar',
  name: `stream_${value}`,
  dtype: 'u32',
  indices: [],
  default: value,
  origin: { path: [] },
});

/** The number of the stream, of a draw that has it in its text. */
function streamOf(e: Expr): Constant | undefined {
  if (e.kind !== 'call' || (e.fn !== 'random_uniform' && e.fn !== 'random_normal')) return undefined;
  const stream = e.operands[1]!;
  return stream.kind === 'constant' ? stream : undefined;
}

/** The equation with another expression for the number of each stream. */
const withStreams = (equation: Equation, numberOf: (stream: Constant) => Expr): Equation =>
  mapExpressions(equation, (expr) =>
    rewrite(expr, (e) => {
      const stream = streamOf(e);
      if (e.kind !== 'call' || stream === undefined) return e;
      const number = numberOf(stream);
      return number === stream ? e : call(e.fn, e.operands[0]!, number, e.operands[2]!);
    }),
  );

/** Of equations that differ in them, but for names and for which values of one shape they read. */
function sharedStreams({ nodes }: Graph): ReadonlySet<number> {
  const shapeOf = (value: ValueId): string => nodes[value]!.indices.map(({ extent }) => extent).join();
  const alike = new Map<string, Map<string, ReadonlySet<number>>>();
  for (const node of nodes) {
    if (!isEquation(node)) continue;
    const streams = new Set<number>();
    const form = withStreams(node, ({ value }) => {
      streams.add(value);
      return anyStream;
    });
    if (streams.size === 0) continue;
    const key = structureOf(form, shapeOf);
    const others = alike.get(key) ?? new Map<string, ReadonlySet<number>>();
    alike.set(key, others.set([...streams].join(), streams));
  }
  const several = [...alike.values()].filter(({ size }) => size > 1);
  return new Set(several.flatMap((lists) => [...lists.values()].flatMap((streams) => [...streams])));
}
