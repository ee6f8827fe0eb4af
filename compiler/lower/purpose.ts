/** What a graph is made for in, its results and updates in terms of typed tensors out. */

import type { GradientTensor, Output, Parameter, StateUpdate, Tensor, TypedProgram } from '../check/typed.ts';
import { InternalError } from '../internal-error.ts';
import type { ResultRole } from '../ir/graph.ts';

/**
 * - `run`: outputs, losses and metrics, or those that are named; in training mode, the layers' state updates.
 * - `gradient`: a loss (the first, if not named) and `d.<path>` for each trained parameter, or for what `wrt` names.
 * - `train`: losses, metrics and a scheduled rate as results; the optimizers' and the layers' updates.
 * - `init`: the first value of everything that is kept, by path.
 */
export type Purpose =
  | { readonly kind: 'run'; readonly outputs?: readonly string[] }
  | { readonly kind: 'gradient'; readonly loss?: string; readonly wrt?: readonly string[] }
  | { readonly kind: 'train' }
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
      return trainGoals(program);
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
  ...(program.recipe?.objectives.flatMap(({ states }) => states) ?? []),
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

function trainGoals(program: TypedProgram): Goals {
  const objectives = program.recipe?.objectives ?? [];
  const shown = program.outputs.filter(({ role }) => role !== 'output').map(goalOf);
  const rates = objectives.flatMap(({ rate, lossName }, k): readonly Goal[] => {
    if (rate === undefined || typeof rate === 'number') return [];
    const name = k === 0 ? 'lr' : `${lossName}.lr`;
    return shown.some((goal) => goal.name === name) ? [] : [{ name, role: 'value', tensor: rate }];
  });
  return {
    results: [...shown, ...rates],
    updates: [...objectives.flatMap(({ updates }) => updates), ...program.updates],
    gradients: [],
  };
}
