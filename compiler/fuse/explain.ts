/**
 * A graph and a target in; for every edge from an equation to one that reads it, whether they share a kernel and
 * why, out. It asks the steps of fusion themselves, after the fact: nothing here has a say in what is fused.
 */
import { countPoints } from '../../runtime/extents.ts';
import { classOf } from '../classes/index.ts';
import type { Decision } from '../decision.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { asComputed, consumersOf, loadsOfNode } from '../ir/nodes.ts';
import { printExpr } from '../ir/print.ts';
import { bareVariable, loadsOf } from '../scalar/walk.ts';
import type { Target } from '../target.ts';
import { bindingCounter } from './bindings.ts';
import { dependenciesOf } from './dependencies.ts';
import { type Group, type Grouping, group, isContraction, join, type Level, mostMembers } from './group.ts';
import { rewriteForKernels } from './index.ts';
import { stepRead } from './kernel.ts';
import { type Loop, loopBodies, loopsOf } from './loops.ts';
import { elements, liveOuts } from './values.ts';

/** `inlined`: computed within its readers. `fused`: kept on chip in one kernel. `stored`: through memory. */
export interface EdgeDecision extends Decision<'inlined' | 'fused' | 'stored'> {
  readonly from: string;
  readonly to: string;
  /** Reads that the edge saves, and its part of the write where nobody needs the value in memory. */
  readonly bytesSaved: number;
}

const joined: Readonly<Record<Level, string>> = {
  row: 'it is made at the same points',
  element: 'it walks the same rows and stays on chip between the stages',
  reduce: 'it reduces the same rows',
};

export function fusionDecisions(graph: Graph, target: Target): readonly EdgeDecision[] {
  const { hoisted, rewritten } = rewriteForKernels(graph, target);
  const dependencies = dependenciesOf(rewritten);
  const grouping = group(rewritten, dependencies, target);
  const loops = loopsOf(
    rewritten,
    dependencies,
    loopBodies((slice, needs) => group(slice, needs, target), target.storageBuffersPerStage),
  );
  const kept = new Map(rewritten.nodes.map((node, id) => [node.name, id]));
  const readers = consumersOf(hoisted);
  const inlined = hoisted.nodes.flatMap((node, id) =>
    kept.has(node.name) ? [] : inlinedEdges(hoisted, id, readers[id]!),
  );
  const context: Context = {
    graph: rewritten,
    grouping,
    consumers: consumersOf(rewritten),
    liveOuts: liveOuts(rewritten),
    target,
    bindings: bindingCounter(rewritten, dependencies),
    loops,
    inLoops: new Set(dependencies.recurrences.flatMap(({ members }) => members)),
  };
  return [...inlined, ...rewritten.nodes.flatMap((_, id) => edgesFrom(context, id))];
}

interface Context {
  readonly graph: Graph;
  readonly grouping: Grouping;
  readonly consumers: readonly (readonly ValueId[])[];
  readonly liveOuts: ReadonlySet<ValueId>;
  readonly target: Target;
  readonly bindings: (g: Group) => number;
  readonly loops: readonly Loop[];
  /** What is computed in a loop, one position after the other. */
  readonly inLoops: ReadonlySet<ValueId>;
}

const bytes = (graph: Graph, id: ValueId): number => 4 * elements(graph.nodes[id]!);

function inlinedEdges(graph: Graph, id: ValueId, readers: readonly ValueId[]): readonly EdgeDecision[] {
  const node = graph.nodes[id]!;
  const reads = (reader: ValueId) => loadsOfNode(graph.nodes[reader]!).filter(({ value }) => value === id);
  const once = readers.length === 1 && reads(readers[0]!).length === 1;
  return readers.map((reader) => ({
    from: node.name,
    to: graph.nodes[reader]!.name,
    chosen: 'inlined',
    because: once
      ? 'its only reader reads it elsewhere than it is made, and computes it there'
      : 'it is as cheap to make where it is read as to load',
    rejected: [{ option: 'stored', because: 'that would only cost memory traffic' }],
    bytesSaved: bytes(graph, id) * (1 + 1 / readers.length),
  }));
}

function edgesFrom(context: Context, id: ValueId): readonly EdgeDecision[] {
  const { graph, grouping } = context;
  if (context.inLoops.has(id)) return loopEdges(context, id);
  const at = grouping.groupOf.get(id);
  if (at === undefined) return [];
  const own = grouping.groups[at]!;
  const readers = context.consumers[id]!;
  const levels = new Map(own.members.map(({ value, level }) => [value, level] as const));
  const unstored = !context.liveOuts.has(id) && readers.every((reader) => levels.has(reader));
  return readers.map((reader): EdgeDecision => {
    const edge = { from: graph.nodes[id]!.name, to: graph.nodes[reader]!.name };
    const level = levels.get(reader);
    if (level !== undefined) {
      const saved = bytes(graph, id) * (1 + (unstored ? 1 / readers.length : 0));
      const rejected = [{ option: 'stored', because: 'it would be written and read again' }];
      return { ...edge, chosen: 'fused', because: joined[level], rejected, bytesSaved: saved };
    }
    const because = refusal(context, id, own, reader);
    return { ...edge, chosen: 'stored', because, rejected: [{ option: 'fused', because }], bytesSaved: 0 };
  });
}

/** From what a loop computes. */
function loopEdges({ graph, consumers, loops, inLoops }: Context, id: ValueId): readonly EdgeDecision[] {
  const kernels = loops.flatMap((loop) => loop.kernels);
  const isFused = (reader: ValueId): boolean =>
    kernels.some((kernel) =>
      kernel.steps.some(
        (step) =>
          step.value === reader &&
          [step.body, ...step.guards]
            .flatMap(loadsOf)
            .some((load) => load.value === id && stepRead(kernel, load) !== undefined),
      ),
    );
  return consumers[id]!.map((reader): EdgeDecision => {
    const [from, to] = [graph.nodes[id]!.name, graph.nodes[reader]!.name];
    if (isFused(reader)) {
      const rejected = [{ option: 'stored', because: 'it would be written and read again' }];
      const because = 'it is made at the same position of the loop, at the same points';
      return { from, to, chosen: 'fused', because, rejected, bytesSaved: bytes(graph, id) };
    }
    const because = inLoops.has(reader)
      ? `%${to} reads it at another position of the loop, or at other points`
      : `%${to} comes after the loop that computes it`;
    return { from, to, chosen: 'stored', because, rejected: [{ option: 'fused', because }], bytesSaved: 0 };
  });
}

const list = (indices: readonly Index[]): string =>
  `[${indices.map(({ name, extent }) => `${name}: ${extent}`).join(', ')}]`;

/** Why the reader is in another kernel. */
function refusal(context: Context, id: ValueId, own: Group, reader: ValueId): string {
  const { graph, grouping, target, bindings } = context;
  const node = asComputed(graph.nodes[reader]);
  const name = graph.nodes[id]!.name;
  if (context.inLoops.has(reader)) {
    return `%${node.name} is computed in a loop, before which all of it is there`;
  }
  if (isContraction(node)) {
    return `%${node.name} is a contraction: it reads each operand many times, in tiles from memory`;
  }
  const moved = loadsOfNode(node).find(
    (l) => l.value === id && l.indices.some((e) => bareVariable(e) === undefined),
  );
  if (moved) return `%${node.name} reads it at other points: ${printExpr(moved, graph.nodes)}`;
  const fitting = join(graph, own, reader, node, target);
  if (fitting === undefined) return spaceReason(own, node, name, target);
  const bound = bindings(fitting);
  if (bound > target.storageBuffersPerStage) {
    return `the kernel would bind ${bound} buffers, and the adapter allows ${target.storageBuffersPerStage}`;
  }
  const together = own.members.length + grouping.groups[grouping.groupOf.get(reader)!]!.members.length;
  if (together > mostMembers) return `the kernel would have more than ${mostMembers} equations`;
  if (!grouping.order.canJoin(id, reader)) {
    return 'the kernel would need, in between, a value of another kernel that needs this one';
  }
  return `%${node.name} joined another kernel that it fits as well`;
}

function spaceReason(own: Group, node: Equation, name: string, target: Target): string {
  const space = `rows ${list(own.rows)}${own.columns.length > 0 ? ` columns ${list(own.columns)}` : ''}`;
  const runs = `${list(node.indices)}${node.reduce ? ` reducing ${list(node.reduce.indices)}` : ''}`;
  if (own.contraction) {
    return `%${name} is made by a contraction over ${space}, which takes only what is pointwise at its own points; %${node.name} runs over ${runs}`;
  }
  const fewest = classOf(target).fewestRows;
  // Walking rows pays only where there are many of them.
  const rowsOf = node.reduce ? node.indices : own.rows;
  const walks = node.reduce ? own.columns.length === 0 : countPoints(own.columns) >= fewest;
  if (walks && countPoints(rowsOf) < fewest) {
    const rows = countPoints(rowsOf) === 1 ? '1 row' : `${countPoints(rowsOf)} rows`;
    return `together they would have ${rows} to run at once, fewer than ${fewest}; %${node.name} runs over ${runs}`;
  }
  return `other space: the kernel has ${space}, %${node.name} runs over ${runs}`;
}
