import { describe, expect, test } from 'vitest';
import { describeAdapter, findAdapter, openDevice } from '../../runtime/device.ts';
import { DeviceError } from '../../runtime/errors.ts';

interface Fake {
  readonly description?: string;
  readonly device?: string;
  readonly architecture?: string;
  readonly isFallbackAdapter?: boolean;
  readonly features?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

/** As much of an adapter as is looked at. */
const adapter = ({ features = [], limits = {}, ...info }: Fake): GPUAdapter =>
  ({
    info: {
      vendor: 'acme',
      architecture: '',
      device: '',
      description: '',
      isFallbackAdapter: false,
      subgroupMinSize: 16,
      subgroupMaxSize: 32,
      ...info,
    },
    features: new Set(features),
    limits: Object.create(limits),
  }) as unknown as GPUAdapter;

const entry = (answer: (options: GPURequestAdapterOptions) => GPUAdapter | null): GPU =>
  ({ requestAdapter: async (options: GPURequestAdapterOptions) => answer(options) }) as unknown as GPU;

const fast = adapter({ description: 'Acme 9000', architecture: 'volcanic' });
const slow = adapter({ description: 'Acme CPU', isFallbackAdapter: true });

describe('an adapter', () => {
  test('is described with its class, its limits and its subgroups', () => {
    const limits = {
      maxStorageBuffersPerShaderStage: 10,
      maxStorageBufferBindingSize: 4096,
      maxBufferSize: 1024,
      maxComputeWorkgroupStorageSize: 64,
      maxComputeInvocationsPerWorkgroup: 128,
      maxComputeWorkgroupSizeX: 128,
      maxComputeWorkgroupSizeY: 96,
      maxComputeWorkgroupSizeZ: 32,
      maxComputeWorkgroupsPerDimension: 7,
    };
    const info = describeAdapter(adapter({ description: 'X', features: ['subgroups'], limits }), ['y']);
    expect(info).toEqual({
      name: 'X',
      class: 'hardware',
      summary: {
        from: 'adapter',
        name: 'X',
        class: 'hardware',
        storageBuffersPerStage: 10,
        largestBinding: 1024,
        largestBuffer: 1024,
        workgroupStorage: 64,
        invocationsPerWorkgroup: 128,
        workgroupSizeX: 128,
        workgroupSizeY: 96,
        workgroupSizeZ: 32,
        workgroupsPerDimension: 7,
        subgroups: { min: 16, max: 32 },
      },
      limits,
      features: ['subgroups'],
      skipped: ['y'],
    });
    expect(describeAdapter(fast).name).toBe('Acme 9000 (acme volcanic)');
    expect(describeAdapter(fast).summary.subgroups).toBeUndefined();
  });

  test.each([
    'SwiftShader Device (Subzero)',
    'llvmpipe (LLVM 15.0.6, 256 bits)',
    'Microsoft Basic Render Driver',
  ])('that computes on the CPU is a software one, whatever it says: %s', (description) => {
    expect(describeAdapter(adapter({ description })).class).toBe('software');
  });
});

describe('choosing', () => {
  const both = entry(({ forceFallbackAdapter }) => (forceFallbackAdapter ? slow : fast));

  test('takes hardware first', async () => {
    expect(await findAdapter(both, 'any')).toBe(fast);
    expect(await findAdapter(both, 'hardware')).toBe(fast);
    expect(await findAdapter(both, 'software')).toBe(slow);
  });

  test('takes what there is for auto, and nothing of the wrong class', async () => {
    const onlySlow = entry(() => slow);
    expect(await findAdapter(onlySlow, 'any')).toBe(slow);
    expect(await findAdapter(onlySlow, 'hardware')).toBeUndefined();
    const onlyFast = entry(({ forceFallbackAdapter }) => (forceFallbackAdapter ? null : fast));
    expect(await findAdapter(onlyFast, 'software')).toBeUndefined();
  });

  test('without an adapter is a DeviceError', async () => {
    const nothing = entry(() => null);
    await expect(openDevice(nothing)).rejects.toThrow(DeviceError);
    await expect(openDevice(nothing, 'software')).rejects.toThrow('no software WebGPU adapter found');
  });
});
