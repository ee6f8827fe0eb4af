/** The guide's example for a page: bundled without anything of Node, small, and the same on WebGPU and on the processor. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, openBrowser } from '../view/browser.ts';

const root = path.resolve(import.meta.dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/guide.md'), 'utf8');
const example = /^```js\n([\s\S]*?)^```$/m.exec(guide)![1]!;

/** As a page takes it: for browsers, which refuses what is Node's, and minified. */
async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    alias: {
      'nnc/compiler': path.join(root, 'dist/compiler.js'),
      'nnc/runtime': path.join(root, 'dist/runtime.js'),
    },
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2023',
  });
  return outputFiles[0]!.text;
}

const html = `<!doctype html><title>page</title><script type="module">
  import { trainXor } from '/page.js';
  globalThis.trainXor = trainXor;
  document.documentElement.dataset.ready = '';
</script>`;

/** What it puts there. */
interface Example {
  readonly trainXor: (on: 'webgpu' | 'processor') => Promise<{
    readonly device: string;
    readonly loss: number;
    readonly guess: readonly number[];
  }>;
}

/** Bytes that are sent. */
const sent = (text: string) => ({ gzip: gzipSync(text).length, brotli: brotliCompressSync(text).length });

test('the runtime is below 30 KB, the compiler with its prelude below 300 KB', async () => {
  const runtime = sent(await bundled("export * from 'nnc/runtime'"));
  const compiler = sent(await bundled("export * from 'nnc/compiler'"));
  process.stdout.write(`bytes sent: ${JSON.stringify({ runtime, compiler })}\n`);
  expect(runtime.gzip).toBeLessThan(30_000);
  expect(compiler.gzip).toBeLessThan(300_000);
});

describe.runIf(hasBrowser)('in the packaged browser', () => {
  let browser: Browser;
  let server: Server;
  let script = '';
  beforeAll(async () => {
    script = await bundled(example);
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : html);
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    browser = await openBrowser({ webgpu: true });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('a page trains on WebGPU and on the processor', async () => {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await page.waitForSelector('html[data-ready]');
    const learned = await page.evaluate(async () => {
      const { trainXor } = globalThis as unknown as Example;
      return [await trainXor('webgpu'), await trainXor('processor')];
    });
    const [gpu, processor] = learned;
    expect(gpu!.device).toMatch(/SwiftShader|google/i);
    expect(processor!.device).toMatch(/^the processor/);
    for (const { loss, guess } of learned) {
      expect(loss).toBeLessThan(0.01);
      expect(guess.map((y) => y > 0.5)).toEqual([false, true, true, false]);
    }
    expect(gpu!.loss).toBeCloseTo(processor!.loss, 3);
  });
});
