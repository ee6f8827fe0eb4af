/** A model and its data in; the losses of a short training whose rate rises from step to step, and a rate to take, out. */
import { objectivesOf } from '../../compiler/check/recipes/part-states.ts';
import type { Objective, TypedProgram } from '../../compiler/check/typed.ts';
import { TrainingError } from '../../runtime/errors.ts';
import { checkModel } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { choiceOf } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { trainPrepared } from '../training/training.ts';
import { prepareTraining } from '../training/training-prepared.ts';
import { type RisingRate, rateAt, rateName, withRisingRate } from './raised-rate.ts';
import { type RateCurve, type RateLoss, rateCurve } from './rate-suggestion.ts';

export interface RateSearch extends RateCurve {
  readonly model: string;
  readonly lossName: string;
  readonly sense: Objective['sense'];
  /** What the recipe has: a number, or a schedule. */
  readonly present: number | 'a schedule';
}

/** Throws a `UsageError` where the recipe has no one rate. Nothing is saved. */
export async function searchRate(
  file: string,
  options: Omit<TrainingOptions, 'save' | 'resume' | 'inspection'>,
  rising: RisingRate,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<RateSearch> {
  const parsed = parseModel(file);
  const before = checkModel(parsed, { training: true, ...choiceOf(options), bindings: options.set }).program;
  const { rate, sense, lossName } = onlyObjective(before);
  const losses: RateLoss[] = [];
  /** What is made as large as possible is shown as it is, and judged by its negative. */
  const sign = sense === 'maximize' ? -1 : 1;
  const enough = new AbortController();
  const prepared = prepareTraining(
    withRisingRate(parsed, rising),
    {
      ...options,
      resume: false,
      quiet: true,
      inspection: {
        step: rising.steps,
        begin() {},
        async before() {},
        steps({ names, rows }) {
          const column = names.indexOf(lossName);
          losses.push(
            ...rows.map(({ step, values }) => ({ rate: rateAt(rising, step), loss: sign * values[column]! })),
          );
          if (rateCurve(losses).grows !== undefined) enough.abort();
        },
        async after() {},
      },
    },
    say,
  );
  try {
    await trainPrepared(prepared, AbortSignal.any([signal, enough.signal]), say);
  } catch (failure) {
    if (!(failure instanceof TrainingError)) throw failure;
    losses.push({ rate: rateAt(rising, failure.step), loss: Number.POSITIVE_INFINITY });
  }
  const curve = rateCurve(losses);
  return {
    ...curve,
    points: curve.points.map(({ rate: at, loss, smooth }) => ({
      rate: at,
      loss: sign * loss,
      smooth: sign * smooth,
    })),
    model: before.model,
    lossName,
    sense,
    present: typeof rate === 'number' ? rate : 'a schedule',
  };
}

/** Of a recipe that has one loss, and an optimizer with a rate. */
function onlyObjective({
  model,
  recipe,
}: TypedProgram): Objective & { readonly rate: NonNullable<Objective['rate']> } {
  if (recipe === undefined)
    throw new UsageError(`there is no \`train ${model} { … }\`: nothing says how to train it`);
  const [first, ...others] = objectivesOf(recipe);
  if (first === undefined)
    throw new UsageError(
      `the recipe of ${model} follows no gradient with an optimizer: it has no rate to find`,
    );
  if (others.length > 0) {
    const names = [first, ...others].map(({ lossName }) => lossName).join(', ');
    throw new UsageError(
      `the recipe of ${model} follows several losses (${names}), so that one of them does not tell of a rate\n` +
        '  hint: --recipe NAME chooses one that follows a single loss',
    );
  }
  const { rate } = first;
  if (rate === undefined)
    throw new UsageError(
      `optimizer ${first.optimizer} has no parameter ${rateName}: there is no rate to find`,
    );
  return { ...first, rate };
}
