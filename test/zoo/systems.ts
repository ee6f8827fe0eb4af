/** The zoo: a row each, in the order of a course. */
import type { System } from './system.ts';
import { autodiff } from './systems/autodiff.ts';
import { convolution } from './systems/convolution.ts';
import { evaluation } from './systems/evaluation.ts';
import { generative } from './systems/generative.ts';
import { hidden } from './systems/hidden.ts';
import { images } from './systems/images.ts';
import { lines } from './systems/lines.ts';
import { older } from './systems/older.ts';
import { optimisers } from './systems/optimisers.ts';
import { sequences } from './systems/sequences.ts';
import { units } from './systems/units.ts';

export const systems: readonly System[] = [
  ...units,
  ...lines,
  ...hidden,
  ...optimisers,
  ...autodiff,
  ...convolution,
  ...images,
  ...sequences,
  ...generative,
  ...evaluation,
  ...older,
];
