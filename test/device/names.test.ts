/**
 * Names are the author's: each word that stands in a kernel may be one, of an input, an index, a result. The words are taken from
 * kernels themselves, so that what the printer comes to write is tried, too.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { type Program, wgslOf } from '../../runtime/program.ts';
import { compileText, programOf } from '../prelude/program.ts';
import { targetOn } from '../support/execute.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

/** A product, two reductions, noise, a loop: an input, an index and a result of this name, in kernels of every kind. */
const text = (name: string): string => `model m {
  input ${name}: f32[B, 300]
  param w: f32[5, 300] init zeros
  s[b, o] = sum[i] w[o, i] * ${name}[b, i]
  output p = softmax(s)
  output most[b] = max[${name}_1] ${name}[b, ${name}_1]
  output drawn = normal[B, 3]
  h[b, t: 4] = tanh(${name}[b, t] + (h[b, t - 1] else 0))
  metric last = mean(h[:, 3])
}`;

const bindings = new Map([['B', 7]]);
const kinds = ['software', 'hardware'] as const;

const compiled = (name: string): readonly Program[] => {
  const lowered = lower(programOf(text(name), { bindings }), { kind: 'run' });
  return kinds.map((kind) => compile(lowered, targetOn(open.device!, kind)).program);
};

/** Of the text without its comments. */
const wordsOf = (program: Program): readonly string[] =>
  wgslOf(program).kernels.flatMap(({ wgsl }) => wgsl.replace(/\/\/.*/g, '').match(/[A-Za-z_]\w*/g) ?? []);

test('each word of a kernel may be a name', { timeout: 60_000 }, async () => {
  const found = new Set(['write', 'function', 'private', 'uniform', ...compiled('x').flatMap(wordsOf)]);
  const words = [...found].filter((word) =>
    compileText(text(word), { bindings }).diagnostics.every(({ severity }) => severity !== 'error'),
  );
  expect(words).toEqual(expect.arrayContaining(['read', 'storage', 'workgroup', 'read_write']));
  const { gpu } = open.device!;
  const refused: string[] = [];
  for (const word of words)
    for (const { wgsl } of compiled(word).flatMap((program) => wgslOf(program).kernels)) {
      gpu.pushErrorScope('validation');
      const { messages } = await gpu.createShaderModule({ code: wgsl }).getCompilationInfo();
      await gpu.popErrorScope();
      refused.push(
        ...messages.filter(({ type }) => type === 'error').map((one) => `${word}: ${one.message}`),
      );
    }
  expect(refused).toEqual([]);
});
