/** A parsed model and what its training is asked for in; the model checked for a batch size, and that size, out. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { batchAxis } from '../data/dataset.ts';
import { readInputs } from '../data/inputs.ts';
import { checkModel, type Parsed } from '../model/checked-model.ts';
import { dimensionsOf } from '../model/free-dimensions.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { choiceOf } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';

/** Checks the model with a batch size: that of the options, else the recipe's. */
export function checkFor(
  parsed: Parsed,
  options: TrainingOptions,
  batch: TrainingOptions['batch'],
  training: boolean,
): TypedProgram {
  const common = { training, ...choiceOf(options) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const axis = batchAxis(first);
  if (typeof batch !== 'number' || axis === undefined) return first;
  return checkModel(parsed, { ...common, bindings: new Map([...options.set, [axis, batch]]) }).program;
}

/** What is set, and what the training data say of dimensions that nothing else tells, besides the batch. */
export function setByData(
  parsed: Parsed,
  { model, recipe, set, data }: TrainingOptions,
): TrainingOptions['set'] {
  const choice = { training: true, ...choiceOf({ model, recipe }), bindings: set };
  const first = checkModel(parsed, choice).program;
  const axis = batchAxis(first);
  const isOpen = first.dimensions.some(({ name, by }) => by === 'stand-in' && name !== axis);
  if (!isOpen) return set;
  const { tensors } = readInputs(first, data, undefined, () => undefined);
  return new Map([...dimensionsOf(first, tensors, set)].filter(([name]) => name !== axis || set.has(name)));
}

/** Samples a step, of `count`: 1 for a model of a single sample. */
export function batchOf(
  program: TypedProgram,
  { batch: asked, set }: TrainingOptions,
  count: number,
): number {
  const axis = batchAxis(program);
  const named = axis === undefined ? undefined : set.get(axis);
  if (asked !== undefined && named !== undefined && named !== asked) {
    throw new UsageError(`--batch ${asked} and --set ${axis}=${named} do not agree`);
  }
  const all =
    asked === 'all' || (program.recipe?.batch === 'all' && asked === undefined && named === undefined);
  if (all && axis !== undefined) return count;
  const open = program.dimensions.find((d) => d.by === 'stand-in');
  if (open) {
    throw new UsageError(
      open.name === axis
        ? 'the recipe has no batch size: write `batch 32` into it, or give --batch'
        : `dimension ${open.name} is open: give --set ${open.name}=N`,
    );
  }
  if (axis === undefined && (asked ?? 1) !== 1) {
    throw new UsageError(`--batch ${asked}: model ${program.model} has no batch dimension`);
  }
  return program.dimensions.find((d) => d.name === axis)?.extent ?? 1;
}
