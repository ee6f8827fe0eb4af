/** A pipeline that an adapter works on for long: who waits hears which kernel it is. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { pipelineCache } from '../../runtime/webgpu/pipelines.ts';
import { kernel } from '../device/programs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A device whose pipelines are there after so many seconds, or fail then. */
function slowDevice(seconds: number, failure?: Error): Device {
  const pipeline = new Promise((resolve, reject) => {
    setTimeout(() => (failure === undefined ? resolve({}) : reject(failure)), 1000 * seconds);
  });
  const gpu = {
    createBindGroupLayout: () => ({}),
    createShaderModule: () => ({}),
    createPipelineLayout: () => ({}),
    createComputePipelineAsync: () => pipeline,
    pushErrorScope: () => undefined,
    popErrorScope: () => Promise.resolve(null),
  };
  return { gpu, info: { name: 'A slow adapter' } } as unknown as Device;
}

const use = { program: 'linear', equations: [], origins: ['linear.nn:7:3 linear > d_x0'] };

async function heard(seconds: number, failure?: Error): Promise<readonly string[]> {
  const notices: string[] = [];
  const cache = pipelineCache(slowDevice(seconds, failure), (text) => notices.push(text));
  const made = cache.get(kernel('d_x0', ['read_write'], ''), use).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(1000 * seconds + 1);
  await made;
  expect(vi.getTimerCount()).toBe(0);
  return notices;
}

test('is named, with the line it comes from, and once more when it is there', async () => {
  expect(await heard(75)).toEqual([
    'A slow adapter is still compiling kernel d_x0 after 10 s, from linear.nn:7:3 linear > d_x0',
    'kernel d_x0 took 75 s to compile',
  ]);
});

test('is not named where it is quick, or refused at once', async () => {
  expect(await heard(2)).toEqual([]);
  expect(await heard(2, new Error('no'))).toEqual([]);
});
