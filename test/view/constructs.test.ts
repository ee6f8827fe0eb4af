/** Each construct of blocks through what a user looks at: the formatter, `check`, dumps in every format, and folding. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { nnc } from '../cli/command-line.ts';

/** Each in its canonical form, and something that its dump of the graph says. */
const constructs: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
  'repeat of a layer': [
    'layer Block(units: int) (x: f32[B, C]) -> f32[B, C] {\n  return x + (x |> Dense(units) |> relu |> Dense(C))\n}\nmodel m {\n  input x: f32[B, 4]\n  h = x\n  repeat 12 {\n    h = h |> Block(8)\n  }\n  output y = h\n}\n',
    /%Block_12\.Dense_2\.W/,
  ],
  'repeat of a shared instance': [
    'model m {\n  input x: f32[B, 4]\n  same = Dense(4)\n  h = x\n  repeat 3 {\n    h = h |> same |> tanh\n  }\n  output y = h\n}\n',
    /%same\.W/,
  ],
  'a layer as argument': [
    'layer Residual(f) (x) {\n  return x + f(x)\n}\nmodel m {\n  input x: f32[B, 4]\n  output y = x |> Residual(Residual(Dense(4)))\n}\n',
    /m > Residual_1: Residual > Residual_2: Residual > Dense_1: Dense/,
  ],
  'a setting for each axis, and inf': [
    'fn pool(x: f32[H, W], size: int[2] = 2, pad: int[2] = 0) -> f32[OH, OW]\n  where OH = H + 2 * pad[0] - size[0] + 1,\n        OW = W + 2 * pad[1] - size[1] + 1 {\n  return y[j, i] = max[u: size[0], v: size[1]] (x[j + u - pad[0], i + v - pad[1]] else -inf)\n}\nmodel m {\n  input x: f32[5, 6]\n  output y = pool(x, (3, 1), pad = (1, 0))\n}\n',
    /max\[u: 3, v: 1\]/,
  ],
  'several results, one left out': [
    'fn both(x) {\n  return (sin(x), cos(x))\n}\nmodel m {\n  input x: f32[B, 4]\n  (s, _) = both(x)\n  output y = s\n}\n',
    /%s\[b: 32, i: 4\]: f32 = sin\(%x/,
  ],
  'an instance and its value': [
    'layer Scale(bias: bool = true) (x: f32[B, C]) -> f32[B, C] {\n  param bias: f32[C] init zeros if bias\n  return y[b, c] = x[b, c] + bias[c]\n}\nmodel m {\n  input x: f32[B, 4]\n  q = Scale()\n  q = x |> q\n  output y = q |> q\n}\n',
    /%q\.bias/,
  ],
  'parts of axes': [
    'model m {\n  input x: f32[B, 6]\n  output change = x[:, 1:] - x[:, :-1]\n  output last = x[:, -1]\n}\n',
    /%x\[b?n?\d?.*, 5\]/,
  ],
  'what moves elements': [
    'model m {\n  input x: f32[B, 6]\n  (a, b) = split(x, 2, over -1)\n  output y = concat(b, a, over -1) |> reshape(B, 2, 3) |> transpose |> flatten\n  output z = stack(a, b) - mean(x, keep = true)\n}\n',
    /%z\[/,
  ],
  'a scan over a cell': [
    'layer Cell(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {\n  return tanh((x |> Dense(units)) + (h |> Dense(units, bias = false)))\n}\nmodel m {\n  input x: f32[B, 5, 3]\n  cell = Cell(4)\n  scan t: 5 {\n    h[:, t] = cell(x[:, t], (h[:, t - 1] else 0))\n  }\n  output y = h[:, -1]\n}\n',
    /%cell\.Dense_1\.W/,
  ],
  'frozen weights, a default input and a state of the model': [
    'model m {\n  input x: f32[B, 4]\n  input strength: f32 = 0.5\n  target t: i32[B]\n  enc = Dense(4)\n  freeze enc\n  state usual: f32 init ones\n  loss = cross_entropy(x |> enc |> Dense(3), t)\n  usual <- strength * usual + (1 - strength) * loss\n  metric progress = usual - loss\n}\n',
    /frozen +%enc\.W/,
  ],
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nnc-constructs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string): string {
  const file = path.join(folder, `${name.replaceAll(/\W+/g, '-')}.nn`);
  writeFileSync(file, constructs[name]![0]);
  return file;
}

describe.each(Object.keys(constructs))('%s', (name) => {
  const [text, says] = constructs[name]!;

  test('the formatter leaves it as it is, and check has nothing to say', async () => {
    expect(format({ name: 'test.nn', text })).toEqual({ text });
    const said = await nnc('check', fileOf(name));
    expect(said).toMatchObject({ code: 0, err: '' });
  });

  test('every stage shows it, folded too, and so does the page', async () => {
    const file = fileOf(name);
    for (const stage of ['types', 'graph', 'backward', 'optimized', 'kernels', 'wgsl', 'plan']) {
      for (const fold of [[], ['--fold']]) {
        const { code, out, err } = await nnc('dump', file, '--stage', stage, ...fold);
        expect({ stage, code, err }).toEqual({ stage, code: 0, err: '' });
        expect(out).not.toContain('undefined');
        if (stage === 'graph' && fold.length === 0) expect(out).toMatch(says);
      }
    }
    const page = await nnc('dump', file, '--stage', 'graph', '--format', 'html');
    expect(page.code).toBe(0);
    expect(page.out).toMatch(/^<!doctype html>/);
  });
});

test('passes of a repeat are folded into the first', async () => {
  const file = fileOf('repeat of a layer');
  const { out } = await nnc('dump', file, '--stage', 'graph');
  const folded = (await nnc('dump', file, '--stage', 'graph', '--fold')).out;
  expect(folded).toContain('Block_1.Dense_1.W');
  expect(folded).toMatch(/… \d+ more like this, to %Block_12\./);
  expect(folded.split('\n').length).toBeLessThan(out.split('\n').length / 3);
});
