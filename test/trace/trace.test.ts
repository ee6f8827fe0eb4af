/** Traces against the numbers of the textbook, and against derivatives that are known in another way. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { dependenciesOf, type Trace, tangentName, trace } from '../../compiler/trace/index.ts';
import { traceRows } from '../../src/views/trace-rows.ts';
import { graphOf, tensor } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';

type Feeds = ReadonlyMap<string, Tensor64>;

interface Traced {
  readonly made: Trace;
  readonly values: readonly (Tensor64 | undefined)[];
  readonly number: (id: ValueId) => number;
}

function traced(
  lines: string,
  given: Readonly<Record<string, Tensor64>>,
  tangents: Feeds = new Map(),
): Traced {
  const graph = graphOf(lines);
  const feeds: Feeds = new Map(Object.entries(given));
  const made = trace(graph, feeds, { tangents: [...tangents.keys()] });
  expect(verify(made.graph)).toEqual([]);
  const all = new Map([...feeds, ...[...tangents].map(([leaf, t]) => [tangentName(leaf), t] as const)]);
  const { values } = evaluateGraph(made.graph, all);
  return { made, values, number: (id) => values[id]!.data[0]! };
}

const rounded = (x: number): string => String(Number(x.toFixed(3)));

/** The example of Baydin, Pearlmutter, Radul and Siskind (2018), tables 2 and 3. */
const survey = `
  input %x1: f32
  input %x2: f32
  %f: f32 = log(%x1) + %x1 * %x2 - sin(%x2)
  result loss %f`;

const surveyPoint = { x1: tensor([], [2]), x2: tensor([], [5]) };

describe('the example of the survey', () => {
  test('the primal column has its numbers', () => {
    const { made, number } = traced(survey, surveyPoint);
    expect(
      [...made.leaves, ...made.steps].map(({ value }) => [made.symbols[value], rounded(number(value))]),
    ).toEqual([
      ['v-1', '2'],
      ['v0', '5'],
      ['v1', '0.693'],
      ['v2', '10'],
      ['v3', '-0.959'],
      ['v4', '10.693'],
      ['v5', '11.652'],
    ]);
  });

  test('the adjoint column has its numbers, and contributions to one variable are rows that add up', () => {
    const { made, number } = traced(survey, surveyPoint);
    const rows = made.adjoints.map(({ target, total }) => [made.symbols[target], rounded(number(total))]);
    expect(rows).toEqual([
      ['v5', '1'],
      ['v4', '1'],
      ['v3', '-1'],
      ['v2', '1'],
      ['v1', '1'],
      ['v0', '-0.284'],
      ['v0', '1.716'],
      ['v-1', '5'],
      ['v-1', '5.5'],
    ]);
    for (const { before, contribution, total } of made.adjoints) {
      expect(number(total)).toBeCloseTo(
        (before === undefined ? 0 : number(before)) + number(contribution),
        12,
      );
    }
  });

  test('the tangent column has its numbers', () => {
    const { made, number } = traced(survey, surveyPoint, new Map([['x1', tensor([], [1])]]));
    const tangents = made.steps.map(({ tangent }) =>
      tangent === undefined ? '0' : rounded(number(tangent)),
    );
    expect(tangents).toEqual(['0.5', '5', '0', '5.5', '5.5']);
  });

  test('the formulas stand as in the survey', () => {
    const { made, values } = traced(survey, surveyPoint);
    const { forward, adjoints } = traceRows(made, { exact: values }, '', 'f');
    expect(forward.map(({ symbol, formula, substituted }) => [symbol, formula, substituted])).toEqual([
      ['v-1', '', undefined],
      ['v0', '', undefined],
      ['v1', 'ln(v-1)', 'ln(2)'],
      ['v2', 'v-1 * v0', '2 * 5'],
      ['v3', 'sin(v0)', 'sin(5)'],
      ['v4', 'v1 + v2', '0.693 + 10'],
      ['v5', 'v4 - v3', '10.693 - (-0.959)'],
    ]);
    expect(adjoints[5]).toMatchObject({ symbol: 'v̄0', formula: 'v̄3 * cos(v0)', substituted: '-1 * cos(5)' });
    expect(adjoints[6]).toMatchObject({
      formula: 'v̄0 + v̄2 * v-1',
      substituted: '-0.284 + 1 * 2',
      value: '1.716',
    });
  });
});

describe('a trace of numbers', () => {
  test('a square sends one contribution for each operand', () => {
    const { made, number } = traced('input %x: f32\n%y: f32 = %x * %x\nresult loss %y', {
      x: tensor([], [3]),
    });
    expect(number(made.adjoints.at(-1)!.total)).toBe(6);
  });

  test('only the branch that is taken is traced, and the row says so', () => {
    const lines = 'input %x: f32\n%y: f32 = if %x > 0.0 then exp(%x) else sqrt(%x)\nresult loss %y';
    const { made, values, number } = traced(lines, { x: tensor([], [0.5]) });
    const { forward } = traceRows(made, { exact: values }, '', 'y');
    expect(forward.map(({ formula, notes }) => [formula, notes])).toEqual([
      ['', []],
      ['exp(v0)', ['x > 0.0']],
    ]);
    expect(number(made.adjoints.at(-1)!.total)).toBeCloseTo(Math.exp(0.5), 12);
  });

  test('a value with a derivative clause is one row, and its adjoint is by the clause', () => {
    const lines =
      'input %x: f32\n%y: f32 = (1.0 / (1.0 + exp(-(2.0 * %x)))) derivative(2.0 * %x: 7.0 * result)\nresult loss %y';
    const { made, number } = traced(lines, { x: tensor([], [0]) });
    expect(made.steps).toHaveLength(2);
    expect(number(made.adjoints.at(-1)!.total)).toBe(2 * 7 * 0.5);
  });

  test('a value that is used by two equations keeps one row with the names of both', () => {
    const lines = 'input %x: f32\n%a: f32 = exp(%x)\n%b: f32 = %a\n%y: f32 = %a * %b\nresult loss %y';
    const { made } = traced(lines, { x: tensor([], [0]) });
    expect(made.steps.map(({ names }) => names)).toEqual([['a', 'b'], ['y']]);
  });
});

/** Two layers with a loss; `%h` is read twice. */
const network = `
  input %x[b: 3, i: 2]: f32
  input %t[b: 3]: i32
  param %W[o: 4, i: 2]: f32
  param %k[o: 4]: f32
  %s[b: 3, o: 4]: f32 = sum[i: 2] %x[b, i] * %W[o, i]
  %h[b: 3, o: 4]: f32 = tanh(%s[b, o]) * %k[o]
  %m[b: 3]: f32 = max[o: 4] %h[b, o]
  %z[b: 3]: f32 = sum[o: 4] exp(%h[b, o] - %m[b])
  %l: f32 = sum[b: 3] log(%z[b]) + %m[b] - %h[b, %t[b]]
  result loss %l`;

describe('a trace of tensors', () => {
  const random = randomSource(5);
  const draw = (...shape: readonly number[]): Tensor64 =>
    tensor(
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    );
  const feeds = { x: draw(3, 2), W: draw(4, 2), k: draw(4), t: tensor([3], [1, 0, 3]) };

  test('has one equation a row, and the adjoints of the leaves are the gradient', () => {
    const { made, values } = traced(network, feeds);
    expect(made.elementary).toBe(false);
    expect(made.steps.map(({ value }) => made.symbols[value])).toEqual(['s', 'h', 'm', 'z', 'l']);
    const graph = graphOf(network);
    const last = graph.nodes.length;
    const wrt = ['x', 'W', 'k'].map((name) => graph.nodes.findIndex((node) => node.name === name));
    const gradients = wrt.map((id) => ({
      ...graph.nodes[id]!,
      kind: 'gradient' as const,
      name: `d.${graph.nodes[id]!.name}`,
      of: last - 1,
      wrt: id,
    }));
    const whole: Graph = {
      ...graph,
      nodes: [...graph.nodes, ...gradients],
      results: gradients.map(({ name }, k) => ({ name, role: 'gradient', value: last + k })),
    };
    const { results } = evaluateGraph(differentiate(whole), new Map(Object.entries(feeds)));
    for (const name of ['x', 'W', 'k']) {
      const target = made.graph.nodes.findIndex((node) => node.name === name);
      const { total } = made.adjoints.findLast((row) => row.target === target)!;
      const expected = results.get(`d.${name}`)!.data;
      values[total]!.data.forEach((x, k) => {
        expect(x).toBeCloseTo(expected[k]!, 10);
      });
    }
  });

  test('the tangent of the loss is the adjoint times the direction', () => {
    const direction = draw(4, 2);
    const { made, values, number } = traced(network, feeds, new Map([['W', direction]]));
    const target = made.graph.nodes.findIndex(({ name }) => name === 'W');
    const gradient = values[made.adjoints.findLast((row) => row.target === target)!.total]!.data;
    const expected = gradient.reduce((sum, g, k) => sum + g * direction.data[k]!, 0);
    expect(number(made.steps.at(-1)!.tangent!)).toBeCloseTo(expected, 10);
  });

  test('a value that no derivative reaches has no adjoint', () => {
    const lines = `
      input %x[i: 2]: f32
      param %w[i: 2]: f32
      %c[i: 2]: f32 = stop_gradient(%x[i])
      %l: f32 = sum[i: 2] %w[i] * %c[i]
      result loss %l`;
    const { made } = traced(lines, { x: tensor([2], [1, 2]), w: tensor([2], [3, 4]) });
    expect(made.adjoints.map(({ target }) => made.symbols[target])).toEqual(['l', 'c', 'w']);
  });
});

test('what the traced value does not need is left out', () => {
  const graph = graphOf(
    'input %x: f32\n%a: f32 = exp(%x)\n%b: f32 = sin(%x)\nresult output %a\nresult output %b',
  );
  const part = dependenciesOf(graph, 1);
  expect(part.nodes.map(({ name }) => name)).toEqual(['x', 'a']);
  expect(part.results).toEqual([{ name: 'a', role: 'output', value: 1 }]);
});
