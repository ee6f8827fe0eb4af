/** What a schedule is: a name, and an attempt that gives a loop nest or says why it does not fit. */
import type { Decision } from '../decision.ts';
import type { Nest } from '../nest/nest.ts';
import type { Target } from '../target.ts';
import type { Builder } from './builder.ts';
import type { Unrolling } from './text-cost.ts';

export interface Schedule {
  readonly name: string;
  readonly doc: string;
  /** In which of the ways to unroll it gives texts that differ, the longest first; the last one fits always. */
  readonly unrolls: readonly Unrolling[];
  readonly attempt: (builder: Builder, target: Target, unrolling: Unrolling) => Attempt;
}

export type Attempt =
  /** Without a reason where nobody would look for this schedule. */
  | { readonly kind: 'refused'; readonly because?: string }
  | {
      readonly kind: 'built';
      readonly nest: Nest;
      readonly because: string;
      /** Ways within the schedule that were considered. */
      readonly rejected: Decision['rejected'];
    };

export const notOfThisKind: Attempt = { kind: 'refused' };
export const refused = (because: string): Attempt => ({ kind: 'refused', because });
