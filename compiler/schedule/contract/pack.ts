/** What a block reads of an operand, packed in the order in which its innermost loop reads it. */
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale } from '../../index/build.ts';
import { bounds, variablesOf } from '../../index/query.ts';
import type { Memory, Term } from '../../nest/nest.ts';
import { compose, lane, widen } from '../../nest/terms.ts';
import { asAffine } from '../../scalar/build.ts';
import { type Axis, indicesOf } from '../axes.ts';
import { type Builder, bind, type Emit } from '../builder.ts';
import { addressOf, sizeOf } from '../facts.ts';
import { type Place, placeOf, pointAt, together } from '../point.ts';
import { accessOf } from './access.ts';
import { byRows, type Columns, eachColumn, type Part, type Start, termsOf } from './column-parts.ts';
import { heldAt } from './copy.ts';
import { recall, type Side } from './panel-sides.ts';
import { named, placeAt } from './positions.ts';
import type { Operand } from './recognise.ts';
import { counted, eachQuad, eachStrip } from './strips.ts';

/** Element, or vector, `k` of a strip at a column of the part. */
export type Read = (k: number, column: Affine) => Term;

/** A strip by its number in the block, and along the axis. */
export type Reader = (strip: Affine, onAxis: Affine, emit: Emit) => Read;

/** Packs the right operand: of each panel, column after column, its vectors of four rows. */
export function inPanels(
  builder: Builder,
  { operand, axis, memory, rows, ...strips }: Side & { readonly memory: Memory },
  part: Part,
  start: Start,
  batch: Place,
  emit: Emit,
): Reader {
  const cell = cells(termsOf(part), rows);
  const columns = walked(operand, part, start, builder);
  const along = packedAlong(builder, operand, axis, columns.part);
  eachStrip(builder, { axis, ...strips }, emit, (strip, onAxis, within) => {
    counted(builder, `${axis.name}_vector`, rows, within, (vector, into) => {
      const unit = add(scale(onAxis, rows), vector);
      eachQuad(builder, axis, unit, true, into, (positions, to) => {
        const placed = (rows: readonly Affine[]): Place =>
          named(builder, placeAt(builder, new Map([[axis, rows]])), to);
        const four = placed(positions);
        const each = along === 'columns' ? positions.map((position) => placed([position])) : [];
        eachColumn(builder, columns, along === 'columns' ? 4 : 1, to, (lanes, number, innermost) => {
          const valueAt = (row: Place): Term => {
            const place = together(batch, row, placeOf(lanes));
            return pointAt(builder, place, innermost, new Map()).of(operand.expr);
          };
          const keep = (column: number, value: Term): void => {
            const position = cell(strip, add(number, constant(column)), vector);
            innermost({ kind: 'keep', memory: memory.name, position, value: widen(value) });
          };
          if (lanes.length === 1) {
            keep(0, valueAt(four));
            return;
          }
          const across = each.map((row) => bind(builder, innermost, `${axis.name}_columns`, valueAt(row)));
          for (const column of lanes.keys()) keep(column, compose(across.map((row) => lane(row, column))));
        });
      });
    });
  });
  return packedReader(memory, cell);
}

/**
 * Four rows at once, or four columns, which are then transposed: in which direction all that is read follows one another
 * in memory. Rows where neither does.
 */
function packedAlong(builder: Builder, operand: Operand, axis: Axis, part: Part): 'rows' | 'columns' {
  const follows = (along: Axis, wraps: boolean): boolean =>
    operand.loads.every((load) => {
      const access = accessOf(builder, load, along);
      return access === 'same' || (access !== 'apart' && !wraps);
    });
  const wraps = ({ members }: Axis): boolean => members.length > 1 && members.at(-1)!.extent % 4 !== 0;
  const { axis: innermost, step } = part.at(-1)!;
  if (step < 4 || follows(axis, wraps(axis))) return 'rows';
  return follows(innermost, isComputed(operand) && wraps(innermost)) ? 'columns' : 'rows';
}

/** An operand that is only read walks several indices of one axis as one. */
const isComputed = ({ expr }: Operand): boolean => expr.kind !== 'load';

const walked = (operand: Operand, part: Part, start: Start, { ranges }: Builder): Columns =>
  isComputed(operand) ? byRows(part, start, ranges) : { part, start };

/** Packs the left operand, of each strip column after column its rows, unless it lies as it is read. */
export function leftReads(
  builder: Builder,
  side: Side,
  part: Part,
  start: Start,
  batch: Place,
  emit: Emit,
): Reader {
  const { operand, axis, memory, rows } = side;
  /** On the axis: the last row again beyond its end. */
  const rowAt = (onAxis: Affine, row: Affine, into: Emit): Place => {
    const at = add(scale(onAxis, rows), row);
    const on = bounds(at, builder.ranges).max < axis.extent ? at : heldAt(builder, axis, at, into);
    return named(builder, placeAt(builder, new Map([[axis, [on]]])), into);
  };
  const valueAt = (row: Place, columns: readonly ReadonlyMap<string, Affine>[], into: Emit): Term =>
    pointAt(builder, together(batch, row, placeOf(columns)), into, new Map()).of(operand.expr);
  if (memory === undefined) {
    const first = new Map(part.flatMap(({ axis }, k) => indicesOf(axis, start[k]!, builder.ranges)));
    return (_, onAxis, into) => {
      const begins = Array.from({ length: rows }, (_, row) =>
        valueAt(rowAt(onAxis, constant(row), into), [first], into),
      );
      return (row, column) => {
        const begin = begins[row]!;
        return begin.kind === 'load' ? { ...begin, position: add(begin.position, column) } : begin;
      };
    };
  }
  const cell = cells(termsOf(part), rows);
  const columns = walked(operand, part, start, builder);
  const width = packedAlong(builder, operand, axis, columns.part) === 'columns' ? 4 : 1;
  eachStrip(builder, side, emit, (strip, onAxis, within) => {
    counted(builder, `${axis.name}_row`, rows, within, (row, into) => {
      const one = rowAt(onAxis, row, into);
      eachColumn(builder, columns, width, into, (lanes, number, innermost) => {
        const value = bind(builder, innermost, `${axis.name}_columns`, valueAt(one, lanes, innermost));
        for (const column of lanes.keys()) {
          const position = cell(strip, add(number, constant(column)), row);
          innermost({ kind: 'keep', memory: memory.name, position, value: lane(value, column) });
        }
      });
    });
  });
  return packedReader(memory, cell);
}

type Cells = (strip: Affine, column: Affine, within: Affine) => Affine;

const cells =
  (terms: number, rows: number): Cells =>
  (strip, column, within) =>
    add(scale(add(scale(strip, terms), column), rows), within);

const packedReader =
  (memory: Memory, cell: Cells): Reader =>
  (strip) =>
  (k, column) =>
    recall(memory, cell(strip, column, constant(k)));

/** Whether an operand is a plain read whose elements at the columns of a part follow one another in memory. */
export function liesAsRead(builder: Builder, { expr }: Operand, part: Part): boolean {
  if (expr.kind !== 'load' || builder.chip(expr) !== undefined || builder.steps.has(expr.value)) return false;
  const indices = expr.indices.map(asAffine).filter((index) => index !== undefined);
  if (indices.length < expr.indices.length) return false;
  const form = addressOf(builder.values.get(expr.value)!, indices, builder.indexRanges);
  const { min, max } = bounds(form, builder.indexRanges);
  if (min < 0 || max >= sizeOf(builder.values.get(expr.value)!)) return false;
  let apart = 1;
  return [...part].reverse().every(({ axis, step }) => {
    const names = axis.members.map((member) => member.name);
    if (step === 1) return true;
    const [own, hidden] = [names.at(-1)!, form.terms.filter(({ atom }) => atom.kind !== 'index')];
    const found = form.terms.find(({ atom }) => atom.kind === 'index' && atom.name === own);
    const fits =
      found?.coefficient === apart &&
      hidden.every(
        ({ atom }) => atom.kind === 'index' || !names.some((name) => variablesOf(atom.of).has(name)),
      );
    apart *= step;
    return fits;
  });
}
