import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import { printKernels } from '../../compiler/fuse/print.ts';
import { squeeze, squeezedFeeds } from '../../compiler/fuse/squeeze.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { unfused } from '../support/fused.ts';
import { graphOf } from '../support/graphs.ts';
import { randomGraph } from '../support/random-graph.ts';

const target = defaultTargets.hardware;
const kernelsOf = (lines: string) => fuse(graphOf(lines), target).kernels;
/** The names of the steps of each kernel. */
const stepsOf = (lines: string) => kernelsOf(lines).map((k) => k.steps.map((s) => s.name).join(' '));

describe('what shares a kernel', () => {
  test('a pointwise equation is the epilogue of the product that it reads', () => {
    const [kernel, ...others] = kernelsOf(`
      input %x[b: 4, i: 8]: f32
      param %W[o: 3, i: 8]: f32
      param %bias[o: 3]: f32
      %s[b: 4, o: 3]: f32 = sum[i: 8] %x[b, i] * %W[o, i]
      %y[b: 4, o: 3]: f32 = maximum(%s[b, o] + %bias[o], 0.0)
      result output y %y`);
    expect(others).toEqual([]);
    expect(kernel!.steps.map((s) => [s.name, s.level])).toEqual([
      ['s', 'reduce'],
      ['y', 'row'],
    ]);
    expect(kernel!.stores).toHaveLength(1);
  });

  test('the stages of a softmax walk the same rows', () => {
    const [kernel, ...others] = kernelsOf(`
      input %x[b: 128, c: 10]: f32
      %m[b: 128]: f32 = max[c: 10] %x[b, c]
      %e[b: 128, c: 10]: f32 = exp(%x[b, c] - %m[b])
      %s[b: 128]: f32 = sum[k: 10] %e[b, k]
      %y[b: 128, c: 10]: f32 = %e[b, c] / %s[b]
      result output y %y`);
    expect(others).toEqual([]);
    expect(kernel!.steps.map((s) => [s.name, s.level])).toEqual([
      ['m', 'reduce'],
      ['e', 'element'],
      ['s', 'reduce'],
      ['y', 'element'],
    ]);
  });

  test('a softmax over a middle axis keeps the order of its indices', () => {
    const [kernel] = kernelsOf(`
      input %x[n: 16, c: 5, w: 8]: f32
      %s[n: 16, w: 8]: f32 = sum[c: 5] exp(%x[n, c, w])
      %y[n: 16, c: 5, w: 8]: f32 = exp(%x[n, c, w]) / %s[n, w]
      result output y %y`);
    expect(kernel!.rows.map((i) => i.name)).toEqual(['n', 'w']);
    expect(kernel!.steps.at(-1)!.indices).toEqual(['n', 'c', 'w']);
  });

  test('a product never joins the rows of another kernel', () => {
    expect(
      stepsOf(`
      input %x[b: 64, i: 8]: f32
      param %W[o: 8, i: 8]: f32
      %h[b: 64, i: 8]: f32 = tanh(%x[b, i])
      %y[b: 64, o: 8]: f32 = sum[i: 8] %h[b, i] * %W[o, i]
      result output y %y`),
    ).toEqual(['h', 'y']);
  });

  test('a view is inlined where it is read, also by a gather', () => {
    expect(
      stepsOf(`
      input %x[i: 6, j: 4]: f32
      input %t[i: 6]: i32
      %turned[j: 4, i: 6]: f32 = %x[i, j]
      %y[j: 4, k: 6]: f32 = %turned[j, %t[k]]
      result output y %y`),
    ).toEqual(['y']);
  });

  test('a gather takes no view whose indices need its index to be affine', () => {
    expect(
      stepsOf(`
      input %x[i: 6, j: 4]: f32
      input %t[i: 6]: i32
      %flat[k: 24]: f32 = %x[k div 4, k mod 4]
      %y[i: 6]: f32 = %flat[%t[i]]
      result output y %y`),
    ).toEqual(['flat', 'y']);
  });

  test('a view whose index arithmetic would leave 32 bits where it is read is stored', () => {
    const at = (factor: number): readonly string[] =>
      stepsOf(`
      input %x[i: 60000]: f32
      %a[i: 60000]: f32 = to_f32(${factor}*i)
      %y[k: 4]: f32 = if k < 2 then %a[30000*k] else %x[k]
      result output y %y`);
    expect(at(23_860)).toEqual(['y']);
    expect(at(23_861)).toEqual(['a', 'y']);
  });

  test('what is dear and read often is stored', () => {
    expect(
      stepsOf(`
      input %x[i: 64]: f32
      %e[i: 64]: f32 = exp(%x[i])
      %y[i: 64, j: 64]: f32 = %e[i] * %e[j]
      result output y %y`),
    ).toEqual(['e', 'y']);
  });

  test('what is the same for every element is computed once', () => {
    const kernels = kernelsOf(`
      scalar %step: i32
      param %w[i: 64]: f32
      %new[i: 64]: f32 = %w[i] * (1.0 - 0.9 ** %step)
      update %w <- %new`);
    expect(kernels.map((k) => k.steps.map((s) => s.name))).toEqual([['new.scalar'], ['new']]);
  });

  test('the scalars of a step share one kernel', () => {
    expect(
      stepsOf(`
      scalar %step: i32
      %a: f32 = 1.0 - 0.9 ** %step
      %b: f32 = 1.0 - 0.999 ** %step
      result value a %a
      result value b %b`),
    ).toEqual(['a b']);
  });

  test('two kernels that need each other through a third stay apart', () => {
    const fused = fuse(
      graphOf(`
      input %x[b: 128, c: 16]: f32
      param %W[o: 16, c: 16]: f32
      %a[b: 128, c: 16]: f32 = tanh(%x[b, c])
      %p[b: 128, c: 16]: f32 = sum[k: 16] %a[b, k] * %W[c, k]
      %z[b: 128, c: 16]: f32 = %a[b, c] + %p[b, c]
      result output z %z`),
      target,
    );
    expect(fused.kernels.map((k) => k.steps.map((s) => s.name))).toEqual([['a'], ['p', 'z']]);
  });

  test('a kernel binds no more buffers than the adapter has', () => {
    const inputs = Array.from({ length: 12 }, (_, k) => `input %x${k}[i: 64]: f32`).join('\n');
    const chain = Array.from(
      { length: 11 },
      (_, k) => `%s${k}[i: 64]: f32 = ${k === 0 ? '%x0[i]' : `%s${k - 1}[i]`} + sin(%x${k + 1}[i])`,
    ).join('\n');
    const { kernels } = fuse(graphOf(`${inputs}\n${chain}\nresult output y %s10`), target);
    expect(kernels.length).toBeGreaterThan(1);
  });
});

describe('updates', () => {
  test('a parameter is overwritten in place, after everything that reads the old one', () => {
    const { kernels, copies } = fuse(
      graphOf(`
      param %w[o: 8, i: 8]: f32
      input %g[o: 8, i: 8]: f32
      input %d[b: 64, o: 8]: f32
      %new[o: 8, i: 8]: f32 = %w[o, i] - %g[o, i]
      %back[b: 64, i: 8]: f32 = sum[o: 8] %d[b, o] * %w[o, i]
      result output back %back
      update %w <- %new`),
      target,
    );
    expect(copies).toEqual([]);
    expect(kernels.map((k) => k.name)).toEqual(['back', 'new']);
    expect(kernels[1]!.inPlace.size).toBe(1);
  });

  test('where a reader of the old value needs the new one, the update is a copy', () => {
    const { copies } = fuse(
      graphOf(`
      param %w[i: 64]: f32
      %new[i: 64]: f32 = %w[i] * 2.0
      %y[i: 64]: f32 = %w[63 - i] + %new[i]
      result output y %y
      update %w <- %new`),
      target,
    );
    expect(copies).toHaveLength(1);
  });

  test('a parameter that is read at other points than its own is not overwritten in place', () => {
    const { copies } = fuse(
      graphOf(`
      param %w[i: 64]: f32
      %new[i: 64]: f32 = %w[63 - i] * 2.0
      update %w <- %new`),
      target,
    );
    expect(copies).toHaveLength(1);
  });
});

test('the print says what is stored, and why equations are together', () => {
  const fused = fuse(
    graphOf(`
    param %w[i: 4]: f32
    input %g[i: 4]: f32
    %m[i: 4]: f32 = 0.5 * %g[i]
    %new[i: 4]: f32 = %w[i] - %m[i]
    result output m %m
    update %w <- %new`),
    target,
  );
  expect(printKernels(fused)).toMatchInlineSnapshot(`
    "kernel new rows[i: 4] {
      row     %m[i]: f32 = 0.5 * %g[i]
      row     %new[i]: f32 = %w[i] - %m[i]
      store %m, %new over %w
      // %new is made at the same points
    }
    "
  `);
});

describe('fused kernels compute what the graph says', () => {
  for (const kind of ['hardware', 'software'] as const) {
    test(`random graphs, ${kind}`, () => {
      fc.assert(
        fc.property(fc.nat(), fc.integer({ min: 2, max: 9 }), (seed, equations) => {
          const { graph, feeds } = randomGraph(seed, { equations });
          expectSameResults(squeeze(graph), unfused(fuse(graph, defaultTargets[kind])), squeezedFeeds(feeds));
        }),
        { numRuns: 150 },
      );
    });
  }
});
