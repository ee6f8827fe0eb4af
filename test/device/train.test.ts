import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../runtime/batches.ts';
import type { Device } from '../../runtime/device.ts';
import { DataError, TrainingError } from '../../runtime/errors.ts';
import { evaluate } from '../../runtime/evaluate.ts';
import type { Session } from '../../runtime/execute.ts';
import { createSession } from '../../runtime/execute.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import type { EpochReport, Progress, TrainOptions } from '../../runtime/train.ts';
import { train } from '../../runtime/train.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { counting, evaluation, linearData, training } from './programs.ts';

let device: Device;
beforeAll(async () => {
  device = await openNodeDevice();
});
afterAll(() => device.close());

const batch = 4;
const count = 30;
const { x, t } = linearData(count);
const dataset: Dataset = new Map([
  ['x', { dtype: 'f32', shape: [count, 2], data: x }],
  ['t', { dtype: 'f32', shape: [count], data: t }],
]);
const start = { dtype: 'f32', shape: [2], data: Float32Array.of(0.5, 0.25) } as const;

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const session = createSession(webgpuExecutor(device));
  await session.set('w', start);
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

async function run(session: Session, options: Partial<TrainOptions> = {}) {
  const runner = await session.load(training(batch));
  return train({ parts: [{ runner, batch, steps: 1 }], dataset, epochs: 3, seed: 5, ...options });
}

describe('training', () => {
  test('fits the data, and its history falls', () =>
    withSession(async (session) => {
      const { history, finished, position } = await run(session, { epochs: 40 });
      const losses = history.map((report) => report.values.get('loss')!);
      expect(losses[0]).toBeGreaterThan(0.1);
      expect(losses.at(-1)).toBeLessThan(1e-3);
      expect({ finished, position }).toEqual({ finished: true, position: { epoch: 40, step: 0 } });
      const w = (await session.get('w')).data;
      expect(w[0]).toBeCloseTo(2, 1);
      expect(w[1]).toBeCloseTo(-1, 1);
    }));

  test('reports each step, whole epochs, and leaves out samples that fill no batch', () =>
    withSession(async (session) => {
      const progress: Progress[] = [];
      const epochs: EpochReport[] = [];
      await run(session, {
        epochs: 2,
        reportEvery: 3,
        onProgress: (one) => void progress.push(one),
        onEpoch: (one) => void epochs.push(one),
      });
      expect(progress.map(({ epoch, step }) => [epoch, step])).toEqual(
        [1, 2].flatMap((epoch) => [1, 2, 3, 4, 5, 6, 7].map((step) => [epoch, step])),
      );
      expect(progress[0]!.stepsPerEpoch).toBe(7);
      expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
        [1, 7],
        [2, 14],
      ]);
    }));

  test('gives the same bits for the same seed, and others for another', () =>
    withSession(async (first) => {
      await run(first);
      const bits = (await first.get('w')).data;
      await withSession(async (second) => {
        await run(second);
        expect((await second.get('w')).data).toEqual(bits);
      });
      await withSession(async (third) => {
        await run(third, { seed: 6 });
        expect((await third.get('w')).data).not.toEqual(bits);
      });
    }));

  test('that was stopped goes on with the same bits', () =>
    withSession(async (whole) => {
      await run(whole);
      const bits = (await whole.get('w')).data;
      await withSession(async (parts) => {
        const controller = new AbortController();
        const stopped = await run(parts, {
          signal: controller.signal,
          onProgress: ({ epoch, step }) => {
            if (epoch === 2 && step === 3) controller.abort();
          },
        });
        expect(stopped).toMatchObject({ finished: false, position: { epoch: 1, step: 3 } });
        expect(stopped.history).toHaveLength(1);
        const saved = await parts.export();
        await withSession(async (later) => {
          for (const [name, tensor] of saved) await later.set(name, tensor);
          const rest = await run(later, { start: stopped.position });
          expect(rest.history).toHaveLength(2);
          expect((await later.get('w')).data).toEqual(bits);
        });
      });
    }));

  test('in the order of the data takes the first batches without a shuffle', () =>
    withSession(async (session) => {
      await run(session, { epochs: 1, order: 'kept' });
      const ordered = (await session.get('w')).data;
      await withSession(async (other) => {
        const runner = await other.load(training(batch));
        for (let step = 0; step < 7; step++) {
          runner.write('x', x.subarray(8 * step, 8 * step + 8));
          runner.write('t', t.subarray(4 * step, 4 * step + 4));
          await runner.run({ step: step + 1 });
        }
        expect((await other.get('w')).data).toEqual(ordered);
      });
    }));

  test('stops with the step when a loss is no finite number', () =>
    withSession(async (session) => {
      await session.set('w', { ...start, data: Float32Array.of(1e30, 1e30) });
      const error: unknown = await run(session).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TrainingError);
      expect(error).toMatchObject({ step: 1, loss: 'loss' });
      expect(String(error)).toMatch(/loss is (Infinity|NaN) at step 1 \(epoch 1\)/);
    }));

  test('refuses data that do not fit, before the first step', () =>
    withSession(async (session) => {
      const wrong = (name: string, tensor: Parameters<Map<string, unknown>['set']>[1]) =>
        new Map([...dataset, [name, tensor]]) as Dataset;
      const short = { dtype: 'f32', shape: [8], data: new Float32Array(8) } as const;
      await expect(run(session, { dataset: wrong('t', short) })).rejects.toThrow(
        'the data differ in the number of samples: x has 30, t has 8',
      );
      await expect(run(session, { dataset: wrong('x', short) })).rejects.toThrow(
        'input x is f32[4, 2]; the data are f32[8]',
      );
      await expect(run(session, { dataset: wrong('u', short) })).rejects.toThrow(
        'the training has no input u; it takes x, t',
      );
      await expect(run(session, { dataset: new Map() })).rejects.toThrow('no data for input x: f32[4, 2]');
      const holed = {
        dtype: 'f32',
        shape: [30],
        data: t.map((v, i) => (i === 29 ? Number.NaN : v)),
      } as const;
      await expect(run(session, { dataset: wrong('t', holed) })).rejects.toThrow('t[29] is NaN');
      await expect(run(session, { start: { epoch: 0, step: 8 } })).rejects.toThrow(DataError);
    }));

  test('refuses a batch that is larger than the data', () =>
    withSession(async (session) => {
      const runner = await session.load(training(32));
      const parts = [{ runner, batch: 32, steps: 1 }];
      const error = train({ parts, dataset, epochs: 1, seed: 0 });
      await expect(error).rejects.toThrow('30 samples do not fill one batch of 32');
    }));
});

describe('evaluation', () => {
  test('covers every sample once, with a program for the rest', () =>
    withSession(async (session) => {
      const sizes: number[] = [];
      const result = await evaluate({
        runnerFor: (size) => {
          sizes.push(size);
          return session.load(evaluation(size));
        },
        dataset,
        batch: 8,
        outputs: ['y'],
      });
      expect(sizes).toEqual([8, 6]);
      const y = t.map((_, b) => 0.5 * x[2 * b]! + 0.25 * x[2 * b + 1]!);
      expect(result.tensors.get('y')).toEqual({ dtype: 'f32', shape: [count], data: y });
      const loss = y.reduce((sum, value, b) => sum + (value - t[b]!) ** 2, 0) / count;
      expect(result.values.get('loss')).toBeCloseTo(loss, 5);
      expect(result.count).toBe(count);
    }));

  test('of fewer samples than a batch needs one program', () =>
    withSession(async (session) => {
      const sizes: number[] = [];
      const runnerFor = (size: number) => {
        sizes.push(size);
        return session.load(evaluation(size));
      };
      await evaluate({ runnerFor, dataset, batch: 64 });
      expect(sizes).toEqual([30]);
    }));

  test('refuses to collect what has no batch axis', () =>
    withSession(async (session) => {
      const runnerFor = (size: number) => session.load(evaluation(size));
      const collect = (outputs: readonly string[]) => evaluate({ runnerFor, dataset, batch: 8, outputs });
      await expect(collect(['loss'])).rejects.toThrow('loss has no batch axis');
      await expect(collect(['z'])).rejects.toThrow('there is no result z');
    }));

  test('adds up integer metrics', () =>
    withSession(async (session) => {
      const metric = { ...counting.results[0]!, role: 'metric' as const };
      const program = { ...counting, results: [metric] };
      const result = await evaluate({
        runnerFor: () => session.load(program),
        dataset: new Map(),
        count: 3,
        batch: 1,
      });
      // Of the three numbers, the first counts the runs, the second is the step, 1 in every batch.
      expect([...result.tensors.get('out')!.data].slice(0, 2)).toEqual([1 + 2 + 3, 3]);
    }));
});

test('a profile has a time for each dispatch, and leaves the parameters alone', () =>
  withSession(async (session) => {
    if (!device.info.features.includes('timestamp-query')) return;
    const runner = await session.load(training(batch));
    const times = await runner.profile(3);
    expect(times.map((time) => time.name)).toEqual(['forward', 'squares', 'update']);
    expect(times.every((time) => time.microseconds >= 0)).toBe(true);
    expect(await session.get('w')).toEqual(start);
  }));
