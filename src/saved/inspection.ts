/** One step of a training, before it and after it, as whoever looks at it is told. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Session } from '../../runtime/execute.ts';
import type { StepAhead, StepValues } from '../../runtime/train.ts';
import type { Course } from './course.ts';

export interface Inspection {
  /** From 1; the training ends after it. */
  readonly step: number;
  /** Before the first step: throws where this is not the training that is meant. */
  readonly begin: (course: Course, typed: TypedProgram, stepsPerEpoch: number) => void;
  /** Before each run of a part in this step. */
  readonly before: (ahead: StepAhead, session: Session) => Promise<void>;
  /** Losses and metrics of steps, as they are read back. */
  readonly steps: (values: StepValues) => void;
  readonly after: (session: Session) => Promise<void>;
}
