/**
 * Sums of products in which an axis of the result is read by one factor as `d div h`, or as `d mod h`, only; the same with that axis in
 * two, out: `o[i, d: 128] = sum[j] a[d div 32, i, j] * v[j, d]` has an axis that both factors depend on, and is no
 * matrix product. Over heads and places, `sum[j] a[h, i, j] * v[j, 32*h + d]`, it is one for each head.
 *
 * The whole is read at `d div 32` and `d mod 32`: in memory nothing moves.
 */
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { rangesOf, variablesOf } from '../index/query.ts';
import { mapExpressions, pointwise } from '../ir/equation.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { loadsOfEquation } from '../ir/nodes.ts';
import { partOrigin } from '../ir/origin.ts';
import { index, load } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { forEach, substituteIndices } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const splitAxes: Pass = {
  name: 'split-axes',
  doc: 'Splits an axis of a sum of products in two where one factor reads a quotient of it.',
  run: (graph) => {
    const kept = endsOf(graph);
    return rebuild(graph, (equation, { add, members }, id) => {
      // A result keeps its shape: it would be copied.
      if (members.size > 0 || kept.has(id)) return equation;
      const axis = axisOf(equation);
      return axis === undefined ? equation : split(equation, axis, add);
    });
  },
};

const endsOf = ({ results, updates }: Graph): ReadonlySet<ValueId> =>
  new Set([...results, ...updates].map(({ value }) => value));

interface SplitAxis {
  readonly axis: Index;
  readonly by: number;
}

/** The axis to split: one of which a factor reads the quotient, or the remainder, alone, and another one not so. */
function axisOf(equation: Equation): SplitAxis | undefined {
  if (equation.reduce?.by !== 'sum') return undefined;
  const loads = loadsOfEquation(equation);
  if (!loads.some(divides)) return undefined;
  for (const axis of equation.indices) {
    // A condition on the axis would be one on both halves, and no factor's alone: nothing would keep each inside.
    if (equation.reduce.guards.some((guard) => mentions(guard, axis.name))) continue;
    const reads = loads.map((one) => readsOf(one, axis.name)).filter((read) => read.length > 0);
    const divisors = new Set(reads.flat().flatMap(({ by }) => by ?? []));
    const [by] = divisors;
    if (by === undefined || divisors.size > 1 || axis.extent % by !== 0 || by === axis.extent) continue;
    const parts = reads.map((read) => [...new Set(read.flatMap(partsOf))].sort().join(' '));
    const isOne = (part: string): boolean => !part.includes(' ');
    if (parts.some(isOne) && new Set(parts).size > 1) return { axis, by };
  }
  return undefined;
}

/** Whether a position is a quotient or a remainder, or has one in it. */
const divides = ({ indices }: Load): boolean =>
  indices.some((at) =>
    at.kind === 'index' ? at.of.terms.some(({ atom }) => atom.kind !== 'index') : at.kind !== 'constant',
  );

function mentions(guard: Expr, name: string): boolean {
  let found = false;
  forEach(guard, (e) => {
    if (e.kind === 'index' && variablesOf(e.of).has(name)) found = true;
  });
  return found;
}

/** How an expression reads an index: `(d + shift) div by`, `(d + shift) mod by`, or otherwise. */
interface Read {
  readonly kind: 'div' | 'mod' | 'other';
  readonly by?: number;
  readonly shift?: number;
}

/** What is left of `d = by*outer + inner` in a read. */
const partsOf = ({ kind, by, shift }: Read): readonly ('inner' | 'outer')[] => {
  if (kind === 'mod') return ['inner'];
  return kind === 'div' && shift! % by! === 0 ? ['outer'] : ['inner', 'outer'];
};

function readsOf(one: Load, name: string): readonly Read[] {
  const found: Read[] = [];
  const visit = (of: Affine): void => {
    for (const { atom } of of.terms) {
      if (atom.kind === 'index') {
        if (atom.name === name) found.push({ kind: 'other' });
      } else if (variablesOf(atom.of).has(name)) {
        const isPlain = isBare(atom.of, name);
        found.push(isPlain ? { kind: atom.kind, by: atom.by, shift: atom.of.constant } : { kind: 'other' });
      }
    }
  };
  for (const at of one.indices) forEach(at, (e) => e.kind === 'index' && visit(e.of));
  return found;
}

/** The index, with a constant added or not. */
const isBare = ({ terms }: Affine, name: string): boolean =>
  terms.length === 1 &&
  terms[0]!.coefficient === 1 &&
  terms[0]!.atom.kind === 'index' &&
  terms[0]!.atom.name === name;

function split(equation: Equation, { axis, by }: SplitAxis, add: (equation: Equation) => ValueId): Equation {
  const { indices, reduce } = equation;
  const [outer] = renamedApart(
    [{ name: `${axis.name}_div`, extent: axis.extent / by }],
    [...indices, ...reduce!.indices],
  ) as readonly [Index];
  const inner: Index = { name: axis.name, extent: by };
  const own = indices.flatMap((other) => (other === axis ? [outer, inner] : [other]));
  const ranges = rangesOf([...own, ...reduce!.indices]);
  const whole = affine.add(affine.scale(affine.variable(outer.name), by), affine.variable(inner.name));
  const map = new Map([[axis.name, whole]]);
  const parts = mapExpressions({ ...equation, indices: own }, (e) =>
    simplify(substituteIndices(e, map, ranges), ranges),
  );
  const part: Equation = { ...parts, name: `${equation.name}.split`, origin: partOrigin(equation) };
  const next = axisOf(part);
  const id = add(next === undefined ? part : split(part, next, add));
  const all = rangesOf(indices);
  const position = affine.variable(axis.name);
  const at = indices.flatMap((other): readonly Expr[] =>
    other === axis
      ? [index(affine.divide(position, by, all)), index(affine.modulo(position, by, all))]
      : [index(affine.variable(other.name))],
  );
  return pointwise(equation, load(id, equation.dtype, at));
}
