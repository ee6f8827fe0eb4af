/** A data set and a program come in; checked batches, written to the program's inputs, go out. */

import { DataError } from './errors.ts';
import { elementCount } from './extents.ts';
import { checkValues } from './inputs.ts';
import type { InputSpec, Program } from './program.ts';
import type { Runner } from './runner.ts';
import type { Tensor, TypedArray } from './tensor.ts';
import { allocate, typeText } from './tensor.ts';

/** One tensor for each input, by name. The first axis counts the samples, unless the input has no batch axis. */
export type Dataset = ReadonlyMap<string, Tensor>;

interface Column {
  readonly name: string;
  readonly data: TypedArray;
  /** Elements of one sample. */
  readonly row: number;
  /** Where a batch is put together. */
  readonly batch: TypedArray;
}

export interface Batches {
  /** Samples in the data set. */
  readonly count: number;
  /** Whether there is an input that has other values in each batch. */
  readonly sampled: boolean;
  /** Writes the inputs that are the same for every batch. */
  writeFixed(runner: Runner): void;
  /** Writes samples `order[start]`, `order[start + 1]`, …; without an order, samples start, start + 1, … */
  write(runner: Runner, start: number, order?: Uint32Array): void;
}

/** Checks that the data set has what the program takes, for batches of a size. All values are checked once. */
export function bindDataset(program: Program, dataset: Dataset, batch: number, finite = true): Batches {
  const unknown = [...dataset.keys()].filter((name) => !program.inputs.some((spec) => spec.name === name));
  if (unknown.length > 0) {
    const known = program.inputs.map((spec) => spec.name).join(', ');
    throw new DataError(`program ${program.name} has no input ${unknown.join(', ')}; it takes ${known}`);
  }
  const columns: Column[] = [];
  const fixed: { readonly name: string; readonly data: TypedArray }[] = [];
  const counts = new Map<string, number>();
  for (const spec of program.inputs) {
    const tensor = dataset.get(spec.name);
    if (tensor === undefined && spec.default !== undefined) continue;
    if (tensor === undefined) throw new DataError(`no data for input ${spec.name}: ${typeText(spec)}`);
    const batched = isBatched(spec, tensor, batch);
    checkValues(spec, tensor.shape, tensor.data, { finite });
    if (!batched) {
      fixed.push({ name: spec.name, data: tensor.data });
      continue;
    }
    counts.set(spec.name, tensor.shape[0]!);
    columns.push({
      name: spec.name,
      data: tensor.data,
      row: elementCount(tensor.shape.slice(1)),
      batch: allocate(spec.dtype, elementCount(spec.shape)),
    });
  }
  if (new Set(counts.values()).size > 1) {
    const parts = [...counts].map(([name, count]) => `${name} has ${count}`);
    throw new DataError(`the data differ in the number of samples: ${parts.join(', ')}`);
  }
  return {
    count: counts.values().next().value ?? batch,
    sampled: columns.length > 0,
    writeFixed(runner) {
      for (const { name, data } of fixed) runner.write(name, data, { checked: true });
    },
    write(runner, start, order) {
      for (const column of columns) {
        runner.write(column.name, gather(column, batch, start, order), { checked: true });
      }
    },
  };
}

/** Whether the data of an input are samples, by their shapes; throws if they do not fit at all. */
function isBatched(spec: InputSpec, tensor: Tensor, batch: number): boolean {
  const [leading, ...sample] = spec.shape;
  const [count, ...given] = tensor.shape;
  const agrees = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((extent, i) => extent === b[i]);
  if (tensor.dtype === spec.dtype && tensor.data.length === elementCount(tensor.shape)) {
    if (leading === batch && count !== undefined && agrees(sample, given)) return true;
    if (agrees(spec.shape, tensor.shape)) return false;
  }
  throw new DataError(`input ${spec.name} is ${typeText(spec)}; the data are ${typeText(tensor)}`);
}

function gather({ data, row, batch }: Column, size: number, start: number, order?: Uint32Array): TypedArray {
  if (order === undefined) return data.subarray(start * row, (start + size) * row);
  for (let i = 0; i < size; i++) {
    const sample = order[start + i]!;
    if (row === 1) batch[i] = data[sample]!;
    else batch.set(data.subarray(sample * row, (sample + 1) * row), i * row);
  }
  return batch;
}
