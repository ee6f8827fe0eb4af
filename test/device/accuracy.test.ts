/**
 * The error of each scalar function of f32 on the adapter at hand, against f64, swept over what f32 holds; and the
 * table of docs/language.md that says so. With `UPDATE_GOLDEN=1` the table is written anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../compiler/scalar/build.ts';
import { evaluateCall, type FunctionName, functions, resultType } from '../../compiler/scalar/functions.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { evaluateOnDevice } from '../support/device-function.ts';
import { errorInUlps, measured, type Point, sweepOf } from '../support/function-sweeps.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

/** What the language promises on any adapter, in ulp. */
const promised = (fn: FunctionName): number => functions[fn].ulp ?? 4;

/** A measured error is shown, and compared, as the first of these that holds it. */
const steps = [0, 1, 2, 4, 8, 16] as const;
const rounded = (error: number): number => steps.find((step) => error <= step) ?? Infinity;

const onDevice = (fn: FunctionName, points: readonly Point[]): Promise<readonly number[]> => {
  const operands = points[0]!.map((_, k) => load(k, 'f32', []));
  return evaluateOnDevice(open.device!, fn, operands, 'f32', points);
};

interface Worst {
  readonly error: number;
  readonly at: string;
}

async function worstOf(fn: FunctionName, points: readonly Point[]): Promise<Worst> {
  const found = await onDevice(fn, points);
  let worst: Worst = { error: 0, at: '' };
  points.forEach((point, n) => {
    const exact = functions[fn].evaluate(...point);
    const error = errorInUlps(found[n]!, exact);
    if (error > worst.error) worst = { error, at: `${fn}(${point}) is ${exact}, found ${found[n]}` };
  });
  return worst;
}

const file = new URL('../../docs/language.md', import.meta.url);
const section = /<!-- begin accuracy -->\n([\s\S]*?)<!-- end accuracy -->/;

describe('functions of f32', () => {
  const rows = new Map<FunctionName, string>();

  test.each(measured)('%s', async (fn) => {
    const { where, points } = sweepOf(fn);
    expect(points.length).toBeGreaterThan(1000);
    const worst = await worstOf(fn, points);
    const bound = rounded(worst.error);
    expect(worst.error, worst.at).toBeLessThanOrEqual(promised(fn));
    rows.set(fn, `| \`${fn}\` | ${bound === 0 ? 'exact' : bound} | ${where} |`);
  });

  test('the table in docs/language.md has these figures', () => {
    const table = ['| function | error, ulp | where |', '|---|---|---|', ...rows.values()].join('\n');
    const present = readFileSync(file, 'utf8');
    expect(present).toMatch(section);
    if (process.env.UPDATE_GOLDEN !== undefined) {
      const text = `<!-- begin accuracy -->\n${table}\n<!-- end accuracy -->`;
      writeFileSync(
        file,
        present.replace(section, () => text),
      );
      return;
    }
    // The figures are of the adapter that they were measured on; another only has to keep the promise.
    const written = section.exec(present)![1]!.trim();
    const named = (row: string): string => row.split('|')[1]!;
    if (open.device!.info.class === 'software') expect(written).toBe(table);
    else expect(written.split('\n').map(named)).toEqual(table.split('\n').map(named));
  });

  test('sine and cosine of larger angles: an absolute error of 2^-21 of the angle, and within -1 … 1', async () => {
    for (const fn of ['sin', 'cos'] as const) {
      const points = Array.from({ length: 20_000 }, (_, k): Point => {
        const size = 1e5 * 2 ** (k / 200);
        return [Math.fround(k % 2 === 0 ? size : -size)];
      }).filter(([x]) => Number.isFinite(x));
      const found = await onDevice(fn, points);
      points.forEach(([x], n) => {
        const error = Math.abs(found[n]! - functions[fn].evaluate(x!));
        expect(error, `${fn}(${x})`).toBeLessThanOrEqual(Math.abs(x!) * 2 ** -21);
        expect(Math.abs(found[n]!), `${fn}(${x})`).toBeLessThanOrEqual(1);
      });
    }
  });

  test('a number below the normal ones counts as itself or as 0', async () => {
    // A pole at 0 leaves nothing for a number that may count as 0.
    const hasValueAt0 = (name: FunctionName): boolean => Number.isFinite(functions[name].evaluate(0));
    for (const fn of measured.filter((name) => functions[name].type.arity === 1 && hasValueAt0(name))) {
      const points: readonly Point[] = [1e-39, -1e-39, 2 ** -149, -(2 ** -149)].map((x) => [Math.fround(x)]);
      const within = points.filter(([x]) => Number.isFinite(functions[fn].evaluate(x!)));
      const found = await onDevice(fn, within);
      within.forEach(([x], n) => {
        const error = Math.min(
          ...[x!, 0].map((operand) => errorInUlps(found[n]!, functions[fn].evaluate(operand))),
        );
        expect(error, `${fn}(${x}) is ${found[n]}`).toBeLessThanOrEqual(promised(fn));
      });
    }
  });

  test('what has no f32 number overflows and underflows', async () => {
    const [over, under] = [
      [[88.8], [89.5], [1000], [1e30]],
      [[-104], [-1000], [-1e9], [-3e38]],
    ] as const;
    for (const fn of ['exp', 'expm1', 'cosh', 'sinh'] as const) {
      const large = fn === 'exp' || fn === 'expm1' ? over : [[90], [1000], [1e30]];
      for (const y of await onDevice(fn, large)) expect(y, fn).toBe(Infinity);
    }
    expect(await onDevice('exp', under)).toEqual([0, 0, 0, 0]);
    expect(await onDevice('expm1', under)).toEqual([-1, -1, -1, -1]);
    const powers: readonly Point[] = [
      [2, 128.6],
      [2, 1e9],
      [1e30, 1e30],
      [0.5, -129],
      [-2, 129],
      [2, -151],
      [0.5, 1e9],
      [1e30, -1e30],
    ];
    expect(await onDevice('power', powers)).toEqual([
      ...[Infinity, Infinity, Infinity, Infinity, -Infinity],
      ...[0, 0, 0],
    ]);
  });
});

describe('functions of integers are exact at the ends of their ranges', () => {
  const ends = {
    i32: [0, 1, -1, 2, -2, 3, 7, -7, 31, 65_535, 65_536, 2_147_483_647, -2_147_483_647, -2_147_483_648],
    u32: [0, 1, 2, 3, 7, 31, 65_535, 65_536, 2_147_483_647, 2_147_483_648, 4_294_967_295],
  } as const;
  const cases = (['i32', 'u32'] as const).flatMap((dtype) =>
    (['add', 'subtract', 'multiply', 'divide', 'modulo', 'power', 'minimum', 'maximum'] as const)
      .filter((fn) => resultType(fn, [dtype, dtype]) === dtype)
      .map((fn) => [fn, dtype] as const),
  );

  test.each(cases)('%s of %s', async (fn, dtype) => {
    const points = ends[dtype].flatMap((x) => ends[dtype].map((y): Point => [x, y]));
    const operands = [load(0, dtype, []), load(1, dtype, [])];
    const found = await evaluateOnDevice(open.device!, fn, operands, dtype, points);
    points.forEach((point, n) => {
      expect(found[n], `${fn}(${point})`).toBe(evaluateCall(fn, dtype, point));
    });
  });

  test.each(['abs', 'negate', 'sign'] as const)('%s of i32', async (fn) => {
    const points = ends.i32.map((x): Point => [x]);
    const found = await evaluateOnDevice(open.device!, fn, [load(0, 'i32', [])], 'i32', points);
    points.forEach((point, n) => {
      expect(found[n], `${fn}(${point})`).toBe(evaluateCall(fn, 'i32', point));
    });
  });
});
