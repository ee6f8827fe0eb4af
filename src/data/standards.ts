/**
 * Inputs whose columns get mean 0 and deviation 1. The means and deviations are those of the training rows; they
 * are kept beside the weights, as `standardize.<input>.mean` and `.deviation`, so that every later use of the
 * weights sees its inputs as the training did.
 */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { ProgramTensor } from '../../runtime/data/convert.ts';
import { type Standard, standardise, standardOf } from '../../runtime/data/standardise.ts';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { UsageError } from '../terminal/failure.ts';

/** By input. */
export type Standards = ReadonlyMap<string, Standard>;

type Inputs = ReadonlyMap<string, ProgramTensor>;

/** The standards of the named inputs' columns. */
export function standardsOf(inputs: Inputs, names: readonly string[]): Standards {
  const unknown = names.find((name) => !inputs.has(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--standardize ${unknown}: the model has no such input; ${meant(unknown, [...inputs.keys()])}`,
    );
  }
  return new Map(names.map((name) => [name, standardOf(inputs.get(name)!, name)]));
}

export const standardised = (inputs: Inputs, standards: Standards): Inputs =>
  new Map(
    [...inputs].map(([name, tensor]) => {
      const standard = standards.get(name);
      return [name, standard ? standardise(tensor, standard, name) : tensor];
    }),
  );

const prefix = 'standardize.';

/** What is saved beside the weights. */
export const standardTensors = (standards: Standards): readonly (readonly [string, HostTensor])[] =>
  [...standards].flatMap(([input, { mean, deviation }]) => [
    [`${prefix}${input}.mean`, { dtype: 'f32', shape: [mean.length], data: mean }] as const,
    [`${prefix}${input}.deviation`, { dtype: 'f32', shape: [deviation.length], data: deviation }] as const,
  ]);

/** What the tensors of a weights file say of standardised inputs. */
export function readStandards(
  { model, inputs }: Pick<TypedProgram, 'model' | 'inputs'>,
  tensors: ReadonlyMap<string, HostTensor>,
  file: string,
): Standards {
  const standards = new Map<string, Standard>();
  const known = inputs.map(({ label }) => label.name);
  for (const name of tensors.keys()) {
    const [, input, part] = /^standardize\.(.+)\.(mean|deviation)$/s.exec(name) ?? [];
    if (input === undefined) continue;
    if (!known.includes(input)) {
      throw new DataError(`${file}: ${name} is for an input that ${model} has not; ${meant(input, known)}`);
    }
    const other = `${prefix}${input}.${part === 'mean' ? 'deviation' : 'mean'}`;
    const mean = tensors.get(`${prefix}${input}.mean`)?.data;
    const deviation = tensors.get(`${prefix}${input}.deviation`)?.data;
    const paired =
      mean instanceof Float32Array && deviation instanceof Float32Array && mean.length === deviation.length;
    if (!paired) throw new DataError(`${file}: ${name} has no ${other} to go with it`);
    const sound = mean.every(Number.isFinite) && deviation.every((d) => Number.isFinite(d) && d > 0);
    if (!sound) {
      throw new DataError(`${file}: ${prefix}${input}: means must be finite, and deviations above 0`);
    }
    standards.set(input, { mean, deviation });
  }
  return standards;
}
