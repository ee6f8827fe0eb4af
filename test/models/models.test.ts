/** The models of `models/`: all compile, and the small ones learn what their first lines say, in f64. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { format } from '../../grammar/format.ts';
import { evaluateWith, graphOf, scalar64, tensor64 } from '../prelude/harness.ts';
import { average, rows } from '../prelude/probe.ts';
import { programOf } from '../prelude/program.ts';
import { realData } from '../support/real-data.ts';
import { type Columns, shuffled, trainModel } from './train.ts';

const folder = new URL('../../models/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const names = readdirSync(folder).filter((name) => name.endsWith('.nn'));

describe.each(names)('models/%s', (name) => {
  const text = read(name);

  it('compiles, for training and for evaluation', () => {
    for (const training of [false, true]) {
      const options = { training, bindings: new Map(text.includes('[B') ? [['B', 2]] : []) };
      const graph = graphOf(text, training ? 'train' : 'run', options);
      expect(graph.results.map((result) => result.role)).toContain('loss');
    }
  });

  it('is formatted', () => {
    expect(format({ name, text })).toEqual({ text });
  });

  it('says what it shows, and how it is trained', () => {
    expect(text).toMatch(/^\/\/ .+\n(\/\/ .*\n)*\/\/ Shows: /);
    const isFormula = name === 'scalar.nn' || name === 'logistic_map.nn';
    expect(programOf(text, { training: true }).recipe !== undefined).toBe(!isFormula);
  });
});

describe('the lectures', () => {
  it('scalar.nn gives the derivatives of the survey', () => {
    const { results } = evaluateWith(graphOf(read('scalar.nn'), 'run'), {
      x1: scalar64(2),
      x2: scalar64(5),
    });
    const value = (name: string): number => results.get(name)!.data[0]!;
    expect(value('f')).toBeCloseTo(Math.log(2) + 10 - Math.sin(5), 12);
    expect(value('df_dx1')).toBeCloseTo(1 / 2 + 5, 12);
    expect(value('df_dx2')).toBeCloseTo(2 - Math.cos(5), 12);
    expect(value('d2f_dx1dx2')).toBeCloseTo(1, 12);
  });

  it('conv2d.nn gives the output of the example', () => {
    const { results } = evaluateWith(graphOf(read('conv2d.nn'), 'run'), {
      image: tensor64([4, 4], [4, 5, 8, 7, 1, 8, 8, 8, 3, 6, 6, 4, 6, 5, 7, 8]),
      t: tensor64([2, 2], [0, 0, 0, 0]),
      'slide.f': tensor64([3, 3], [1, 4, 1, 1, 4, 3, 3, 3, 1]),
    });
    expect([...results.get('o')!.data]).toEqual([122, 148, 126, 134]);
  });

  it('two_layer_sigmoid.nn has the gradients of the derivation', () => {
    const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
    const [x, t] = [
      [0.5, -1],
      [1, 0],
    ];
    const [V, a, W, b] = [
      [0.1, 0.4, -0.3, 0.8, 0.5, -0.6],
      [0.1, 0.2, 0.3],
      [0.7, -0.2, 0.4, 0.1, 0.9, -0.5],
      [0, 0.1],
    ];
    const h = rows(V, 2).map((row, j) => logistic(a[j]! + row[0]! * x[0]! + row[1]! * x[1]!));
    const y = rows(W, 3).map((row, o) => logistic(b[o]! + row.reduce((sum, w, j) => sum + w * h[j]!, 0)));
    const outer = y.map((value, o) => (value - t[o]!) * value * (1 - value));
    const inner = h.map((value, j) => (outer[0]! * W[j]! + outer[1]! * W[3 + j]!) * value * (1 - value));
    const { updates } = evaluateWith(graphOf(read('two_layer_sigmoid.nn'), 'train', { training: true }), {
      x: tensor64([2], x),
      t: tensor64([2], t),
      V: tensor64([3, 2], V),
      a: tensor64([3], a),
      W: tensor64([2, 3], W),
      b: tensor64([2], b),
      step: scalar64(1),
    });
    const expected: Readonly<Record<string, readonly number[]>> = {
      V: V.map((v, k) => v - 0.5 * inner[Math.floor(k / 2)]! * x[k % 2]!),
      a: a.map((v, j) => v - 0.5 * inner[j]!),
      W: W.map((w, k) => w - 0.5 * outer[Math.floor(k / 3)]! * h[k % 3]!),
      b: b.map((v, o) => v - 0.5 * outer[o]!),
    };
    for (const [name, values] of Object.entries(expected)) {
      for (const [k, value] of values.entries()) expect(updates.get(name)!.data[k]).toBeCloseTo(value, 12);
    }
  });
});

describe('training in f64', () => {
  it('xor.nn learns the four points', () => {
    const data = {
      x: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      t: [[0], [1], [1], [0]],
    };
    const { loss, accuracy } = trainModel(read('xor.nn'), data, data, 500);
    expect(loss).toBeLessThan(0.01);
    expect(accuracy).toBe(1);
  });

  it('neural_ode.nn takes a ring and its disc apart', () => {
    const ring = (from: number, to: number, t: number, seed: number) =>
      Array.from({ length: 40 }, (_, k) => {
        const [radius, angle] = [from + ((to - from) * ((k * 7 + seed) % 40)) / 40, (2 * Math.PI * k) / 40];
        return { x: [radius * Math.cos(angle), radius * Math.sin(angle)], t: [t] };
      });
    const points = [...ring(0, 0.8, 0, 1), ...ring(1.2, 2, 1, 3)];
    const data = shuffled({ x: points.map(({ x }) => x), t: points.map(({ t }) => t) }, 1);
    const { accuracy } = trainModel(read('neural_ode.nn'), data, data, 25);
    expect(accuracy).toBe(1);
  });

  it('linear_regression.nn finds the line', () => {
    const x = Array.from({ length: 64 }, (_, k) => [k / 32 - 1]);
    const data = { x, t: x.map(([value]) => [3 * value! - 0.5]) };
    const { weights, loss } = trainModel(read('linear_regression.nn'), data, data, 50);
    expect(weights.get('w')!.data[0]).toBeCloseTo(3, 2);
    expect(weights.get('bias')!.data[0]).toBeCloseTo(-0.5, 2);
    expect(loss).toBeLessThan(1e-3);
  });
});

/** The features and the class of each line; lines that start with a count and names are skipped. */
function table(name: string): Columns {
  const lines = readFileSync(path.join(realData ?? '', 'tabular', name), 'utf8')
    .trim()
    .split('\n');
  const numbers = lines.map((line) => line.split(',').map(Number)).filter((row) => !row.some(Number.isNaN));
  return { x: numbers.map((row) => row.slice(0, -1)), t: numbers.map((row) => row.slice(-1)) };
}

const standardised = ({ x, t }: Columns): Columns => {
  const means = x[0]!.map((_, i) => average(x.map((row) => row[i]!)));
  const spreads = means.map((mean, i) => Math.sqrt(average(x.map((row) => (row[i]! - mean) ** 2))));
  return { x: x.map((row) => row.map((value, i) => (value - means[i]!) / spreads[i]!)), t };
};

/** Every fifth row is held out. */
function split({ x, t }: Columns): readonly [Columns, Columns] {
  const pick = (held: boolean): Columns => ({
    x: x.filter((_, k) => (k % 5 === 0) === held),
    t: t.filter((_, k) => (k % 5 === 0) === held),
  });
  return [pick(false), pick(true)];
}

describe.skipIf(realData === undefined)('training in f64 on the tables', () => {
  it.each([
    ['iris.nn', 'iris.csv', false, 100, 0.94],
    ['logistic_regression.nn', 'breast_cancer.csv', true, 20, 0.95],
    ['perceptron.nn', 'banknote_authentication.csv', false, 5, 0.95],
    ['adaline.nn', 'banknote_authentication.csv', false, 10, 0.95],
  ])('%s on %s', (model, file, standardise, epochs, goal) => {
    const data = shuffled(table(file), 1);
    const [training, held] = split(standardise ? standardised(data) : data);
    const { accuracy } = trainModel(read(model), training, held, epochs);
    expect(accuracy).toBeGreaterThanOrEqual(goal);
  });
});
