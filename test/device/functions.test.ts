import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constant, load } from '../../compiler/scalar/build.ts';
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import {
  evaluateCall,
  type FunctionName,
  functionNames,
  functions,
  resultType,
} from '../../compiler/scalar/functions.ts';
import { mapModeRead, usage } from '../../runtime/buffers.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';

let device: Device;
beforeAll(async () => {
  device = await openNodeDevice();
  console.info(`the WGSL of the scalar functions runs on ${device.info.name}`);
});
afterAll(() => device.close());

const types: readonly DType[] = ['f32', 'i32', 'u32', 'bool'];
const tuples = (arity: number): readonly (readonly DType[])[] =>
  arity === 0 ? [[]] : tuples(arity - 1).flatMap((rest) => types.map((type) => [...rest, type]));

const samples = 512;

/** WGSL promises 2**-11 of the inverse angle functions, absolute; what is made of integers must be exact. */
const rough: ReadonlySet<FunctionName> = new Set(['asin', 'acos', 'atan']);
const exact: ReadonlySet<FunctionName> = new Set([
  'random_uniform',
  'floor',
  'ceil',
  'round',
  'sign',
  'abs',
  'negate',
]);

function toleranceOf(fn: FunctionName, result: DType): number {
  if (result !== 'f32' || exact.has(fn)) return 0;
  return rough.has(fn) ? 2 ** -11 : 2e-6;
}

const operandsOf = (signature: readonly DType[]): readonly Expr[] =>
  signature.map((dtype, k) => load(k, dtype, []));

/** Points of the domain, as f32 and integers can hold them, from a fixed sequence. */
function pointsOf(fn: FunctionName, signature: readonly DType[]): readonly (readonly number[])[] {
  return Array.from({ length: samples }, (_, n) =>
    functions[fn].domain.map(([low, high], k) => {
      const unit = functions.random_uniform.evaluate(1, k, n);
      const x = low + (high - low) * unit;
      const dtype = signature[k]!;
      if (dtype === 'f32') return Math.fround(x);
      if (dtype === 'bool') return unit < 0.5 ? 0 : 1;
      return dtype === 'u32' ? Math.abs(Math.round(x)) : Math.round(x);
    }),
  );
}

/** Operands travel as the bits of their types, booleans as u32. */
const fromBits = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `(${text} != 0u)` : dtype === 'u32' ? text : `bitcast<${dtype}>(${text})`;
const toBits = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `select(0u, 1u, ${text})` : dtype === 'u32' ? text : `bitcast<u32>(${text})`;
const viewOf = (dtype: DType, buffer: ArrayBuffer): Float32Array | Int32Array | Uint32Array =>
  dtype === 'f32'
    ? new Float32Array(buffer)
    : dtype === 'i32'
      ? new Int32Array(buffer)
      : new Uint32Array(buffer);

function shaderOf(fn: FunctionName, operands: readonly Expr[], result: DType): string {
  const arity = operands.length;
  const { wgsl, helpers } = functions[fn];
  const args = operands.map(({ dtype }, k) => fromBits(dtype, `operands[${arity}u * n + ${k}u]`));
  return [
    ...(helpers?.(operands) ?? []).map(({ text }) => text),
    `@group(0) @binding(0) var<storage, read> operands: array<u32, ${samples * arity}>;`,
    `@group(0) @binding(1) var<storage, read_write> results: array<u32, ${samples}>;`,
    '@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {',
    '  let n = id.x;',
    `  results[n] = ${toBits(result, wgsl(args, operands))};`,
    '}',
  ].join('\n');
}

/** The function at each point; where an operand is a constant, its text may not read that column. */
async function onDevice(
  fn: FunctionName,
  operands: readonly Expr[],
  result: DType,
  points: readonly (readonly number[])[],
): Promise<readonly number[]> {
  const gpu = device.gpu;
  const arity = operands.length;
  const words = new ArrayBuffer(4 * samples * arity);
  points.forEach((point, n) => {
    point.forEach((x, k) => {
      viewOf(operands[k]!.dtype, words)[n * arity + k] = x;
    });
  });
  const input = gpu.createBuffer({ size: words.byteLength, usage: usage.storage | usage.copyDst });
  const output = gpu.createBuffer({ size: 4 * samples, usage: usage.storage | usage.copySrc });
  const read = gpu.createBuffer({ size: 4 * samples, usage: usage.mapRead | usage.copyDst });
  gpu.queue.writeBuffer(input, 0, words);
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ label: fn, code: shaderOf(fn, operands, result) });
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
  pass.dispatchWorkgroups(samples / 64);
  pass.end();
  encoder.copyBufferToBuffer(output, 0, read, 0, 4 * samples);
  gpu.queue.submit([encoder.finish()]);
  const error = await gpu.popErrorScope();
  if (error !== null) throw new Error(error.message);
  await read.mapAsync(mapModeRead);
  const values = [...viewOf(result, read.getMappedRange().slice(0))];
  for (const buffer of [input, output, read]) buffer.destroy();
  return values;
}

describe.each(functionNames)('%s', (fn) => {
  const signatures = tuples(functions[fn].type.arity).filter(
    (operands) => resultType(fn, operands) !== undefined,
  );
  test.each(signatures.map((signature) => [signature.join(', '), signature] as const))(
    'of %s',
    async (_, signature) => {
      const result = resultType(fn, signature)!;
      const points = pointsOf(fn, signature);
      const found = await onDevice(fn, operandsOf(signature), result, points);
      let worst = 0;
      points.forEach((point, n) => {
        const expected = evaluateCall(fn, result, point);
        const error =
          Math.abs(found[n]! - expected) / (result === 'f32' ? Math.max(1, Math.abs(expected)) : 1);
        worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
      });
      expect(worst).toBeLessThanOrEqual(toleranceOf(fn, result));
    },
  );
});

describe('where devices go wrong', () => {
  const values = async (
    fn: FunctionName,
    operands: readonly Expr[],
    points: readonly (readonly number[])[],
  ) => {
    const padded = Array.from({ length: samples }, (_, n) => points[n] ?? points[0]!);
    return (await onDevice(fn, operands, 'f32', padded)).slice(0, points.length);
  };
  const x = load(0, 'f32', []);

  test('tanh and erf of large numbers are 1', async () => {
    expect(await values('tanh', [x], [[100], [-100]])).toEqual([1, -1]);
    expect(await values('erf', [x], [[100], [-100], [1e30]])).toEqual([1, -1, 1]);
  });

  test('whole powers are products: exact, and of negative numbers too', async () => {
    const points = [[100], [-3], [0]];
    expect(await values('power', [x, constant(2)], points)).toEqual([10000, 9, 0]);
    expect(await values('power', [x, constant(3, 'i32')], points)).toEqual([1000000, -27, 0]);
    const withExponent = [x, load(1, 'i32', [])];
    expect(
      await values('power', withExponent, [
        [100, 2],
        [-3, 3],
        [2, -2],
        [0, 0],
      ]),
    ).toEqual([10000, -27, 0.25, 1]);
  });

  test('powers of 0', async () => {
    const operands = [x, load(1, 'f32', [])];
    expect(
      await values('power', operands, [
        [0, 0.5],
        [0, 0],
        [4, 0.5],
      ]),
    ).toEqual([0, 1, expect.closeTo(2, 5)]);
  });

  test('log1p and expm1 near 0 keep their digits', async () => {
    for (const fn of ['log1p', 'expm1'] as const) {
      const [tiny] = await values(fn, [x], [[1e-6]]);
      expect(tiny! / 1e-6).toBeCloseTo(1, 5);
    }
  });
});
