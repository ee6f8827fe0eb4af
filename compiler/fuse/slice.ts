/**
 * One position of a recurrence as a graph of its own: the members without their sequential index in, ready to be grouped
 * as any equations are, out.
 *
 * What is not computed at this position is a leaf: values from outside, and members at other positions, which are in
 * memory. The position stands in index arithmetic as a name that nothing binds. Conditions that the stretch decides are
 * decided, and what is constant there is.
 */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { asComputed, loadsOfNode, mapOperands } from '../ir/nodes.ts';
import type { Recurrence } from '../ir/recurrences.ts';
import { identityOf, isPositional } from '../ir/reducers.ts';
import { withoutInvariant } from '../passes/trivial-reductions.ts';
import { constant } from '../scalar/build.ts';
import type { Constant, Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, rewrite, substituteIndices } from '../scalar/walk.ts';
import { inline } from './inline.ts';
import { type Position, rangeOf } from './kernel.ts';

export interface Slice {
  readonly graph: Graph;
  readonly position: Position;
  /** For each value of the slice that of the whole graph. */
  readonly originals: readonly ValueId[];
  /** Where a member is computed in the slice. */
  readonly here: ReadonlyMap<ValueId, ValueId>;
  /** Where a member at other positions is a leaf of the slice. */
  readonly elsewhere: ReadonlyMap<ValueId, ValueId>;
  /**
   * Members that are read up to the position at hand, from memory: they must be there before their reader's kernel.
   */
  readonly apart: readonly { readonly value: ValueId; readonly reader: ValueId }[];
}

/** A name for the position that no member uses otherwise. */
export function positionName(nodes: readonly Node[], { members, axes }: Recurrence): string {
  const used = new Set(
    members.flatMap((id) => {
      const own = nodes[id]!.indices[axes.get(id)!];
      return boundIndices(asComputed(nodes[id])).flatMap((i) => (i === own ? [] : [i.name]));
    }),
  );
  const wish = nodes[members[0]!]!.indices[axes.get(members[0]!)!]!.name;
  let name = wish;
  for (let n = 2; used.has(name); n++) name = `${wish}_${n}`;
  return name;
}

/** The members at the positions of a stretch. Which of them must be in memory afterwards is not known here. */
export function sliceOf(nodes: readonly Node[], recurrence: Recurrence, position: Position): Slice {
  const { members, axes } = recurrence;
  const own: Node[] = [];
  const originals: ValueId[] = [];
  const here = new Map<ValueId, ValueId>();
  const outside = new Map<ValueId, ValueId>();
  const apart: { value: ValueId; reader: ValueId }[] = [];
  const constants = new Map<ValueId, Constant>();
  const isMember = new Set(members);
  const add = (node: Node, original: ValueId): ValueId => {
    originals.push(original);
    return own.push(node) - 1;
  };
  const leaf = (value: ValueId): ValueId => {
    const { name, dtype, indices, origin } = nodes[value]!;
    // Not the name of an equation: a member may be one here, too.
    const known =
      outside.get(value) ?? add({ kind: 'input', name: `@${name}`, dtype, indices, origin }, value);
    outside.set(value, known);
    return known;
  };
  const apartFrom = new Map<ValueId, ValueId[]>();
  /** What a load of the whole graph, whose own indices are done, is in the slice. */
  const loadHere = (load: Load, reader: ValueId): Expr => {
    if (!isMember.has(load.value)) return { ...load, value: leaf(load.value) };
    const axis = axes.get(load.value)!;
    const at = load.indices[axis]!;
    if (bareVariable(at) !== position.name) {
      const near = recurrence.reads.some(
        (r) => r.reader === reader && r.load.value === load.value && r.nearest === 0,
      );
      if (near) apartFrom.set(reader, [...(apartFrom.get(reader) ?? []), load.value]);
      return { ...load, value: leaf(load.value) };
    }
    const known = constants.get(load.value);
    if (known !== undefined) return known;
    const made = here.get(load.value);
    if (made === undefined) {
      const { name } = nodes[reader]!;
      throw new InternalError(`%${name} reads %${nodes[load.value]!.name} before it is computed`, {
        pass: 'fuse',
      });
    }
    return { ...load, value: made, indices: load.indices.filter((_, k) => k !== axis) };
  };
  for (const id of members) {
    const slice = atPosition(asComputed(nodes[id]), axes.get(id)!, position, (load) => loadHere(load, id));
    here.set(id, add(slice, id));
    if (slice.reduce === undefined && slice.body.kind === 'constant') constants.set(id, slice.body);
  }
  for (const [reader, values] of apartFrom)
    for (const value of values) apart.push({ value: here.get(value)!, reader: here.get(reader)! });
  const elsewhere = new Map([...outside].filter(([value]) => isMember.has(value)));
  const graph: Graph = { name: position.name, nodes: own, results: [], updates: [] };
  return { graph, position, originals, here, elsewhere, apart };
}

/** A member without its sequential index, as simple as the stretch allows. */
function atPosition(
  equation: Equation,
  axis: number,
  position: Position,
  load: (load: Load) => Expr,
): Equation {
  const own = equation.indices[axis]!.name;
  const indices = equation.indices.filter((_, k) => k !== axis);
  const ranges = new Map([
    ...rangesOf([...indices, ...(equation.reduce?.indices ?? [])]),
    [position.name, rangeOf(position)] as const,
  ]);
  const renamed = (e: Expr): Expr =>
    own === position.name ? e : substituteIndices(e, new Map([[own, variable(position.name)]]), ranges);
  // Loads under conditions that do not hold here are gone before anybody asks for them.
  const here = (e: Expr): Expr =>
    simplify(
      rewrite(simplify(renamed(e), ranges), (part) => (part.kind === 'load' ? load(part) : part)),
      ranges,
    );
  const { reduce, ...rest } = equation;
  if (reduce === undefined) return { ...rest, indices, body: here(equation.body) };
  const guards = reduce.guards.map(here).filter((guard) => !isTruth(guard, true));
  if (guards.some((guard) => isTruth(guard, false)) && !isPositional(reduce.by)) {
    return { ...rest, indices, body: constant(identityOf(reduce.by, equation.dtype), equation.dtype) };
  }
  const reduced = { ...rest, indices, body: here(equation.body), reduce: { ...reduce, guards } };
  const simpler = withoutInvariant(reduced);
  return simpler === reduced ? reduced : { ...simpler, body: simplify(simpler.body, ranges) };
}

const isTruth = (e: Expr, value: boolean): boolean =>
  e.kind === 'constant' && e.dtype === 'bool' && (e.value !== 0) === value;

/** The slice without what neither the wanted values nor what they are made from need. */
export function pruned(slice: Slice, wanted: ReadonlySet<ValueId>): Slice {
  const { nodes } = slice.graph;
  const needed = new Set(wanted);
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (!needed.has(id)) continue;
    for (const { value } of loadsOfNode(nodes[id]!)) needed.add(value);
    for (const { value, reader } of slice.apart) if (reader === id) needed.add(value);
  }
  if (needed.size === nodes.length) return slice;
  const place = new Map([...needed].sort((a, b) => a - b).map((id, k) => [id, k] as const));
  return moved(
    slice,
    {
      ...slice.graph,
      nodes: [...place.keys()].map((id) => mapOperands(nodes[id]!, (value) => place.get(value)!)),
    },
    place,
  );
}

/** The slice in which views, and what is read once elsewhere, stand where they are read. */
export function inlined(slice: Slice, wanted: ReadonlySet<ValueId>): Slice {
  const { nodes } = slice.graph;
  const results = [...wanted, ...slice.apart.flatMap(({ value, reader }) => [value, reader])].map(
    (value) => ({ name: nodes[value]!.name, role: 'value', value }) as const,
  );
  const range = new Map([[slice.position.name, rangeOf(slice.position)]]);
  const graph = inline({ ...slice.graph, results }, range);
  const names = new Map(graph.nodes.map(({ name }, id) => [name, id] as const));
  const place = new Map(
    nodes.flatMap(({ name }, id) => (names.has(name) ? [[id, names.get(name)!] as const] : [])),
  );
  return moved(slice, graph, place);
}

/** The slice as another graph, of which `place` tells where a value is there. */
function moved(slice: Slice, graph: Graph, place: ReadonlyMap<ValueId, ValueId>): Slice {
  const kept = (map: ReadonlyMap<ValueId, ValueId>): ReadonlyMap<ValueId, ValueId> =>
    new Map([...map].flatMap(([value, id]) => (place.has(id) ? [[value, place.get(id)!] as const] : [])));
  const originals: ValueId[] = [];
  for (const [id, at] of place) originals[at] = slice.originals[id]!;
  return {
    ...slice,
    graph,
    originals,
    here: kept(slice.here),
    elsewhere: kept(slice.elsewhere),
    apart: slice.apart.flatMap(({ value, reader }) =>
      place.has(reader) ? [{ value: place.get(value)!, reader: place.get(reader)! }] : [],
    ),
  };
}
