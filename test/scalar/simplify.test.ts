import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variable } from '../../compiler/index/build.ts';
import { rangesOf } from '../../compiler/index/query.ts';
import type { Equation, Graph, Node } from '../../compiler/ir/graph.ts';
import { cursor } from '../../compiler/ir/lex.ts';
import { parseExpr } from '../../compiler/ir/parse-expression.ts';
import { printExpr } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { add, index, load, multiply } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { dropDerivatives, simplify, stripStopGradient } from '../../compiler/scalar/simplify/index.ts';
import { expressions } from '../support/expressions.ts';
import { tensor } from '../support/graphs.ts';

const indices = [
  { name: 'i', extent: 4 },
  { name: 'j', extent: 3 },
];
const ranges = rangesOf(indices);
const leaf = (name: string, dtype: Node['dtype']): Node => ({
  kind: 'input',
  name,
  dtype,
  indices,
  origin: { path: [] },
});
const leaves = [leaf('x', 'f32'), leaf('y', 'f32'), leaf('n', 'i32')];

const read = (text: string): Expr =>
  parseExpr(cursor(text), {
    valueNamed: (name) => {
      const id = leaves.findIndex((node) => node.name === name);
      return { id, dtype: leaves[id]!.dtype };
    },
  });
const simplified = (text: string): string => printExpr(simplify(read(text), ranges), leaves);

describe('what becomes of', () => {
  const x = '%x[i, j]';
  const y = '%y[i, j]';
  const cases: readonly (readonly [string, string])[] = [
    [`2.0 * 3.0 + ${x}`, `6.0 + ${x}`],
    [`${x} + 0.0`, x],
    [`0.0 + ${x}`, x],
    [`${x} - 0.0`, x],
    [`0.0 - ${x}`, `-${x}`],
    [`${x} + -${y}`, `${x} - ${y}`],
    [`-${x} + ${y}`, `${y} - ${x}`],
    [`${x} - -${y}`, `${x} + ${y}`],
    [`${x} + -2.0`, `${x} - 2.0`],
    [`${x} - -2.0 * ${y}`, `${x} + 2.0 * ${y}`],
    [`-(${x} - ${y})`, `${y} - ${x}`],
    [`-(-${x})`, x],
    [`-(2.0 * ${x})`, `-2.0 * ${x}`],
    [`-(1.0 / ${x})`, `-1.0 / ${x}`],
    [`${x} * 1.0`, x],
    [`1.0 * ${x}`, x],
    [`${x} * 0.0`, '0.0'],
    [`${x} * -1.0`, `-${x}`],
    [`${x} * 3.0`, `3.0 * ${x}`],
    [`-${x} * -${y}`, `${x} * ${y}`],
    [`2.0 * ${x} * (3.0 * ${y})`, `6.0 * (${x} * ${y})`],
    [`${x} * (1.0 / ${y})`, `${x} / ${y}`],
    [`${x} * (0.5 / ${y})`, `0.5 * ${x} / ${y}`],
    [`1.0 / ${x} * ${y}`, `${y} / ${x}`],
    [`${x} / 1.0`, x],
    [`0.0 / ${x}`, '0.0'],
    [`-${x} / -2.0`, `${x} / 2.0`],
    [`${x} ** 1.0`, x],
    [`${x} ** 0.0`, '1.0'],
    [`${x} ** 2.0`, `${x} ** 2.0`],
    [`maximum(${x}, ${x})`, x],
    [`abs(-${x})`, `abs(${x})`],
    [`stop_gradient(stop_gradient(${x}))`, `stop_gradient(${x})`],
    [`to_f32(${x})`, x],
    ['1e30 * 1e30 * 0.5', '5.0e+29 * 1.0e+30'],
    ['log(0.0)', 'log(0.0)'],
    [`${y} * (${x} * (1.0 - ${x}))`, `${y} * (${x} * (1.0 - ${x}))`],
    // Choices.
    [`if 0 <= i then ${x} else 0.0`, x],
    [`if i < 4 and j < 2 then ${x} else 0.0`, `if j < 2 then ${x} else 0.0`],
    [`if i < 4 and j < 3 then ${x} else 0.0`, x],
    [`if i < j then ${x} else ${x}`, x],
    [`if not ${x} < ${y} then 1.0 else 2.0`, `if ${x} < ${y} then 2.0 else 1.0`],
    [`if ${x} < ${y} then (if ${x} < ${y} then 1.0 else 2.0) else 3.0`, `if ${x} < ${y} then 1.0 else 3.0`],
    [`if i < j then ${x} + (if i < j + 1 then 1.0 else 2.0) else 3.0`, `if i < j then ${x} + 1.0 else 3.0`],
    [`if i < 2 then (if j < 2 then ${x} else 0.0) else 0.0`, `if i < 2 and j < 2 then ${x} else 0.0`],
    [`if i < 2 then ${x} else if j < 2 then ${x} else 0.0`, `if i < 2 or j < 2 then ${x} else 0.0`],
    [`${y} * (if i < 2 then ${x} else 0.0)`, `if i < 2 then ${y} * ${x} else 0.0`],
    [`(if i < 2 then 1.0 else 0.0) * ${y}`, `if i < 2 then ${y} else 0.0`],
    [`(if i < 2 then 0.0 else ${x}) / ${y}`, `if i < 2 then 0.0 else ${x} / ${y}`],
    [`-(if i < 2 then ${x} else 0.0)`, `if i < 2 then -${x} else 0.0`],
    ['if i < j then true else false', 'i < j'],
    // Logic and indices.
    ['i < 4', 'true'],
    ['i == j + 4', 'false'],
    ['2*i == 2*j + 1', 'false'],
    ['i - i != 0', 'false'],
    ['i < j and i < j', 'i < j'],
    ['i < j and (i < j or j < 2)', 'i < j'],
    ['1 <= i and (0 <= i - 1 and i < 3)', '0 <= i - 1 and i < 3'],
    ['i < 3 and i < 2', 'i < 2'],
    ['i < 2 and i < 3', 'i < 2'],
    ['i < 2 or 2 <= i', 'true'],
    [`${x} < ${y} and not ${x} < ${y}`, 'false'],
    ['not i < j', 'i >= j'],
    [`not ${x} < ${y}`, `not ${x} < ${y}`],
    [`not ${x} == ${y}`, `${x} != ${y}`],
    ['i < j == true', 'i < j'],
    ['%x[(3*i + j) div 3, (3*i + j) mod 3]', x],
    ['%n[i, j] * 1 + 0', '%n[i, j]'],
    ['-%n[i, j] div 2', '-%n[i, j] div 2'],
  ];

  test.each(cases)('%s', (from, to) => {
    expect(simplified(from)).toBe(to);
    expect(simplified(to)).toBe(to);
  });
});

describe('for every expression', () => {
  const values = [-2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, -3, 0.25, 4];
  const feeds = new Map([
    ['x', tensor([4, 3], values)],
    ['y', tensor([4, 3], [...values].reverse())],
    ['n', tensor([4, 3], [0, 1, 2, 3, -4, -5, 6, 7, 8, -9, 1, 2])],
  ]);
  const graphOf = (body: Expr): Graph => {
    const node: Equation = {
      kind: 'equation',
      name: 'z',
      dtype: body.dtype,
      indices,
      body,
      origin: { path: [] },
    };
    return { name: 'test', nodes: [...leaves, node], results: [], updates: [] };
  };
  const valuesOf = (body: Expr): Float64Array =>
    evaluateGraph(graphOf(body), feeds).values[leaves.length]!.data;

  test('the simpler one has the same value, is sound, and is as simple as it gets', () => {
    let changed = 0;
    fc.assert(
      fc.property(expressions, (e) => {
        const simpler = simplify(e, ranges);
        if (simpler !== e) changed++;
        expect(simplify(simpler, ranges)).toBe(simpler);
        expect(verify(graphOf(simpler))).toEqual([]);
        const [before, after] = [valuesOf(e), valuesOf(simpler)];
        before.forEach((value, k) => {
          if (!Number.isFinite(value)) return;
          const error = Math.abs(value - after[k]!);
          if (!(error <= 1e-9 * Math.max(1, Math.abs(value)))) {
            expect.fail(`${printExpr(e, leaves)} = ${value}, ${printExpr(simpler, leaves)} = ${after[k]}`);
          }
        });
      }),
      { numRuns: 2000 },
    );
    expect(changed).toBeGreaterThan(100);
  });

  test('what is simple stays the same object', () => {
    const e = multiply(load(0, 'f32', [index(variable('i')), index(variable('j'))]), load(1, 'f32', []));
    expect(simplify(e, ranges)).toBe(e);
    const bigger = add(e, e);
    expect(simplify(bigger, ranges)).toBe(bigger);
  });
});

test('the rules that applied are told', () => {
  const names: string[] = [];
  simplify(read('%x[i, j] * 1.0 + 0.0'), ranges, (name) => names.push(name));
  expect(names).toEqual(['x * 1 = x', 'x + 0 = x']);
});

test('stops and derivative clauses go when asked', () => {
  const e = read('stop_gradient(%x[i, j]) + exp(%y[i, j]) derivative(%y[i, j]: result)');
  expect(printExpr(stripStopGradient(dropDerivatives(e)), leaves)).toBe('%x[i, j] + exp(%y[i, j])');
});
