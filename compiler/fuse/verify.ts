/**
 * Fused kernels in, what is wrong with them out: nothing, unless the compiler has a fault. Runs in every compile.
 *
 * 1. Every name is bound: a step uses the indices of its level, and is stored along indices of its value's extents.
 * 2. A read of a step's value is of an earlier step, visible at this level, at exactly the point at hand: on chip
 *    nothing else is known of it.
 * 3. Any other read is of a leaf that nothing has overwritten yet, or of what an earlier kernel stored.
 * 4. What is done in place overwrites a leaf of the same shape and type that this kernel reads only at the point
 *    that it stores, and that nothing reads afterwards, in a later walk over the row or a later kernel.
 * 5. Every result and every update is there at the end, each updated leaf written once.
 * 6. No kernel binds more buffers than the target allows.
 * 7. The kernels of a loop stand together, and its stretches cover each position once, in its direction. A read of
 *    another position goes back, and not farther than there are slots; a read of this one that is not on chip is of
 *    what an earlier kernel has stored here.
 */

import { variablesOf as affineVariables } from '../index/query.ts';
import type { Graph, Index, ValueId } from '../ir/graph.ts';
import { isLeaf, isUpdatable } from '../ir/nodes.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable, forEach } from '../scalar/walk.ts';
import type { Fused } from './index.ts';
import { type Kernel, type Step, stepRead } from './kernel.ts';
import { loopProblems, loopReadProblem, storedByLoops } from './verify-loops.ts';

/** `most`: how many buffers a kernel may bind. */
export function violationsOf(fused: Fused, most: number): readonly string[] {
  const memory = memoryBefore(fused.graph);
  /** What the loop at hand has stored, in all of its stretches. */
  const loops = storedByLoops(fused.kernels);
  const problems = fused.kernels.flatMap((kernel) => {
    const found = [
      ...kernel.steps.flatMap((step, k) => stepProblems(fused, kernel, step, k, memory, loops)),
      ...storeProblems(fused, kernel),
      ...bindingProblems(kernel, most),
    ].map((problem) => `kernel ${kernel.name}: ${problem}`);
    for (const value of kernel.stores) memory.add(value);
    for (const old of kernel.inPlace.values()) memory.delete(old);
    return found;
  });
  return [...problems, ...loopProblems(fused), ...endProblems(fused, memory)];
}

const memoryBefore = (graph: Graph): Set<ValueId> =>
  new Set(graph.nodes.flatMap((node, id) => (isLeaf(node) ? [id] : [])));

const expressionsOf = (step: Step): readonly Expr[] => [...step.guards, step.body];

/** All reads, those inside of positions too. */
function readsOf(step: Step): readonly Load[] {
  const known = readsOfSteps.get(step);
  if (known !== undefined) return known;
  const found = new Set<Load>();
  for (const expr of expressionsOf(step)) {
    forEach(expr, (e) => {
      if (e.kind === 'load') found.add(e);
    });
  }
  const reads = [...found];
  readsOfSteps.set(step, reads);
  return reads;
}

// Asked for by what is checked of a step, of its kernel and of what is written in place.
const readsOfSteps = new WeakMap<Step, readonly Load[]>();

function stepProblems(
  fused: Fused,
  kernel: Kernel,
  step: Step,
  k: number,
  memory: ReadonlySet<ValueId>,
  loops: ReadonlyMap<number, ReadonlySet<ValueId>>,
): readonly string[] {
  const { graph } = fused;
  const nameOf = (value: ValueId): string => `%${graph.nodes[value]?.name ?? value}`;
  const problems: string[] = [];
  const note = (problem: string): void => {
    problems.push(`step ${nameOf(step.value)}: ${problem}`);
  };
  const [rows, columns] = [kernel.rows, kernel.columns];
  const position = kernel.position ? [kernel.position] : [];
  const visible = step.level === 'row' ? rows : [...rows, ...columns];
  const bound = new Set([...visible, ...position].map((i) => i.name));
  for (const expr of expressionsOf(step)) {
    forEach(expr, (e) => {
      if (e.kind !== 'index') return;
      for (const name of affineVariables(e.of)) if (!bound.has(name)) note(`index ${name} is not bound`);
    });
  }
  const own = [...(step.level === 'element' ? [...rows, ...columns] : rows), ...position];
  if (!isArrangement(step.indices, own, graph.nodes[step.value]!.indices)) {
    note(`its indices [${step.indices.join(', ')}] are not those of its level, or have other extents`);
  }
  if ((step.level === 'reduce') !== (step.by !== undefined))
    note('a reducer at a level that reduces nothing');
  if (step.level !== 'row' && columns.length === 0) note(`level ${step.level} in a kernel without columns`);
  if (kernel.steps.findIndex((s) => s.value === step.value) !== k) note('is computed twice');
  for (const load of readsOf(step)) {
    const made = stepRead(kernel, load);
    if (made === undefined) {
      const loop = kernel.position && loops.get(kernel.position.loop);
      if (loop?.has(load.value)) {
        const problem = loopReadProblem(fused, kernel, step, load);
        if (problem !== undefined) note(`reads ${nameOf(load.value)} ${problem}`);
      } else if (!memory.has(load.value)) note(`reads ${nameOf(load.value)}, which is not in memory`);
      continue;
    }
    const source = kernel.steps.indexOf(made);
    if (source >= k) note(`reads ${nameOf(load.value)} before it is computed`);
    if (made.level === 'element' && step.level === 'row') {
      note(`reads ${nameOf(load.value)}, of which a row has many`);
    }
    if (!isAt(load, made.indices)) note(`reads ${nameOf(load.value)} at another point than the one at hand`);
  }
  return problems;
}

/** Are these names all of the indices, each once, with the extents of the value's axes? */
function isArrangement(names: readonly string[], of: readonly Index[], axes: readonly Index[]): boolean {
  const extents = new Map(of.map((i) => [i.name, i.extent]));
  return (
    new Set(names).size === names.length &&
    extents.size === of.length &&
    names.length === of.length &&
    names.every((name, axis) => extents.get(name) === axes[axis]?.extent)
  );
}

const isAt = (load: Load, names: readonly string[]): boolean =>
  load.indices.length === names.length && load.indices.every((at, k) => bareVariable(at) === names[k]);

function storeProblems({ graph }: Fused, kernel: Kernel): readonly string[] {
  const problems: string[] = [];
  const steps = new Map(kernel.steps.map((step) => [step.value, step]));
  if (kernel.stores.length === 0) problems.push('stores nothing');
  for (const value of kernel.stores) if (!steps.has(value)) problems.push(`stores ${value}, no step of it`);
  for (const [value, old] of kernel.inPlace) {
    const [made, before] = [graph.nodes[value]!, graph.nodes[old]!];
    const step = steps.get(value);
    const where = `%${made.name} over %${before.name}`;
    if (step === undefined || !kernel.stores.includes(value)) {
      problems.push(`${where} is not stored`);
      continue;
    }
    if (!isUpdatable(before)) problems.push(`${where}, which is not updated`);
    const same = made.indices.every((i, k) => i.extent === before.indices[k]?.extent);
    if (!same || made.indices.length !== before.indices.length || made.dtype !== before.dtype) {
      problems.push(`${where} has another shape or type`);
    }
    const elsewhere = kernel.steps.some((reader) =>
      readsOf(reader).some((load) => load.value === old && !isAt(load, step.indices)),
    );
    if (elsewhere) problems.push(`${where}, which is read at other points`);
  }
  if (new Set(kernel.inPlace.values()).size < kernel.inPlace.size) {
    problems.push('two values overwrite one');
  }
  return problems;
}

function bindingProblems(kernel: Kernel, most: number): readonly string[] {
  const read = kernel.steps.flatMap((step) =>
    readsOf(step).flatMap((load) => (stepRead(kernel, load) ? [] : [load.value])),
  );
  const stored = kernel.stores.map((value) => kernel.inPlace.get(value) ?? value);
  const bound = new Set([...read, ...stored]);
  return bound.size > most ? [`binds ${bound.size} buffers of at most ${most}`] : [];
}

function endProblems({ graph, kernels, copies }: Fused, memory: ReadonlySet<ValueId>): readonly string[] {
  const nameOf = (value: ValueId): string => `%${graph.nodes[value]?.name ?? value}`;
  const problems: string[] = [];
  for (const { name, value } of graph.results) {
    if (!memory.has(value)) problems.push(`result ${name} is not in memory at the end`);
  }
  const copied = copies.map(({ from, to }) => ({ value: from, target: to }));
  const copiedTo = new Set(copied.map(({ target }) => target));
  for (const { value } of copied) {
    if (!memory.has(value)) problems.push(`${nameOf(value)} is copied and is not in memory at the end`);
    // Copies run one after the other.
    if (copiedTo.has(value)) {
      problems.push(`${nameOf(value)} is copied and written by a copy`);
    }
  }
  const overwritten = kernels.flatMap(({ inPlace }) =>
    [...inPlace].map(([value, target]) => ({ value, target })),
  );
  const written = [...copied, ...overwritten];
  const taken = new Map(written.map(({ target, value }) => [target, value]));
  if (taken.size < written.length) problems.push('a leaf is written twice');
  for (const { target, value } of graph.updates) {
    if (taken.get(target) !== value && target !== value)
      problems.push(`${nameOf(target)} does not take ${nameOf(value)}`);
  }
  return problems;
}
