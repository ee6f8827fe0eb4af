/** What each command prints and writes where all is well, without a device. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it, test } from 'vitest';
import { readProgram } from '../../runtime/read-program.ts';
import { readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { filesIn, model, nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('check', () => {
  it('sums a model up', async () => {
    const { code, out } = await nnc('check', model('mlp'));
    expect(code).toBe(0);
    expect(out).toContain('101,770 trained numbers');
    for (const line of [
      /x +f32\[B = 128, 784\] +input/,
      /t +i32\[B = 128\] +target/,
      /probs +f32\[B = 128, C = 10\]/,
      /Dense_1\.W +f32\[hidden = 128, 784\] +100352 init he_normal/,
      /minimize loss with adam/,
    ]) {
      expect(out).toMatch(line);
    }
  });

  it('as JSON, with other settings', async () => {
    const { code, out } = await nnc('check', model('mlp'), '--set', 'hidden=64', '--set', 'B=7', '--json');
    expect(code).toBe(0);
    expect(json(out)).toMatchObject({
      ok: true,
      model: 'mlp',
      dimensions: [{ name: 'B', extent: 7, by: 'set' }],
      trainedNumbers: 64 * 784 + 64 + 640 + 10,
    });
  });

  it('takes a setting for each axis', async () => {
    const file = at('windows.nn');
    writeFileSync(
      file,
      'model windows(stride: int[2] = (2, 1)) {\n  input x: f32[B, 1, 9, 9]\n  output y = x |> Conv2d(2, stride = stride)\n}\n',
    );
    expect((await nnc('check', file, '--set', 'stride=1,3')).out).toContain('OH = 7, OW = 3');
    expect((await nnc('check', file, '--set', 'stride=3')).out).toContain('OH = 3, OW = 3');
    const { code, err } = await nnc('check', file, '--set', 'stride=1,');
    expect(code).toBe(2);
    expect(err).toContain('numbers as in 2,1');
  });

  it('gives diagnostics, as text and as JSON', async () => {
    const file = at('wrong.nn');
    writeFileSync(file, 'model wrong {\n  param w: f32[3] init ones\n  loss = sum(w) + y\n}\n');
    const text = await nnc('check', file);
    expect(text.code).toBe(1);
    expect(text.err).toMatch(/error\[NN\d+\]/);
    expect(text.err).toContain(`${file}:3:19`);
    const data = await nnc('check', file, '--json');
    expect(data.code).toBe(1);
    expect(json(data.out)).toMatchObject({ ok: false, diagnostics: [{ file, line: 3, column: 19 }] });
  });
});

describe('dump', () => {
  const stages = ['ast', 'types', 'graph', 'backward', 'optimized', 'kernels', 'wgsl', 'wat', 'plan'];

  it.each(stages)('%s, as text and as JSON', async (stage) => {
    const args = ['dump', model('xor'), '--stage', stage, '--set', 'B=4'];
    const text = await nnc(...args);
    expect(text.code, text.err).toBe(0);
    expect(text.out.length).toBeGreaterThan(100);
    const data = await nnc(...args, '--format', 'json');
    expect(data.code, data.err).toBe(0);
    expect(typeof JSON.parse(data.out)).toBe('object');
  });

  it('shows the chosen loss and its gradient', async () => {
    const file = at('two.nn');
    writeFileSync(
      file,
      'model two {\n  param w: f32[3] init ones\n  loss a = sum(w)\n  loss b = sum(w**2)\n}\n',
    );
    const { code, out } = await nnc('dump', file, '--stage', 'graph', '--loss', 'b');
    expect(code).toBe(0);
    expect(out).toContain('gradient %b wrt %w');
    expect(out).not.toContain('%a');
  });

  it('prints what opt reads', async () => {
    const graph = at('xor.nnir');
    writeFileSync(graph, (await nnc('dump', model('xor'), '--stage', 'graph')).out);
    const { code, out, err } = await nnc('opt', graph, '--pass', 'differentiate,eliminate-dead');
    expect(code, err).toBe(0);
    expect(out).toContain('result gradient %d.Dense_1.W');
    expect(out).not.toContain('= gradient ');
  });
});

test('build writes a program and its kernels', async () => {
  const { code, out } = await nnc('build', model('xor'), '-o', at('built/deep'), '--set', 'B=4', '--json');
  expect(code).toBe(0);
  const files = filesIn(at('built/deep'));
  expect(files).toContain('program.json');
  expect(files.filter((name) => name.endsWith('.wgsl'))).toHaveLength(Number(json(out).kernels));
  const program = json(readFileSync(at('built/deep/program.json'), 'utf8'));
  const kernel = { wgsl: { file: expect.stringMatching(/\.wgsl$/) } };
  expect(program.code).toMatchObject({ kernels: Array(Number(json(out).kernels)).fill(kernel) });
  const texts = files
    .filter((name) => name.endsWith('.wgsl'))
    .map((name) => [name.slice(0, -5), readFileSync(at(`built/deep/${name}`), 'utf8')] as const);
  expect(readProgram(program, new Map(texts)).steps).toEqual(program.steps);
});

test('init depends on the seed alone', async () => {
  const write = async (seed: string, name: string): Promise<Uint8Array> => {
    expect((await nnc('init', model('xor'), '--seed', seed, '--out', at(name))).code).toBe(0);
    return readFileSync(at(name));
  };
  const first = await write('1', 'a.safetensors');
  expect(await write('1', 'b.safetensors')).toEqual(first);
  expect(await write('2', 'c.safetensors')).not.toEqual(first);
  const { tensors, metadata } = readSafetensorsFile(at('a.safetensors'));
  expect([...tensors.keys()].sort()).toEqual(['Dense_1.W', 'Dense_1.b', 'Dense_2.W', 'Dense_2.b']);
  expect(metadata.get('model')).toBe('xor');
});

describe('fmt', () => {
  const untidy = 'model m {\n\n\n      loss   =  1.0   // kept\n}\n';

  it('says what is not formatted, and formats it once', async () => {
    const file = at('untidy.nn');
    writeFileSync(file, untidy);
    const checked = await nnc('fmt', '--check', file);
    expect(checked).toMatchObject({ code: 1, out: `${file} is not formatted\n` });
    expect(readFileSync(file, 'utf8')).toBe(untidy);
    const shown = await nnc('fmt', '--stdout', file);
    expect((await nnc('fmt', file)).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(shown.out);
    expect(shown.out).toContain('loss = 1.0');
    expect(shown.out).toContain('// kept');
    expect(await nnc('fmt', '--check', file)).toMatchObject({ code: 0, out: '' });
  });

  it('formats the others where one cannot be parsed', async () => {
    writeFileSync(at('broken.nn'), 'model {');
    writeFileSync(at('untidy.nn'), untidy);
    const { code, err } = await nnc('fmt', at('broken.nn'), at('untidy.nn'));
    expect(code).toBe(1);
    expect(err).toContain('broken.nn:1:7');
    expect(readFileSync(at('untidy.nn'), 'utf8')).not.toBe(untidy);
    expect(readFileSync(at('broken.nn'), 'utf8')).toBe('model {');
  });
});

test('digits writes four IDX files, the same for the same seed', async () => {
  const { code, out } = await nnc('digits', '--out', at('d1'), '--train', '30', '--test', '10');
  expect(code).toBe(0);
  expect(out.trim().split('\n').every(existsSync)).toBe(true);
  await nnc('digits', '--out', at('d2'), '--train', '30', '--test', '10');
  for (const name of filesIn(at('d1'))) {
    expect(readFileSync(at(`d2/${name}`))).toEqual(readFileSync(at(`d1/${name}`)));
  }
});

test('devices lists adapters and the processor, and which one would be used', async () => {
  const { code, out } = await nnc('devices', '--json');
  const { devices, processor, auto } = JSON.parse(out) as {
    devices: { name: string; class: string }[];
    processor: { name: string };
    auto: string;
  };
  expect(code).toBe(0);
  const gpu = devices.find((device) => device.class === 'hardware');
  expect(auto).toBe((gpu ?? processor).name);
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await nnc('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});
