import { describe, expect, test } from 'vitest';
import { fusionDecisions } from '../../compiler/fuse/explain.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { compileFor } from '../../src/model/compilation.ts';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor } from '../../src/model/purpose.ts';
import { graphOf } from '../support/graphs.ts';

const target = defaultTargets.hardware;

const edge = (lines: string, from: string, to: string, on: Target = target) =>
  fusionDecisions(graphOf(lines), on).find((e) => e.from === from && e.to === to);

const layer = `  input %x[b: 128, i: 64]: f32
  param %W[o: 32, i: 64]: f32
  %s[b: 128, o: 32]: f32 = sum[i: 64] %x[b, i] * %W[o, i]
  %h[b: 128, o: 32]: f32 = maximum(%s[b, o], 0.0)`;

describe('edges', () => {
  test('an epilogue is fused, and neither written nor read', () => {
    expect(edge(`${layer}\n  result output %h`, 's', 'h')).toMatchObject({
      chosen: 'fused',
      because: 'it is made at the same points',
      bytesSaved: 2 * 4 * 128 * 32,
    });
  });

  test('a value that is a result is written all the same', () => {
    expect(edge(`${layer}\n  result output %s\n  result output %h`, 's', 'h')?.bytesSaved).toBe(4 * 128 * 32);
  });

  test('the operand of a contraction is stored', () => {
    const second = `${layer}
  param %V[c: 10, o: 32]: f32
  %y[b: 128, c: 10]: f32 = sum[o: 32] %h[b, o] * %V[c, o]
  result output %y`;
    expect(edge(second, 'h', 'y')).toMatchObject({ chosen: 'stored', bytesSaved: 0 });
    expect(edge(second, 'h', 'y')?.because).toContain('%y is a contraction');
  });

  test('a reader at other points', () => {
    const shifted = `  input %x[i: 1000]: f32
  %a[i: 1000]: f32 = exp(%x[i])
  %y[i: 999]: f32 = %a[i] + %a[i + 1]
  result output %y`;
    expect(edge(shifted, 'a', 'y')?.because).toBe('%y reads it at other points: %a[i + 1]');
  });

  test('a view is inlined', () => {
    const transposed = `  input %x[i: 8, j: 16]: f32
  %t[j: 16, i: 8]: f32 = %x[i, j]
  %y[j: 16, i: 8]: f32 = exp(%t[j, i])
  result output %y`;
    expect(edge(transposed, 't', 'y')).toMatchObject({ chosen: 'inlined', bytesSaved: 2 * 4 * 128 });
  });

  test('too few rows', () => {
    const total = `  input %x[i: 4, j: 1000]: f32
  %a[i: 4, j: 1000]: f32 = exp(%x[i, j])
  %s[i: 4]: f32 = sum[j: 1000] %a[i, j]
  result output %a
  result output %s`;
    expect(edge(total, 'a', 's')?.because).toContain('they would have 4 rows to run at once, fewer than 64');
  });

  test('more buffers than an adapter binds', () => {
    const names = ['p', 'q', 'r', 's', 't'];
    const many = `${names.map((name) => `  input %${name}[i: 100]: f32`).join('\n')}
  %a[i: 100]: f32 = %p[i] + %q[i]
  %b[i: 100]: f32 = %a[i] + %r[i] + %s[i] + %t[i]
  result output %a
  result output %b`;
    const few = { ...target, storageBuffersPerStage: 5 };
    expect(edge(many, 'a', 'b')?.chosen).toBe('fused');
    expect(edge(many, 'a', 'b', few)?.because).toBe(
      'the kernel would bind 7 buffers, and the adapter allows 5',
    );
  });
});

test.each(['mlp', 'iris', 'conv2d', 'two_layer_sigmoid'])(
  'models/%s.nn: what is said is what is done',
  (model) => {
    const { program, purpose } = checkedFor('view', parseModel(`models/${model}.nn`), { set: new Map() });
    const { optimized } = compileFor(program, purpose, target);
    const { kernels } = fuse(optimized, target);
    const kernelOf = (name: string) =>
      kernels.findIndex(({ steps }) => steps.some((step) => step.name === name));
    for (const { from, to, chosen, because } of fusionDecisions(optimized, target)) {
      expect(because).not.toBe('');
      if (chosen === 'inlined') expect(kernelOf(from), from).toBe(-1);
      else if (kernelOf(from) >= 0 && kernelOf(to) >= 0)
        expect(kernelOf(from) === kernelOf(to), `${from} -> ${to}`).toBe(chosen === 'fused');
    }
  },
);
