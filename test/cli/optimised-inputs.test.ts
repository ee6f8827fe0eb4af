/** Pictures that are trained while the network stays: adversarial images, deep dream, style transfer (`models/images`), with data of their own. */
import { afterAll, describe, expect, it } from 'vitest';
import { readTensors, writeTensors } from '../../src/data/tensor-files.ts';
import { model, nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const good = async (...args: readonly string[]): Promise<string> => {
  const said = await nnc(...args, '--device', 'cpu');
  expect(said.code, said.err).toBe(0);
  return said.out;
};

/** Trains a file of `models/`; what is saved, by name. */
async function trained(name: string, folder: string, ...args: readonly string[]) {
  await good('train', model(name), '--save', at(folder), ...args);
  return values(at(`${folder}/weights.safetensors`));
}

function values(file: string): (name: string) => readonly number[] {
  const tensors = readTensors(file);
  return (name) => Array.from(tensors.get(name)!.data, Number);
}

async function ran(name: string, folder: string, ...args: readonly string[]) {
  const weights = ['--weights', at(`${folder}/weights.safetensors`)];
  await good('run', model(name), ...weights, '--out', at(`${folder}/out.safetensors`), ...args);
  return values(at(`${folder}/out.safetensors`));
}

/** Two rings and two crosses a class, one pixel further each time: ten classes that a small network tells apart. */
const side = 28;
const pictureOf = (k: number): readonly number[] =>
  Array.from({ length: side * side }, (_, p) => {
    const [j, i] = [Math.floor(p / side) - 13.5, (p % side) - 13.5 + (Math.floor(k / 10) % 3)];
    const radius = 3 + (k % 10);
    return Math.abs(Math.hypot(j, i) - radius) < 1 ? 1 : 0;
  });

function writePictures(count: number): readonly string[] {
  const pictures = Array.from({ length: count }, (_, k) => pictureOf(k)).flat();
  writeTensors(
    at('pictures.safetensors'),
    new Map([
      ['x', { dtype: 'f32', shape: [count, side * side], data: Float32Array.from(pictures) }],
      ['t', { dtype: 'i32', shape: [count], data: Int32Array.from({ length: count }, (_, k) => k % 10) }],
    ]),
  );
  return data('@0:60');
}

const data = (rows: string): readonly string[] =>
  ['x', 't'].flatMap((name) => ['--data', `${name}=${at('pictures.safetensors')}#${name}${rows}`]);

describe('an adversarial image', () => {
  it('of one step is the sign of the gradient, known for one hidden unit', async () => {
    writePictures(60);
    const limit = 0.1;
    const value = await trained(
      'images/adversarial',
      'one-unit',
      ...['--model', 'adversarial', '--set', 'hidden=1', '--seed', '6'],
      ...data('@0:1'),
    );
    const [w, V, b] = [value('net.Dense_1.W'), value('net.Dense_2.W'), value('net.Dense_2.b')];
    const s = pictureOf(0).reduce((sum, x, i) => sum + x * w[i]!, value('net.Dense_1.b')[0]!);
    expect(s).toBeGreaterThan(0);
    const exp = V.map((v, c) => Math.exp(v * s + b[c]!));
    const sum = exp.reduce((a, e) => a + e, 0);
    const slope = V.reduce((d, v, c) => d + (exp[c]! / sum - (c === 0 ? 1 : 0)) * v, 0);
    expect(value('noise').every((n, i) => n === Math.fround(limit * Math.sign(slope * w[i]!)))).toBe(true);
  });

  it('towards a class reaches it within the limit, and the network stays', async () => {
    const limit = 0.25;
    const hidden = ['--set', 'hidden=24'];
    const set = ['--model', 'adversarial', ...hidden, '--set', `limit=${limit}`, '--set', 'rate=0.02'];
    const net = await trained(
      'mlp',
      'net',
      ...hidden,
      ...writePictures(60),
      '--epochs',
      '60',
      '--batch',
      '20',
    );
    const weights = ['--weights', `net=${at('net/weights.safetensors')}`];
    const value = await trained(
      'images/adversarial',
      'targeted',
      ...set,
      ...weights,
      '--recipe',
      'targeted',
      ...data('@0:1'),
    );
    expect(Math.max(...value('noise').map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit));
    for (const name of ['Dense_1.W', 'Dense_1.b', 'Dense_2.W', 'Dense_2.b'])
      expect(value(`net.${name}`)).toEqual(net(name));
    const result = await ran('images/adversarial', 'targeted', ...set, ...data('@0:1'));
    expect(result('clean')[0]).toBeGreaterThan(0.9);
    expect(result('probs')[3]).toBeGreaterThan(0.9);
    expect([result('fooled'), result('reached')]).toEqual([[1], [1]]);
    expect(result('amplified')).toEqual(value('noise').map((n) => Math.fround(n / Math.fround(limit))));
  });
});

describe('a dream', () => {
  it('is answered more strongly, or is of a class, and the network stays', async () => {
    const net = await trained(
      'images/deep_dream',
      'classifier',
      ...writePictures(60),
      '--batch',
      '20',
      '--epochs',
      '8',
    );
    const dreamt = (recipe: string) =>
      trained(
        'images/deep_dream',
        recipe,
        ...['--model', 'deep_dream', '--recipe', recipe],
        ...['--weights', `net=${at('classifier/weights.safetensors')}`],
        ...(recipe === 'dream' ? data('@0:1').slice(0, 2) : []),
      );
    const result = (folder: string) => ran('images/deep_dream', folder, '--model', 'deep_dream');
    const dream = await dreamt('dream');
    for (const name of ['net.Conv2d_1.w', 'net.Conv2d_2.w', 'net.Dense_1.W'])
      expect(dream(name)).toEqual(net(name));
    const picture = dream('picture');
    expect([Math.min(...picture), Math.max(...picture)]).toEqual([0, 1]);
    await trained(
      'images/deep_dream',
      'awake',
      '--model',
      'deep_dream',
      '--weights',
      `net=${at('classifier/weights.safetensors')}`,
      ...data('@0:1').slice(0, 2),
      '--epochs',
      '1',
    );
    const [before, after] = [await result('awake'), await result('dream')];
    expect(after('response')[0]! / before('response')[0]!).toBeGreaterThan(3);
    const ofClass = await dreamt('of_class');
    expect(ofClass('net.Dense_1.W')).toEqual(net('net.Dense_1.W'));
    expect((await result('of_class'))('probability')[0]).toBeGreaterThan(0.99);
  });
});

describe('a style', () => {
  const size = 16;
  const image = (of: (j: number, i: number, c: number) => number) => ({
    dtype: 'f32' as const,
    shape: [1, 3, size, size],
    data: Float32Array.from({ length: 3 * size * size }, (_, k) =>
      of(Math.floor(k / size) % size, k % size, Math.floor(k / (size * size))),
    ),
  });

  it('is taken on, from noise as from the content, by fixed features', async () => {
    const stripes = (j: number, i: number, c: number): number =>
      [1, 0.5, 0][c]! * (Math.floor((j + i) / 2) % 2) + (c === 2 ? 1 - (Math.floor((j + i) / 2) % 2) : 0);
    const images = new Map([
      ['content', image((j, i) => (Math.hypot(j - 8, i - 8) < 5 ? 1 : 0))],
      ['style', image(stripes)],
    ]);
    writeTensors(at('images.safetensors'), images);
    const both = ['content', 'style'].flatMap((name) => [
      '--data',
      `${name}=${at('images.safetensors')}#${name}`,
    ]);
    const run = async (recipe: string, folder: string, ...args: readonly string[]) => {
      const value = await trained('images/style_transfer', folder, '--recipe', recipe, ...both, ...args);
      const result = await ran('images/style_transfer', folder, ...both);
      return { value, content: result('of_content')[0]!, style: result('of_style')[0]! };
    };
    const noise = await run('from_noise', 'noise', '--epochs', '1');
    for (const recipe of ['from_noise', 'from_content']) {
      const { value, content, style } = await run(recipe, recipe);
      expect(noise.content / content).toBeGreaterThan(5);
      expect(noise.style / style).toBeGreaterThan(10);
      expect(value('features.Conv2d_1.w')).toEqual(noise.value('features.Conv2d_1.w'));
    }
  });
});
