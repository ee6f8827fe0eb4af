/** `nnc sample`: which position says what comes next, how a token is drawn, and pictures out of noise. */
import { readFileSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it, test } from 'vitest';
import { randomStream } from '../../src/data/random.ts';
import { readTensorFile, writeTensors } from '../../src/data/tensor-files.ts';
import { drawToken } from '../../src/running/sample-text.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const cpu = ['--device', 'cpu'] as const;

/** Runs a model that knows these tokens. */
async function sampled(model: string, tokens: readonly string[], ...args: readonly string[]) {
  writeFileSync(at('m.nn'), model);
  const metadata = new Map([
    ['classes.text', JSON.stringify([tokens])],
    ['length.text', '5'],
  ]);
  writeTensors(at('w.safetensors'), new Map(), metadata);
  return nnc('sample', at('m.nn'), '--weights', at('w.safetensors'), ...args, ...cpu);
}

const letters = ['a', 'b', 'c', 'd'];
/** The next letter follows each. */
const next = (read: string) => `if v == mod(${read} + 1, 4) then 1.0 else 0.0`;
const head = 'model m {\n  input text: i32[B, N]\n';

describe('a text goes on', () => {
  it.each([
    [
      'what each position says of the next',
      `${head}  output p[b, t: N - 1, v: 4] = ${next('text[b, t]')}\n}\n`,
    ],
    [
      'the last position, whose target is another input',
      `${head}  output p[b, t: N, v: 4] = ${next('text[b, t]')}\n}\n`,
    ],
    [
      'what each position says of itself',
      `${head}  output p[b, t: N, v: 4] = if t == 0 then 0.25 else ${next('text[b, max(t - 1, 0)]')}\n}\n`,
    ],
    ['a row', `${head}  output p[b, v: 4] = ${next('text[b, N - 1]')}\n}\n`],
    ['a row whose last place is the target', `${head}  output p[b, v: 4] = ${next('text[b, N - 2]')}\n}\n`],
    ['scores', `${head}  output z[b, t: N, v: 4] = 1000 * (${next('text[b, t]')})\n}\n`],
    [
      'more scores than there are letters',
      `${head}  output z[b, t: N, v: 6] = if v > 3 then 2000.0 else 1000 * (${next('text[b, t]')})\n}\n`,
    ],
  ])('by %s', async (_, model) => {
    for (const args of [
      ['--prompt', 'b'],
      ['--prompt', 'abcdab', '--window', '4'],
    ] as const) {
      const said = await sampled(model, letters, ...args, '--length', '9', '--temperature', '0.5');
      expect(said.code, said.err).toBe(0);
      expect(said.out).toBe(`${args[1]}cdabcdabc\n`);
    }
  });

  it('in words, as a text is written', async () => {
    const words = ['<unknown>', 'cat', ',', '.'];
    const model = `${head}  output p[b, t: N, v: 4] = ${next('max(text[b, t], 0)')}\n}\n`;
    const said = await sampled(model, words, '--prompt', 'cat', '--length', '3', '--count', '2');
    expect(said.out).toBe('cat,. <unknown>\n\ncat,. <unknown>\n');
    const unknown = await sampled(model, words, '--prompt', 'dog');
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.err).toContain('--prompt: "dog" is none of the 4 words of the training data');
  });

  it('but not by what reads on', async () => {
    const said = await sampled(
      `${head}  output p[b, t: N - 1, v: 4] = ${next('text[b, t + 1]')}\n}\n`,
      letters,
    );
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain('p at a position depends on what follows it');
  });

  it('and not without a text', async () => {
    const said = await sampled('model m {\n  input x: f32[B, 3]\n  output y = 2 * x\n}\n', letters);
    expect(said.code).not.toBe(0);
    writeFileSync(at('m.nn'), 'model m {\n  input x: f32[B, 3]\n  output y = 2 * x\n}\n');
    expect((await nnc('sample', at('m.nn'), ...cpu)).err).toContain('model m has nothing to sample');
  });
});

describe('a recurrence', () => {
  const kept = 's[b, t: N] = sin((s[b, t - 1] else 0.0) + 1.7 * text[b, t])';
  const scores = (angle: string) => `output z[b, t: N, v: 4] = 3 * sin((v + 1) * ${angle})`;
  const said = async (angle: string, ...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await sampled(
      `${head}  ${kept}\n  ${scores(angle)}\n}\n`,
      letters,
      ...(args.includes('--prompt') ? [] : ['--prompt', 'bd']),
      ...args,
    );
    expect(code, err).toBe(0);
    return out;
  };

  it('goes on from what it has kept, as if all of the text were read anew', async () => {
    const whole = await said('5 * s[b, t]', '--length', '40', '--window', '64');
    expect(await said('5 * s[b, t]', '--length', '40')).toBe(whole);
    // Rows of the training have 5 letters; what was before them is kept, too.
    expect(await said('5 * s[b, t]', '--length', '40', '--window', '5')).not.toBe(whole);
    const long = ['--prompt', 'dacbdacbdacbbca', '--length', '20'] as const;
    expect(await said('5 * s[b, t]', ...long)).toBe(await said('5 * s[b, t]', ...long, '--window', '64'));
    const twice = await said('5 * s[b, t]', '--length', '40', '--count', '2');
    expect(twice.startsWith(`${whole}\n`)).toBe(true);
    expect(twice.split('\n')[2]).not.toBe(whole.trimEnd());
  });

  it.each([
    '5 * s[b, t] + 0.7 * t',
    '5 * s[b, max(t - 1, 0)]',
    's[b, t] + text[b, max(t - 1, 0)]',
    's[b, t] + if t > 2 then 0.5 * text[b, max(t - 3, 0)] else 0',
  ])('is read anew where %s says more than it has kept', async (angle) => {
    expect(await said(angle, '--length', '20')).toBe(await said(angle, '--length', '20', '--window', '5'));
  });
});

test('rows of a training are as long when it goes on', async () => {
  writeFileSync(at('t.txt'), 'abcdabcdabcd');
  writeFileSync(
    at('m.nn'),
    `${head}  param w: f32[4, 4]\n  z[b, t: N - 1, v: 4] = w[text[b, t], v]\n  loss = cross_entropy(z, text[:, 1:])\n  output p = softmax(z)\n}\ntrain m { minimize loss with sgd(lr = 9)  batch 1 epochs 30 }\n`,
  );
  const trained = await nnc(
    'train',
    at('m.nn'),
    '--data',
    `text=${at('t.txt')}#6:characters`,
    '--save',
    at('s'),
    ...cpu,
  );
  expect(trained.code, trained.err).toBe(0);
  const weights = at('s/weights.safetensors');
  expect(readTensorFile(weights).metadata.get('length.text')).toBe('6');
  const { out } = await nnc(
    'sample',
    at('m.nn'),
    '--weights',
    weights,
    '--length',
    '6',
    '--prompt',
    'c',
    '--temperature',
    '0',
    ...cpu,
  );
  expect(out).toBe('cdabcda\n');
});

describe('a token is drawn', () => {
  const shares = Float64Array.of(0.5, 0.3, 0.2, 0);
  const counted = (numbers: Float64Array, temperature: number): readonly number[] => {
    const random = randomStream(7, 0);
    const counts = [0, 0, 0, 0];
    for (let k = 0; k < 20_000; k++) counts[drawToken(numbers, temperature, random)]! += 1;
    return counts.map((count) => count / 20_000);
  };

  it.each([0.5, 1, 2])('by its share, to the power of 1 / %f', (temperature) => {
    const powers = [...shares].map((p) => p ** (1 / temperature));
    const sum = powers.reduce((a, b) => a + b);
    for (const numbers of [shares, shares.map((p) => 3 + Math.log(p))]) {
      counted(numbers, temperature).forEach((found, k) => {
        expect(Math.abs(found - powers[k]! / sum)).toBeLessThan(0.015);
      });
    }
  });

  it('as the most likely one at 0, and never of what is no number', () => {
    expect(counted(Float64Array.of(-1, -3, -0.5, -9), 0)).toEqual([0, 0, 1, 0]);
    expect(() => drawToken(Float64Array.of(Number.NaN, 1), 1, randomStream(1, 0))).toThrow('NaN');
  });
});

describe('pictures', () => {
  const sheet = async (model: string, ...args: readonly string[]) => {
    writeFileSync(at('p.nn'), model);
    const said = await nnc('sample', at('p.nn'), '--out', at('p.png'), ...args, ...cpu);
    expect(said.code, said.err).toBe(0);
    return PNG.sync.read(readFileSync(at('p.png')));
  };
  const given = 'model p {\n  input z: f32[B, 2]\n  output y[b, i: 3, j: 4] = z[b, 0] * i + z[b, 1] * j\n}\n';
  const own =
    'model p {\n  input x: f32[B, 2]\n  output again[b, i: 3, j: 4] = x[b, 0] * i + j\n  output y = normal[extent(x, 0), 3, 4]\n}\n';

  it.each([
    ['noise that it is given', given],
    ['noise of its own', own],
  ])('are made of %s, anew for each seed', async (_, model) => {
    const first = await sheet(model, '--count', '5');
    expect([first.width, first.height]).toEqual([3 * (16 * 4 + 6) - 6, 2 * (16 * 3 + 6) - 6]);
    expect(first.data.equals((await sheet(model, '--count', '5')).data)).toBe(true);
    expect(first.data.equals((await sheet(model, '--count', '5', '--seed', '1')).data)).toBe(false);
  });

  it('need a file', async () => {
    writeFileSync(at('p.nn'), given);
    expect((await nnc('sample', at('p.nn'), ...cpu)).err).toContain('y makes pictures: give --out FILE.png');
    expect((await nnc('sample', at('p.nn'), '--out', at('p.jpg'), ...cpu)).err).toContain('must end in .png');
  });
});
