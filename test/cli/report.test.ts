/** `nnc report`: trainings that were saved, beside each other. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const model = (activation: string, rate: number): string =>
  `model xor(hidden = 3) {\n  input x: f32[B, 2]\n  target t: f32[B]\n  h = x |> Dense(hidden) |> ${activation}\n  y = Dense(1)(h)[:, 0]\n  loss = mse(y, t)\n}\ntrain xor { minimize loss with adam(lr = ${rate})  batch 4 }\n`;

async function train(name: string, text: string, ...more: readonly string[]): Promise<void> {
  writeFileSync(at('m.nn'), text);
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  const data = ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`];
  const held = ['--eval', `x=${at('xor.csv')}#a,b`, '--eval', `t=${at('xor.csv')}#t`];
  const ended = await nnc(
    'train',
    at('m.nn'),
    ...data,
    ...held,
    '--device',
    'cpu',
    '--save',
    at(name),
    ...more,
  );
  expect(ended.code, ended.err).toBe(0);
}

beforeAll(async () => {
  await train('a', model('tanh', 0.1), '--epochs', '3', '--log', at('a.csv'));
  await train('b', model('relu', 0.2), '--epochs', '5', '--set', 'hidden=4', '--seed', '1');
});

const rows = (text: string): readonly (readonly string[])[] =>
  text.split('\n').map((line) => line.trim().split(/ {2,}/));

test('tells what differs and what was reached, and no more', async () => {
  const { code, out } = await nnc('report', at('a'), at('b'));
  expect(code).toBe(0);
  const found = new Map(rows(out).map(([name = '', ...values]) => [name, values]));
  expect(found.get('hidden')).toEqual(['3', '4']);
  expect(found.get('seed')).toEqual(['0', '1']);
  expect(found.get('epochs')).toEqual(['3', '5']);
  expect(found.get('batch')).toBeUndefined();
  expect(found.get('data')).toBeUndefined();
  // Cells may be broken wherever the table is too wide.
  expect(out.replace(/\s+/g, '')).toMatch(
    /h=x\|>Dense\(hidden\)\|>(?:tanh)?h=x\|>Dense\(hidden\)\|>(?:tanh)?relu/,
  );
  // What the histories end with.
  const last = (name: string): string => {
    const [head = '', ...lines] = readFileSync(at(`${name}/history.csv`), 'utf8')
      .trim()
      .split('\n');
    return Number(lines.at(-1)!.split(',')[head.split(',').indexOf('eval.loss')]).toPrecision(4);
  };
  expect(found.get('eval.loss')).toEqual([last('a'), last('b')]);
});

test('a resumed training has the epochs of before, and a log counts as well', async () => {
  await train('a', model('tanh', 0.1), '--epochs', '6', '--resume');
  const { code, out } = await nnc('report', at('a'), at('a.csv'), '--json');
  expect(code).toBe(0);
  const { charts, differences } = JSON.parse(out) as {
    readonly charts: readonly {
      readonly of: string;
      readonly curves: readonly { readonly points: readonly { readonly x: number }[] }[];
    }[];
    readonly differences: { readonly rows: readonly unknown[] };
  };
  expect(charts.map(({ of }) => of)).toEqual(['loss', 'eval.loss']);
  expect(charts[0]!.curves.map(({ points }) => points.map(({ x }) => x))).toEqual([
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3],
  ]);
  expect(differences.rows).toEqual([]);
});

test('writes a page, or one chart', async () => {
  expect(await nnc('report', at('a'), at('b'), '--out', at('both.html'), '--plot')).toMatchObject({
    code: 0,
  });
  const page = readFileSync(at('both.html'), 'utf8');
  expect(page.match(/<svg/g)).toHaveLength(2);
  expect(page).toContain('<h2>in what they differ</h2>');
  expect(await nnc('report', at('a'), at('b'), '--out', at('held.svg'), '--of', 'eval.loss')).toMatchObject({
    code: 0,
  });
  expect(readFileSync(at('held.svg'), 'utf8')).toContain('loss, held out');
});

it.each([
  [['a', 'nothing'], 1, /cannot read .*nothing: there is no such file/],
  [['a', '.'], 1, /holds no training\n {2}hint: expected a folder that nnc train --save was given/],
  [
    ['a', 'xor.csv'],
    1,
    /xor\.csv: expected the log of a training, which begins with epoch,step,seconds; found "a,b,t"/,
  ],
  [['a', 'a'], 2, /is named twice/],
  [['a', '--of', 'accuracy'], 2, /--of accuracy: there are loss, eval\.loss/],
  [['a', '--out', 'x.pdf'], 2, /--out x\.pdf: the name must end in \.html, \.svg or \.png/],
] as const)('%s is refused', async (args, code, message) => {
  const named = args.map((arg, k) =>
    k === 0 || !(arg.startsWith('--') || args[1]!.startsWith('--')) ? at(arg) : arg,
  );
  const ended = await nnc('report', ...named);
  expect(ended.err).toMatch(message);
  expect(ended.code).toBe(code);
});
