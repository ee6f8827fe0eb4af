import { describe, expect, test } from 'vitest';
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import { compile } from '../../compiler/pipeline.ts';
import { memoryOf } from '../../compiler/plan/memory.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { compileFor } from '../../src/model/compilation.ts';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor } from '../../src/model/purpose.ts';
import { nnc } from '../support/command.ts';
import { graphOf } from '../support/graphs.ts';
import { networks } from '../support/recurrences.ts';

function reportOf(
  file: string,
  purpose: 'run' | 'grad' | 'train',
  target: 'hardware' | 'software' = 'hardware',
) {
  const checked = checkedFor('memory', parseModel(file), { set: new Map(), purpose });
  const compilation = compileFor(checked.program, checked.purpose, defaultTargets[target]);
  const states = new Set(optimizerStates(checked.program).map(({ path }) => path));
  return { ...compilation, report: memoryOf(compilation, defaultTargets[target], states) };
}

const models = ['mlp', 'xor', 'iris', 'conv2d', 'two_layer_sigmoid', 'softmax_regression'];

describe.each(models)('models/%s.nn', (model) => {
  test.each(['run', 'grad', 'train'] as const)(
    '%s: tensors that share a buffer never live at one time',
    (purpose) => {
      if (
        purpose === 'train' &&
        parseModel(`models/${model}.nn`).main.declarations.every((d) => d.kind !== 'train')
      )
        return;
      const { report, program } = reportOf(`models/${model}.nn`, purpose);
      for (const a of report.tensors) {
        expect(a.bytes).toBeLessThanOrEqual(program.buffers[a.buffer]!.bytes);
        for (const b of report.tensors) {
          if (a === b || a.buffer !== b.buffer) continue;
          expect(a.to < b.from || b.to < a.from, `${a.name} and ${b.name}`).toBe(true);
        }
      }
      // Every buffer is accounted for.
      expect(new Set(report.tensors.map(({ buffer }) => buffer)).size).toBe(program.buffers.length);
      expect(report.allocated).toBeLessThanOrEqual(report.unshared);
      expect(report.live[report.peakAt]).toBeLessThanOrEqual(report.allocated);
    },
  );
});

test('a training step of the perceptron: what is kept for the backward pass, and two states a parameter', () => {
  const { report } = reportOf('models/mlp.nn', 'train');
  const bytes = (kind: string) =>
    report.tensors.filter((t) => t.kind === kind).reduce((sum, t) => sum + t.bytes, 0);
  const parameters = 4 * (128 * 784 + 128 + 10 * 128) + 48;
  expect(bytes('parameter')).toBe(parameters);
  expect(bytes('optimizer state')).toBe(2 * parameters);
  expect(report.tensors.find(({ name }) => name === 'h')).toMatchObject({
    kind: 'activation',
    bytes: 4 * 128 * 128,
  });
  expect(report.tensors.find(({ name }) => name === 'x')).toMatchObject({ kind: 'input', from: 0 });
});

test('without gradients nothing is kept', () => {
  const { report } = reportOf('models/mlp.nn', 'run');
  expect(report.tensors.filter(({ kind }) => kind === 'activation' || kind === 'gradient')).toEqual([]);
});

test('nnc memory: kinds, source lines with their text, limits', () => {
  const { stdout, status } = nnc('memory', 'models/mlp.nn', '--device', 'none');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^optimizer state +8 +795\.1 KiB/m);
  expect(stdout).toMatch(/^models\/mlp\.nn:11 .*parameter 392\.5 KiB.*h = x \|> Dense\(hidden\)/m);
  expect(stdout).toMatch(/^largest tensor +\S+ KiB +128 MiB/m);
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThan(160);
});

test('of what a loop makes, the positions that are kept, and what is never in memory', () => {
  const { text } = networks.LSTM!;
  const compilation = compile(graphOf(text({ batch: 4, steps: 6, units: 8 })), defaultTargets.hardware);
  const { tensors, loops } = memoryOf(compilation, defaultTargets.hardware, new Set());
  expect(loops).toEqual([{ over: 't = 0 .. 5', stored: ['uh', 'c', 'y'], recomputed: [], unstored: ['z'] }]);
  expect(tensors.flatMap(({ name, kept, bytes }) => (kept ? [{ name, kept, bytes }] : []))).toEqual([
    { name: 'uh', kept: { positions: 1, of: 6 }, bytes: 4 * 4 * 4 * 8 },
    { name: 'c', kept: { positions: 1, of: 6 }, bytes: 4 * 4 * 8 },
    { name: 'y', kept: { positions: 6, of: 6 }, bytes: 4 * 4 * 6 * 8 },
  ]);
  // All that a loop reads is there for all of it.
  const ends = compilation.printed.flatMap(({ scheduled }, k) => (scheduled.kernel.position ? [k] : []));
  for (const tensor of tensors.filter(({ name }) => ['wx', 'c', 'uh'].includes(name))) {
    expect(tensor.to).toBe(Math.max(...ends));
  }
});
