/** The classes of adapters by name, and the only place that asks a target for its class. */
import type { AdapterClass } from './class.ts';
import { hardware } from './hardware.ts';
import { software } from './software.ts';

/** What is right on a hardware GPU (workgroup tiles, barriers) is the slowest choice on a software one. */
export const classes = { hardware, software } satisfies Readonly<Record<string, AdapterClass>>;

export type ClassName = keyof typeof classes;

export const classNames = Object.keys(classes) as readonly ClassName[];

export const classOf = (target: { readonly class: ClassName }): AdapterClass => classes[target.class];
