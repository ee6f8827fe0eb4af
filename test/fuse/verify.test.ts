/** The verifier of kernels: one kernel that is right, and for each rule one that breaks it. */
import { describe, expect, test } from 'vitest';
import type { Fused } from '../../compiler/fuse/index.ts';
import type { Kernel, Step } from '../../compiler/fuse/kernel.ts';
import { violationsOf } from '../../compiler/fuse/verify.ts';
import { type KernelOptions, kernelOf } from '../support/kernels.ts';

function fusedOf(
  lines: string,
  options: KernelOptions,
  change: (kernel: Kernel) => Kernel = (k) => k,
): Fused {
  const { graph, kernel, values } = kernelOf(lines, options);
  return { given: graph, graph, values, kernels: [change(kernel)], copies: [] };
}

const changeStep =
  (at: number, change: (step: Step) => Step) =>
  (kernel: Kernel): Kernel => ({
    ...kernel,
    steps: kernel.steps.map((step, k) => (k === at ? change(step) : step)),
  });

const softmax = `
  input %x[b: 4, c: 4]: f32
  %m[b: 4]: f32 = max[c: 4] %x[b, c]
  %e[b: 4, c: 4]: f32 = exp(%x[b, c] - %m[b])
  %s[b: 4]: f32 = sum[c: 4] %e[b, c]
  %y[b: 4, c: 4]: f32 = %e[b, c] / %s[b]
  result output y %y`;

const update = `
  param %w[i: 4, j: 4]: f32
  input %g[i: 4, j: 4]: f32
  %new[i: 4, j: 4]: f32 = %w[i, j] - %g[i, j]
  update %w <- %new`;

describe('nothing is said of', () => {
  test('the stages of a softmax', () => {
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }), 2)).toEqual([]);
  });

  test('an update in place', () => {
    expect(violationsOf(fusedOf(update, { rows: ['i', 'j'], inPlace: { new: 'w' } }), 2)).toEqual([]);
  });
});

describe('on chip', () => {
  test.each([
    ['another row', '%e[b, c] / %s[3 - b]', '%s at another point'],
    ['a constant position', '%e[b, c] / %s[0]', '%s at another point'],
    ['a transposed position', '%e[c, b] / %s[b]', '%e at another point'],
    ['a row that was picked by data', '%e[b, c] / %s[%t[b]]', '%s at another point'],
  ])('%s is not at hand', (_, body, message) => {
    const text = softmax
      .replace('%e[b, c] / %s[b]', body)
      .replace('%m[b: 4]', 'input %t[b: 4]: i32\n  %m[b: 4]');
    const found = violationsOf(fusedOf(text, { rows: ['b'] }), 8);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('what comes later is not there', () => {
    const turned = (kernel: Kernel): Kernel => ({ ...kernel, steps: [...kernel.steps].reverse() });
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }, turned), 8).join()).toContain(
      'before it is computed',
    );
  });

  test('a row has no single element to read', () => {
    const change = changeStep(3, (step) => ({ ...step, level: 'row', indices: ['b'] }));
    const found = violationsOf(fusedOf(softmax, { rows: ['b'] }, change), 8).join('\n');
    expect(found).toContain('%e, of which a row has many');
    expect(found).toContain('index c is not bound');
  });
});

describe('names', () => {
  test('a step has the indices of its level, with the extents of its value', () => {
    const change = changeStep(2, (step) => ({ ...step, indices: ['c'] }));
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }, change), 8).join()).toContain(
      'not those of its level',
    );
    const wide = (kernel: Kernel): Kernel => ({ ...kernel, columns: [{ name: 'c', extent: 5 }] });
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }, wide), 8).join()).toContain('other extents');
  });

  test('a step computes one value, once, and reduces exactly where its level says so', () => {
    const twice = (kernel: Kernel): Kernel => ({ ...kernel, steps: [...kernel.steps, kernel.steps[3]!] });
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }, twice), 8).join()).toContain('computed twice');
    const plain = changeStep(0, ({ by: _, ...step }) => step);
    expect(violationsOf(fusedOf(softmax, { rows: ['b'] }, plain), 8).join()).toContain('reduces nothing');
  });
});

describe('memory', () => {
  const chain = `
    input %x[i: 4]: f32
    %a[i: 4]: f32 = exp(%x[i])
    %b[i: 4]: f32 = %a[3 - i]
    result output b %b`;
  const kernels = (stores: readonly string[]): Fused => {
    const { graph, values, kernel } = kernelOf(chain, { rows: ['i'] });
    const [first, second] = kernel.steps;
    const id = (name: string): number => graph.nodes.findIndex((node) => node.name === name);
    return {
      given: graph,
      graph,
      values,
      kernels: [
        { ...kernel, name: 'a', steps: [first!], stores: stores.map(id) },
        { ...kernel, name: 'b', steps: [second!] },
      ],
      copies: [],
    };
  };

  test('holds what an earlier kernel stored', () => {
    expect(violationsOf(kernels(['a']), 2)).toEqual([]);
    const found = violationsOf(kernels([]), 2).join('\n');
    expect(found).toContain('kernel a: stores nothing');
    expect(found).toContain('reads %a, which is not in memory');
  });

  test('only steps are stored', () => {
    expect(violationsOf(kernels(['a', 'x']), 3).join()).toContain('no step of it');
  });

  test('holds every result and every update at the end', () => {
    const { graph, values } = kernelOf(update, { rows: ['i', 'j'] });
    const nothing: Fused = { given: graph, graph, values, kernels: [], copies: [] };
    expect(violationsOf(nothing, 8)).toEqual(['%w does not take %new']);
    const fused = fusedOf(softmax, { rows: ['b'], stores: ['s'] });
    expect(violationsOf(fused, 8)).toEqual(['result y is not in memory at the end']);
  });

  test('binds no more buffers than the target', () => {
    expect(violationsOf(fusedOf(softmax, { rows: ['b'], stores: ['s', 'y'] }), 2)).toEqual([
      'kernel s: binds 3 buffers of at most 2',
    ]);
  });
});

describe('in place', () => {
  const inPlace = (text: string, change?: (kernel: Kernel) => Kernel): string =>
    violationsOf(fusedOf(text, { rows: ['i', 'j'], inPlace: { new: 'w' } }, change), 8).join('\n');

  test.each([
    ['at a transposed point', '%w[j, i]'],
    ['at a constant point', '%w[0, j]'],
    ['by a gather', '%w[i, %t[j]]'],
  ])('the old value is not read %s', (_, read) => {
    const text = update
      .replace('%w[i, j] -', `${read} -`)
      .replace('input %g', 'input %t[j: 4]: i32\n  input %g');
    expect(inPlace(text)).toContain('%new over %w, which is read at other points');
  });

  test('another step of the kernel does not read it elsewhere either', () => {
    const text = `${update.replace('update', '%other[i: 4, j: 4]: f32 = %w[3 - i, j]\n  update')}`;
    const found = violationsOf(
      fusedOf(text, { rows: ['i', 'j'], stores: ['new', 'other'], inPlace: { new: 'w' } }),
      8,
    );
    expect(found.join()).toContain('%new over %w, which is read at other points');
  });

  test('nobody reads the old value afterwards', () => {
    const { graph, values, kernel } = kernelOf(
      `${update}\n%late[i: 4, j: 4]: f32 = %w[i, j]\nresult output late %late`,
      { rows: ['i', 'j'], stores: ['new'], inPlace: { new: 'w' } },
    );
    const late = graph.nodes.findIndex((node) => node.name === 'late');
    const [first, second] = [kernel.steps[0]!, kernel.steps[1]!];
    const kernels: Kernel[] = [
      { ...kernel, steps: [first] },
      { ...kernel, name: 'late', steps: [second], stores: [late], inPlace: new Map() },
    ];
    const found = violationsOf({ given: graph, graph, values, kernels, copies: [] }, 8);
    expect(found).toEqual(['kernel late: step %late: reads %w, which is not in memory']);
  });

  test('every walk over the row reads the old value: elements are stored in the last one', () => {
    const text = `
      param %w[i: 4, j: 4]: f32
      %s[i: 4]: f32 = sum[j: 4] %w[i, j]
      %new[i: 4, j: 4]: f32 = %w[i, j] / %s[i]
      %t[i: 4]: f32 = sum[j: 4] %w[i, j] * %s[i]
      update %w <- %new`;
    const options = { rows: ['i'], stores: ['new', 't'], inPlace: { new: 'w' } } as const;
    expect(violationsOf(fusedOf(text, options), 8)).toEqual([]);
    const transposed = text.replace('%w[i, j] * %s', '%w[j, i] * %s');
    expect(violationsOf(fusedOf(transposed, options), 8).join()).toContain('which is read at other points');
  });

  test('shape and type are the same, only what is updated is overwritten, and it is stored', () => {
    expect(inPlace(update.replace('param %w[i: 4, j: 4]', 'param %w[i: 5, j: 4]'))).toContain(
      'another shape',
    );
    expect(inPlace(update.replace('param %w', 'input %w'))).toContain('which is not updated');
    expect(inPlace(update, (kernel) => ({ ...kernel, stores: [] }))).toContain('%new over %w is not stored');
  });

  test('a value takes one memory, and a leaf one value', () => {
    const text = `
      param %w[i: 4]: f32
      param %v[i: 4]: f32
      %new[i: 4]: f32 = %w[i] + %v[i]
      update %w <- %new
      update %v <- %new`;
    const { graph, values, kernel } = kernelOf(text, { rows: ['i'], inPlace: { new: 'w' } });
    const [w, v, made] = [0, 1, 2];
    const copied = (from: number, to: number): readonly string[] =>
      violationsOf({ given: graph, graph, values, kernels: [kernel], copies: [{ from, to }] }, 8);
    expect(copied(made, v)).toEqual([]);
    expect(copied(made, w).join()).toContain('a leaf is written twice');
    expect(
      violationsOf(
        {
          given: graph,
          graph,
          values,
          kernels: [kernel],
          copies: [
            { from: made, to: v },
            { from: v, to: w },
          ],
        },
        8,
      ).join(),
    ).toContain('copied and written by a copy');
  });
});
