/** What the two moons ask of whoever tells them apart. */
import { majority } from '../baselines.ts';

export const onMoons = {
  figure: 'held-out accuracy',
  baseline: { name: 'majority class', value: majority('data:moons/test#class') },
} as const;
