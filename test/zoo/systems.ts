/** The zoo: a row each, in the order of a course. */
import type { System } from './system.ts';
import { generative } from './systems/generative.ts';
import { hidden } from './systems/hidden.ts';
import { lines } from './systems/lines.ts';
import { older } from './systems/older.ts';
import { sequences } from './systems/sequences.ts';
import { units } from './systems/units.ts';

export const systems: readonly System[] = [
  ...units,
  ...lines,
  ...hidden,
  ...sequences,
  ...generative,
  ...older,
];
