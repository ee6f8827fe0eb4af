/** What kernels are made for: the class of the adapter and its limits. */
import { cpuLimits, type Limits } from '../runtime/limits.ts';
import type { ClassName } from './classes/index.ts';

export interface Target extends Limits {
  /** Whose limits these are: those of an adapter at hand, or those that an option chose. */
  readonly from: 'adapter' | 'option';
  /** The adapter's name, or the option as it is written: `--limits desktop`. */
  readonly name: string;
  readonly class: ClassName;
  /** The sizes a subgroup can have, where the feature is there. */
  readonly subgroups?: { readonly min: number; readonly max: number };
}

/** Limits for compiling without a device at hand. */
export const presets = {
  /**
   * What every adapter has: the defaults of the WebGPU specification (section 3.6.2, Limits,
   * https://www.w3.org/TR/webgpu/#limits).
   */
  guaranteed: {
    storageBuffersPerStage: 8,
    largestBinding: 134_217_728,
    largestBuffer: 268_435_456,
    workgroupStorage: 16_384,
    invocationsPerWorkgroup: 256,
    workgroupSizeX: 256,
    workgroupSizeY: 256,
    workgroupSizeZ: 64,
    workgroupsPerDimension: 65_535,
  },
  /**
   * What the adapters of desktops have. Chrome rounds an adapter's limits down to a few tiers, and these are the
   * first above the defaults, "available on nearly all desktop platforms" (Dawn, src/dawn/native/Limits.cpp,
   * https://dawn.googlesource.com/dawn/+/refs/heads/main/src/dawn/native/Limits.cpp), with the tier of 1 GiB for
   * bindings, which is the largest buffer of that tier. Firefox and Safari tell the adapter's own, which are larger.
   */
  desktop: {
    storageBuffersPerStage: 10,
    largestBinding: 1_073_741_824,
    largestBuffer: 1_073_741_824,
    workgroupStorage: 32_768,
    invocationsPerWorkgroup: 1024,
    workgroupSizeX: 1024,
    workgroupSizeY: 1024,
    workgroupSizeZ: 64,
    workgroupsPerDimension: 65_535,
  },
} as const satisfies Readonly<Record<string, Limits>>;

export type PresetName = keyof typeof presets;

/** A target with the limits of a preset, of which some may be set otherwise. */
export const presetTarget = (
  kind: ClassName,
  preset: PresetName,
  others: Partial<Limits> = {},
  name = `--limits ${preset}`,
): Target => ({ from: 'option', name, class: kind, ...presets[preset], ...others });

/** What is compiled when nobody says for what: it runs everywhere. */
export const defaultTargets = {
  hardware: presetTarget('hardware', 'guaranteed'),
  software: presetTarget('software', 'guaranteed'),
  cpu: { from: 'option', name: 'the processor', class: 'cpu', ...cpuLimits },
} as const satisfies Record<ClassName, Target>;
