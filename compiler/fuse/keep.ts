/**
 * Kernels in; which values are kept in memory and which are made again where they are read, with what either costs, out.
 *
 * Fusion stores a value that another kernel reads. What a loop makes, and what the backward part needs of the forward
 * one, may lie there for long. Where it is made point by point from what is in memory anyway, its readers can make it
 * themselves: that saves a write, reads, bytes that lie there from the forward to the backward pass,
 * and where nothing else is stored with it, a dispatch (in a loop, one for each position). It costs operations, once for
 * each time that an element is read, and reads of what it is made from. Both sides are counted in operations of the
 * target's class. What is made by a reduction is kept: to make it again would take kernels of its own.
 */
import { classOf } from '../classes/index.ts';
import { bodyAt, takesIndices } from '../ir/body-at.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { asComputed, consumersOf, isComputed, isLeaf, loadsOfNode } from '../ir/nodes.ts';
import type { Expr } from '../scalar/expr.ts';
import { bareVariable, loadsOf, rewrite, structuralKey } from '../scalar/walk.ts';
import type { Target } from '../target.ts';
import { cost, lengthOf } from './cost.ts';
import { isContraction } from './group.ts';
import type { Fused } from './index.ts';
import { longestBody, staysWithin32Bits } from './inline.ts';
import { type Kernel, storedShape } from './kernel.ts';
import { runsOf, type Traffic, trafficOf } from './traffic.ts';
import { elements, evaluations, isPointwise, liveOuts } from './values.ts';

/** The costs are rough: what is to be made again costs so many times less. */
const clearly = 2;

/** What a value costs either way, in operations, and what was chosen. */
export interface Keeping {
  readonly name: string;
  readonly chosen: 'kept' | 'recomputed';
  /** To write it, to read it, and to start a kernel that does nothing else. */
  readonly keeping: number;
  /** To make it again at each read, from what has to be read for it; or once more, in kernels of its own. */
  readonly recomputing: number;
  /** Why it is kept, where that is no matter of cost. */
  readonly because?: string;
}

/** A value that its readers make themselves. */
export interface Recomputed {
  readonly value: ValueId;
  /** Of values that are in memory. */
  readonly equation: Equation;
  readonly readers: ReadonlySet<ValueId>;
  /** What it is made from. */
  readonly operands: ReadonlySet<ValueId>;
  readonly costs: Keeping;
}

/** Each value that is kept for other kernels of a loop or for the backward part, with both costs. */
export function keepingsOf(fused: Fused, target: Target): readonly Keeping[] {
  const { traffic, consider } = chooser(fused, target);
  return [...traffic.readers.keys()].flatMap((value) => consider(value)?.costs ?? []);
}

/** What is better made again, or is it by another measure. A value that one of them is made from is kept. */
export function recomputedIn(
  fused: Fused,
  target: Target,
  isBetter = ({ chosen }: Keeping): boolean => chosen === 'recomputed',
): readonly Recomputed[] {
  const { traffic, consider, fits } = chooser(fused, target);
  const saving = ({ costs: { keeping, recomputing } }: Recomputed): number => keeping - recomputing;
  const candidates = [...traffic.readers.keys()]
    .flatMap((value) => {
      const { costs, again } = consider(value) ?? {};
      return costs !== undefined && again !== undefined && isBetter(costs) ? [{ ...again, costs }] : [];
    })
    .sort((a, b) => saving(b) - saving(a) || a.value - b.value);
  const needed = new Set<ValueId>();
  const chosen = new Set<ValueId>();
  return candidates.filter((candidate) => {
    const { value, operands } = candidate;
    if (needed.has(value) || [...operands].some((operand) => chosen.has(operand))) return false;
    if (!fits(candidate)) return false;
    chosen.add(value);
    for (const operand of operands) needed.add(operand);
    return true;
  });
}

interface Considered {
  readonly costs: Keeping;
  /** How it is made again, where that is possible. */
  readonly again?: Omit<Recomputed, 'costs'>;
}

interface Chooser {
  readonly traffic: Traffic;
  /** Undefined of what no kernel makes, and of what neither a loop nor the backward part needs. */
  readonly consider: (value: ValueId) => Considered | undefined;
  /** Whether the kernels of its readers can bind what it is made from, with what was accepted before; then it is accepted. */
  readonly fits: (candidate: Recomputed) => boolean;
}

function chooser(fused: Fused, target: Target): Chooser {
  const { graph, values } = fused;
  const traffic = trafficOf(fused);
  const { word, launch, uses } = classOf(target).recomputation;
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  const expand = expander(graph, traffic);
  const bindings = new Map([...traffic.bound].map(([kernel, bound]) => [kernel, new Set(bound)] as const));

  /** How often a reader makes an element of what it reads once in its text. */
  const times = (reader: ValueId): number => {
    const node = asComputed(graph.nodes[reader]);
    return evaluations(node) / (isContraction(node) ? uses : 1);
  };
  const words = (value: ValueId, reader: ValueId): number =>
    Math.min(elements(graph.nodes[value]!), evaluations(graph.nodes[reader]!));
  /** Its elements that are in memory at a time. */
  const stored = (value: ValueId): number => storedShape(values.get(value)!).reduce((a, b) => a * b, 1);

  const keepingCost = (value: ValueId, readers: ReadonlyMap<ValueId, Kernel>): number => {
    const kernels = new Map([...readers].map(([reader, kernel]) => [kernel, reader] as const));
    const moved = [...kernels.values()].reduce((sum, reader) => sum + words(value, reader), 0);
    return word * (elements(graph.nodes[value]!) + moved);
  };
  /** What a kernel costs that is there for the value alone, beside its write. */
  const writerCost = (value: ValueId, operands: ReadonlySet<ValueId>, body: Expr): number => {
    const kernels = traffic.writers.get(value)!;
    const alone =
      kernels.every(({ stores }) => stores.length === 1) &&
      consumers[value]!.every((reader) => traffic.readers.get(value)!.has(reader));
    if (!alone) return 0;
    const read = [...operands].reduce((sum, operand) => sum + words(operand, value), 0);
    const runs = kernels.reduce((sum, kernel) => sum + runsOf(kernel), 0);
    return launch * runs + word * read + elements(graph.nodes[value]!) * cost(body);
  };
  const recomputingCost = (
    value: ValueId,
    readers: ReadonlyMap<ValueId, Kernel>,
    { body }: Equation,
    operands: ReadonlySet<ValueId>,
  ): number =>
    [...readers].reduce((sum, [reader, kernel]) => {
      // What is read twice at one place is made once.
      const loads = new Set(
        loadsOfNode(graph.nodes[reader]!).flatMap((load) =>
          load.value === value ? [structuralKey(load)] : [],
        ),
      ).size;
      const has = (operand: ValueId): boolean =>
        traffic.bound.get(kernel)!.has(operand) || kernel.steps.some((step) => step.value === operand);
      const read = [...operands].reduce((n, operand) => (has(operand) ? n : n + words(operand, reader)), 0);
      return sum + loads * times(reader) * cost(body) + word * read;
    }, 0);

  const consider: Chooser['consider'] = (value) => {
    const node = graph.nodes[value]!;
    const readers = traffic.readers.get(value)!;
    const writers = traffic.writers.get(value);
    if (!isComputed(node) || writers === undefined) return undefined;
    if (writers[0]!.position === undefined && !isForBackward(graph, value, readers)) return undefined;
    const plain = { name: node.name, keeping: keepingCost(value, readers) };
    const kept = (because: string, recomputing: number): Considered => ({
      costs: { ...plain, chosen: 'kept', recomputing, because },
    });
    const runs = writers.reduce((sum, kernel) => sum + runsOf(kernel), 0);
    const again = launch * runs + operationsOf(graph, value, traffic);
    if (node.reduce) return kept('it would take kernels of its own', again);
    if (outs.has(value)) return kept('it is a result', again);
    if (node.indices.length === 0) return kept('it is one number for all elements', again);
    const equation = expand(value);
    if (equation === undefined) return kept('it would take kernels of its own', again);
    const operands = new Set(loadsOf(equation.body).map((load) => load.value));
    const recomputing = recomputingCost(value, readers, equation, operands);
    const problem = readerProblem(fused, value, equation, readers, writers[0]!);
    if (problem !== undefined) return kept(problem, recomputing);
    const more = [...operands].reduce((sum, operand) => sum + newlyKept(operand, value), 0);
    if (more > stored(value)) return kept('what it is made from would take more memory', recomputing);
    const keeping = plain.keeping + writerCost(value, operands, equation.body);
    return {
      costs: {
        ...plain,
        keeping,
        recomputing,
        chosen: clearly * recomputing < keeping ? 'recomputed' : 'kept',
      },
      again: { value, equation, operands, readers: new Set(readers.keys()) },
    };
  };
  const places = new Map(fused.kernels.map((kernel, k) => [kernel, k] as const));
  const lastRead = (value: ValueId): number =>
    Math.max(-1, ...[...(traffic.readers.get(value)?.values() ?? [])].map((kernel) => places.get(kernel)!));
  /** Elements that stay in memory for longer, or for all positions of a loop, where readers of a value read this one instead. */
  const newlyKept = (operand: ValueId, value: ValueId): number => {
    const node = graph.nodes[operand]!;
    if (isLeaf(node)) return 0;
    const inSlots = values.get(operand)!.slots !== undefined;
    return inSlots || lastRead(operand) < lastRead(value) ? elements(node) : 0;
  };

  const fits: Chooser['fits'] = ({ value, operands, readers }) => {
    const kernels = new Set([...readers].map((reader) => traffic.readers.get(value)!.get(reader)!));
    const after = [...kernels].map((kernel) => {
      const own = new Set(kernel.steps.map((step) => step.value));
      const bound = new Set([...bindings.get(kernel)!, ...[...operands].filter((id) => !own.has(id))]);
      bound.delete(value);
      return [kernel, bound] as const;
    });
    if (after.some(([, bound]) => bound.size > target.storageBuffersPerStage)) return false;
    for (const [kernel, bound] of after) bindings.set(kernel, bound);
    return true;
  };
  return { traffic, consider, fits };
}

/** Is it a value of the forward part that the backward part reads again? */
const isForBackward = (graph: Graph, value: ValueId, readers: ReadonlyMap<ValueId, Kernel>): boolean =>
  graph.nodes[value]!.origin.adjoint === undefined &&
  [...readers.keys()].some((reader) => graph.nodes[reader]!.origin.adjoint !== undefined);

/** Of the equation of a value, and of those that it reads and that are not in memory. */
function operationsOf(graph: Graph, value: ValueId, { writers }: Traffic): number {
  const seen = new Set<ValueId>();
  const visit = (id: ValueId): number => {
    const node = graph.nodes[id]!;
    if (seen.has(id) || !isComputed(node)) return 0;
    seen.add(id);
    const parts = loadsOfNode(node).filter((load) => !writers.has(load.value));
    return evaluations(node) * cost(node.body) + parts.reduce((sum, load) => sum + visit(load.value), 0);
  };
  return visit(value);
}

/** The equation of a value over values that are in memory, point by point; undefined where there is none. */
function expander(graph: Graph, { writers }: Traffic): (value: ValueId) => Equation | undefined {
  const known = new Map<ValueId, Equation | undefined>();
  const expand = (value: ValueId): Equation | undefined => {
    if (known.has(value)) return known.get(value);
    known.set(value, undefined);
    const node = graph.nodes[value]!;
    if (!isPointwise(node)) return undefined;
    let possible = true;
    const body = rewrite(node.body, (e) => {
      if (e.kind !== 'load' || isLeaf(graph.nodes[e.value]!) || writers.has(e.value)) return e;
      const source = expand(e.value);
      if (source !== undefined && takesIndices(source, e)) return bodyAt(source, e);
      possible = false;
      return e;
    });
    const equation = possible && lengthOf(body) <= longestBody ? { ...node, body } : undefined;
    known.set(value, equation);
    return equation;
  };
  return expand;
}

/** Why a reader cannot make the value itself. */
function readerProblem(
  { graph }: Fused,
  value: ValueId,
  equation: Equation,
  readers: ReadonlyMap<ValueId, Kernel>,
  writer: Kernel,
): string | undefined {
  for (const [reader, kernel] of readers) {
    const node = asComputed(graph.nodes[reader]);
    const loads = loadsOfNode(node).filter((load) => load.value === value);
    if (loads.length === 0) return `%${node.name} reads it in the body of another equation`;
    if (!readsHere(value, reader, writer, kernel))
      return `%${node.name} reads it at another position of the loop`;
    if (loads.length * lengthOf(equation.body) > longestBody)
      return `the text of %${node.name} would be long`;
    if (
      !loads.every(
        (load) => takesIndices(equation, load) && staysWithin32Bits(equation, load, node, new Map()),
      )
    )
      return `%${node.name} reads it at positions that are data`;
  }
  return undefined;
}

/** Whether a reader in the loop that makes a value reads it only at the position at hand. */
function readsHere(value: ValueId, reader: ValueId, writer: Kernel, { position, steps }: Kernel): boolean {
  if (position === undefined || position.loop !== writer.position?.loop) return true;
  const axis = writer.steps.find((step) => step.value === value)!.indices.indexOf(writer.position.name);
  const { body, guards } = steps.find((step) => step.value === reader)!;
  return [...guards, body]
    .flatMap(loadsOf)
    .every((load) => load.value !== value || bareVariable(load.indices[axis]!) === position.name);
}
