/** Inputs that a run need not be given: those with a default, and those that nothing that is wanted depends on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { readProgram } from '../../runtime/read-program.ts';
import { readTensors } from '../../src/data/tensor-files.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const text = `model scored {
  input x: f32[B, 2]
  input temperature: f32 = 2, mask: f32[B] = 1
  input class: i32[B] = 1
  target t: i32[B]
  output p = softmax(x / temperature)
  output chosen[b] = mask[b] * p[b, class[b]]
  param w: f32[2] init ones
  loss = mean[b] mask[b] * (sum[c] w[c] * x[b, c] - t[b])**2
  metric bias = mean[b, c] x[b, c]
}
train scored { minimize loss with sgd(lr = 0.1)  batch 2 epochs 2 }
`;
const x = ['--data', `x=${at('x.csv')}#a,b`];

beforeAll(() => {
  writeFileSync(at('m.nn'), text);
  writeFileSync(at('x.csv'), 'a,b,t,one\n1,2,0,1\n3,1,1,1\n0.5,0,1,1\n-1,4,0,1\n');
});

const results = async (...args: readonly string[]) => {
  const { code, err } = await nnc('run', at('m.nn'), ...x, ...args, '--out', at('y.npz'));
  expect(code, err).toBe(0);
  return { values: new Map([...readTensors(at('y.npz'))].map(([name, { data }]) => [name, [...data]])), err };
};

describe('an input with a default', () => {
  it.each(['software', 'cpu'])('has that value where nothing else is given, on %s', async (device) => {
    const on = ['--device', device, '--data', `t=${at('x.csv')}#t`];
    const given = [
      '--data',
      'temperature=2',
      '--data',
      `mask=${at('x.csv')}#one`,
      '--data',
      `class=${at('x.csv')}#one`,
    ];
    const [without, beside] = [await results(...on), await results(...on, ...given)];
    expect(without.values).toEqual(beside.values);
    const colder = await results(...on, '--data', 'temperature=0.5');
    expect(colder.values.get('p')).not.toEqual(without.values.get('p'));
  });

  it('is fed to every stage, and to a training', async () => {
    const t = ['--data', `t=${at('x.csv')}#t`];
    expect(await nnc('train', at('m.nn'), ...x, ...t, '--save', at('s'))).toMatchObject({ code: 0 });
    expect(await nnc('train', at('m.nn'), ...x, ...t, '--sanitize')).toMatchObject({ code: 0 });
    expect(await nnc('gradcheck', at('m.nn'), ...x, ...t)).toMatchObject({ code: 0 });
  });

  it('is in the folder of a build, and in the text of the equations', async () => {
    expect(await nnc('build', at('m.nn'), '--set', 'B=4', '--out', at('b'))).toMatchObject({ code: 0 });
    const built: unknown = JSON.parse(readFileSync(at('b/program.json'), 'utf8'));
    const { inputs } = readProgram(
      built,
      new Map([...kernelsIn(built)].map((name) => [name, kernelText(name)])),
    );
    expect(inputs.map(({ name, default: filled }) => [name, filled])).toEqual([
      ['x', undefined],
      ['temperature', 2],
      ['mask', 1],
      ['class', 1],
      ['t', undefined],
    ]);
    const { out } = await nnc('dump', at('m.nn'), '--stage', 'graph', '--set', 'B=4');
    const leaves = parseGraph(out).nodes.flatMap((node) => (node.kind === 'input' ? [node.default] : []));
    expect(leaves).toEqual([undefined, 1, undefined]);
  });

  it('is held to the range of positions', async () => {
    writeFileSync(at('far.nn'), text.replace('i32[B] = 1', 'i32[B] = 2'));
    const { code, err } = await nnc('run', at('far.nn'), ...x);
    expect(code).toBe(1);
    expect(err).toContain('class[0] is 2; allowed are 0 to 1');
  });
});

describe('predicting', () => {
  it('needs no labels: what reads them is left out, and said', async () => {
    const { values, err } = await results();
    expect([...values.keys()].sort()).toEqual(['bias', 'chosen', 'p']);
    expect(err).toContain('left out, as there is no data for t: loss');
  });

  it('needs what an output reads', async () => {
    const { code, err } = await nnc('run', at('m.nn'), '--data', `t=${at('x.csv')}#t`);
    expect(code).toBe(2);
    expect(err).toContain('input x is missing');
  });
});

const kernelsIn = (program: unknown): ReadonlySet<string> =>
  new Set([...JSON.stringify(program).matchAll(/"file":"([^"]+)\.wgsl"/g)].map(([, name]) => name!));
const kernelText = (name: string): string => readFileSync(at(`b/${name}.wgsl`), 'utf8');
