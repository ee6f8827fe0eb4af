/** A trace and its values in, JSON with every digit out. */
import type { ValueId } from '../../compiler/ir/graph.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import type { Step, Trace } from '../../compiler/trace/index.ts';
import { dataJson } from './json.ts';
import { summary } from './trace-numbers.ts';
import type { TraceRows } from './trace-rows.ts';

/** Larger tensors are summed up. */
const mostElements = 64;

export function traceJson(
  trace: Trace,
  exact: readonly (Tensor64 | undefined)[],
  rows: TraceRows,
  device?: ReadonlyMap<ValueId, ArrayLike<number>>,
): string {
  const dataAt = (id: ValueId): unknown => dataOf(exact[id]!.shape, exact[id]!.data);
  const deviceAt = (id: ValueId): object => {
    const found = device?.get(id);
    return found === undefined ? {} : { device: dataOf(exact[id]!.shape, Float64Array.from(found)) };
  };
  const forward = [...trace.leaves, ...trace.steps].map((step: Step, k) => {
    const { tangent: _, file: __, ...row } = rows.forward[k]!;
    const tangent =
      step.tangent === undefined
        ? {}
        : { tangent: { ...rows.forward[k]!.tangent, value: dataAt(step.tangent) } };
    return { ...row, value: dataAt(step.value), ...deviceAt(step.value), ...tangent };
  });
  const reverse = trace.adjoints.map((step, k) => ({
    ...rows.adjoints[k]!,
    added: dataAt(step.contribution),
    value: dataAt(step.total),
    ...deviceAt(step.total),
  }));
  const { title, of, device: adapter } = rows;
  return dataJson({ title, of, ...(adapter !== undefined && { adapter }), forward, reverse });
}

function dataOf(shape: readonly number[], data: Float64Array): unknown {
  if (shape.length === 0) return data[0];
  return data.length <= mostElements ? { shape, data: [...data] } : { shape, ...summary(data) };
}
