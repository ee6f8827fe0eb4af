/**
 * The columns of a contraction in parts that are small enough to be packed: the axes and a number of columns in, for
 * each part what it has of each axis out.
 */
import type { Affine, Ranges } from '../../index/affine.ts';
import { add, constant, divide, scale, variable } from '../../index/build.ts';
import type { Lanes, Statement } from '../../nest/nest.ts';
import { type Axis, indicesOf } from '../axes.ts';
import type { Builder, Emit } from '../builder.ts';
import { counted } from './strips.ts';

/** Of one axis: `turns` stretches of `step` columns one after another, the first one at `from`. */
interface Span {
  readonly axis: Axis;
  readonly from: number;
  readonly turns: number;
  readonly step: number;
}

/** Of every axis, outermost first. A turn of each together is what is packed at once. */
export type Part = readonly Span[];

/** Columns of one turn. */
export const termsOf = (part: Part): number => part.reduce((terms, { step }) => terms * step, 1);

/** Parts that have all columns together, of at most `most` a turn; the last one where the others leave a rest. */
export function partsOf(columns: readonly Axis[], most: number): readonly Part[] {
  let inner = 1;
  let split = columns.length - 1;
  while (split > 0 && inner * columns[split]!.extent <= most) inner *= columns[split--]!.extent;
  const { extent } = columns[split]!;
  const step = stepOf(columns[split]!, Math.floor(Math.max(inner, most) / inner));
  const whole = Math.floor(extent / step);
  const part = (own: Omit<Span, 'axis'>): Part =>
    columns.map((axis, k) => {
      if (k === split) return { axis, ...own };
      return k < split
        ? { axis, from: 0, turns: axis.extent, step: 1 }
        : { axis, from: 0, turns: 1, step: axis.extent };
    });
  const parts = [part({ from: 0, turns: whole, step })];
  const rest = extent - whole * step;
  return rest === 0 ? parts : [...parts, part({ from: whole * step, turns: 1, step: rest })];
}

/** As few turns as may be, all about as long; each of whole rows of the axis's members where that is as good. */
function stepOf({ extent, members }: Axis, most: number): number {
  const row = members.at(-1)!.extent;
  const evenly = (all: number, atMost: number): number => Math.ceil(all / Math.ceil(all / atMost));
  return row > 1 && row <= most / 2
    ? row * evenly(extent / row, Math.floor(most / row))
    : evenly(extent, most);
}

/**
 * The same columns, with an axis of its own for the innermost index, where a turn has whole rows of it: what depends on
 * an index alone, as the padding of an image does, is then found without divisions.
 */
export function byRows(part: Part, start: Start, ranges: Ranges): Columns {
  const { axis, from, turns, step } = part.at(-1)!;
  const row = axis.members.at(-1)!;
  const whole = axis.members.length > 1 && row.extent >= 4 && step % row.extent === 0;
  if (!whole || from % row.extent !== 0) return { part, start };
  const members = axis.members.slice(0, -1);
  const outer: Axis = {
    name: members.map(({ name }) => name).join('_'),
    extent: axis.extent / row.extent,
    members,
  };
  return {
    part: [
      ...part.slice(0, -1),
      { axis: outer, from: from / row.extent, turns, step: step / row.extent },
      { axis: { name: row.name, extent: row.extent, members: [row] }, from: 0, turns: 1, step: row.extent },
    ],
    start: [...start.slice(0, -1), divide(start.at(-1)!, row.extent, ranges), constant(0)],
  };
}

/** Where the first column of a turn is, on each axis. */
export type Start = readonly Affine[];

/** Those of one turn. */
export interface Columns {
  readonly part: Part;
  readonly start: Start;
}

/** The loops over the turns of a part. */
export function withinPart(
  builder: Builder,
  part: Part,
  emit: Emit,
  visit: (start: Start, emit: Emit) => void,
  outer: Start = [],
): void {
  const span = part[outer.length];
  if (span === undefined) {
    visit(outer, emit);
    return;
  }
  const { axis, from, turns, step } = span;
  if (turns === 1) {
    withinPart(builder, part, emit, visit, [...outer, constant(from)]);
    return;
  }
  const bound = builder.integer(step === 1 ? axis.name : `${axis.name}_part`, turns);
  const body: Statement[] = [];
  const start = add(scale(variable(bound), step), constant(from));
  withinPart(builder, part, (statement) => body.push(statement), visit, [...outer, start]);
  emit({ kind: 'loop', name: bound, from: constant(0), until: turns, by: 1, body });
}

/**
 * The loops over the columns of one turn; `visit` gets the indices of a column and its number in the turn. With a width
 * of four it gets four neighbours of the innermost axis at once, of which there are four; at its end some of them again.
 */
export function eachColumn(
  builder: Builder,
  { part, start }: Columns,
  width: Lanes,
  emit: Emit,
  visit: (columns: readonly ReadonlyMap<string, Affine>[], number: Affine, emit: Emit) => void,
): void {
  const along = (
    k: number,
    indices: readonly (readonly [string, Affine])[],
    number: Affine,
    into: Emit,
  ): void => {
    const { axis, step } = part[k]!;
    const at = (offset: Affine, lanes: Lanes, to: Emit): void => {
      const columns = Array.from({ length: lanes }, (_, lane) => [
        ...indices,
        ...indicesOf(axis, add(add(start[k]!, offset), constant(lane)), builder.ranges),
      ]);
      const next = add(scale(number, step), offset);
      if (k === part.length - 1)
        visit(
          columns.map((column) => new Map(column)),
          next,
          to,
        );
      else along(k + 1, columns[0]!, next, to);
    };
    const lanes = k === part.length - 1 && step >= width ? width : 1;
    const turns = Math.floor(step / lanes);
    counted(builder, axis.name, turns, into, (turn, to) => at(scale(turn, lanes), lanes, to));
    if (turns * lanes < step) at(constant(step - lanes), lanes, into);
  };
  along(0, [], constant(0), emit);
}
