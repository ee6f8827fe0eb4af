/** Graph -> which integers an input may hold: where it is used as a position, it must be one. */

import type { Graph, ValueId } from '../ir/graph.ts';
import { isComputed, isInput } from '../ir/nodes.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { childrenOf, loadsOf } from '../scalar/walk.ts';

export interface IndexRange {
  readonly min: number;
  readonly max: number;
  readonly why: string;
}

/**
 * For each input that stands as an index of a load, or a whole number away from it as in `%h[b, %n[b] - 1]`, by its name, what
 * gives positions that all those loads have.
 */
export function indexRanges(graph: Graph): ReadonlyMap<string, IndexRange> {
  const ranges = new Map<string, IndexRange>();
  const note = (l: Load, checked: ReadonlySet<ValueId>): void => {
    l.indices.forEach((e, k) => {
      const { load, shift } = shifted(e);
      if (load === undefined || checked.has(load.value)) return;
      const input = graph.nodes[load.value]!;
      if (!isInput(input)) return;
      const target = graph.nodes[l.value]!;
      const { name, extent } = target.indices[k]!;
      const { min, max, why } = ranges.get(input.name) ?? { ...everything, why: '' };
      const [from, to] = [0 - shift, extent - 1 - shift];
      if (min >= from && max <= to) return;
      const what = shift === 0 ? 'it' : `${input.name} ${shift < 0 ? '-' : '+'} ${Math.abs(shift)}`;
      const because = `${what} picks one of the ${extent} positions along ${name}`;
      ranges.set(input.name, {
        min: Math.max(min, from),
        max: Math.min(max, to),
        why: max > to || why === '' ? because : why,
      });
    });
  };
  for (const node of graph.nodes) {
    if (!isComputed(node)) continue;
    const guards = node.reduce?.guards ?? [];
    for (const guard of guards) visit(guard, new Set(), note);
    visit(node.body, readIn(guards), note);
  }
  return ranges;
}

const everything = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY } as const;

/** `%n[b] - 1` as the load and -1. */
function shifted(e: Expr): { readonly load?: Load; readonly shift: number } {
  if (e.kind === 'load') return { load: e, shift: 0 };
  if (e.kind !== 'call' || (e.fn !== 'add' && e.fn !== 'subtract')) return { shift: 0 };
  const [a, b] = e.operands;
  if (a?.kind !== 'load' || b?.kind !== 'constant') return { shift: 0 };
  return { load: a, shift: e.fn === 'add' ? b.value : -b.value };
}

/** Told of each load, with the values that a condition around it has looked at; once for equal sets of them. */
function visit(
  expr: Expr,
  checked: ReadonlySet<ValueId>,
  note: (l: Load, checked: ReadonlySet<ValueId>) => void,
): void {
  const seen = new Map<string, Set<Expr>>();
  const walk = (e: Expr, around: ReadonlySet<ValueId>, key: string): void => {
    const here = seen.get(key) ?? new Set();
    seen.set(key, here);
    if (here.has(e)) return;
    here.add(e);
    if (e.kind === 'load') note(e, around);
    if (e.kind === 'select') {
      const inside = new Set([...around, ...readIn([e.condition])]);
      const grown = inside.size === around.size ? key : keyOf(inside);
      walk(e.condition, around, key);
      walk(e.then, inside, grown);
      walk(e.otherwise, inside, grown);
    } else {
      for (const child of childrenOf(e)) walk(child, around, key);
    }
  };
  walk(expr, checked, keyOf(checked));
}

const keyOf = (values: ReadonlySet<ValueId>): string => [...values].sort((a, b) => a - b).join();

const readIn = (conditions: readonly Expr[]): ReadonlySet<ValueId> =>
  new Set(conditions.flatMap((c) => loadsOf(c).map((l) => l.value)));
