/** `nnc plot` and `--out x.svg`: the colours of the pictures are looked at where it is known what they must be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { nnc, root, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const cpu = ['--device', 'cpu'] as const;

/** The pixels under the axes of a chart. */
function pixelsOf(file: string): PNG {
  const uris = [...readFileSync(file, 'utf8').matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)];
  return PNG.sync.read(Buffer.from(uris[0]![1]!, 'base64'));
}

/** Red, green, blue, alpha at a part of the width from the left and of the height from the bottom. */
function colourAt({ width, height, data }: PNG, across: number, up: number): readonly number[] {
  const [x, y] = [Math.floor(across * width), Math.floor((1 - up) * height)];
  return [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
}

describe('a boundary', () => {
  it('is where the classes are equal, between their colours, with the data of the plane', async () => {
    writeFileSync(
      at('plane.nn'),
      'model plane {\n  input x: f32[B, 2]\n  target t: i32[B]\n  output s[b, c: 2] = if c == 0 then 9 * x[b, 0] else 9 * x[b, 1]\n}\n',
    );
    writeFileSync(at('plane.csv'), '0,0,left\n1,0,left\n0,1,up\n1,1,up\n');
    const data = ['--data', `x=${at('plane.csv')}#0-1`, '--data', `t=${at('plane.csv')}#2:labels`];
    const said = await nnc('plot', at('plane.nn'), ...data, '--out', at('plane.svg'), ...cpu);
    expect(said, said.err).toMatchObject({ code: 0 });
    const picture = pixelsOf(at('plane.svg'));
    const [below, above, between] = [
      [0.9, 0.1],
      [0.1, 0.9],
      [0.5, 0.5],
    ].map(([across, up]) => colourAt(picture, across!, up!));
    // Blue is the first class, orange the second.
    expect(below![2]).toBeGreaterThan(below![0]!);
    expect(above![0]).toBeGreaterThan(above![2]!);
    expect(between![3]).toBeLessThan(below![3]! / 2);
    const svg = readFileSync(at('plane.svg'), 'utf8');
    // On white paper, in plain colours: the page that shows the file may be black, and a program know no variables.
    expect(svg).toMatch(/^<svg [^>]*color="#[^>]*><rect [^>]*fill="white"/);
    expect(svg).not.toContain('var(');
    for (const text of ['>left<', '>up<', '>x[0]<', '>x[1]<']) expect(svg).toContain(text);

    const png = await nnc('plot', at('plane.nn'), ...data, '--out', at('plane.PNG'), ...cpu);
    expect(png, png.err).toMatchObject({ code: 0 });
    const drawn = PNG.sync.read(readFileSync(at('plane.PNG')));
    const [, , , wide, high] = /viewBox="(\S+) (\S+) (\S+) (\S+)"/.exec(svg)!;
    expect([drawn.width, drawn.height]).toEqual([2 * Number(wide), 2 * Number(high)]);
    // The name of the vertical axis, and no letter of it but on white paper.
    const isInk = (x: number, y: number): boolean => drawn.data[4 * (y * drawn.width + x)]! < 128;
    const left = Array.from({ length: drawn.height }, (_, y) => y).filter(
      (y) => isInk(29, y) || isInk(33, y),
    );
    expect(left.length).toBeGreaterThan(0);
    expect([...drawn.data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  it('needs an input of two numbers and rows of it', async () => {
    const many = await nnc('plot', `${root}/models/mlp.nn`, '--out', at('no.svg'), ...cpu);
    expect(many).toMatchObject({ code: 2 });
    expect(many.err).toContain('model mlp has no input of two numbers a sample');
    const none = await nnc('plot', `${root}/models/xor.nn`, '--out', at('no.svg'), ...cpu);
    expect(none.err).toContain('give --data x=FILE');
    const wrong = await nnc('plot', `${root}/models/xor.nn`, '--out', at('no.gif'), ...cpu);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.err).toMatch(/--out .*no\.gif: the name must end in \.svg or \.png/);
  });
});

describe('a surface', () => {
  it('is lowest at the least squares, where the way ends', async () => {
    // t = 2 x - 1 exactly.
    writeFileSync(at('line.csv'), '-1,-3\n0,-1\n1,1\n2,3\n');
    const data = ['--data', `x=${at('line.csv')}#0`, '--data', `t=${at('line.csv')}#1`];
    const model = `${root}/models/linear_regression.nn`;
    const more = ['--of', 'surface', '--epochs', '300', '--batch', '4', '--out', at('way.svg'), ...cpu];
    const said = await nnc('plot', model, ...data, ...more);
    expect(said, said.err).toMatchObject({ code: 0 });
    const picture = pixelsOf(at('way.svg'));
    const alphas = Array.from({ length: picture.width * picture.height }, (_, k) => picture.data[4 * k + 3]!);
    const lowest = alphas.indexOf(Math.min(...alphas));
    // The way goes from 0 to 2 and from 0 to -1, half as much is around it: there the lowest place has its share.
    expect((lowest % picture.width) / picture.width).toBeCloseTo(0.75, 1);
    expect(Math.floor(lowest / picture.width) / picture.height).toBeCloseTo(0.75, 1);
    const svg = readFileSync(at('way.svg'), 'utf8');
    // A file of its own, which browsers show as a picture.
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const text of ['>w[0]<', '>bias<', 'aria-label="contour"']) expect(svg).toContain(text);
    const more2 = await nnc('plot', model, ...data, ...more, '--along', 'w[0],b');
    expect(more2.err).toContain('--along b: no trained number of model linear_regression is called so');
  });
});

it('filters are a sheet', async () => {
  const model = `${root}/models/networks/lenet5.nn`;
  const said = await nnc('plot', model, '--of', 'filters', '--out', at('filters.png'), ...cpu);
  expect(said, said.err).toMatchObject({ code: 0 });
  const { width, height } = PNG.sync.read(readFileSync(at('filters.png')));
  // Six of 5 x 5, each thirteen times as large, six pixels between them.
  expect([width, height]).toEqual([3 * 71 - 6, 2 * 71 - 6]);
});

describe('--out x.svg', () => {
  it('is a heat map of the last two dimensions, or a matrix of confusions', async () => {
    writeFileSync(
      at('heat.nn'),
      'model heat {\n  input x: f32[B, 2]\n  output a[b, i: 3, j: 4] = x[b, 0] * i + x[b, 1] * j\n}\n',
    );
    const heat = await nnc('run', at('heat.nn'), '--data', 'x=1,10', '--out', at('heat.svg'), ...cpu);
    expect(heat, heat.err).toMatchObject({ code: 0 });
    const { width, height, data } = pixelsOf(at('heat.svg'));
    expect([width, height]).toEqual([4, 3]);
    const alphas = Array.from({ length: 12 }, (_, k) => data[4 * k + 3]!);
    const values = alphas.map((_, k) => Math.floor(k / 4) + 10 * (k % 4));
    for (let k = 1; k < 12; k++)
      expect(Math.sign(alphas[k]! - alphas[k - 1]!)).toBe(Math.sign(values[k]! - values[k - 1]!));
    expect(readFileSync(at('heat.svg'), 'utf8')).toContain('aria-label="a[0, :, :]"');
    const svg = await nnc(
      ...[
        'run',
        at('plane.nn'),
        '--data',
        `x=${at('plane.csv')}#0-1`,
        '--data',
        `t=${at('plane.csv')}#2:labels`,
      ],
      ...['--out', at('confusion.svg'), ...cpu],
    );
    expect(svg, svg.err).toMatchObject({ code: 0 });
    expect(readFileSync(at('confusion.svg'), 'utf8')).toMatch(/aria-label="t, and what s says it is"/);
  });
});
