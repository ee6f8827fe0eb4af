/**
 * The parts of a recipe and the updates of the layers' states in, who writes each state out: the first part whose losses pass by
 * there, so that a state is written once in a step, or as often as that part has steps.
 */
import { reachedFrom, readsOf } from '../tensors/reads.ts';
import type { Objective, Parameter, Part, Recipe, StateUpdate, Tensor, TypedProgram } from '../typed.ts';

/** All that a recipe minimizes or maximizes, in order. */
export const objectivesOf = ({ parts }: Recipe): readonly Objective[] =>
  parts.flatMap(({ objectives }) => objectives);

/** The states of all optimizers. */
export const optimizerStates = ({ recipe }: TypedProgram): readonly Parameter[] =>
  recipe === undefined ? [] : objectivesOf(recipe).flatMap(({ states }) => states);

export function withStates(
  parts: readonly Omit<Part, 'states'>[],
  updates: readonly StateUpdate[],
): readonly Part[] {
  if (parts.length <= 1) return parts.map((part) => ({ ...part, states: updates }));
  const computed = parts.map(({ objectives }) => computedFor(objectives.map(({ loss }) => loss)));
  const writers = updates.map(({ value, target }) => {
    const makes = [...computedFor([value])].filter((tensor) => tensor !== value && tensor !== target);
    const first = computed.findIndex((tensors) => makes.some((tensor) => tensors.has(tensor)));
    return Math.max(0, first);
  });
  return parts.map((part, k) => ({ ...part, states: updates.filter((_, u) => writers[u] === k) }));
}

/** All that is computed on the way to these, and they; parameters and data are not. */
const computedFor = (goals: readonly Tensor[]): ReadonlySet<Tensor> =>
  reachedFrom(goals, (tensor) => readsOf(tensor).filter(isComputed));

const isComputed = ({ kind }: Tensor): boolean => kind === 'gradient' || kind === 'equation';
