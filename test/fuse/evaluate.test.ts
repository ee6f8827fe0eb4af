/** The meaning of kernels: what a schedule may make of them, not what their indices seem to say. */
import { describe, expect, test } from 'vitest';
import { evaluateKernels } from '../../compiler/fuse/evaluate.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Kernel } from '../../compiler/fuse/kernel.ts';
import { separate } from '../../compiler/fuse/separate.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { graphOf, tensor } from '../support/graphs.ts';
import { type KernelOptions, kernelOf } from '../support/kernels.ts';

const numbers = (...data: readonly number[]): Tensor64 => tensor([data.length], data);
const list = (t: Tensor64 | undefined): readonly number[] => [...t!.data];

/** The results and updates of equations as one kernel. */
function run(lines: string, options: KernelOptions, feeds: Readonly<Record<string, Tensor64>>) {
  const { graph, kernel, values } = kernelOf(lines, options);
  const fused = { given: graph, graph, values, kernels: [kernel], copies: [] };
  return evaluateKernels(fused, new Map(Object.entries(feeds)));
}

describe('a load of an earlier step', () => {
  test('is the value at the current point, whatever its indices say', () => {
    const lines = `
      input %x[i: 4]: f32
      %y[i: 4]: f32 = %x[i] * %x[i]
      %d[i: 4]: f32 = if 1 <= i then %y[i] - %y[i - 1] else %y[i]
      result output d %d`;
    const { results } = run(lines, { rows: ['i'] }, { x: numbers(1, 2, 3, 4) });
    expect(list(results.get('d'))).toEqual([1, 0, 0, 0]);
  });

  test('has no value at a step of a whole row where it was made for each column', () => {
    const lines = `
      input %x[r: 2, c: 3]: f32
      %e[r: 2, c: 3]: f32 = exp(%x[r, c])
      %s[r: 2]: f32 = sum[c: 3] %e[r, c]
      %y[r: 2]: f32 = %e[r, 0] / %s[r]
      result output y %y`;
    const x = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(() => run(lines, { rows: ['r'] }, { x })).toThrow('%e[r, 0] in kernel y has no column');
  });

  test('stages over the same rows compute what the graph says', () => {
    const lines = `
      input %x[r: 2, c: 3]: f32
      %m[r: 2]: f32 = max[c: 3] %x[r, c]
      %e[c: 3, r: 2]: f32 = exp(%x[r, c] - %m[r])
      %s[r: 2]: f32 = sum[c: 3 where c <= r] %e[c, r]
      %y[r: 2, c: 3]: f32 = %e[c, r] / %s[r]
      result output y %y`;
    const x = tensor([2, 3], [1, 2, 3, 4, 5, 7]);
    const expected = evaluateGraph(graphOf(lines), new Map([['x', x]])).results.get('y');
    expect(run(lines, { rows: ['r'] }, { x }).results.get('y')).toEqual(expected);
  });
});

describe('what is overwritten in place', () => {
  const lines = `
    param %w[i: 3]: f32
    %new[i: 3]: f32 = %w[i] + 1.0
    result output new %new
    update %w <- %new`;
  const place = { rows: ['i'], inPlace: { new: 'w' } } as const;
  const w = numbers(10, 20, 30);

  test('may be read at its own point', () => {
    expect(list(run(lines, place, { w }).updates.get('w'))).toEqual([11, 21, 31]);
    expect(list(w)).toEqual([10, 20, 30]);
  });

  test('may not be read at any other: another row may have come first', () => {
    const flipped = lines.replace('%w[i] + 1.0', '%w[2 - i] + 1.0');
    expect(() => run(flipped, place, { w })).toThrow('%w[2 - i] in kernel new is read where another point');
  });

  test('may be reduced, for what overwrites it or beside it: an element is stored when all walks have read it', () => {
    const reduced = (body: string): string => `
      param %w[r: 2, c: 2]: f32
      %s[r: 2]: f32 = sum[c: 2] %w[r, c]
      %new[r: 2, c: 2]: f32 = ${body}
      result output s %s
      update %w <- %new`;
    const options = { rows: ['r'], stores: ['s', 'new'], inPlace: { new: 'w' } } as const;
    const feeds = { w: tensor([2, 2], [1, 3, 2, 6]) };
    const quotients = run(reduced('%w[r, c] / %s[r]'), options, feeds);
    expect(list(quotients.updates.get('w'))).toEqual([0.25, 0.75, 0.25, 0.75]);
    const doubled = run(reduced('%w[r, c] * 2.0'), options, feeds);
    expect(list(doubled.updates.get('w'))).toEqual([2, 6, 4, 12]);
    expect(list(doubled.results.get('s'))).toEqual([4, 8]);
  });

  test('may be read by an element that a later walk computes anew', () => {
    const lines = `
      param %w[r: 2, c: 2]: f32
      %e[r: 2, c: 2]: f32 = %w[r, c] * 2.0
      %s[r: 2]: f32 = sum[c: 2] %e[r, c]
      %new[r: 2, c: 2]: f32 = %w[r, c] + 1.0
      result output s %s
      update %w <- %new`;
    const options = { rows: ['r'], stores: ['s', 'new'], inPlace: { new: 'w' } } as const;
    const { results, updates } = run(lines, options, { w: tensor([2, 2], [1, 3, 2, 6]) });
    expect(list(results.get('s'))).toEqual([8, 16]);
    expect(list(updates.get('w'))).toEqual([2, 4, 3, 7]);
  });

  test('is gone for kernels that come later', () => {
    const graph = graphOf(`
      param %w[i: 3]: f32
      %new[i: 3]: f32 = %w[i] + 1.0
      %old[j: 3]: f32 = %w[2 - j] * 2.0
      result output old %old
      update %w <- %new`);
    const right = separate(graph);
    const feeds = new Map([['w', w]]);
    const old = (kernels: readonly Kernel[]): readonly number[] =>
      list(evaluateKernels({ ...right, kernels }, feeds).results.get('old'));
    expect(right.kernels.map(({ name }) => name)).toEqual(['old', 'new']);
    expect(old(right.kernels)).toEqual([60, 40, 20]);
    expect(old(right.kernels.toReversed())).toEqual([62, 42, 22]);
  });
});

test('a value that is not stored cannot be read by another kernel', () => {
  const graph = graphOf(`
    input %x[i: 3]: f32
    %e[i: 3]: f32 = exp(%x[i])
    %y[i: 3]: f32 = %e[2 - i]
    result output y %y`);
  const fused = separate(graph);
  const kernels = fused.kernels.slice(1);
  expect(() => evaluateKernels({ ...fused, kernels }, new Map([['x', numbers(1, 2, 3)]]))).toThrow(
    '%e has no value to load',
  );
});

test('updates that no kernel does in place are copied at the end', () => {
  const graph = graphOf(`
    param %w[i: 3]: f32
    %new[i: 3]: f32 = %w[i] + 1.0
    %y[i: 3]: f32 = %w[2 - i] * %new[i]
    result output y %y
    update %w <- %new`);
  const fused = fuse(graph, defaultTargets.hardware);
  expect(fused.copies).toHaveLength(1);
  const { results, updates } = evaluateKernels(fused, new Map([['w', numbers(1, 2, 3)]]));
  expect(list(results.get('y'))).toEqual([6, 6, 4]);
  expect(list(updates.get('w'))).toEqual([2, 3, 4]);
});
