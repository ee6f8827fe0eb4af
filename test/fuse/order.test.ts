/** Groups in order: joined exactly where no path leads through a third, and ordered by what they depend on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupOrder } from '../../compiler/fuse/order.ts';

type Edges = readonly (readonly [number, number])[];

const successorsOf = (count: number, edges: Edges): readonly ReadonlySet<number>[] =>
  Array.from({ length: count }, (_, v) => new Set(edges.filter(([from]) => from === v).map(([, to]) => to)));

/** Do the groups, each as one node, have a path from one back to itself? */
function hasCycle(groupOf: readonly number[], edges: Edges): boolean {
  const between = edges.map(([a, b]) => [groupOf[a]!, groupOf[b]!] as const).filter(([a, b]) => a !== b);
  const open = new Set(groupOf);
  for (let removed = true; removed; ) {
    removed = false;
    for (const g of open) {
      if (between.some(([a, b]) => b === g && open.has(a))) continue;
      open.delete(g);
      removed = true;
    }
  }
  return open.size > 0;
}

/** Edges of a graph without cycles whose values do not stand in a topological order. */
const dags = fc.integer({ min: 2, max: 14 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 24 }),
    shuffle: fc.shuffledSubarray(
      Array.from({ length: count }, (_, k) => k),
      { minLength: count },
    ),
    joins: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 20 }),
  }),
);

describe('joining', () => {
  test('happens unless it closes a cycle, and keeps a topological order', () => {
    fc.assert(
      fc.property(dags, ({ count, pairs, shuffle, joins }) => {
        const edges: Edges = pairs
          .filter(([a, b]) => a !== b)
          .map(([a, b]) => [shuffle[Math.min(a, b)]!, shuffle[Math.max(a, b)]!] as const);
        const order = groupOrder({ successors: successorsOf(count, edges) });
        let groupOf = Array.from({ length: count }, (_, k) => k);
        for (const [a, b] of joins) {
          const joined = groupOf.map((g) => (g === groupOf[b]! ? groupOf[a]! : g));
          const possible = !hasCycle(joined, edges);
          expect(order.canJoin(a, b)).toBe(possible);
          expect(order.join(a, b)).toBe(possible);
          if (possible) groupOf = joined;
          for (const [from, to] of edges) {
            if (groupOf[from] === groupOf[to]) expect(order.position(from)).toBe(order.position(to));
            else expect(order.position(from)).toBeLessThan(order.position(to));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('gives up, and changes nothing, where too much stands in between', () => {
    // Two long chains from 0 to 1: a path from 0 that the search from either side does not see the end of.
    const length = 2000;
    const edges: (readonly [number, number])[] = [];
    for (let k = 0; k < length; k++) {
      edges.push([k === 0 ? 0 : k + 1, k + 2]);
    }
    const order = groupOrder({ successors: successorsOf(length + 2, [...edges, [length + 1, 1]]) });
    expect(order.join(0, 1)).toBe(false);
    expect(order.join(2, 3)).toBe(true);
  });
});
