/** Equations that only rename, permute, repeat or fix indices of a value in; their readers read the value itself, out. */

import { mapLoads } from '../ir/equation.ts';
import type { Equation, Index, Node, ValueId } from '../ir/graph.ts';
import { isEquation, readsAny } from '../ir/nodes.ts';
import { isConstant } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const forwardCopies: Pass = {
  name: 'forward-copies',
  doc: 'Reads a value itself where an equation only copies it (copy propagation).',
  run: (graph) => {
    const copies = new Map<ValueId, Copy>();
    return rebuild(graph, (equation, { node, put }) => {
      const forwarded = forward(equation, copies);
      const copy = copyOf(forwarded);
      if (copy === undefined) return forwarded;
      if (isWhole(copy, node(copy.load.value))) return copy.load.value;
      const id = put(forwarded);
      copies.set(id, copy);
      return id;
    });
  },
};

interface Copy {
  readonly indices: readonly Index[];
  readonly load: Load;
}

function copyOf({ indices, reduce, body, dtype }: Equation): Copy | undefined {
  if (reduce !== undefined || body.kind !== 'load' || body.dtype !== dtype) return undefined;
  return body.indices.every(isPlain) ? { indices, load: body } : undefined;
}

/** An index by itself, or a constant. */
const isPlain = (e: Expr): boolean => bareVariable(e) !== undefined || isConstant(e);

/** Is the copy all of another equation's value, at the same places? Leaves stay apart: they have homes of their own. */
const isWhole = ({ indices, load }: Copy, source: Node): boolean =>
  isEquation(source) &&
  source.indices.length === indices.length &&
  indices.every(
    ({ name, extent }, k) => source.indices[k]!.extent === extent && bareVariable(load.indices[k]!) === name,
  );

const forward = (equation: Equation, copies: ReadonlyMap<ValueId, Copy>): Equation =>
  !readsAny(equation, copies)
    ? equation
    : mapLoads(equation, (load) => {
        const copy = copies.get(load.value);
        return copy === undefined ? load : readThrough(load, copy);
      });

/** The load of the copy's source, at the indices that the copy is read at. */
function readThrough(read: Load, { indices, load }: Copy): Load {
  const at = new Map(indices.map(({ name }, k) => [name, read.indices[k]!] as const));
  return { ...load, indices: load.indices.map((source) => at.get(bareVariable(source) ?? '') ?? source) };
}
