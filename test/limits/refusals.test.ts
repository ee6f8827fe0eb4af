/** What is too much for a target is refused by the compiler: which tensor or kernel, how much, which limit, what helps. */
import { describe, expect, test } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import { kernelProblems, LimitError } from '../../compiler/limits/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets, presets, presetTarget, type Target } from '../../compiler/target.ts';
import { positionOf } from '../../grammar/source.ts';
import { compileSource } from '../../src/index.ts';
import { TooLargeError } from '../../src/model/compilation.ts';
import { graphOf } from '../support/graphs.ts';

function refused(
  text: string,
  set: Record<string, number>,
  target: Target = defaultTargets.hardware,
  kind: 'run' | 'train' = 'run',
) {
  try {
    compileSource({ name: 'a.nn', text }, { set, target, purpose: { kind } });
  } catch (failure) {
    if (failure instanceof TooLargeError) return failure;
    throw failure;
  }
  throw new Error('nothing was refused');
}

const layers = `model layers {
  input x: f32[B, 64]
  h = x |> Dense(1024) |> tanh
  output y = h |> Dense(8)
}
`;

describe('a tensor', () => {
  test('that no binding holds: its equation, type, size, the limit, and which limits would do', () => {
    const { diagnostics, code } = refused(layers, { B: 40_000 });
    expect(code).toBe(1);
    expect(diagnostics.map(({ code: own, message }) => `${own} ${message}`)).toEqual([
      'NN601 h: f32[40000, 1024] takes 156.3 MiB; one tensor is at most 128 MiB with --limits guaranteed',
    ]);
    const [{ primary, hint }] = diagnostics as [(typeof diagnostics)[0]];
    expect(positionOf(primary.at.source, primary.at.start)).toEqual({ line: 3, column: 3 });
    expect(primary.text).toBe('163840000 bytes, at most 134217728');
    expect(hint).toMatch(/^--limits desktop allows 1 GiB; or make one of its dimensions smaller/);
  });

  test('that just fits is not refused, and one row more is', () => {
    const text = 'model m { input x: f32[B, 1024]\n output y = 2 * x }';
    const rows = presets.guaranteed.largestBinding / 4096;
    expect(() => compileSource({ name: 'a.nn', text }, { set: { B: rows } })).not.toThrow();
    expect(refused(text, { B: rows + 1 }).diagnostics).toHaveLength(2);
  });

  test('each that is too large is told, and a gradient beside its tensor', () => {
    const text = `model m {
  input x: f32[B, 64]
  param W: f32[64, 512]
  h[b, j] = tanh(sum[i] x[b, i] * W[i, j])
  loss = sum[b, j] h[b, j]
}
train m { minimize loss with sgd(lr = 0.1) }`;
    const { diagnostics } = refused(text, { B: 600_000 }, defaultTargets.hardware, 'train');
    expect(diagnostics.map(({ code, message, primary }) => `${code} ${message}: ${primary.text}`)).toEqual([
      'NN601 x: f32[600000, 64] takes 146.5 MiB; one tensor is at most 128 MiB with --limits guaranteed: 153600000 bytes, at most 134217728',
      expect.stringMatching(/^NN601 h\S*: f32\[600000, 512\] takes 1\.1 GiB; .*; so (is|are) .*d\.h/),
    ]);
  });

  test('that lives in the kernel of its reader may be of any size', () => {
    const text = 'model m { input x: f32[N]\n h[i, j] = x[i] * x[j]\n output y[i] = sum[j] h[i, j] }';
    expect(() => compileSource({ name: 'a.nn', text }, { set: { N: 30_000 } })).not.toThrow();
  });

  test('for an adapter: its name, no talk of options, and the exit code of a device', () => {
    const target: Target = { ...defaultTargets.software, from: 'adapter', name: 'Acme 9000' };
    const { diagnostics, code } = refused(layers, { B: 40_000 }, target);
    expect(code).toBe(3);
    expect(diagnostics[0]!.message).toMatch(/; one tensor is at most 128 MiB on Acme 9000$/);
    expect(diagnostics[0]!.hint).toMatch(/or take an adapter that allows more \(nnc devices\)$/);
  });

  test('beyond what a buffer can be, where that is less than a binding', () => {
    const target = presetTarget('hardware', 'guaranteed', { largestBuffer: 2 ** 20 });
    expect(refused(layers, { B: 300 }, target).diagnostics[0]!.message).toMatch(/at most 1 MiB with/);
  });

  test('of more elements than a position counts, whatever a binding holds', () => {
    const endless = presetTarget('hardware', 'desktop', { largestBinding: 2 ** 45, largestBuffer: 2 ** 45 });
    const graph = graphOf(
      'input %x[i: 70000]: f32\n%y[i: 70000, j: 70000]: f32 = %x[i] * %x[j]\n%z[j: 70000, i: 70000]: f32 = sum[k: 70000] %y[i, k] * %y[k, j]\nresult output %z',
    );
    expect(() => compile(graph, endless)).toThrow(
      /z: f32\[70000, 70000\] has 4900000000 elements; a position is at most 2147483647 \[NN607\]/,
    );
  });
});

test('a walk over more elements than a position counts', () => {
  const graph = graphOf('%y: i32 = argmax[i: 3000000000] cos(to_f32(i))\nresult output %y');
  expect(() => compile(graph, defaultTargets.hardware)).toThrow(
    /y reduces 3000000000 elements; a position is at most 2147483647 \[NN607\]/,
  );
});

describe('memory', () => {
  test('of all buffers is bounded where somebody says how much there is, with the largest tensors', () => {
    const target = presetTarget('hardware', 'desktop', { memory: 2 ** 20 }, '--limits desktop,memory=1MiB');
    const { diagnostics } = refused(layers, { B: 512 }, target);
    expect(diagnostics).toHaveLength(1);
    const [{ code, message, primary, related }] = diagnostics as [(typeof diagnostics)[0]];
    expect(`${code} ${message}`).toMatch(
      /^NN606 program layers\.run takes 2\.4 MiB in \d+ buffers; there is 1 MiB with --limits desktop,memory=1MiB$/,
    );
    expect(primary.text).toBe('the largest tensor: h: f32[512, 1024], 2 MiB');
    expect(related.map(({ text }) => text)).toContain('then Dense_1.W: f32[1024, 64], 256 KiB');
  });

  test('is not bounded otherwise', () => {
    const text = 'model m { input x: f32[4, 30000000]\n output y[i] = sum[b] x[b, i]\n output z = 2 * x }';
    const target = presetTarget('hardware', 'desktop');
    expect(() => compileSource({ name: 'a.nn', text }, { target })).not.toThrow();
  });
});

describe('a kernel', () => {
  const graph = graphOf(
    'input %x[i: 5000]: f32\ninput %w[i: 5000]: f32\n%y[i: 5000]: f32 = %x[i] * %w[i]\nresult output %y',
  );
  const { kernels, values } = fuse(graph, defaultTargets.hardware);
  const scheduled = schedule(kernels[0]!, values, defaultTargets.hardware);
  const codes = (target: Partial<Target>) =>
    kernelProblems([scheduled], { ...defaultTargets.hardware, ...target }).map(
      ({ code, message }) => `${code} ${message}`,
    );

  test('within its limits is none', () => expect(codes({})).toEqual([]));

  test('says each limit that it is beyond, all at once', () => {
    const narrow = {
      storageBuffersPerStage: 2,
      workgroupsPerDimension: 15,
      invocationsPerWorkgroup: 32,
      workgroupSizeX: 48,
    };
    const kernel = 'kernel y, which computes y,';
    const by = 'with --limits guaranteed';
    expect(codes(narrow)).toEqual([
      `NN602 ${kernel} binds 3 buffers; at most 2 ${by}`,
      `NN603 ${kernel} runs 20 workgroups along a dimension; at most 15 ${by}`,
      `NN605 ${kernel} runs workgroups of 64 x 1 x 1 threads; at most 32 ${by}`,
      `NN605 ${kernel} runs workgroups of 64 x 1 x 1 threads; at most 48 ${by}`,
    ]);
  });

  test('counts its workgroup memory', () => {
    const large = { ...scheduled, workgroupStorage: 20_000 };
    expect(
      kernelProblems([large], defaultTargets.hardware).map(({ code, hint }) => `${code} ${hint}`),
    ).toEqual(['NN604 --limits desktop allows 32 KiB; or make its dimensions smaller']);
  });
});

test('more workgroups than three dimensions hold', () => {
  const graph = graphOf('input %x[i: 5000]: f32\n%y[i: 5000]: f32 = %x[i] + 1.0\nresult output %y');
  const target = presetTarget('hardware', 'guaranteed', { workgroupsPerDimension: 2 });
  expect(() => compile(graph, target)).toThrow(LimitError);
  expect(() => compile(graph, target)).toThrow(
    /runs 3 workgroups along a dimension; at most 2 with .* \[NN603\]/,
  );
});
