/**
 * The limits of an adapter that kernels and their buffers meet: our names for them, WebGPU's, and their text.
 *
 * A kernel binds whole buffers, so that the alignment of offsets does not matter; the one uniform buffer, of positions
 * of loops, has a stride that every adapter takes.
 */

/** Our name of each limit -> WebGPU's. */
export const limitNames = {
  storageBuffersPerStage: 'maxStorageBuffersPerShaderStage',
  largestBinding: 'maxStorageBufferBindingSize',
  largestBuffer: 'maxBufferSize',
  workgroupStorage: 'maxComputeWorkgroupStorageSize',
  invocationsPerWorkgroup: 'maxComputeInvocationsPerWorkgroup',
  workgroupSizeX: 'maxComputeWorkgroupSizeX',
  workgroupSizeY: 'maxComputeWorkgroupSizeY',
  workgroupSizeZ: 'maxComputeWorkgroupSizeZ',
  workgroupsPerDimension: 'maxComputeWorkgroupsPerDimension',
} as const satisfies Readonly<Record<string, keyof GPUSupportedLimits>>;

export type LimitName = keyof typeof limitNames;

export type Limits = Readonly<Record<LimitName, number>> & {
  /** Bytes of all buffers together. WebGPU has no such number: it is there where somebody states it. */
  readonly memory?: number;
};

/**
 * Of a processor: memory that 32 bits address, one thread in a workgroup, and no more streams at a time than a core
 * follows well.
 */
export const cpuLimits = {
  storageBuffersPerStage: 16,
  largestBinding: 2 ** 32 - 2 ** 16,
  largestBuffer: 2 ** 32 - 2 ** 16,
  workgroupStorage: 0,
  invocationsPerWorkgroup: 1,
  workgroupSizeX: 1,
  workgroupSizeY: 1,
  workgroupSizeZ: 1,
  workgroupsPerDimension: 2 ** 31 - 1,
  memory: 2 ** 32 - 2 ** 16,
} as const satisfies Limits;

/** What an adapter offers by WebGPU's names, by ours. Whole buffers are bound: none larger than a buffer can be. */
export const limitsOf = (offered: Readonly<Record<(typeof limitNames)[LimitName], number>>): Limits => {
  const entries = Object.entries(limitNames).map(([name, webgpu]) => [name, offered[webgpu]]);
  const limits = Object.fromEntries(entries) as Record<LimitName, number>;
  return { ...limits, largestBinding: Math.min(limits.largestBinding, limits.largestBuffer) };
};

const inBytes: ReadonlySet<string> = new Set<LimitName | 'memory'>([
  'largestBinding',
  'largestBuffer',
  'workgroupStorage',
  'memory',
]);

/** A limit's value for people: sizes in bytes as such, counts as numbers. */
export const limitText = (name: LimitName | 'memory', value: number): string =>
  inBytes.has(name) ? sizeText(value) : String(value);

/** `1.5 GiB`, `96 KiB`, `12 bytes`. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[power]}`;
}

/**
 * A page of WebAssembly: bytes before and behind each buffer of a program for the processor that belong to its memory,
 * too, whatever is there. A kernel may read four neighbours at once of which it needs only those that are inside.
 */
export const bytesAround = 2 ** 16;
