/**
 * The schedule of rows: reductions over one operand, and chains of them over the same row (softmax, layer
 * norm, cross-entropy) in; one kernel out that keeps what it knows of a row until the row is done.
 */

import { countPoints } from '../../../runtime/extents.ts';
import { powerOfTwo } from '../../classes/class.ts';
import { classOf } from '../../classes/index.ts';
import type { Decision } from '../../decision.ts';
import type { Affine } from '../../index/affine.ts';
import { someVariable } from '../../index/query.ts';
import type { Target } from '../../target.ts';
import { type Axis, axesOf } from '../axes.ts';
import type { Builder } from '../builder.ts';
import { mostThreads } from '../grid.ts';
import { type Attempt, refused, type Schedule } from '../schedule.ts';
import type { Unrolling } from '../text-cost.ts';
import { type RowsPlan, threadPerRow } from './rows.ts';
import { keptIn, type Stage, type Stages, stagesOf } from './stages.ts';
import { workgroupPerRow } from './workgroups.ts';

export const reduce: Schedule = {
  name: 'reduce',
  doc: 'Rows: a thread, or a workgroup, walks the columns of a row as often as its reductions depend on each other.',
  unrolls: ['usual', 'little', 'none'],
  attempt,
};

/** Up to so many columns are taken without a loop. */
const fewColumns = 16;

function attempt(builder: Builder, target: Target, unrolling: Unrolling): Attempt {
  const { kernel } = builder;
  if (kernel.columns.length === 0) return refused('no columns');
  const forms = builder.forms;
  const rows = axesOf(kernel.rows, forms);
  const columns = axesOf(kernel.columns, forms);
  const stages = stagesOf(kernel);
  const rowCount = countPoints(rows);
  const columnCount = countPoints(columns);
  const atOnce = columnCount <= fewColumns && unrolling === 'usual';
  const vector =
    unrolling === 'none'
      ? 'none'
      : classOf(target).rows.ragged
        ? vectorAnywhere(rows, columns, forms, atOnce)
        : vectorOf(rows, columns, forms);
  const group =
    atOnce || vector === 'rows' ? undefined : groupOf(rowCount, columnCount, stages.walks, target);
  if (group !== undefined) {
    const plan = {
      rows,
      columns,
      stages,
      unroll: 1,
      vectors: 1,
      workgroupSize: group,
      vector: vector === 'columns' ? vector : 'none',
    } as const;
    const nest = workgroupPerRow(builder, {
      ...plan,
      combination: classOf(target).rows.combination,
    });
    return {
      kind: 'built',
      nest,
      because: `${rowCount} rows of ${columnCount} columns in ${count(stages.walks.length, 'walk')}; ${group} threads a row`,
      rejected: [{ option: 'a thread a row', because: `${rowCount} rows do not keep the adapter busy` }],
    };
  }
  const kept = keptIn(kernel, stages);
  const elements = kept.flat().length * columnCount * (vector === 'rows' ? 4 : 1);
  const keeps = !atOnce && elements <= classOf(target).rows.mostKept;
  const keepsSome = keeps && elements > 0;
  const vectors =
    vector === 'rows' && !atOnce && !keepsSome && unrolling === 'usual'
      ? vectorsOf(rows, stages, classOf(target).rows.vectors)
      : 1;
  const threads = (vector === 'rows' ? rowCount / 4 : rowCount) / vectors;
  const plan: RowsPlan = {
    rows,
    columns,
    stages,
    vector,
    vectors,
    atOnce,
    unroll: unrolling !== 'usual' ? 1 : vector === 'columns' ? 2 : Math.max(1, Math.floor(4 / vectors)),
    workgroupSize: Math.min(classOf(target).rows.workgroupSize(threads), mostThreads(target)),
    kept: stages.walks.map((_, walk) => (keeps ? kept[walk]! : [])),
  };
  const taken = atOnce
    ? 'all columns at once'
    : vectors > 1
      ? `${vectors} times four rows side by side`
      : describeVector(vector);
  return {
    kind: 'built',
    nest: threadPerRow(builder, plan),
    because: `${rowCount} rows of ${columnCount} columns in ${count(stages.walks.length, 'walk')}; a thread a row, ${taken}`,
    rejected: whyNoGroup(vector, target),
  };
}

/** Chunks of rows that keep some cores busy. */
const fewestChunks = 8;

/** Vectors of rows that a thread takes together: with a register for each sum, and few rows that are left. */
function vectorsOf(rows: readonly Axis[], { walks }: Stages, most: number): number {
  const sums = Math.max(...walks.map(({ reduces }) => reduces.length));
  const chunks = countPoints(rows) / 4;
  for (let vectors = most; vectors > 1; vectors--) {
    const { extent } = rows.at(-1)!;
    const isEven = 16 * (extent % (4 * vectors)) <= extent;
    if (isEven && sums * vectors <= 8 && chunks / vectors >= fewestChunks) return vectors;
  }
  return 1;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const describeVector = (vector: RowsPlan['vector']): string =>
  ({ columns: 'four columns at a time', rows: 'four rows side by side', none: 'one column at a time' })[
    vector
  ];

function whyNoGroup(vector: RowsPlan['vector'], target: Target): Decision['rejected'] {
  if (vector === 'rows') {
    return [{ option: 'a workgroup a row', because: 'neighbours in memory are neighbouring rows' }];
  }
  return [{ option: 'a workgroup a row', because: classOf(target).rows.whyAlone }];
}

/** What to put into the lanes: the innermost column or the innermost row, whichever is contiguous more often. */
function vectorOf(
  rows: readonly Axis[],
  columns: readonly Axis[],
  forms: readonly Affine[],
): RowsPlan['vector'] {
  const names = new Set(columns.flatMap((axis) => axis.members.map((member) => member.name)));
  // What is read or written once a row is little.
  const bulk = forms.filter((form) => someVariable(form, (name) => names.has(name)));
  const score = (axis: Axis | undefined): number => {
    const index = axis?.members.at(-1);
    if (axis === undefined || index === undefined || index.extent % 4 !== 0) return 0;
    return bulk.filter((form) => isContiguous(form, index.name)).length;
  };
  const byRow = score(rows.at(-1));
  const byColumn = score(columns.at(-1));
  if (byRow === 0 && byColumn === 0) return 'none';
  return byColumn >= byRow ? 'columns' : 'rows';
}

/**
 * The same where four neighbours may lie anywhere, and the last ones of a row may be fewer. What is read again for each
 * row, such as the one row of a product with a matrix, is little. All columns at once are whole vectors.
 */
function vectorAnywhere(
  rows: readonly Axis[],
  columns: readonly Axis[],
  forms: readonly Affine[],
  atOnce: boolean,
): RowsPlan['vector'] {
  const dependsOn = (form: Affine, axes: readonly Axis[]): boolean => {
    const names = new Set(axes.flatMap((axis) => axis.members.map((member) => member.name)));
    return someVariable(form, (name) => names.has(name));
  };
  const walked = forms.filter((form) => dependsOn(form, columns));
  const own = walked.filter((form) => dependsOn(form, rows));
  const bulk = own.length > 0 ? own : walked;
  const score = (axis: Axis | undefined): number => {
    const index = axis?.members.at(-1);
    return index === undefined ? 0 : bulk.filter((form) => isContiguous(form, index.name)).length;
  };
  const [row, column] = [rows.at(-1), columns.at(-1)!];
  const byRow = row !== undefined && row.extent >= 4 ? score(row) : 0;
  const byColumn = column.extent >= 4 && !(atOnce && column.extent % 4 !== 0) ? score(column) : 0;
  if (byRow === 0 && byColumn === 0) return 'none';
  return byColumn >= byRow ? 'columns' : 'rows';
}

const isContiguous = (form: Affine, index: string): boolean =>
  form.terms.some(
    ({ coefficient, atom }) => coefficient === 1 && atom.kind === 'index' && atom.name === index,
  );

/** How many threads should share a row, or undefined for one thread a row. */
function groupOf(rows: number, columns: number, walks: readonly Stage[], target: Target): number | undefined {
  // Each thread keeps its part of each reduction in workgroup memory, some with a position beside it.
  const reductions = walks.flatMap(({ reduces }) => reduces).length;
  const most = powerOfTwo(
    Math.min(mostThreads(target), Math.floor(target.workgroupStorage / (8 * reductions))),
  );
  if (most < 32) return undefined;
  return classOf(target).rows.together({ rows, columns, walks: walks.length }, most);
}
