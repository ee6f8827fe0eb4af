/** Predicting with `nnc run`: pictures and rows in; classes, numbers in the data's own units, tables and pictures out. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTensors } from '../../src/data/tensor-files.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

/** Red, green and blue of each pixel. */
function writePicture(
  name: string,
  width: number,
  pixels: readonly (readonly number[])[],
  alpha = 255,
): void {
  const png = new PNG({ width, height: pixels.length / width });
  pixels.forEach((pixel, k) => void png.data.set([...pixel, alpha], 4 * k));
  writeFileSync(at(name), PNG.sync.write(png));
}

const grey = (value: number): readonly number[] => [value, value, value];
const cpu = ['--device', 'cpu'] as const;

async function values(model: string, ...data: readonly string[]): Promise<readonly number[]> {
  writeFileSync(at('m.nn'), model);
  const given = data.flatMap((text) => ['--data', text]);
  const said = await nnc('run', at('m.nn'), ...given, '--out', at('o.npz'), ...cpu);
  expect(said.code, said.err).toBe(0);
  return Array.from(readTensors(at('o.npz')).get('y')!.data as Float32Array, (v) => Math.round(255 * v));
}

async function refusal(model: string, ...args: readonly string[]): Promise<string> {
  writeFileSync(at('m.nn'), model);
  const said = await nnc('run', at('m.nn'), ...args, ...cpu);
  expect(said.code).not.toBe(0);
  expect(said.out).toBe('');
  return said.err;
}

beforeAll(() => {
  mkdirSync(at('p'));
  writePicture('p/n2.png', 3, [0, 1, 2, 3, 4, 5].map(grey));
  writePicture('p/n10.png', 3, [10, 11, 12, 13, 14, 15].map(grey));
  const red = [0, 50, 100, 150, 200, 250].map((r) => [r, 7, 9] as const);
  writePicture('red.png', 3, red);
  writePicture('clear.png', 3, red, 0);
});

const flat = 'model m {\n  input x: f32[B, 6]\n  output y = x + 0\n}\n';
const planes = 'model m {\n  input x: f32[B, C, H, W]\n  output y = x + 0\n}\n';
const three = 'model m {\n  input x: f32[B, 3, H, W]\n  output y = x + 0\n}\n';
const last = 'model m {\n  input x: f32[B, 2, 3, 3]\n  output y = x + 0\n}\n';

describe('pictures', () => {
  it('are rows of the input, those of a folder in the order of their numbers', async () => {
    const all = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15];
    expect(await values(flat, `x=${at('p/n2.png')}`)).toEqual(all.slice(0, 6));
    expect(await values(flat, `x=${at('p')}/*.png`)).toEqual(all);
    expect(await values(flat, `x=${at('p')}`)).toEqual(all);
    expect(await values(flat, `x=${at('p')}@1:`)).toEqual(all.slice(6));
    expect(
      await values('model m {\n  input x: f32[2, 3]\n  output y = x + 0\n}\n', `x=${at('p/n2.png')}`),
    ).toEqual(all.slice(0, 6));
  });

  it('have the channels that the input has room for, or those of their colours', async () => {
    const reds = [0, 50, 100, 150, 200, 250];
    const channels = [...reds, ...reds.map(() => 7), ...reds.map(() => 9)];
    expect(await values(planes, `x=${at('red.png')}`)).toEqual(channels);
    expect(await values(planes, `x=${at('p/n2.png')}`)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await values(three, `x=${at('p/n2.png')}`)).toEqual([
      0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5,
    ]);
    expect(await values(last, `x=${at('red.png')}`)).toEqual(reds.flatMap((r) => [r, 7, 9]));
    expect(await values(flat, `x=${at('red.png')}`)).toEqual(
      reds.map((r) => Math.round(0.299 * r + 0.587 * 7 + 0.114 * 9)),
    );
    expect(await values(flat, `x=${at('clear.png')}`)).toEqual(reds.map(() => 255));
  });

  it('that do not fit or are none are refused', async () => {
    writeFileSync(at('none.png'), 'no picture');
    writeFileSync(at('cut.png'), readFileSync(at('red.png')).subarray(0, 60));
    const bomb = Uint8Array.from(readFileSync(at('red.png')));
    new DataView(bomb.buffer).setUint32(16, 2 ** 30);
    writeFileSync(at('bomb.png'), bomb);
    expect(await refusal(flat, '--data', `x=${at('none.png')}`)).toContain('none.png is no PNG picture');
    expect(await refusal(flat, '--data', `x=${at('cut.png')}`)).toContain(
      'cut.png: not a readable PNG picture',
    );
    expect(await refusal(flat, '--data', `x=${at('bomb.png')}`)).toContain('1073741824x2 pixels; at most');
    expect(await refusal(flat, '--data', `x=${at('p')}/q*.png`)).toContain('no file is called so');
    expect(await refusal(flat, '--data', `x=${at('p')}@9:`)).toContain('leaves none of the 2 pictures');
    expect(await refusal(flat, '--data', `x=${at('red.png')}#1`)).toContain(
      'pictures have no parts to select',
    );
    expect(await refusal(last.replace('2, 3, 3', '9'), '--data', `x=${at('red.png')}`)).toContain(
      'the shapes do not agree',
    );
    writePicture('p/n3.png', 2, [1, 2, 3, 4].map(grey));
    expect(await refusal(flat, '--data', `x=${at('p')}`)).toMatch(/n2\.png has 3x2 pixels, .*n3\.png 2x2/);
  });
});

describe('rows on the command line', () => {
  it('are rows, and all of an input with one dimension', async () => {
    expect(await values(flat, 'x=0,.2,-0.4,1e0,0.6,0.8')).toEqual([0, 51, -102, 255, 153, 204]);
    expect(await values('model m {\n  input x: f32[N]\n  output y = x + 0\n}\n', 'x=0.2,0.4,1')).toEqual([
      51, 102, 255,
    ]);
    expect(await refusal(flat, '--data', 'x=1,2')).toContain('found    f64[1, 2]');
  });
});

const trained = `model m {
  input x: f32[B, 2]
  target t: i32[B]
  target price: f32[B]
  h = x |> Dense(4) |> tanh
  z = h |> Dense(3)
  y = h |> Dense(1)
  loss = cross_entropy(z, t) + mse(y[:, 0], price)
  metric off = mae(y[:, 0], price)
  output p = softmax(z)
  output guess = y[:, 0]
  output raw = h
}
train m { minimize loss with adam(lr = 0.05)  batch 4 epochs 60 }
`;

describe('what a training learned of its data', () => {
  const weights = () => ['--weights', at('s/weights.safetensors')] as const;
  beforeAll(async () => {
    const rows = Array.from(
      { length: 12 },
      (_, k) => `${k % 3},${k},${['iris', 'rose', 'tulip'][k % 3]},${1000 + 50 * (k % 3)}`,
    );
    writeFileSync(at('t.csv'), `a,b,t,price\n${rows.join('\n')}\n`);
    writeFileSync(at('m.nn'), trained);
    const data = ['x=@#a,b', 't=@#t:labels', 'price=@#price'].flatMap((text) => [
      '--data',
      text.replace('@', at('t.csv')),
    ]);
    const said = await nnc(
      'train',
      at('m.nn'),
      ...data,
      '--standardize',
      'x,price',
      '--save',
      at('s'),
      ...cpu,
    );
    expect(said.code, said.err).toBe(0);
  });

  it('is applied, and undone of what predicts it: classes have their names, prices their units', async () => {
    writeFileSync(at('m.nn'), trained);
    const { out, err } = await nnc('run', at('m.nn'), ...weights(), '--data', 'x=1,4', ...cpu);
    expect(out).toMatch(
      /^output p: f32\[1, 3\], classes of t\n {2}first +second +third\n {2}rose \d\d\.\d% /,
    );
    const price = Number(/output guess: f32\[1\] = (\S+)/.exec(out)?.[1]);
    expect(Math.abs(price - 1050)).toBeLessThan(20);
    expect(err).toContain('guess: in the units of price, which was standardised');
    expect(err).not.toContain('raw: in');
  });

  it('is told of losses, which are of standardised numbers', async () => {
    const all = [
      '--data',
      `x=${at('t.csv')}#a,b`,
      '--data',
      `price=${at('t.csv')}#price`,
      '--data',
      `t=${at('t.csv')}#t:labels`,
    ];
    const { out, err } = await nnc('run', at('m.nn'), ...weights(), ...all, ...cpu);
    expect(err).toContain('loss, off: of price as standardised; its deviation is 40.82');
    expect(out).toMatch(/row +t +first/);
    expect(out).toMatch(/\n {2}2 +tulip +tulip \d/);
  });

  it('stands in JSON and in tables', async () => {
    const data = ['--data', `x=${at('t.csv')}#a,b@:3`, ...weights(), ...cpu];
    const { out } = await nnc(
      'run',
      at('m.nn'),
      ...data,
      '--json',
      '--out',
      at('o.csv'),
      '--only',
      'p,guess',
    );
    const [p, guess] = (JSON.parse(out) as { results: readonly Record<string, unknown>[] }).results;
    expect(p).toMatchObject({ name: 'p', target: 't', shape: [3, 3] });
    const said = (p!.classes as readonly { best: readonly { name: string; score: number }[] }[]).map(
      ({ best }) => best[0]!,
    );
    expect(said.map(({ name }) => name)).toEqual(['iris', 'rose', 'tulip']);
    expect((p!.values as number[][])[1]![1]).toBe(said[1]!.score);
    const [head, first, ...others] = readFileSync(at('o.csv'), 'utf8').trimEnd().split('\n');
    expect(head).toBe('t,p.iris,p.rose,p.tulip,guess');
    expect(others).toHaveLength(2);
    expect(first!.split(',')[0]).toBe('iris');
    expect(Number(first!.split(',')[4])).toBeCloseTo((guess!.values as number[])[0]!, 2);
  });
});

describe('results', () => {
  it('are shown up to a screenful, and summed up where they are more', async () => {
    writeFileSync(
      at('m.nn'),
      'model m {\n  input n: f32[N]\n  output y[i, j: 6] = n[i] + j\n  output v = 0.5 * n\n}\n',
    );
    const few = await nnc('run', at('m.nn'), '--data', 'n=1,2,3,4,5,6,7,8,9,10', ...cpu);
    expect(few.out).toContain('output y: f32[10, 6]\n  0   1   2   3   4   5   6\n');
    expect(few.out).toContain('output v: f32[10]\n  0.5    1  1.5    2');
    writeFileSync(at('n.csv'), Array.from({ length: 500 }, (_, k) => `${k}\n`).join(''));
    const many = await nnc('run', at('m.nn'), '--data', `n=${at('n.csv')}`, ...cpu);
    expect(many.out).toBe(
      'output y: f32[500, 6]: min 0.000, mean 252.0, max 504.0\noutput v: f32[500]: min 0.000, mean 124.8, max 249.5\n',
    );
  });

  it('are a sheet of pictures, where one of them looks like pictures', async () => {
    writeFileSync(
      at('m.nn'),
      'model m {\n  input n: f32[B]\n  output y[b, i: 3, j: 4] = n[b] * (i + j) / 5\n  output twice = 2 * y\n}\n',
    );
    const both = await nnc('run', at('m.nn'), '--data', 'n=0,0.5,1', '--out', at('y.png'), ...cpu);
    expect(both).toMatchObject({ code: 1 });
    expect(both.err).toContain('y, twice look like pictures\n  hint: choose one by --only NAME');
    const one = await nnc(
      'run',
      at('m.nn'),
      '--data',
      'n=0,0.5,1',
      '--out',
      at('y.png'),
      '--only',
      'y',
      ...cpu,
    );
    expect(one.code, one.err).toBe(0);
    const { width, height, data } = PNG.sync.read(readFileSync(at('y.png')));
    // Each number is a square of sixteen pixels, six pixels are between two pictures.
    expect([width, height]).toEqual([2 * 64 + 6, 2 * 48 + 6]);
    const pixel = (x: number, y: number) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
    for (const within of [0, 15]) {
      expect(pixel(70 + 16 * 3 + within, 16 * 2 + within)).toEqual([128, 128, 128, 255]);
      expect(pixel(16 * 3 + within, 54 + 16 * 2 + within)).toEqual([255, 255, 255, 255]);
    }
    expect(pixel(64, 0)[3]).toBe(0);
    expect(pixel(70, 54)[3]).toBe(0);
  });

  it('need an output where all that there is needs a target', async () => {
    const model = 'model m {\n  input x: f32[B]\n  target t: f32[B]\n  loss = mse(x, t)\n}\n';
    expect(await refusal(model, '--data', 'x=1,2')).toMatch(/input t is missing.*\n.*is an output, as in/);
    expect(await refusal(model, '--data', 'x=1,2', '--only', 'los')).toContain(
      '--only los: model m has no such output',
    );
  });
});
