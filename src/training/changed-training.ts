/** What a training had reached when its model was changed, and the changed model, in; what it keeps and goes on with, out. */
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import type { Parameter, TypedProgram } from '../../compiler/check/typed.ts';
import type { Position } from '../../runtime/train.ts';
import { initialWeights, savedParameters, type Weights } from '../data/weights.ts';
import type { Prepared } from './training-prepared.ts';

export interface Reached {
  readonly position: Position;
  /** Parameters and states of optimizers. */
  readonly values: Weights;
  /** Its epochs were over: they begin again, with new states of optimizers, which count steps from the first. */
  readonly over: boolean;
}

/** The changed model, which starts where the other one stopped. */
export function changed(before: Prepared, reached: Reached, now: Prepared): Prepared {
  const kept = keptOf(now.typed, reached);
  const { seed } = now.start;
  return {
    ...now,
    start: {
      ...now.start,
      position: reached.over
        ? { epoch: 0, step: 0 }
        : { epoch: reached.position.epoch, step: hasSameSteps(before, now) ? reached.position.step : 0 },
      values: () =>
        new Map([
          ...initialWeights(now.typed, seed),
          ...kept.map(({ path }) => [path, reached.values.get(path)!] as const),
        ]),
      best: undefined,
      ended: undefined,
      // No training from a beginning has these numbers.
      asked: undefined,
    },
  };
}

/** Those whose name and shape agree. */
function keptOf(now: TypedProgram, { values, over }: Reached): readonly Parameter[] {
  const wanted = [...savedParameters(now), ...(over ? [] : optimizerStates(now))];
  return wanted.filter(({ path, tensor }) => {
    const found = values.get(path);
    return (
      found !== undefined &&
      found.dtype === tensor.dtype &&
      String(found.shape) === String(tensor.dims.map(({ extent }) => extent))
    );
  });
}

/** Whether an epoch has as many steps in both. */
const hasSameSteps = (before: Prepared, now: Prepared): boolean => {
  const stepsOf = ({ recipe, batch, count }: Prepared): string =>
    JSON.stringify([batch, count, recipe.parts.map((part) => [part.steps, part.batch])]);
  return stepsOf(before) === stepsOf(now);
};

const mostNamed = 6;

/** What is kept and what is new, as a sentence. */
export function keptText(before: Prepared, reached: Reached, now: Prepared): string {
  const kept = new Set(keptOf(now.typed, reached).map(({ path }) => path));
  const parameters = savedParameters(now.typed);
  const states = optimizerStates(now.typed);
  const fresh = parameters.filter(({ path }) => !kept.has(path));
  const wanted = new Set(parameters.map(({ path }) => path));
  const gone = savedParameters(before.typed).filter(({ path }) => !wanted.has(path));
  const newStates = states.filter(({ path }) => !kept.has(path)).length;
  const shapeOf = (values: readonly number[]): string => `[${values.join(', ')}]`;
  const described = fresh.map(({ path, tensor }) => {
    const was = reached.values.get(path);
    const shape = shapeOf(tensor.dims.map(({ extent }) => extent));
    return was === undefined ? path : `${path} ${shape}, which was ${shapeOf(was.shape)}`;
  });
  return [
    fresh.length === 0
      ? `all ${parameters.length} parameters are kept`
      : `${parameters.length - fresh.length} of ${parameters.length} parameters are kept; new: ${listed(described)}`,
    ...(gone.length === 0 ? [] : [`gone: ${listed(gone.map(({ path }) => path))}`]),
    ...(states.length === 0
      ? []
      : [
          newStates === 0
            ? 'states of the optimizer too'
            : newStates === states.length
              ? 'new states of the optimizer'
              : `${states.length - newStates} of ${states.length} states of the optimizer too`,
        ]),
  ].join('; ');
}

const listed = (texts: readonly string[]): string =>
  texts.length > mostNamed
    ? `${texts.slice(0, mostNamed).join(', ')} and ${texts.length - mostNamed} more`
    : texts.join(', ');
