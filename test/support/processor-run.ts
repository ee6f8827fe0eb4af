/** Runs one kernel on the processor, on this thread, and compares all that it stores with the reference. */
import type { ValueId } from '../../compiler/ir/graph.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { encode } from '../../compiler/wasm/encode.ts';
import { formulaFunctions } from '../../compiler/wasm/formulas.ts';
import { kernelFunction } from '../../compiler/wasm/kernel.ts';
import { bytesAround } from '../../runtime/limits.ts';
import { viewOf } from '../../runtime/tensor.ts';
import { randomLeaves } from './device-run.ts';
import type { TestKernel } from './kernels.ts';
import { randomSource } from './random.ts';

export interface OnProcessor {
  readonly scheduled: ScheduledKernel;
  /** The largest difference of a stored value, relative to its largest number. */
  readonly error: number;
}

/** Buffers are NaN where nothing is written; so is what lies behind them, and stays so. */
export function compareOnProcessor(
  test: TestKernel,
  below: Readonly<Record<string, number>> = {},
  seed = 1,
): OnProcessor {
  const feeds = randomLeaves(test, randomSource(seed), below);
  const scheduled = schedule(test.kernel, test.values, defaultTargets.cpu);
  const { values } = evaluateGraph(test.graph, feeds);
  const { nest, bindings } = scheduled;
  const { fn, uses, scratch } = kernelFunction(scheduled, 'kernel');
  const code = encode({
    comments: [],
    globals: [],
    functions: [...formulaFunctions(uses), { ...fn, exported: true }],
  }) as Uint8Array<ArrayBuffer>;
  let end: number = bytesAround;
  const place = (bytes: number): number => {
    const address = end;
    // A gap behind each, which nothing may change.
    end += Math.ceil(bytes / 64) * 64 + 64;
    return address;
  };
  const own = place(scratch);
  const addresses = nest.buffers.map(({ size }) => place(4 * size));
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(end / bytesAround) + 1,
    maximum: 2 ** 16,
    shared: true,
  });
  const bytes = memory.buffer as unknown as ArrayBuffer;
  new Float32Array(bytes).fill(Number.NaN);
  const viewAt = (buffer: number): ReturnType<typeof viewOf> =>
    viewOf(nest.buffers[buffer]!.dtype, bytes, addresses[buffer]!, nest.buffers[buffer]!.size);
  const fed = (value: ValueId): Float64Array | undefined => feeds.get(test.graph.nodes[value]!.name)?.data;
  bindings.forEach(({ values: held }, k) => {
    const data = held.map(fed).find((one) => one !== undefined);
    if (data !== undefined) viewAt(k).set(data);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { nnc: { memory } });
  const run = instance.exports.kernel as (...args: readonly number[]) => void;
  for (let group = 0; group < nest.workgroups; group++) run(group, group + 1, own, ...addresses);
  let error = 0;
  bindings.forEach(({ values: held }, k) => {
    for (const value of held) {
      if (!test.kernel.stores.includes(value)) continue;
      const expected = values[value]!.data;
      const scale = expected.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-6);
      viewAt(k).forEach((x, at) => {
        const difference = Math.abs(x - expected[at]!) / scale;
        error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
      });
    }
  });
  const words = new Uint32Array(bytes);
  for (const [k, { size, name }] of nest.buffers.entries()) {
    const behind = addresses[k]! / 4 + size;
    if (words.subarray(behind, behind + 16).some((word) => word !== nan)) {
      throw new Error(`what lies behind ${name} was changed`);
    }
  }
  return { scheduled, error };
}

const nan = new Uint32Array(Float32Array.of(Number.NaN).buffer)[0]!;
