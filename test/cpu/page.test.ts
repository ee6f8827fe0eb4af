/** One program on the processor, in Node and in pages of the packaged browser, isolated from other origins and not: the same bits. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultTargets } from '../../compiler/target.ts';
import { createSession } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import type { pageExecutor } from '../../runtime/wasm/page-executor.ts';
import { compileSource } from '../../src/index.ts';
import { hasBrowser, openBrowser } from '../view/browser.ts';

const text = `layer Cell(units: int) (x: f32[B, T, I]) -> f32[B, units] {
  param W: f32[units, I] init he_normal(fan_in = I)
  param U: f32[units, units] init he_normal(fan_in = units)
  h[b, t, o] = tanh(sum[i] x[b, t, i] * W[o, i] + sum[k] U[o, k] * (h[b, t - 1, k] else 0))
  return y[b, o] = h[b, T - 1, o]
}
model m {
  input x: f32[B, 5, 13]
  target t: i32[B]
  h = x |> Cell(29) |> dropout(0.3) |> gelu
  loss = cross_entropy(h |> Dense(5), t)
}
train m { minimize loss with adam(lr = 0.01) }`;

const program = (): Program =>
  compileSource(
    { name: 'm.nn', text },
    { purpose: { kind: 'train' }, target: defaultTargets.cpu, set: { B: 67 } },
  ).compilation.program;

/** What a page has, too. */
interface Runtime {
  readonly createSession: typeof createSession;
  readonly executor: typeof pageExecutor;
}

/** Goes to the page as text: names nothing outside. */
async function bitsOf({ program, threads }: { program: Program; threads?: number }) {
  const { createSession, executor } = (globalThis as unknown as { readonly runtime: Runtime }).runtime;
  const made = executor(threads === undefined ? {} : { threads });
  const session = createSession(made, { seed: 3 });
  let state = 1;
  const drawn = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((n, extent) => n * extent, 1) }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2 ** 30 - 1;
    });
  for (const { name, dtype, shape, role } of program.persistent) {
    const data = drawn(shape);
    if (role !== 'param') data.fill(0);
    await session.set(name, { dtype, shape, data: dtype === 'f32' ? data : new Int32Array(data.length) });
  }
  const runner = await session.load(program);
  for (const { name, dtype, shape } of program.inputs)
    runner.write(
      name,
      dtype === 'f32' ? drawn(shape) : Int32Array.from(drawn(shape), (x) => Math.floor(2 * x + 2)),
    );
  const trace = runner.trace(['loss'], 1);
  for (let step = 1; step <= 3; step++) await runner.run({ step });
  await trace.flush();
  const losses = trace.take().flatMap(({ values }) => values);
  const tensors = [...(await session.export()).values()];
  const bits = tensors.flatMap(({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]);
  const { name } = made.info;
  session.close();
  return { name, losses, bits };
}

describe.runIf(hasBrowser)('the processor in a page', () => {
  let browser: Browser;
  let server: Server;
  let script = '';

  beforeAll(async () => {
    const entry = `
      export { createSession } from './runtime/execute.ts';
      export { pageExecutor as executor } from './runtime/wasm/page-executor.ts';`;
    const { outputFiles } = await build({
      stdin: { contents: entry, resolveDir: path.resolve(import.meta.dirname, '../..') },
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'runtime',
      target: 'es2023',
    });
    script = outputFiles[0]!.text;
    server = createServer((request, response) => {
      const isolating = {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      };
      response.writeHead(200, {
        'Content-Type': 'text/html',
        ...(request.url === '/isolated' && isolating),
      });
      response.end('<!doctype html><title>page</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function inPage(route: string, options: Parameters<typeof bitsOf>[0]) {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}${route}`);
    await page.addScriptTag({ content: script });
    try {
      return await page.evaluate(bitsOf, options);
    } finally {
      await page.close();
    }
  }

  test('gives the bits of Node, on threads that share memory and on one that does not', async () => {
    const made = program();
    (globalThis as unknown as { runtime: Runtime }).runtime = { createSession, executor: wasmExecutor };
    const expected = await bitsOf({ program: made, threads: 2 });
    expect(expected.losses).toHaveLength(3);
    expect(new Set(expected.bits).size).toBeGreaterThan(100);

    const isolated = await inPage('/isolated', { program: made, threads: 3 });
    expect(isolated.name).toBe('the processor, 3 threads');
    expect(isolated).toMatchObject({ losses: expected.losses, bits: expected.bits });

    const alone = await inPage('/', { program: made, threads: 3 });
    expect(alone.name).toBe('the processor, 1 thread (this page is not cross-origin isolated)');
    expect(alone).toMatchObject({ losses: expected.losses, bits: expected.bits });
  });
});
