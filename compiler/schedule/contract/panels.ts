/**
 * A contraction on a processor: a thread computes a block of results, and packs what it reads of both operands into
 * memory of its own first, so that the innermost loop reads both in the order in which they lie.
 *
 *     for each part of the columns that a cache holds
 *       pack the right operand in panels, of some vectors of four rows for each column
 *       pack the left operand in strips, of some rows for each column
 *       for each panel, for each strip: add the products of all columns to a tile of results, in registers
 *     for each result: what follows, and the stores
 *
 * Rows of each operand, and the batch, are flattened to one axis each: a convolution is a matrix product whose
 * operands are computed while they are packed. Each accumulator is one chain of multiplications and additions.
 */
import type { Affine } from '../../index/affine.ts';
import { constant, scale, variable } from '../../index/build.ts';
import {
  type Memory,
  type Name,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../nest/nest.ts';
import { indexTerm, literal, multiply, name, add as plus, widen } from '../../nest/terms.ts';
import { unflatten } from '../axes.ts';
import { type Builder, bindIndex, type Emit, held } from '../builder.ts';
import { partsOf, termsOf, withinPart } from './column-parts.ts';
import { inPanels, leftReads, liesAsRead, type Read, type Reader } from './pack.ts';
import type { PanelBlock } from './panel-block.ts';
import { finishPanels } from './panel-results.ts';
import { cellOf, type Results, recall, type Side } from './panel-sides.ts';
import { named, placeAt } from './positions.ts';
import type { Contraction } from './recognise.ts';
import { counted, eachStrip, flattened } from './strips.ts';

export function panelTiles(builder: Builder, contraction: Contraction, block: PanelBlock): Nest {
  const body: Statement[] = [];
  const emit: Emit = (statement) => body.push(statement);
  const batch = flattened(contraction.batch, 'batch');
  const axes = [flattened(contraction.left.rows, 'm'), flattened(contraction.right.rows, 'n')] as const;
  const totals = [
    Math.ceil(axes[0].extent / block.rows),
    Math.ceil(axes[1].extent / (4 * block.vectors)),
  ] as const;
  const counts = [
    batch.extent,
    Math.ceil(totals[0] / block.leftStrips),
    Math.ceil(totals[1] / block.rightStrips),
  ] as const;
  const wishes = ['batch', `${axes[0].name}_block`, `${axes[1].name}_block`] as const;
  const workgroups = counts.reduce((product, count) => product * count, 1);
  const number = builder.integer('block', workgroups);
  emit({ kind: 'let', name: number, value: indexTerm(variable(workgroupName), 'u32') });
  const numbers = unflatten(variable(number), counts, builder.ranges);
  const [batchAt, leftBlock, rightBlock] = numbers.map((at, k) =>
    bindIndex(builder, emit, wishes[k]!, at, counts[k]!),
  );
  const { columns } = contraction;
  const parts = partsOf(columns, block.columns);
  const deepest = Math.max(...parts.map(termsOf));
  const memory = (called: string, size: number, lanes: Memory['lanes']): Memory => ({
    name: called,
    scope: 'thread',
    dtype: 'f32',
    size,
    lanes,
  });
  const packed = !parts.every((part) => liesAsRead(builder, contraction.left, part));
  const left: Side = {
    operand: contraction.left,
    axis: axes[0],
    ...(packed && {
      memory: memory(builder.fresh('left_strips'), block.leftStrips * block.rows * deepest, 1),
    }),
    rows: block.rows,
    strips: block.leftStrips,
    total: totals[0],
    first: scale(leftBlock!, block.leftStrips),
  };
  const right: Side & { readonly memory: Memory } = {
    operand: contraction.right,
    axis: axes[1],
    memory: memory(builder.fresh('right_panels'), block.rightStrips * block.vectors * deepest, 4),
    rows: block.vectors,
    strips: block.rightStrips,
    total: totals[1],
    first: scale(rightBlock!, block.rightStrips),
  };
  const size = block.leftStrips * block.rows * block.rightStrips * block.vectors;
  const results: Results = {
    left,
    right,
    memory: memory(builder.fresh(held(contraction.sum, '_block')), size, 4),
  };
  const batchPlace = named(builder, placeAt(builder, new Map([[batch, [batchAt!]]])), emit);
  const once = parts.length === 1 && parts[0]!.every(({ turns }) => turns === 1);
  if (!once) clear(builder, results.memory, emit);
  for (const part of parts) {
    withinPart(builder, part, emit, (first, into) => {
      const panels = inPanels(builder, right, part, first, batchPlace, into);
      const strips = leftReads(builder, left, part, first, batchPlace, into);
      multiplyTiles(builder, contraction, results, { panels, strips }, termsOf(part), once, into);
    });
  }
  finishPanels(builder, contraction, results, batchPlace, emit);
  return builder.finish({
    workgroups,
    workgroupSize: 1,
    body,
    memories: [left.memory, right.memory, results.memory].filter((one) => one !== undefined),
  });
}

const zero = widen(literal(0, 'f32'));

function clear(builder: Builder, memory: Memory, emit: Emit): void {
  const at = builder.integer('result', memory.size);
  const body: readonly Statement[] = [
    { kind: 'keep', memory: memory.name, position: variable(at), value: zero },
  ];
  emit({ kind: 'loop', name: at, from: constant(0), until: memory.size, by: 1, body });
}

/** How both operands are read, a column at a time. */
interface Reads {
  readonly panels: Reader;
  readonly strips: Reader;
}

/** Adds the products of `terms` columns to every tile; `once` where there is nothing yet to add to. */
function multiplyTiles(
  builder: Builder,
  contraction: Contraction,
  results: Results,
  reads: Reads,
  terms: number,
  once: boolean,
  emit: Emit,
): void {
  const { left, right, memory } = results;
  eachStrip(builder, right, emit, (panel, onRight, within) => {
    const vector = reads.panels(panel, onRight, within);
    eachStrip(builder, left, within, (strip, onLeft, into) => {
      const number = reads.strips(strip, onLeft, into);
      const cell = (m: number, n: number): Affine => cellOf(results, panel, strip, constant(m), constant(n));
      const sums = Array.from({ length: left.rows }, (_, m) =>
        Array.from({ length: right.rows }, (_, n): Name => {
          const declared = builder.fresh(held(contraction.sum, `_${m}_${n}`));
          const value: Term = once ? zero : recall(memory, cell(m, n));
          into({ kind: 'var', name: declared, value });
          return name(declared, 'f32', 4);
        }),
      );
      // One column a turn: what more of them share is less than what the registers lack then.
      counted(builder, 'column', terms, into, (column, to) => {
        addProducts(builder, { vector, number }, column, sums, to);
      });
      sums.forEach((row, m) => {
        row.forEach((value, n) => {
          into({ kind: 'keep', memory: memory.name, position: cell(m, n), value });
        });
      });
    });
  });
}

/** Of one column: each number of the left strip times the whole width of the panel. */
function addProducts(
  builder: Builder,
  { vector, number }: { readonly vector: Read; readonly number: Read },
  column: Affine,
  sums: readonly (readonly Name[])[],
  emit: Emit,
): void {
  const bound = (wish: string, value: Term): Term => {
    const declared = builder.fresh(wish);
    emit({ kind: 'let', name: declared, value: widen(value) });
    return name(declared, 'f32', 4);
  };
  const rights = sums[0]!.map((_, n) => bound('right', vector(n, column)));
  sums.forEach((row, m) => {
    const left = bound('left', number(m, column));
    row.forEach((sum, n) => {
      emit({ kind: 'assign', name: sum.name, value: plus(sum, multiply(left, rights[n]!)) });
    });
  });
}
