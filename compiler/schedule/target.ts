/** What kernels are made for: the class of the adapter and its limits. */

export interface Target {
  /** What is right on a hardware GPU (workgroup tiles, barriers) is the slowest choice on a software one. */
  readonly class: 'hardware' | 'software';
  readonly storageBuffersPerStage: number;
  readonly largestBinding: number;
  readonly workgroupStorage: number;
  readonly invocationsPerWorkgroup: number;
  readonly workgroupsPerDimension: number;
  /** The sizes a subgroup can have, where the feature is there. */
  readonly subgroups?: { readonly min: number; readonly max: number };
}

/** The limits that WebGPU guarantees everywhere. */
const guaranteed = {
  storageBuffersPerStage: 8,
  largestBinding: 134_217_728,
  workgroupStorage: 16_384,
  invocationsPerWorkgroup: 256,
  workgroupsPerDimension: 65_535,
} as const;

/** For compiling without a device at hand. */
export const defaultTargets = {
  hardware: { class: 'hardware', ...guaranteed },
  software: { class: 'software', ...guaranteed },
} as const satisfies Record<Target['class'], Target>;
