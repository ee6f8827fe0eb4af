/** Faults planted into the nests of real schedules: each is found, and by which check. */
import { describe, expect, test } from 'vitest';
import { add, constant } from '../../compiler/index/build.ts';
import { substitute } from '../../compiler/index/query.ts';
import type { Statement, Term } from '../../compiler/nest/nest.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { changed, expectNestAgrees, expectStoredAgrees } from '../support/nests.ts';

const rowSums = kernelOf(
  `input %x[b: 3, c: 900]: f32
   %y[b: 3]: f32 = sum[c: 900] %x[b, c]`,
  { rows: ['b'] },
);

const total = kernelOf(
  `input %x[b: 100, o: 120]: f32
   %y: f32 = max[b: 100, o: 120] %x[b, o]`,
  { rows: [] },
);

const product = kernelOf(
  `input %x[b: 50, i: 37]: f32
   param %W[i: 37, o: 70]: f32
   %y[b: 50, o: 70]: f32 = sum[i: 37] %x[b, i] * %W[i, o]`,
  { rows: ['b', 'o'] },
);

const pointwise = kernelOf(
  `input %x[b: 5, o: 7]: f32
   %y[b: 5, o: 7]: f32 = exp(%x[b, o])`,
  { rows: ['b', 'o'] },
);

type Class = keyof typeof defaultTargets;

/** Runs what `plant` makes of the nest. */
function planted(
  kernel: TestKernel,
  kind: Class,
  plant: (scheduled: ScheduledKernel) => ScheduledKernel,
): () => void {
  const wrong = plant(expectNestAgrees(kernel, defaultTargets[kind]));
  return () => expectStoredAgrees(kernel, wrong);
}

const isBarrier = (statement: Statement): boolean => statement.kind === 'barrier';

/** Without the barrier of this number. */
function withoutBarrier(scheduled: ScheduledKernel, number: number): ScheduledKernel {
  let met = 0;
  return changed(scheduled, (statement) => (isBarrier(statement) && met++ === number ? [] : [statement]));
}

const countOf = (scheduled: ScheduledKernel, is: (statement: Statement) => boolean): number => {
  let count = 0;
  changed(scheduled, (statement) => {
    if (is(statement)) count++;
    return [statement];
  });
  return count;
};

/** What stands under the tests around stores, without the tests. */
const withoutTests = (scheduled: ScheduledKernel): ScheduledKernel =>
  changed(scheduled, (statement) =>
    statement.kind === 'if' && statement.body.some((within) => within.kind === 'store')
      ? statement.body
      : [statement],
  );

describe('a barrier less', () => {
  test.each([
    ['the tree of a sum', rowSums, 'hardware'],
    ['parts that every thread adds', total, 'software'],
    ['tiles in workgroup memory', product, 'hardware'],
  ] as const)('in %s is a race, whichever it is', (_, kernel, kind) => {
    const scheduled = schedule(kernel.kernel, kernel.values, defaultTargets[kind]);
    const count = countOf(scheduled, isBarrier);
    expect(count).toBeGreaterThan(0);
    for (let number = 0; number < count; number++) {
      expect(planted(kernel, kind, (right) => withoutBarrier(right, number))).toThrow(
        /with no barrier between|which nobody wrote/,
      );
    }
  });
});

describe('a wrong offset in a tile', () => {
  const shifted = (kind: 'keep' | 'recall', by: number) => (scheduled: ScheduledKernel) => {
    const tile = scheduled.nest.memories[0]!.name;
    const term = (part: Term): Term =>
      kind === 'recall' && part.kind === 'recall' && part.memory === tile
        ? { ...part, position: add(part.position, constant(by)) }
        : part;
    return changed(
      scheduled,
      (statement) =>
        kind === 'keep' && statement.kind === 'keep' && statement.memory === tile
          ? [{ ...statement, position: add(statement.position, constant(by)) }]
          : [statement],
      term,
    );
  };
  test('past the end of it', () => {
    expect(planted(product, 'hardware', shifted('keep', 1))).toThrow(/writes left_tile at .*, outside of/);
    expect(planted(product, 'hardware', shifted('recall', 1))).toThrow(/reads left_tile at .*, outside of/);
  });
  test('within it', () => {
    const firstColumn = (scheduled: ScheduledKernel): ScheduledKernel => {
      const term = (part: Term): Term =>
        part.kind === 'recall'
          ? { ...part, position: substitute(part.position, columnZero, new Map()) }
          : part;
      const columnZero = new Map([['column', constant(0)]]);
      return changed(scheduled, (statement) => [statement], term);
    };
    expect(planted(product, 'hardware', firstColumn)).toThrow(/%y at 0: expected .*, found/);
  });
});

describe('a store by all threads', () => {
  test('instead of the first', () => {
    expect(planted(rowSums, 'hardware', withoutTests)).toThrow(
      /thread \d+ of workgroup 0 writes .* which thread 0 of workgroup 0 touched/,
    );
  });
  test('instead of those with an element', () => {
    expect(planted(pointwise, 'software', withoutTests)).toThrow('relies on b_o from 0 to 34, and it is 35');
  });
});
