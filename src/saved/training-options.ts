/** What a training is asked for, besides its model. */

import type { Holding } from '../data/held-out.ts';
import type { DeviceKind } from '../device/session.ts';
import type { ModelChoice } from '../terminal/command.ts';
import type { Inspection } from './inspection.ts';
import type { WeightsChoice } from './starting-weights.ts';

export interface TrainingOptions extends ModelChoice {
  readonly data: ReadonlyMap<string, string>;
  readonly eval: ReadonlyMap<string, string>;
  /** Inputs whose columns get mean 0 and deviation 1, as the training rows have them. */
  readonly standardize: readonly string[];
  readonly epochs?: number;
  readonly batch?: number | 'all';
  readonly seed?: number;
  readonly limit?: number;
  /** Holds out one fold of the samples, in place of what the recipe or `eval` says. */
  readonly fold?: Holding & { readonly kind: 'fold' };
  readonly shuffle: boolean;
  readonly weights?: WeightsChoice;
  readonly save?: string;
  readonly resume: boolean;
  readonly log?: string;
  /** A page of curves, histograms and pictures. */
  readonly report?: string;
  /** Draws the curves on the terminal. */
  readonly plot?: boolean;
  /** Stops at the first number that is out of its domain. */
  readonly sanitize?: boolean;
  /** Says nothing of single epochs: one of many trainings. */
  readonly quiet?: boolean;
  /** Ends after one of its steps, at which it is looked at. */
  readonly inspection?: Inspection;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}
