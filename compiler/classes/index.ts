/** The classes of adapters by name, and the only place that asks a target for its class. */
import type { AdapterClass } from './class.ts';
import { cpu } from './cpu.ts';
import { hardware } from './hardware.ts';
import { software } from './software.ts';

/**
 * What is right on a hardware GPU (workgroup tiles, barriers) is the slowest choice on a software one; `cpu` is the
 * processor itself, without an adapter.
 */
export const classes = { hardware, software, cpu } satisfies Readonly<Record<string, AdapterClass>>;

export type ClassName = keyof typeof classes;

export const classNames = Object.keys(classes) as readonly ClassName[];

export const classOf = (target: { readonly class: ClassName }): AdapterClass => classes[target.class];
