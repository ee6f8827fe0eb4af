/** Data specifications -> samples that fit a model's inputs, all of the same number. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { ProgramTensor } from '../../runtime/data/convert.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Program } from '../../runtime/program.ts';
import { convertInputs, type Tensors } from './inputs.ts';

export interface Dataset {
  readonly inputs: ReadonlyMap<string, ProgramTensor>;
  /** The inputs that hold a row a sample; the others are the same for all. */
  readonly sampled: readonly string[];
  /** The number of samples; 1 where no input has a batch dimension. */
  readonly count: number;
}

/** The name of the free dimension that all samples lie along: the first of the first input that has one. */
export function batchAxis(program: TypedProgram): string | undefined {
  const free = new Set(program.dimensions.map((d) => d.name));
  const leading = program.inputs.map((input) => input.dims[0]?.name);
  return leading.find((name) => name !== undefined && free.has(name));
}

/** How many samples there are; undefined where nothing that is given has one a row. */
export function samplesIn(program: TypedProgram, tensors: Tensors): number | undefined {
  const axis = batchAxis(program);
  const counts = program.inputs.flatMap(({ label, dims }) =>
    axis !== undefined && dims[0]?.name === axis ? (tensors.get(label.name)?.shape[0] ?? []) : [],
  );
  return counts[0];
}

export function datasetOf(
  typed: TypedProgram,
  program: Pick<Program, 'inputs'>,
  tensors: Tensors,
  flag: '--data' | '--eval' = '--data',
): Dataset {
  const axis = batchAxis(typed);
  const inputs = convertInputs(typed, program, tensors, axis, flag);
  const sampled = typed.inputs
    .filter(({ label, dims }) => inputs.has(label.name) && axis !== undefined && dims[0]?.name === axis)
    .map(({ label }) => label.name);
  const rows = sampled.map((name) => inputs.get(name)!.shape[0]!);
  const other = rows.findIndex((count) => count !== rows[0]);
  if (other >= 0) {
    throw new DataError(
      `the data differ in the number of samples: ${sampled[0]} has ${rows[0]}, ${sampled[other]} has ${rows[other]}`,
    );
  }
  return { inputs, sampled, count: rows[0] ?? 1 };
}

/** The first samples. */
export function limited({ inputs, sampled, count }: Dataset, limit: number): Dataset {
  const kept = Math.min(limit, count);
  const first = ({ dtype, shape, data }: ProgramTensor): ProgramTensor => ({
    dtype,
    shape: [kept, ...shape.slice(1)],
    data: data.subarray(0, kept * (data.length / count)),
  });
  return {
    inputs: new Map([...inputs].map(([name, t]) => [name, sampled.includes(name) ? first(t) : t])),
    sampled,
    count: kept,
  };
}
