/**
 * A contraction with workgroup memory: a workgroup computes a block of results from tiles of both operands in
 * workgroup memory, and each of its threads a register block of those.
 *
 * Rows, columns and batch are flattened to one axis each, so that a convolution is a matrix product whose
 * operands are computed while they are copied into the tiles (an implicit GEMM). Four rows at one column are
 * one vector of a tile. Threads that are neighbours copy what are neighbours in memory. At ragged ends rows
 * repeat the last one, whose results are not stored, and columns beyond the last count as 0. Barriers stand
 * in the loop over tiles only, which all threads run alike.
 */
import type { Block, WorkgroupTiles } from '../../classes/class.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import {
  localName,
  type Memory,
  type Name,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../nest/nest.ts';
import { indexTerm, lane, literal, multiply, name, add as plus, widen } from '../../nest/terms.ts';
import type { Target } from '../../target.ts';
import { type Axis, unflatten } from '../axes.ts';
import { type Builder, bind, bindIndex, type Emit, held } from '../builder.ts';
import { mostThreads } from '../grid.ts';
import { copy } from './copy.ts';
import { epilogue } from './epilogue.ts';
import type { Spot } from './positions.ts';
import type { Contraction, Operand } from './recognise.ts';
import { flattened } from './strips.ts';

/** The operand with the innermost row to the right: its rows are the lanes of what is stored. */
export function oriented(builder: Builder, contraction: Contraction): Contraction {
  const inner = builder.kernel.rows.at(-1);
  const { left, right } = contraction;
  const swap = left.rows.some((axis) => axis.members.at(-1) === inner);
  return swap ? { ...contraction, left: right, right: left } : contraction;
}

/** A block that leaves enough workgroups for all processors; undefined where one side is too short for tiles. */
export function blockOf(
  contraction: Contraction,
  { busy, fewest, large, others }: WorkgroupTiles,
  target: Target,
): Block | undefined {
  const sides = [
    flattened(contraction.left.rows, 'm').extent,
    flattened(contraction.right.rows, 'n').extent,
  ] as const;
  const [m, n] = sides;
  if (Math.min(m, n) < fewest[0] || Math.max(m, n) < fewest[1]) return undefined;
  const batch = flattened(contraction.batch, 'batch').extent;
  const fits = (block: Block): boolean => {
    const threads = (block.left / block.perLeft) * (block.right / block.perRight);
    const bytes = (block.left + block.right) * block.depth * 4;
    return threads <= mostThreads(target) && bytes <= target.workgroupStorage;
  };
  const groups = (block: Block): number => batch * Math.ceil(m / block.left) * Math.ceil(n / block.right);
  if (groups(large) >= busy && m >= large.left && n >= large.right && fits(large)) return large;
  const wasteless = others.filter(
    ({ left, right }) => (left < 2 * m || left === 16) && (right < 2 * n || right === 16),
  );
  const usable = wasteless.filter(fits);
  return usable.find((candidate) => groups(candidate) >= busy) ?? usable.at(-1);
}

export function workgroupTiles(builder: Builder, contraction: Contraction, block: Block): Nest {
  const axes = {
    left: flattened(contraction.left.rows, 'm'),
    right: flattened(contraction.right.rows, 'n'),
    batch: flattened(contraction.batch, 'batch'),
    columns: flattened(contraction.columns, 'k'),
  };
  const across = { left: block.left / block.perLeft, right: block.right / block.perRight };
  const threads = across.left * across.right;
  const body: Statement[] = [];
  const emit: Emit = (statement) => body.push(statement);
  const counts = [
    axes.batch.extent,
    Math.ceil(axes.left.extent / block.left),
    Math.ceil(axes.right.extent / block.right),
  ] as const;
  const workgroups = counts[0] * counts[1] * counts[2];
  const group = builder.integer('block', workgroups);
  emit({ kind: 'let', name: group, value: indexTerm(variable(workgroupName), 'u32') });
  const thread = builder.integer('thread', threads);
  emit({ kind: 'let', name: thread, value: indexTerm(variable(localName), 'u32') });
  const [batchAt, leftBlock, rightBlock] = unflatten(variable(group), counts, builder.ranges).map((at, k) =>
    bindIndex(
      builder,
      emit,
      ['batch', `${axes.left.name}_block`, `${axes.right.name}_block`][k]!,
      at,
      counts[k]!,
    ),
  );
  const [leftThread, rightThread] = unflatten(
    variable(thread),
    [across.left, across.right],
    builder.ranges,
  ).map((at, k) =>
    bindIndex(
      builder,
      emit,
      `${[axes.left, axes.right][k]!.name}_thread`,
      at,
      k === 0 ? across.left : across.right,
    ),
  );
  const memory = (wish: string, rows: number): Memory => ({
    name: builder.fresh(wish),
    scope: 'workgroup',
    dtype: 'f32',
    size: (block.depth * rows) / 4,
    lanes: 4,
  });
  const leftTile = memory('left_tile', block.left);
  const rightTile = memory('right_tile', block.right);

  const accumulators = Array.from({ length: block.perLeft }, (_, m) =>
    Array.from({ length: block.perRight / 4 }, (_, n): Name => {
      const declared = builder.fresh(held(contraction.sum, `_${m}_${n}`));
      emit({ kind: 'var', name: declared, value: widen(literal(0, 'f32')) });
      return name(declared, 'f32', 4);
    }),
  );
  const tiles = Math.ceil(axes.columns.extent / block.depth);
  const tile = builder.integer('tile', tiles);
  const inner: Statement[] = [];
  const into: Emit = (statement) => inner.push(statement);
  const batchSpot: Spot = new Map([[axes.batch, [batchAt!]]]);
  const fill = (operand: Operand, axis: Axis, at: Affine, rows: number, to: Memory): void => {
    const from = { operand, axis, columns: axes.columns, first: at, rows, batch: batchSpot };
    copy(
      builder,
      from,
      { tile: variable(tile), thread: variable(thread), threads, depth: block.depth },
      to,
      into,
    );
  };
  fill(contraction.left, axes.left, leftBlock!, block.left, leftTile);
  fill(contraction.right, axes.right, rightBlock!, block.right, rightTile);
  into({ kind: 'barrier', orders: 'memories' });
  multiplyTiles(
    builder,
    block,
    { leftTile, rightTile },
    { left: leftThread!, right: rightThread! },
    accumulators,
    into,
  );
  into({ kind: 'barrier', orders: 'memories' });
  emit({ kind: 'loop', name: tile, from: constant(0), until: tiles, by: 1, body: inner });

  const base = new Map([
    [axes.batch, batchAt!],
    [axes.left, add(scale(leftBlock!, across.left), leftThread!)],
    [axes.right, add(scale(rightBlock!, across.right), rightThread!)],
  ]);
  const memories = epilogue(
    builder,
    { ...contraction, batch: [axes.batch] },
    {
      leftShares: [{ axis: axes.left, points: block.perLeft, width: 1 }],
      rightShares: [{ axis: axes.right, points: block.perRight / 4, width: 4 }],
      base,
    },
    accumulators,
    emit,
  );
  return builder.finish({
    workgroups,
    workgroupSize: threads,
    body,
    memories: [leftTile, rightTile, ...memories],
  });
}

/** Adds the products of all columns of the tiles to the accumulators. */
function multiplyTiles(
  builder: Builder,
  block: Block,
  { leftTile, rightTile }: { readonly leftTile: Memory; readonly rightTile: Memory },
  thread: { readonly left: Affine; readonly right: Affine },
  accumulators: readonly (readonly Name[])[],
  emit: Emit,
): void {
  const column = builder.integer('column', block.depth);
  const body: Statement[] = [];
  const into: Emit = (statement) => body.push(statement);
  const vectors = (memory: Memory, at: Affine, rows: number, each: number): readonly Term[] =>
    Array.from({ length: each / 4 }, (_, k) => {
      const position = add(scale(variable(column), rows / 4), add(scale(at, each / 4), constant(k)));
      const term: Term = { kind: 'recall', dtype: 'f32', lanes: 4, memory: memory.name, position };
      return bind(builder, into, memory === leftTile ? 'left' : 'right', term);
    });
  const lefts = vectors(leftTile, thread.left, block.left, block.perLeft);
  const rights = vectors(rightTile, thread.right, block.right, block.perRight);
  accumulators.forEach((row, m) => {
    row.forEach((accumulator, n) => {
      const product = multiply(lane(lefts[Math.floor(m / 4)]!, m % 4), rights[n]!);
      into({ kind: 'assign', name: accumulator.name, value: plus(accumulator, product) });
    });
  });
  emit({ kind: 'loop', name: column, from: constant(0), until: block.depth, by: 1, body });
}
