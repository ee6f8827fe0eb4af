/** What the observers of passes see in; each pass as a list of changed equations out. */
import type { Graph } from '../../../compiler/ir/graph.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import type { Pass, PassObserver } from '../../../compiler/passes/index.ts';

export interface PassRecord {
  readonly pass: Pass;
  readonly before: Graph;
  readonly after: Graph;
  readonly seconds: number;
}

/** An observer, and the records that it will have made. */
export function recordPasses(): { readonly observe: PassObserver; readonly records: readonly PassRecord[] } {
  const records: PassRecord[] = [];
  return {
    observe: (pass, before, after, seconds) => records.push({ pass, before, after, seconds }),
    records,
  };
}

export interface EquationChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/** Equations that are gone, new, or read differently, in the order of the graph. */
export function changesBetween(before: Graph, after: Graph): readonly EquationChange[] {
  if (before === after) return [];
  const texts = (graph: Graph): ReadonlyMap<string, string> =>
    new Map(graph.nodes.map((node) => [node.name, printNode(node, graph.nodes)] as const));
  const [was, is] = [texts(before), texts(after)];
  const changed = [...was].flatMap(([name, text]): readonly EquationChange[] => {
    const now = is.get(name);
    if (now === text) return [];
    return [{ name, before: text, ...(now !== undefined && { after: now }) }];
  });
  const added = [...is].flatMap(([name, after]) => (was.has(name) ? [] : [{ name, after }]));
  return [...changed, ...added];
}
