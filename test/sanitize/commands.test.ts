/** `--sanitize` as users see it, on a device whose logarithm of a negative number may well be a number. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nnc } from '../support/command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nnc-sanitize-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const data = '1,2,3,1\n2,3,4,0\n1,1,1,1\n-1,-1,0,0\n';

function run(command: string, model: string, ...more: readonly string[]) {
  const file = path.join(folder, 'model.nn');
  const table = path.join(folder, 'data.csv');
  writeFileSync(file, model);
  writeFileSync(table, data);
  const inputs = ['--data', `x=${table}#0-2`, '--data', `t=${table}#3`];
  const { stderr, status } = nnc(command, file, ...inputs, '--sanitize', ...more);
  return { text: stderr.replaceAll(folder, ''), status };
}

const model = (loss: string, init = 'ones', recipe = 'sgd(lr = 0.1)') => `model m {
  input x: f32[B, 3]
  target t: f32[B]

  param w: f32[3] init ${init}
  s[b] = sum[i] x[b, i] * w[i]

  ${loss}
}

train m {
  minimize loss with ${recipe}
  batch 4 epochs 200
}
`;

describe('--sanitize', () => {
  test.each(['software', 'cpu'])(
    'the logarithm of a negative number on %s: step, equation, caret, index, value',
    (device) => {
      const { text, status } = run('train', model('loss = mean((log(s) - t)**2)'), '--device', device);
      expect(status).toBe(1);
      expect(text).toContain('error[NN501]: log of a number that is not positive, at step 1 (epoch 1)');
      expect(text).toMatch(/in %loss.sum: f32 = sum\[b: 4\] \(log\(%s\[b\]\) - %t\[b\]\) \*\* 2/);
      expect(text).toMatch(/loss = mean\(\(log\(s\) - t\)\*\*2\)\n +\| +\^\^\^ %s\[b\] = -?\d\S* at b = \d/);
      expect(text).toContain('this is the culprit');
    },
  );

  test('a sum that grows past the largest f32, some steps on', () => {
    const { text, status } = run('train', model('loss = mean((s - t)**2)', 'ones', 'sgd(lr = 1e6)'));
    expect(status).toBe(1);
    expect(text).toMatch(/the result is not finite, though all that it is made of is, at step [2-9] /);
    expect(text).toContain('a smaller learning rate');
  });

  test('a gradient that divides by zero where the value is in order', () => {
    const { text } = run('grad', model('u[b] = w[0] * x[b, 2]\n  loss = sum(sqrt(u) * t)'));
    expect(text).toContain('division by zero, in this run');
    expect(text).toContain('a part of the gradient: the adjoint of %');
  });

  test('an index that is computed', () => {
    const { text } = run(
      'run',
      model(
        'c = to_i32(t) + 2\n  loss = sum(x[b, c[b]], over 0)'.replace(
          'sum(x[b, c[b]], over 0)',
          'sum[b] x[b, c[b]]',
        ),
      ),
    );
    expect(text).toContain('index out of range: %x has 3 positions along');
  });

  test('sound models train as without it', () => {
    const { text, status } = run('train', model('loss = mean((s - t)**2)'), '--epochs', '2');
    expect(status).toBe(0);
    expect(text).toContain('epoch 2/2');
  });
});
