/** What each command compiles, with a wish and without one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor, defaultPurposes, type PurposeCommand } from '../../src/model/purpose.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nnc-purpose-'));
afterAll(() => rmSync(folder, { recursive: true }));

const outputs = 'model m {\n  input x: f32[B]\n  param w: f32 init zeros\n  output y[b] = w * x[b]\n';
const texts = {
  outputs: `${outputs}}\n`,
  losses: `${outputs}  loss a = sum[b] y[b]\n  loss b = sum[b] y[b] * y[b]\n}\n`,
  recipe: `${outputs}  loss a = sum[b] y[b]\n  loss b = sum[b] y[b] * y[b]\n}\ntrain m { minimize a with sgd(lr = 0.1) }\n`,
};

function compiled(
  command: PurposeCommand,
  text: keyof typeof texts,
  choice: Omit<Parameters<typeof checkedFor>[2], 'set'> = {},
) {
  const file = path.join(folder, `${text}.nn`);
  writeFileSync(file, texts[text]);
  return checkedFor(command, parseModel(file), { ...choice, set: new Map() }).purpose;
}

const commands = Object.keys(defaultPurposes) as readonly PurposeCommand[];

describe.each(commands)('%s', (command) => {
  test('takes the first that the model has', () => {
    expect(compiled(command, 'outputs')).toEqual({ kind: 'run' });
    expect(compiled(command, 'losses')).toEqual({ kind: 'gradient' });
    expect(compiled(command, 'recipe')).toEqual(
      command === 'dump' ? { kind: 'gradient' } : { kind: 'train', part: 0 },
    );
  });

  test('takes what it is told', () => {
    expect(compiled(command, 'recipe', { purpose: 'run' })).toEqual({ kind: 'run' });
    expect(compiled(command, 'recipe', { purpose: 'grad' })).toEqual({ kind: 'gradient' });
    expect(compiled(command, 'recipe', { purpose: 'train' })).toEqual({ kind: 'train', part: 0 });
  });

  test('a loss asks for gradients', () => {
    const gradient = { kind: 'gradient', loss: 'b' };
    expect(compiled(command, 'recipe', { loss: 'b' })).toEqual(gradient);
    expect(compiled(command, 'recipe', { loss: 'b', purpose: 'grad' })).toEqual(gradient);
    expect(() => compiled(command, 'recipe', { loss: 'b', purpose: 'train' })).toThrow(
      '--loss b goes with --purpose grad, not train',
    );
  });

  test('says what is not there', () => {
    expect(() => compiled(command, 'losses', { purpose: 'train' })).toThrow('no train recipe');
    expect(() => compiled(command, 'outputs', { purpose: 'grad' })).toThrow('has no loss');
    expect(() => compiled(command, 'losses', { loss: 'c' })).toThrow('no such loss');
  });
});
