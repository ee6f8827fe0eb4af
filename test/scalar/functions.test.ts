import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variable } from '../../compiler/index/build.ts';
import { rangesOf } from '../../compiler/index/query.ts';
import { InternalError } from '../../compiler/internal-error.ts';
import type { Equation, Leaf } from '../../compiler/ir/graph.ts';
import { cursor } from '../../compiler/ir/lex.ts';
import { parseExpr } from '../../compiler/ir/parse-expression.ts';
import { printExpr } from '../../compiler/ir/print.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { call, constant, index, load } from '../../compiler/scalar/build.ts';
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import { erf } from '../../compiler/scalar/functions/erf.ts';
import { integerPower } from '../../compiler/scalar/functions/power.ts';
import { threefry } from '../../compiler/scalar/functions/random.ts';
import {
  evaluateCall,
  type FunctionName,
  functionNamed,
  functionNames,
  functions,
  resultType,
} from '../../compiler/scalar/functions.ts';
import { simplify } from '../../compiler/scalar/simplify/index.ts';
import { forEach, structuralKey } from '../../compiler/scalar/walk.ts';
import { tensor } from '../support/graphs.ts';

const types: readonly DType[] = ['f32', 'i32', 'u32', 'bool'];
const tuples = (arity: number): readonly (readonly DType[])[] =>
  arity === 0 ? [[]] : tuples(arity - 1).flatMap((rest) => types.map((type) => [...rest, type]));

/** Scalar leaves %x0, %x1, … of these types, and loads of them. */
const leavesOf = (signature: readonly DType[]): readonly Leaf[] =>
  signature.map((dtype, k) => ({ kind: 'input', name: `x${k}`, dtype, indices: [], origin: { path: [] } }));
const operandsOf = (signature: readonly DType[]): readonly Expr[] =>
  signature.map((dtype, k) => load(k, dtype, []));

function evaluate(body: Expr, signature: readonly DType[], point: readonly number[]): number {
  const leaves = leavesOf(signature);
  const y: Equation = {
    kind: 'equation',
    name: 'y',
    dtype: body.dtype,
    indices: [],
    body,
    origin: { path: [] },
  };
  const feeds = new Map(point.map((x, k) => [`x${k}`, tensor([], [x])] as const));
  const graph = { name: 'test', nodes: [...leaves, y], results: [], updates: [] };
  return evaluateGraph(graph, feeds).values[leaves.length]!.data[0]!;
}

describe.each(functionNames)('%s', (fn) => {
  const record = functions[fn];
  const signatures = tuples(record.type.arity).filter((operands) => resultType(fn, operands) !== undefined);

  test('has a sentence of documentation, some signature, and a domain for each operand', () => {
    expect(record.doc).toMatch(/^[-\w(|].+\.$/);
    expect(signatures.length).toBeGreaterThan(0);
    expect(record.domain).toHaveLength(record.type.arity);
    expect(resultType(fn, [])).toBeUndefined();
    expect(() => call(fn)).toThrow(InternalError);
  });

  test('prints, and parses back', () => {
    for (const signature of signatures) {
      const e = call(fn, ...operandsOf(signature));
      const leaves = leavesOf(signature);
      const text = printExpr(e, leaves);
      const back = parseExpr(cursor(text), {
        valueNamed: (name) => {
          const id = leaves.findIndex((leaf) => leaf.name === name);
          return { id, dtype: leaves[id]!.dtype };
        },
      });
      expect(back, text).toEqual(e);
    }
  });
});

const signaturesOf = (fn: FunctionName): readonly (readonly DType[])[] =>
  tuples(functions[fn].type.arity).filter((operands) => resultType(fn, operands) === 'f32');

/** All but the stop, whose partial is not its slope by intention, and random numbers, which have no slope. */
const smooth = functionNames.filter(
  (fn) => !/^random_|^stop_gradient$/.test(fn) && signaturesOf(fn).length > 0,
);

test.each(smooth)('the partials of %s are its slopes', (fn) => {
  const { partials, evaluate: meaning, domain } = functions[fn];
  for (const signature of signaturesOf(fn)) {
    const operands = operandsOf(signature);
    const made =
      partials === 'zero' ? operands.map(() => constant(0)) : partials(call(fn, ...operands), ...operands);
    expect(made).toHaveLength(operands.length);
    const ranges = domain.map(([low, high], k) => {
      const real = fc.double({ min: low, max: high, noNaN: true });
      return signature[k] === 'f32' ? real : real.map(Math.round);
    });
    const property = fc.property(fc.tuple(...ranges), (point) => {
      made.forEach((partial, k) => {
        if (partial === undefined) return;
        const h = 1e-6;
        const at = (shift: number) => meaning(...point.map((x, m) => (m === k ? x + shift : x)));
        const slope = (at(h) - at(-h)) / (2 * h);
        expect(Math.abs(evaluate(partial, signature, point) - slope)).toBeLessThan(
          1e-6 * (1 + Math.abs(slope)),
        );
      });
    });
    fc.assert(property, { numRuns: 50 });
  }
});

describe('typing', () => {
  test.each([
    ['add', ['f32', 'f32'], 'f32'],
    ['add', ['i32', 'i32'], 'i32'],
    ['add', ['f32', 'i32'], undefined],
    ['add', ['bool', 'bool'], undefined],
    ['negate', ['u32'], undefined],
    ['less', ['u32', 'u32'], 'bool'],
    ['less', ['bool', 'bool'], undefined],
    ['equal', ['bool', 'bool'], 'bool'],
    ['power', ['f32', 'i32'], 'f32'],
    ['power', ['i32', 'f32'], undefined],
    ['exp', ['i32'], undefined],
    ['to_f32', ['bool'], 'f32'],
    ['random_uniform', ['u32', 'u32', 'i32'], 'f32'],
    ['random_uniform', ['u32', 'i32', 'i32'], undefined],
  ] as const)('%s of %s is %s', (fn, operands, expected) => {
    expect(resultType(fn, operands)).toBe(expected);
  });

  test('names and aliases lead to a function', () => {
    expect(functionNamed('exp')).toBe('exp');
    expect(functionNamed('ln')).toBe('log');
    expect(functionNamed('max')).toBe('maximum');
    expect(functionNamed('sum')).toBeUndefined();
    const all = functionNames.flatMap((name) => [name, ...functions[name].aliases]);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('derivatives at the kinks', () => {
  const x = load(0, 'f32', []);
  const y = load(1, 'f32', []);
  const partialsOf = (
    fn: 'maximum' | 'minimum' | 'abs',
    operands: readonly Expr[],
    point: readonly number[],
  ) => {
    const { partials } = functions[fn];
    if (partials === 'zero') throw new Error('unreachable');
    const signature = operands.map(() => 'f32' as const);
    return partials(call(fn, ...operands), ...operands).map((partial) =>
      evaluate(partial!, signature, point),
    );
  };

  test('a tie goes to the first operand', () => {
    expect(partialsOf('maximum', [x, y], [2, 2])).toEqual([1, 0]);
    expect(partialsOf('minimum', [x, y], [2, 2])).toEqual([1, 0]);
    expect(partialsOf('maximum', [x, y], [1, 2])).toEqual([0, 1]);
    expect(partialsOf('minimum', [x, y], [1, 2])).toEqual([1, 0]);
  });

  test('the slope of |x| at 0 is 0', () => {
    expect(partialsOf('abs', [x], [0])).toEqual([0]);
  });

  test('x ** 2 makes no logarithm', () => {
    const { partials } = functions.power;
    if (partials === 'zero') throw new Error('unreachable');
    const square = call('power', x, constant(2));
    const made = partials(square, x, constant(2));
    expect(made[1]).toBeUndefined();
    forEach(made[0]!, (e) => {
      if (e.kind === 'call') expect(e.fn).not.toBe('log');
    });
  });
});

describe('integer arithmetic', () => {
  test('division rounds down, and by 0 gives 0', () => {
    const i32 = (fn: 'divide' | 'modulo' | 'multiply' | 'power', a: number, b: number) =>
      evaluateCall(fn, 'i32', [a, b]);
    expect([i32('divide', 7, 2), i32('divide', -7, 2), i32('divide', 7, -2), i32('divide', 7, 0)]).toEqual([
      3, -4, -4, 0,
    ]);
    expect([i32('modulo', 7, 3), i32('modulo', -7, 3), i32('modulo', 7, -3), i32('modulo', 7, 0)]).toEqual([
      1, 2, -2, 0,
    ]);
    expect(i32('multiply', 123456789, 987654321)).toBe(Math.imul(123456789, 987654321));
    expect(i32('power', 3, 5)).toBe(243);
    expect([integerPower(2, -1), integerPower(-1, -3), integerPower(1, -4), integerPower(0, 0)]).toEqual([
      0, -1, 1, 1,
    ]);
  });

  test('conversions hold the range', () => {
    expect(evaluateCall('to_i32', 'i32', [3e9])).toBe(2147483647);
    expect(evaluateCall('to_i32', 'i32', [-2.7])).toBe(-2);
    expect(evaluateCall('to_u32', 'u32', [-2])).toBe(0);
    expect(evaluateCall('to_u32', 'u32', [4294967295])).toBe(4294967295);
    expect(evaluateCall('add', 'u32', [4294967295, 2])).toBe(1);
    expect(evaluateCall('subtract', 'u32', [1, 2])).toBe(4294967295);
  });

  test('halves round to the even number', () => {
    expect([-1.5, -0.5, 0.5, 1.5, 2.5, 2.4].map((x) => evaluateCall('round', 'f32', [x]) + 0)).toEqual([
      -2, 0, 0, 2, 2, 2,
    ]);
  });
});

describe('the error function', () => {
  // Abramowitz & Stegun, table 7.1 and erfc(4) of table 7.3.
  test.each([
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3 - 1e-15, 0.9999779095030014],
    [3, 0.9999779095030014],
    [4, 1 - 1.541725790028002e-8],
    [30, 1],
  ])('erf(%d)', (x, expected) => {
    expect(erf(x)).toBeCloseTo(expected, 12);
    expect(erf(-x)).toBeCloseTo(-expected, 12);
  });
});

describe('random numbers', () => {
  test('the generator gives the published answers', () => {
    // Random123, tests/kat_vectors: threefry2x32 with 20 rounds.
    expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  const draw = (fn: 'random_uniform' | 'random_normal', key: number, stream: number, count = 20_000) =>
    Array.from({ length: count }, (_, k) => functions[fn].evaluate(key, stream, k));
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const correlation = (a: readonly number[], b: readonly number[]) => {
    const [m, n] = [mean(a), mean(b)];
    const covariance = mean(a.map((x, k) => (x - m) * (b[k]! - n)));
    return covariance / Math.sqrt(mean(a.map((x) => (x - m) ** 2)) * mean(b.map((x) => (x - n) ** 2)));
  };

  test('uniform numbers have the moments of the uniform distribution and 24 bits', () => {
    const list = draw('random_uniform', 7, 0);
    expect(Math.min(...list)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...list)).toBeLessThan(1);
    expect(mean(list)).toBeCloseTo(1 / 2, 2);
    expect(mean(list.map((x) => x * x))).toBeCloseTo(1 / 3, 2);
    expect(list.every((x) => Math.fround(x) === x && Number.isInteger(x * 2 ** 24))).toBe(true);
  });

  test('normal numbers have the moments of the normal distribution', () => {
    const list = draw('random_normal', 7, 0);
    expect(mean(list)).toBeCloseTo(0, 1);
    expect(mean(list.map((x) => x ** 2))).toBeCloseTo(1, 1);
    expect(Math.abs(mean(list.map((x) => x ** 3)))).toBeLessThan(0.15);
    expect(Math.abs(mean(list.map((x) => x ** 4)) - 3)).toBeLessThan(0.3);
    expect(list.every(Number.isFinite)).toBe(true);
  });

  test('streams, keys, neighbours and the two functions are independent', () => {
    const list = draw('random_uniform', 7, 0);
    for (const other of [
      draw('random_uniform', 7, 1),
      draw('random_uniform', 8, 0),
      draw('random_normal', 7, 0),
    ]) {
      expect(Math.abs(correlation(list, other))).toBeLessThan(0.03);
    }
    expect(Math.abs(correlation(list.slice(1), list.slice(0, -1)))).toBeLessThan(0.03);
    expect(new Set(list).size).toBeGreaterThan(19_900);
  });
});

describe('constructors', () => {
  const i = index(variable('i'));

  test('integer arithmetic of indices is index arithmetic where it fits', () => {
    const e = call(
      'modulo',
      call('add', call('multiply', constant(3, 'i32'), i), constant(1, 'i32')),
      constant(4, 'i32'),
    );
    const within = (extent: number) => rangesOf([{ name: 'i', extent }]);
    expect(e.kind).toBe('call');
    expect(simplify(e, within(10))).toMatchObject({ kind: 'index' });
    expect(printExpr(simplify(e, within(10)), [])).toBe('(3*i + 1) mod 4');
    expect(simplify(call('subtract', i, i), within(10))).toEqual(constant(0, 'i32'));
    // Beyond, a call wraps around and index arithmetic does not.
    expect(simplify(e, within(2 ** 31 - 1)).kind).toBe('call');
    expect(simplify(call('add', i, constant(2147483647, 'i32')), within(2)).kind).toBe('call');
    expect(call('add', constant(2147483647, 'i32'), constant(1, 'i32'))).toEqual(
      constant(-2147483648, 'i32'),
    );
    expect(simplify(call('multiply', i, i), within(10)).kind).toBe('call');
    expect(simplify(call('divide', i, constant(-2, 'i32')), within(10)).kind).toBe('call');
  });

  test('what has no type is refused', () => {
    expect(() => call('add', i, constant(1))).toThrow(/add expects two numbers of one type, not i32, f32/);
    expect(() => constant(0.5, 'i32')).toThrow(InternalError);
    expect(() => constant(Number.NaN)).toThrow(InternalError);
    expect(() => constant(-1, 'u32')).toThrow(InternalError);
    expect(() => load(0, 'f32', [constant(1)])).toThrow(InternalError);
  });

  test('keys are those of the structure, not of the objects', () => {
    const shared = call('add', load(0, 'f32', [i]), constant(1));
    const one = call('multiply', shared, shared);
    const two = call('multiply', shared, call('add', load(0, 'f32', [i]), constant(1)));
    expect(structuralKey(one)).toBe(structuralKey(two));
    expect(structuralKey(one)).not.toBe(structuralKey(call('add', shared, shared)));
    expect(structuralKey(constant(0))).not.toBe(structuralKey(constant(-0)));
  });
});
