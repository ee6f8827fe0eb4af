/** Every scalar function of every type as WebAssembly, in one lane and in four, to the bit of what it says. */
import { describe, expect, test } from 'vitest';
import { scale, variable } from '../../compiler/index/build.ts';
import type { Lanes, Nest, Term } from '../../compiler/nest/nest.ts';
import { call } from '../../compiler/nest/terms.ts';
import { load } from '../../compiler/scalar/build.ts';
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import { type FunctionName, functionNames, functions, resultType } from '../../compiler/scalar/functions.ts';
import { encode } from '../../compiler/wasm/encode.ts';
import { formulaFunctions } from '../../compiler/wasm/formulas.ts';
import type { Module } from '../../compiler/wasm/instructions.ts';
import { nestFunction } from '../../compiler/wasm/kernel.ts';
import { moduleText } from '../../compiler/wasm/wat.ts';
import { viewOf } from '../../runtime/tensor.ts';
import { compute } from '../support/compute.ts';
import { randomSource } from '../support/random.ts';

const types: readonly DType[] = ['f32', 'i32', 'u32', 'bool'];
const tuples = (arity: number): readonly (readonly DType[])[] =>
  arity === 0 ? [[]] : tuples(arity - 1).flatMap((rest) => types.map((type) => [...rest, type]));

const samples = 256;
const bytes = 4 * samples;

/** Numbers where functions go wrong, and bits of any kind. */
const special: Readonly<Record<DType, readonly number[]>> = {
  f32: [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    -2.5,
    Infinity,
    -Infinity,
    NaN,
    3e38,
    1e-40,
    88.7,
    -87.3,
    2 ** 31,
    -(2 ** 31),
  ],
  i32: [0, 1, -1, 2, 31, 32, 2_147_483_647, -2_147_483_648, 7, -7],
  u32: [0, 1, 2, 31, 32, 4_294_967_295, 2_147_483_648, 7],
  bool: [0, 1],
};

function operandOf(fn: FunctionName, k: number, dtype: DType, n: number, seed: number): number {
  const random = randomSource(1000 * seed + 10 * n + k);
  if (n % 3 === 0) {
    const chosen = special[dtype][random.integer(0, special[dtype].length - 1)]!;
    return dtype === 'f32' ? Math.fround(chosen) : chosen;
  }
  const [low, high] = functions[fn].domain[k] ?? [-4, 4];
  const x = low + (high - low) * random.number();
  if (dtype === 'f32')
    return Math.fround(n % 3 === 1 ? x : (random.number() - 0.5) * 2 ** random.integer(-20, 60));
  if (dtype === 'bool') return random.integer(0, 1);
  return dtype === 'i32' ? Math.round(x) | 0 : Math.abs(Math.round(x)) >>> 0;
}

/** `out[i] = fn(x0[i], x1[i], …)`. */
function nestOf(fn: FunctionName, signature: readonly DType[], result: DType, lanes: Lanes): Nest {
  const position = scale(variable('i'), lanes);
  const operands = signature.map(
    (dtype, buffer): Term => ({ kind: 'load', dtype, lanes, buffer, position, anywhere: false }),
  );
  const value = call(fn, result, ...operands);
  const turns = samples / lanes;
  return {
    buffers: [
      ...signature.map((dtype, k) => ({ name: `x${k}`, dtype, size: samples, access: 'read' as const })),
      { name: 'out', dtype: result, size: samples, access: 'read_write' },
    ],
    memories: [],
    workgroups: 1,
    workgroupSize: 1,
    ranges: new Map([
      ['i', { min: 0, max: turns - 1 }],
      ['workgroup', { min: 0, max: 0 }],
      ['local', { min: 0, max: 0 }],
    ]),
    body: [
      {
        kind: 'loop',
        name: 'i',
        from: scale(variable('local'), 1),
        until: turns,
        by: 1,
        body: [{ kind: 'store', buffer: signature.length, position, value }],
      },
    ],
  };
}

function run(nest: Nest, columns: readonly (readonly number[])[], result: DType): Float64Array {
  const { fn, uses } = nestFunction(nest, 'kernel', []);
  const module: Module = {
    comments: [],
    globals: [],
    functions: [...formulaFunctions(uses), { ...fn, exported: true }],
  };
  const code = encode(module) as Uint8Array<ArrayBuffer>;
  if (!WebAssembly.validate(code)) throw new Error(moduleText(module));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const words = memory.buffer as unknown as ArrayBuffer;
  columns.forEach((column, k) => {
    viewOf(nest.buffers[k]!.dtype, words, k * bytes, samples).set(column);
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { nnc: { memory } });
  const addresses = nest.buffers.map((_, k) => k * bytes);
  (instance.exports.kernel as (...args: readonly number[]) => void)(0, 1, 32_768, ...addresses);
  return Float64Array.from(viewOf(result, words, columns.length * bytes, samples));
}

/** An integer has no sign of zero. */
const same = (x: number, y: number, dtype: DType): boolean => Object.is(x, y) || (dtype !== 'f32' && x === y);

const operandsOf = (signature: readonly DType[]): readonly Expr[] =>
  signature.map((dtype, k) => load(k, dtype, []));

describe.each(functionNames)('%s', (fn) => {
  const signatures = tuples(functions[fn].type.arity).filter(
    (operands) => resultType(fn, operands) !== undefined,
  );
  test.each(signatures.map((signature) => [signature.join(', '), signature] as const))(
    'of %s',
    (_, signature) => {
      const result = resultType(fn, signature)!;
      const columns = signature.map((dtype, k) =>
        Array.from({ length: samples }, (_, n) => operandOf(fn, k, dtype, n, functionNames.indexOf(fn))),
      );
      const expected = Array.from({ length: samples }, (_, n) =>
        compute(
          fn,
          operandsOf(signature),
          columns.map((column) => column[n]!),
        ),
      );
      for (const lanes of [1, 4] as const) {
        const found = run(nestOf(fn, signature, result, lanes), columns, result);
        const bad = expected.findIndex((x, n) => !same(x, found[n]!, result));
        const point = columns.map((column) => column[bad]);
        expect(
          bad,
          `${lanes} lanes of ${fn}(${point.join(', ')}): expected ${expected[bad]}, found ${found[bad]}`,
        ).toBe(-1);
      }
    },
  );
});
