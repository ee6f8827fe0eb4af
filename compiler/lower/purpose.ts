/** What a graph is made for in, its results and updates in terms of typed tensors out. */

import { optimizerStates } from '../check/recipes/part-states.ts';
import type {
  GradientTensor,
  Output,
  Parameter,
  Part,
  StateUpdate,
  Tensor,
  TypedProgram,
} from '../check/typed.ts';
import { InternalError } from '../internal-error.ts';
import type { ResultRole } from '../ir/graph.ts';
import { freeName } from '../ir/names.ts';

/**
 * - `run`: outputs, losses and metrics, or those that are named; in training mode, the layers' state updates.
 * - `gradient`: a loss (the first, if not named) and `d.<path>` for each trained parameter, or for what `wrt` names.
 * - `train`: one part of a step of the recipe, the first where none is named. Its results are the losses that it is the first to
 *   minimize, and scheduled rates; of the first part, also all other losses and the metrics. Its updates are those of its
 *   optimizers, of its assignments, and of the layers' states that it writes.
 * - `init`: the first value of everything that is kept, by path.
 */
export type Purpose =
  | { readonly kind: 'run'; readonly outputs?: readonly string[] }
  | { readonly kind: 'gradient'; readonly loss?: string; readonly wrt?: readonly string[] }
  | { readonly kind: 'train'; readonly part?: number }
  | { readonly kind: 'init' };

export interface Goal {
  readonly name: string;
  readonly role: ResultRole;
  readonly tensor: Tensor;
}

export interface Goals {
  readonly results: readonly Goal[];
  readonly updates: readonly StateUpdate[];
  /** Gradients that the program did not have. */
  readonly gradients: readonly GradientTensor[];
}

const goalOf = ({ name, role, tensor }: Output): Goal => ({ name, role, tensor });

export function goalsOf(program: TypedProgram, purpose: Purpose): Goals {
  switch (purpose.kind) {
    case 'run':
      return {
        results: program.outputs
          .filter(({ name }) => purpose.outputs === undefined || purpose.outputs.includes(name))
          .map(goalOf),
        updates: program.updates,
        gradients: [],
      };
    case 'gradient':
      return gradientGoals(program, purpose);
    case 'train':
      return trainGoals(program, purpose.part ?? 0);
    case 'init':
      return {
        results: kept(program).map(({ path, init }) => ({ name: path, role: 'value', tensor: init })),
        updates: [],
        gradients: [],
      };
    default:
      return purpose satisfies never;
  }
}

const kept = (program: TypedProgram): readonly Parameter[] => [
  ...program.parameters,
  ...optimizerStates(program),
];

function gradientGoals(
  program: TypedProgram,
  { loss: name, wrt }: Purpose & { readonly kind: 'gradient' },
): Goals {
  const loss = program.outputs.find(
    (output) => output.role === 'loss' && (name === undefined || output.name === name),
  );
  if (loss === undefined) throw new InternalError(`no loss ${name ?? ''}`, { pass: 'lower' });
  const targets =
    wrt?.map((path) => namedTensor(program, path)) ??
    program.parameters.filter(({ kind }) => kind === 'param').map(({ tensor }) => tensor);
  const gradients = targets.map(
    (tensor, k): GradientTensor => ({
      kind: 'gradient',
      id: program.tensors.length + k,
      label: { name: `d.${tensor.label.name}`, claimed: true },
      dtype: 'f32',
      dims: tensor.dims,
      at: tensor.at,
      origin: { ...loss.tensor.origin, path: [{ kind: 'model', name: program.model }] },
      of: loss.tensor,
      wrt: tensor,
    }),
  );
  const results = gradients.map((tensor): Goal => ({ name: tensor.label.name, role: 'gradient', tensor }));
  return { results: [goalOf(loss), ...results], updates: [], gradients };
}

function namedTensor(program: TypedProgram, name: string): Tensor {
  const parameter = program.parameters.find(({ path }) => path === name)?.tensor;
  const found = parameter ?? program.inputs.find(({ label }) => label.name === name);
  if (found === undefined || found.dtype !== 'f32')
    throw new InternalError(`no f32 parameter or input ${name}`, { pass: 'lower' });
  return found;
}

function trainGoals(program: TypedProgram, k: number): Goals {
  const parts = program.recipe?.parts ?? [];
  const part = parts[k];
  if (part === undefined && parts.length > 0)
    throw new InternalError(`no part ${k} of a recipe`, { pass: 'lower' });
  const reporter = ({ tensor }: Output): number =>
    Math.max(
      0,
      parts.findIndex(({ objectives }) => objectives.some(({ loss }) => loss === tensor)),
    );
  const shown = program.outputs.filter((output) => output.role !== 'output' && reporter(output) === k);
  if (part === undefined) return { results: shown.map(goalOf), updates: program.updates, gradients: [] };
  return {
    results: [
      ...shown.map(goalOf),
      ...part.objectives.flatMap(({ norm }): readonly Goal[] =>
        norm === undefined ? [] : [{ name: 'global_norm', role: 'metric', tensor: norm }],
      ),
      ...(ratesOf(program).get(part) ?? []),
    ],
    updates: [
      ...part.objectives.flatMap(({ updates }) => updates),
      ...part.assignments.flatMap(({ updates }) => updates),
      ...part.states,
    ],
    gradients: [],
  };
}

/** Scheduled rates: `lr` that of the first objective, `loss.lr` those of the others. */
function ratesOf({ recipe, outputs }: TypedProgram): ReadonlyMap<Part, readonly Goal[]> {
  const taken = new Set(outputs.map(({ name }) => name));
  const rates = new Map<Part, readonly Goal[]>();
  let first = true;
  for (const part of recipe?.parts ?? []) {
    const own: Goal[] = [];
    for (const { rate, lossName } of part.objectives) {
      const name = first ? 'lr' : freeName(`${lossName}.lr`, taken);
      first = false;
      if (rate === undefined || typeof rate === 'number' || taken.has(name)) continue;
      taken.add(name);
      own.push({ name, role: 'value', tensor: rate });
    }
    rates.set(part, own);
  }
  return rates;
}
