/**
 * Every file of `test/golden/wgsl` holds equations, the options they are scheduled with, and the text that
 * comes out. `npm run golden:update` writes the text again. Each text is compiled by Dawn, without a device.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { create } from 'webgpu';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { printKernel } from '../../compiler/wgsl/index.ts';
import { kernelOf } from '../support/kernels.ts';

const folder = new URL('../golden/wgsl/', import.meta.url);
const line = '----\n';

interface Golden {
  readonly rows: readonly string[];
  readonly stores: readonly string[];
  readonly inPlace: Readonly<Record<string, string>>;
  readonly target: 'software' | 'hardware';
  readonly equations: string;
}

/** `target software`, `rows b, o`, `stores y`, `inPlace new old`, then equations. */
function read(source: string): Golden {
  const lines = source.trim().split('\n');
  const option = (name: string): readonly string[] =>
    lines
      .find((text) => text.startsWith(`${name} `))
      ?.slice(name.length + 1)
      .split(/,? /) ?? [];
  const inPlace = option('inPlace');
  return {
    rows: option('rows'),
    stores: option('stores'),
    inPlace: Object.fromEntries(inPlace.flatMap((name, k) => (k % 2 === 0 ? [[name, inPlace[k + 1]!]] : []))),
    target: option('target')[0] === 'hardware' ? 'hardware' : 'software',
    equations: lines.filter((text) => text.includes('%')).join('\n'),
  };
}

function textOf(source: string): string {
  const { equations, target, stores, ...options } = read(source);
  const { kernel, values } = kernelOf(equations, { ...options, ...(stores.length > 0 && { stores }) });
  return printKernel(schedule(kernel, values, defaultTargets[target]));
}

const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are goldens', () => {
  expect(files.length).toBeGreaterThan(5);
});

describe.each(files)('%s', (name) => {
  const file = new URL(name, folder);
  const [source = '', expected = ''] = readFileSync(file, 'utf8').split(line);
  const text = textOf(source);

  test('is the text that comes out', () => {
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, source + line + text);
    else expect(text).toBe(expected);
  });

  test('comes out the same again', () => {
    expect(textOf(source)).toBe(text);
  });

  test('compiles', async () => {
    expect(await problemsIn(text)).toEqual([]);
  });
});

/** Dawn's null backend knows the whole language and runs nothing. */
async function problemsIn(code: string): Promise<readonly string[]> {
  const entry = create(['backend=null']);
  const device = await (await entry.requestAdapter())!.requestDevice();
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const failure = await device.popErrorScope();
  device.destroy();
  return [...messages.map((message) => message.message), ...(failure === null ? [] : [failure.message])];
}
