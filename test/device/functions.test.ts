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
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { evaluateOnDevice } from '../support/device-function.ts';

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

/** What rounds nothing. How exact the others are, accuracy.test.ts measures. */
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
  return 2e-6;
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

describe.each(functionNames)('%s', (fn) => {
  const signatures = tuples(functions[fn].type.arity).filter(
    (operands) => resultType(fn, operands) !== undefined,
  );
  test.each(signatures.map((signature) => [signature.join(', '), signature] as const))(
    'of %s',
    async (_, signature) => {
      const result = resultType(fn, signature)!;
      const points = pointsOf(fn, signature);
      const found = await evaluateOnDevice(device, fn, operandsOf(signature), result, points);
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
  const values = (fn: FunctionName, operands: readonly Expr[], points: readonly (readonly number[])[]) =>
    evaluateOnDevice(device, fn, operands, 'f32', points);
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

  test('larger whole powers keep the sign of the base', async () => {
    const withExponent = [x, load(1, 'i32', [])];
    const points = [
      [-2, 65],
      [-2, 64],
      [-2, -33],
      [-1, 2_147_483_647],
      [1, -2_147_483_648],
      [2, -2_147_483_648],
      [0, 17],
    ];
    const expected = [-(2 ** 65), 2 ** 64, -(2 ** -33)];
    expect(await values('power', withExponent, points)).toEqual([...expected, -1, 1, 0, 0]);
    expect(await values('power', [x, constant(65)], [[-2, 65]])).toEqual([-(2 ** 65)]);
    expect(await values('power', [x, load(1, 'f32', [])], points.slice(0, 3))).toEqual(expected);
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
