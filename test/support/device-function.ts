/** A scalar function and the columns of its operands in; what its WGSL text gives on a device, one dispatch, out. */
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';
import { callText, formulasOf } from '../../compiler/wgsl/calls.ts';
import { formulaText } from '../../compiler/wgsl/formulas.ts';
import type { Device } from '../../runtime/device.ts';
import { mapModeRead, usage } from '../../runtime/webgpu/buffers.ts';

const workgroupSize = 64;

/** Operands travel as the bits of their types, booleans as u32. */
const fromBits = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `(${text} != 0u)` : dtype === 'u32' ? text : `bitcast<${dtype}>(${text})`;
const toBits = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `select(0u, 1u, ${text})` : dtype === 'u32' ? text : `bitcast<u32>(${text})`;

const viewOf = (dtype: DType, buffer: ArrayBuffer): Float32Array | Int32Array | Uint32Array => {
  if (dtype === 'f32') return new Float32Array(buffer);
  return dtype === 'i32' ? new Int32Array(buffer) : new Uint32Array(buffer);
};

function shaderOf(fn: FunctionName, operands: readonly Expr[], result: DType, points: number): string {
  const arity = operands.length;
  const args = operands.map(({ dtype }, k) => fromBits(dtype, `operands[${arity}u * n + ${k}u]`));
  return [
    ...formulasOf(fn, operands).map(formulaText),
    `@group(0) @binding(0) var<storage, read> operands: array<u32, ${points * arity}>;`,
    `@group(0) @binding(1) var<storage, read_write> results: array<u32, ${points}>;`,
    `@compute @workgroup_size(${workgroupSize}) fn main(@builtin(global_invocation_id) id: vec3u) {`,
    '  let n = id.x;',
    `  if (n >= ${points}u) { return; }`,
    `  results[n] = ${toBits(result, callText(fn, args, operands))};`,
    '}',
  ].join('\n');
}

/** The function at each point; where an operand is a constant, its text may not read that column. */
export async function evaluateOnDevice(
  { gpu }: Device,
  fn: FunctionName,
  operands: readonly Expr[],
  result: DType,
  points: readonly (readonly number[])[],
): Promise<readonly number[]> {
  const arity = operands.length;
  const words = new ArrayBuffer(4 * points.length * arity);
  operands.forEach(({ dtype }, k) => {
    const view = viewOf(dtype, words);
    points.forEach((point, n) => {
      view[n * arity + k] = point[k]!;
    });
  });
  const size = 4 * points.length;
  const input = gpu.createBuffer({ size: words.byteLength, usage: usage.storage | usage.copyDst });
  const output = gpu.createBuffer({ size, usage: usage.storage | usage.copySrc });
  const read = gpu.createBuffer({ size, usage: usage.mapRead | usage.copyDst });
  gpu.queue.writeBuffer(input, 0, words);
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ label: fn, code: shaderOf(fn, operands, result, points.length) });
  const pipeline = gpu.createComputePipeline({ layout: 'auto', compute: { module } });
  const group = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: { buffer: input } },
      { binding: 1, resource: { buffer: output } },
    ],
  });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(Math.ceil(points.length / workgroupSize));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, read, 0, size);
  gpu.queue.submit([encoder.finish()]);
  const error = await gpu.popErrorScope();
  if (error !== null) throw new Error(error.message);
  await read.mapAsync(mapModeRead);
  const values = [...viewOf(result, read.getMappedRange().slice(0))];
  for (const buffer of [input, output, read]) buffer.destroy();
  return values;
}
