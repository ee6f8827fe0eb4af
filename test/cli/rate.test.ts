/** `nnc rate`: each step has the rate that it is said to have, however the recipe writes its own; and what is suggested of losses. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it, test } from 'vitest';
import { rateCurve } from '../../src/experiments/rate-suggestion.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const optimizer = 'optimizer mine(gain = 1.0, lr = 0.1) { w <- w - gain * lr * g }\n';
const plain = 'optimizer rateless(speed = 0.1) { w <- w - speed * g }\n';
const model = 'model m {\n  param w: f32 init zeros\n  loss far = (w - 3)**2\n  loss near = w**2\n}\n';
const written = (recipe: string): string => {
  writeFileSync(at('m.nn'), `${optimizer}${plain}${model}train m { ${recipe}  epochs 1 }\n`);
  return at('m.nn');
};

interface Told {
  readonly points: readonly { readonly rate: number; readonly loss: number }[];
  readonly grows?: number;
  readonly suggested?: number;
  readonly present: number | string;
}

describe('of a loss whose steps are known', () => {
  it.each([
    ['sgd(0.02)', 0.02],
    ['sgd(lr = 0.5)', 0.5],
    ['sgd', 0.01],
    ['clip_value(1e9) |> sgd(lr = exponential_decay(0.1, 0.1))', 'a schedule'],
    ['mine(1.0, 0.3)', 0.3],
    ['mine(gain = 1.0)', 0.1],
  ])('%s', async (text, present) => {
    const file = written(`minimize far with ${text}  until far < 1`);
    const { code, out, err } = await nnc(
      'rate',
      file,
      '--from',
      '1e-4',
      '--to',
      '100',
      '--steps',
      '40',
      '--device',
      'cpu',
      '--json',
    );
    expect(code, err).toBe(0);
    const told = JSON.parse(out) as Told;
    expect(told.present).toBe(present);
    let error = 3;
    for (const [k, { rate, loss }] of told.points.entries()) {
      expect(rate).toBeCloseTo(1e-4 * 1e6 ** (k / 39), 6);
      expect(loss / error ** 2).toBeCloseTo(1, 3);
      error *= 1 - 2 * rate;
    }
    // Each step with a rate above 1 is farther off than the one before.
    expect(told.grows).toBeGreaterThan(1);
    expect(told.suggested).toBeGreaterThan(0.005);
    expect(told.suggested).toBeLessThan(0.5);
  });
});

test('shows the curve and the reason, and writes a picture alone', async () => {
  const file = written('maximize minus with sgd(lr = 0.1)');
  writeFileSync(file, readFileSync(file, 'utf8').replace('loss near = w**2', 'loss minus = -far'));
  const { code, out, err } = await nnc(
    'rate',
    file,
    '--from',
    '1e-4',
    '--device',
    'cpu',
    '--out',
    at('rate.svg'),
  );
  expect(code, err).toBe(0);
  expect(out).toMatch(/^minus over the rate: smoothed\n/);
  expect(out).toMatch(
    /suggested: lr = [\d.]+\n {2}.*minus, smoothed, (rises most steeply|is largest).*the recipe has 0\.1000\n$/,
  );
  expect(readFileSync(at('rate.svg'), 'utf8')).toContain('<svg');
  expect(existsSync(at('weights.safetensors'))).toBe(false);
});

it.each([
  ['minimize far with rateless', [], /optimizer rateless has no parameter lr: there is no rate to find/],
  [
    'minimize far over w with sgd  minimize near over w with sgd',
    [],
    /follows several losses \(far, near\)[\s\S]*--recipe NAME/,
  ],
  [
    'w <- w - 0.1 * (w - 3)',
    [],
    /the recipe of m follows no gradient with an optimizer: it has no rate to find/,
  ],
  ['minimize far with sgd', ['--from', '1', '--to', '0.1'], /--from 1 --to 0\.1: the rate must rise/],
  ['minimize far with sgd', ['--out', 'rate.jpg'], /--out rate\.jpg: the name must end in \.svg or \.png/],
] as const)('%s %s is refused', async (recipe, more, message) => {
  const { code, err } = await nnc('rate', written(recipe), '--device', 'cpu', ...more);
  expect(err).toMatch(message);
  expect(code).toBe(2);
});

describe('a suggestion', () => {
  const of = (loss: (decades: number) => number) =>
    rateCurve(
      Array.from({ length: 101 }, (_, k) => ({
        rate: 10 ** (-6 + (7 * k) / 100),
        loss: loss(-6 + (7 * k) / 100),
      })),
    );
  const noise = (x: number): number => 0.05 * Math.sin(1e4 * x);
  /** Falls most steeply at 1e-3, is least about 0.1 and grows then. */
  const bowl = (x: number): number => 1 + 1 / (1 + Math.exp(4 * (x + 3))) + Math.exp(4 * (x + 0.2));

  it('is where a loss falls most steeply', () => {
    const { suggested, steepest, least, grows } = of((x) => bowl(x) + noise(x));
    expect(Math.log10(steepest!)).toBeCloseTo(-3, 0);
    expect(suggested).toBe(Number(steepest!.toPrecision(1)));
    expect(Math.log10(least!)).toBeGreaterThan(-2);
    expect(grows).toBeGreaterThan(least!);
  });

  it('is a tenth of where it is least, where it falls most just before', () => {
    const { suggested, least } = of((x) => (x < -1 ? 3 - 10 ** (x + 1) : Number.POSITIVE_INFINITY));
    expect(suggested).toBe(Number((least! / 10).toPrecision(1)));
  });

  it.each([
    ['a loss that is noise alone', (x: number) => 2 + noise(x)],
    ['a loss that only grows', (x: number) => 2 + Math.exp(x)],
    ['no number at all', () => Number.NaN],
  ])('is not made of %s', (_, loss) => {
    expect(of(loss).suggested).toBeUndefined();
  });
});
