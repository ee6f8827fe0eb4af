/**
 * A graph in; the same with axes that keep their names from one value to the next, out.
 *
 * Each layer and function of the prelude has letters of its own: what a model calls the outputs o of a layer would be the
 * classes c of a softmax and the columns i of the layer behind it. Where an equation of a layer reads a value at an index of
 * its own, the axis has the name that it has there. Equations of the model itself keep their letters, and so do the steps of
 * a recurrence that a layer has for itself.
 */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { blocksOf } from '../ir/components.ts';
import { mapExpressions } from '../ir/equation.ts';
import type { Equation, Graph, Index, Node } from '../ir/graph.ts';
import { isEquation, isPersistent, loadsOfEquation } from '../ir/nodes.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';

export function withKeptAxes(graph: Graph): Graph {
  const { nodes: given } = graph;
  const isOfModel = (id: number): boolean => !given[id]!.name.includes('.');
  const keeping = new Set(
    blocksOf(given).flatMap(({ members, isRecurrence }) =>
      isRecurrence && !members.some(isOfModel) ? members : [],
    ),
  );
  const nodes: Node[] = [];
  // What comes later and is of the model has its letters already.
  const named = (id: number): Node | undefined => nodes[id] ?? (isOfModel(id) ? given[id] : undefined);
  for (const [id, node] of given.entries())
    nodes.push(!isEquation(node) || isOfModel(id) || keeping.has(id) ? node : renamed(node, named));
  return { ...graph, nodes };
}

type Named = (id: number) => Node | undefined;

function renamed(equation: Equation, before: Named): Equation {
  const names = namesFor(equation, before);
  if (names.size === 0) return equation;
  const to = ({ name, extent }: Index): Index => ({ name: names.get(name) ?? name, extent });
  const indices = equation.indices.map(to);
  const bound = equation.reduce?.indices.map(to);
  const map = new Map([...names].map(([name, other]) => [name, variable(other)] as const));
  const ranges = rangesOf([...indices, ...(bound ?? [])]);
  const moved = mapExpressions(equation, (expr) => substituteIndices(expr, map, ranges));
  return { ...moved, indices, ...(moved.reduce && bound && { reduce: { ...moved.reduce, indices: bound } }) };
}

/** The letters of the first value that is read element by element, or of which whole axes are reduced. */
function namesFor(equation: Equation, before: Named): ReadonlyMap<string, string> {
  const { indices, reduce } = equation;
  const all = loadsOfEquation(equation).filter(({ value }) => {
    const source = before(value);
    return source !== undefined && !isPersistent(source);
  });
  // A mask says of what it masks only which elements.
  const isReal = ({ value }: Load): boolean => before(value)!.dtype === 'f32';
  const reads = [...all.filter(isReal), ...all.filter((read) => !isReal(read))];
  const read =
    reads.find(({ indices: at }) => isOwnPlace(at, indices)) ??
    reads.find(({ indices: at }) => isEachOnce(at, indices, reduce?.indices ?? []));
  if (read === undefined) return forNumbered(equation, reads, before);
  const letters = new Map(
    read.indices.map((at, axis) => [stepVariable(at)!, before(read.value)!.indices[axis]!.name] as const),
  );
  const names = new Map(indices.map(({ name }) => [name, letters.get(name)!] as const));
  // What is summed over makes room: it has the letter of its own axis, or a number.
  const taken = new Set(names.values());
  for (const { name } of reduce?.indices ?? []) {
    const own = letters.get(name);
    let free = taken.has(name) && own !== undefined ? own : name;
    for (let k = 2; taken.has(free); k++) free = `${name}_${k}`;
    taken.add(free);
    names.set(name, free);
  }
  return new Map([...names].filter(([from, to]) => from !== to));
}

/** The compiler's own, of what would else have the letter of another axis. */
const isNumbered = (name: string): boolean => /_\d+$/.test(name);

/** Where axes are cut or put together, those that are not have the letter of what is read, if they have none themselves. */
function forNumbered(
  { indices, reduce }: Equation,
  reads: readonly Load[],
  before: Named,
): ReadonlyMap<string, string> {
  const taken = new Set([...indices, ...(reduce?.indices ?? [])].map(({ name }) => name));
  const names = new Map<string, string>();
  for (const { name } of indices.filter((index) => isNumbered(index.name))) {
    const letters = reads.flatMap(({ value, indices: at }) =>
      at.flatMap((e, axis) => (stepVariable(e) === name ? [before(value)!.indices[axis]!.name] : [])),
    );
    const free = letters.find((letter) => !isNumbered(letter) && !taken.has(letter));
    if (free === undefined) continue;
    taken.add(free);
    names.set(name, free);
  }
  return names;
}

/** Indices that stand alone, each once, those of the equation among them. */
function isEachOnce(at: readonly Expr[], indices: readonly Index[], bound: readonly Index[]): boolean {
  const names = at.map(stepVariable);
  const known = new Set([...indices, ...bound].map(({ name }) => name));
  return (
    new Set(names).size === at.length &&
    names.every((name) => name !== undefined && known.has(name)) &&
    indices.every(({ name }) => names.includes(name))
  );
}

/** At an element's own place, or at that of another step. */
const isOwnPlace = (at: readonly Expr[], indices: readonly Index[]): boolean =>
  at.length === indices.length && at.every((e, k) => stepVariable(e) === indices[k]!.name);

/** The variable of `t` and of `t - 1`. */
function stepVariable(e: Expr): string | undefined {
  const [term, ...more] = asAffine(e)?.terms ?? [];
  return more.length === 0 && term?.coefficient === 1 && term.atom.kind === 'index'
    ? term.atom.name
    : undefined;
}
