/** Where a training starts, and with what: at the beginning, from given weights, or where an earlier one stopped. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Position } from '../../runtime/train.ts';
import type { Classes } from '../data/classes.ts';
import type { Standards } from '../data/standards.ts';
import { initialWeights, type Weights } from '../data/weights.ts';
import { askedText } from '../saved/asked-training.ts';
import { type BestWeights, readCheckpoint } from '../saved/checkpoint.ts';
import { type Course, checkCourse } from '../saved/course.ts';
import { startingWeights } from '../saved/starting-weights.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { UsageError } from '../terminal/failure.ts';

/** Where a training starts, and with what. */
export interface Start {
  readonly position: Position;
  readonly seed: number;
  readonly values: () => Weights;
  /** Undefined: those of the training data. */
  readonly standards: Standards | undefined;
  readonly classes: Classes;
  /** The weights of the best epoch so far, where the recipe keeps them. */
  readonly best: BestWeights | undefined;
  /** What ended the training that is gone on with: the recipe's words for it. */
  readonly ended: string | undefined;
  /** What the training was asked for when it began, where that is known and still is what it does. */
  readonly asked: string | undefined;
  /** Throws where the course is not the one that the start was on. */
  readonly check: (course: Course) => void;
}

export function resumed(options: TrainingOptions, typed: TypedProgram): Start {
  if (options.save === undefined) {
    throw new UsageError('--resume goes with --save FOLDER: it goes on from what is there');
  }
  if (options.weights !== undefined) throw new UsageError('--resume and --weights do not go together');
  const { values, standards, classes, checkpoint } = readCheckpoint(options.save, typed);
  const saved = [...standards.keys()].sort().join(', ');
  const asked = [...new Set(options.standardize)].sort().join(', ');
  if (asked !== '' && asked !== saved) {
    throw new UsageError(
      `--resume: the saved training has --standardize ${saved || 'of nothing'}, this one ${asked}`,
    );
  }
  return {
    position: checkpoint.position,
    seed: options.seed ?? checkpoint.course.seed,
    values: () => values,
    standards,
    classes,
    best: checkpoint.best,
    ended: checkpoint.ended,
    asked: checkpoint.asked,
    check: (course) => checkCourse(checkpoint.course, course),
  };
}

export function beginning(
  file: string,
  options: TrainingOptions,
  typed: TypedProgram,
  recipeSeed: number,
  say: (text: string) => void,
): Start {
  const seed = options.seed ?? recipeSeed;
  const common = {
    position: { epoch: 0, step: 0 },
    seed,
    best: undefined,
    ended: undefined,
    asked: askedText(file, options),
    check: () => {},
  };
  const { weights } = options;
  if (weights === undefined) {
    return {
      ...common,
      values: () => initialWeights(typed, seed),
      standards: undefined,
      classes: new Map(),
    };
  }
  const start = startingWeights(weights, say);
  const given = start.values(typed, seed);
  const { standards, classes } = start.learned(typed);
  return {
    ...common,
    values: () => new Map([...initialWeights(typed, seed), ...given]),
    // The parameters know their inputs as the file says, unless the user wants the new data's means.
    standards: options.standardize.length === 0 ? standards : undefined,
    classes,
  };
}
