/** What is unrolled heeds its cost: kernels whose bodies are dear have a short text and mean the same. */
import { describe, expect, test } from 'vitest';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { printKernel } from '../../compiler/wgsl/index.ts';
import { wgslOf } from '../../runtime/program.ts';
import { compileSource } from '../../src/index.ts';
import { replayed } from '../replay/networks.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();

/** Sines of sines of what is given. */
const sines = (count: number, of: string): string =>
  Array.from({ length: count }).reduce<string>((e, _, k) => `sin(${k + 1}.5 + ${e})`, of);

const dear: Readonly<Record<string, TestKernel>> = {
  'few columns': kernelOf(`input %x[b: 6, c: 7]: f32\n%y[b: 6]: f32 = sum[c: 7] ${sines(4, '%x[b, c]')}`, {
    rows: ['b'],
  }),
  'few columns, rows side by side': kernelOf(
    `input %x[c: 5, b: 8]: f32\n%y[b: 8]: f32 = sum[c: 5] ${sines(2, '%x[c, b]')}`,
    { rows: ['b'] },
  ),
  'many columns': kernelOf(`input %x[b: 5, c: 42]: f32\n%y[b: 5]: f32 = sum[c: 42] ${sines(5, '%x[b, c]')}`, {
    rows: ['b'],
  }),
  'columns, four at a time': kernelOf(
    `input %x[b: 5, c: 44]: f32\n%y[b: 5]: f32 = sum[c: 44] ${sines(5, '%x[b, c]')}`,
    { rows: ['b'] },
  ),
  elements: kernelOf(`input %x[b: 5, c: 8]: f32\n%y[b: 5, c: 8]: f32 = ${sines(12, '%x[b, c]')}`, {
    rows: ['b', 'c'],
  }),
  'an operand of a contraction': kernelOf(
    `input %x[b: 12, k: 9]: f32\ninput %w[k: 9, o: 8]: f32
     %y[b: 12, o: 8]: f32 = sum[k: 9] ${sines(6, '%x[b, k]')} * %w[k, o]`,
    { rows: ['b', 'o'] },
  ),
  'the end of a contraction': kernelOf(
    `input %x[b: 12, k: 9]: f32\ninput %w[k: 9, o: 8]: f32
     %s[b: 12, o: 8]: f32 = sum[k: 9] %x[b, k] * %w[k, o]
     %y[b: 12, o: 8]: f32 = ${sines(3, '%s[b, o]')}`,
    { rows: ['b', 'o'], stores: ['y'] },
  ),
};

/** More sines than this in a kernel are slow to compile; the definition of the function counts too. */
const mostSines = 29;

describe.each(Object.entries(dear))('dear: %s', (_, kernel) => {
  test.each(['software', 'hardware'] as const)('on a %s adapter the text has few sines', (kind) => {
    const scheduled = schedule(kernel.kernel, kernel.values, defaultTargets[kind]);
    const text = printKernel(scheduled);
    const calls = text.split('sin_f32(').length - 1;
    expect(calls, text).toBeLessThanOrEqual(mostSines);
    expect(calls, text).toBeGreaterThan(2);
  });

  test('it means the same', () => expectSame(kernel, { tolerance: 1e-5 }));
});

describe('a long end of a contraction', () => {
  const product = kernelOf(
    `input %x[b: 32, k: 24]: f32\ninput %w[k: 24, o: 32]: f32\ninput %z[b: 32, o: 32]: f32
     %s[b: 32, o: 32]: f32 = sum[k: 24] %x[b, k] * %w[k, o]
     %y[b: 32, o: 32]: f32 = %s[b, o] * (erf(%z[b, o]) + exp(-%z[b, o] * %z[b, o]))`,
    { rows: ['b', 'o'], stores: ['y'] },
  );

  test('is written once, so that the product keeps its tiles in workgroup memory', () => {
    const scheduled = schedule(product.kernel, product.values, defaultTargets.hardware);
    expect(scheduled.decision.because).toMatch(/^a workgroup computes/);
    expect(printKernel(scheduled).split('= s * ')).toHaveLength(2);
  });

  test('means the same', () => expectSame(product, { tolerance: 1e-5 }));
});

test('the decision is told', () => {
  const { kernel, values } = dear['few columns, rows side by side']!;
  const { decision } = schedule(kernel, values, defaultTargets.software);
  expect(decision.rejected.map(({ option }) => option)).toContain('loops unrolled');
  expect(decision.rejected.map(({ because }) => because).join('; ')).toMatch(
    /a text of more than \d+ operations is slow to compile/,
  );
});

// The loop of an LSTM is too dear: four gates and the cell stand in one kernel.
const networks = replayed.filter(({ file }) =>
  /^(bench\/)?models\/(lenet|resnet|gpt|two_layer_sigmoid)\.nn$/.test(file),
);

test.each(networks)('$file is unrolled as before', ({ file, text, set }) => {
  const { compilation } = compileSource(
    { name: file, text },
    { purpose: { kind: 'train' }, set, target: defaultTargets.software },
  );
  expect(wgslOf(compilation.program).kernels.filter(({ wgsl }) => wgsl.includes('slow to compile'))).toEqual(
    [],
  );
});
