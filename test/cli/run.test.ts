/** `run` and `grad` on a device against the f64 reference: every result, under its name, from npz to safetensors. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { readTensors, writeTensors } from '../../src/data/tensor-files.ts';
import { checkModel } from '../../src/model/checked-model.ts';
import { parseModel } from '../../src/model/model.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const text = `
layer Block(units: int) (x: f32[..., I]) -> f32[..., units] {
  param W: f32[units, I] init he_normal(fan_in = I)
  return y[..., o] = sum[i] x[..., i] * W[o, i]
}

model small {
  input x: f32[B, 3]
  target t: i32[B]
  enc = Block(4)
  h = x |> enc |> tanh
  logits = h |> Dense(3)
  loss = cross_entropy(logits, t)
  loss size = sum(enc.W ** 2)
  metric accuracy = accuracy(logits, t)
  output probs = softmax(logits)
  output best = argmax(logits, over -1)
}
`;

const x = Float32Array.from({ length: 15 }, (_, k) => Math.sin(3 * k));
const t = Int32Array.from([0, 2, 1, 1, 0]);

beforeAll(async () => {
  writeFileSync(at('small.nn'), text);
  writeTensors(
    at('in.npz'),
    new Map([
      ['x', hostTensor('f32', [5, 3], x)],
      ['t', hostTensor('i32', [5], t)],
    ]),
  );
  const made = await nnc('init', at('small.nn'), '--seed', '3', '--out', at('w.safetensors'));
  expect(made.code, made.err).toBe(0);
});

/** The same model and numbers in f64. */
function expected(purpose: Purpose): ReadonlyMap<string, Tensor64> {
  const { program } = checkModel(parseModel(at('small.nn')), {
    bindings: new Map([['B', 5]]),
    training: false,
  });
  const weights = [...readTensors(at('w.safetensors'))].map(
    ([path, { shape, data }]) => [path, { shape, data: Float64Array.from(data as Float32Array) }] as const,
  );
  const feeds = new Map<string, Tensor64>([
    ['x', { shape: [5, 3], data: Float64Array.from(x) }],
    ['t', { shape: [5], data: Float64Array.from(t) }],
    ...weights,
  ]);
  return evaluateGraph(differentiate(lower(program, purpose)), feeds).results;
}

async function resultsOf(...args: readonly string[]) {
  const [command, ...more] = args;
  const common = ['--inputs', at('in.npz'), '--weights', at('w.safetensors'), '--out', at('out.safetensors')];
  const said = await nnc(command!, at('small.nn'), ...common, ...more);
  expect(said.code, said.err).toBe(0);
  return readTensors(at('out.safetensors'));
}

function expectClose(found: ReadonlyMap<string, unknown>, wanted: ReadonlyMap<string, Tensor64>): void {
  const tensors = found as ReturnType<typeof readTensors>;
  expect([...tensors.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, { shape, data }] of wanted) {
    const tensor = tensors.get(name)!;
    expect(tensor.shape, name).toEqual(shape);
    for (const [k, value] of data.entries()) {
      expect(Math.abs(Number(tensor.data[k]) - value), `${name}[${k}]`).toBeLessThan(
        2e-6 * (1 + Math.abs(value)),
      );
    }
  }
}

describe('run', () => {
  it('gives every output, loss and metric', async () => {
    const found = await resultsOf('run');
    expect([...found.keys()].sort()).toEqual(['accuracy', 'best', 'loss', 'probs', 'size']);
    expect(found.get('best')!.dtype).toBe('i32');
    expectClose(found, expected({ kind: 'run' }));
  });

  it('needs no answers for what does not depend on them', async () => {
    writeFileSync(at('plain.nn'), 'model plain {\n  input x: f32[B, 3]\n  output y[b] = sum[i] x[b, i]\n}\n');
    writeFileSync(at('plain.csv'), '1,2,3\n4,5,6\n');
    const { code, out } = await nnc('run', at('plain.nn'), '--data', `x=${at('plain.csv')}`);
    expect({ code, out }).toEqual({ code: 0, out: 'output y: f32[2] = 6, 15\n' });
  });

  it('takes numbers where files are named', async () => {
    writeFileSync(at('f.nn'), 'model f {\n  input a: f32\n  input b: f32\n  output c = a * b\n}\n');
    const { out } = await nnc('run', at('f.nn'), '--data', 'a=-2.5', '--data', 'b=4e1', '--json');
    expect(JSON.parse(out)).toEqual({
      results: [{ name: 'c', role: 'output', dtype: 'f32', shape: [], value: -100 }],
    });
  });
});

describe('grad', () => {
  it('gives the loss and d.<path> for every parameter', async () => {
    const found = await resultsOf('grad');
    expect([...found.keys()].sort()).toEqual(['d.Dense_1.W', 'd.Dense_1.b', 'd.enc.W', 'loss']);
    expectClose(found, expected({ kind: 'gradient' }));
  });

  it('gives another loss, for what is named', async () => {
    const found = await resultsOf('grad', '--loss', 'size', '--wrt', 'enc.W');
    expectClose(found, expected({ kind: 'gradient', loss: 'size', wrt: ['enc.W'] }));
  });

  it('gives the gradient of an input', async () => {
    const found = await resultsOf('grad', '--wrt', 'x,enc.W');
    expect(found.get('d.x')!.shape).toEqual([5, 3]);
    expectClose(found, expected({ kind: 'gradient', wrt: ['x', 'enc.W'] }));
  });
});
