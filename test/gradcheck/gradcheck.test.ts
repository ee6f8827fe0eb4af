/** The check of gradients: it agrees with right ones, and finds and names wrong ones. */
import { describe, expect, test } from 'vitest';
import { evaluateKernels } from '../../compiler/fuse/evaluate.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { separate } from '../../compiler/fuse/separate.ts';
import { compareKernels, visibleProgram } from '../../compiler/gradcheck/deviation.ts';
import { agreement } from '../../compiler/gradcheck/differences.ts';
import {
  checkGradient,
  differentiableLeaves,
  type GradientCheck,
  positionOf,
  projected,
  withGradients,
} from '../../compiler/gradcheck/index.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { graphOf, tensor } from '../support/graphs.ts';

type Given = Readonly<Record<string, Tensor64>>;

const checked = (lines: string, given: Given): GradientCheck =>
  checkGradient(graphOf(lines), new Map(Object.entries(given)));

/** Right to the second order, where it is wrong, for the slope of 2*x that it claims. */
function secondOrder(lines: string, given: Given): readonly [GradientCheck, GradientCheck] {
  const graph = graphOf(lines);
  const leaves = differentiableLeaves(graph);
  const names = new Set(leaves.map((id) => graph.nodes[id]!.name));
  const { graph: second, feeds } = projected(withGradients(graph, leaves), 3);
  expect(verify(second)).toEqual([]);
  const except = new Set(second.nodes.map(({ name }) => name).filter((name) => !names.has(name)));
  return [
    checked(lines, given),
    checkGradient(second, new Map([...Object.entries(given), ...feeds]), { except }),
  ];
}

const numbers = (...data: readonly number[]): Tensor64 => tensor([data.length], data);

describe('a gradient that is right', () => {
  const lines = `
    input %x[i: 3]: f32
    param %w[i: 3]: f32
    %h[i: 3]: f32 = tanh(%w[i] * %x[i])
    %l: f32 = sum[i: 3] exp(%h[i]) * %x[i]
    result loss %l`;
  const given = { x: numbers(0.5, -1, 2), w: numbers(1, 0.25, -0.5) };

  test('agrees in every coordinate', () => {
    const { leaves, culprit } = checked(lines, given);
    expect(leaves.map(({ name, verdict, method }) => [name, verdict, method])).toEqual([
      ['x', 'agrees', 'every coordinate'],
      ['w', 'agrees', 'every coordinate'],
    ]);
    expect(Math.max(...leaves.map(({ error }) => error))).toBeLessThan(1e-9);
    expect(culprit).toBeUndefined();
  });

  test('agrees in a random direction where there are many coordinates', () => {
    const graph = graphOf('param %w[i: 500]: f32\n%l: f32 = sum[i: 500] sin(%w[i])\nresult loss %l');
    const w = tensor(
      [500],
      Array.from({ length: 500 }, (_, k) => k / 100),
    );
    const [leaf] = checkGradient(graph, new Map([['w', w]])).leaves;
    expect(leaf).toMatchObject({ method: 'a random direction', verdict: 'agrees' });
    expect(leaf!.norm).toBeCloseTo(Math.hypot(...w.data.map(Math.cos)), 10);
  });

  test('agrees to the second order', () => {
    const [first, second] = secondOrder(lines, given);
    for (const { leaves } of [first, second]) {
      expect(leaves.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees']);
    }
  });

  test('takes what is stopped for a constant', () => {
    const stopped = `
      input %x[i: 2]: f32
      %l: f32 = sum[i: 2] %x[i] * stop_gradient(exp(%x[i]))
      result loss %l`;
    const { leaves } = checked(stopped, { x: numbers(0.5, 1) });
    expect(leaves[0]).toMatchObject({ verdict: 'agrees', norm: Math.hypot(Math.exp(0.5), Math.exp(1)) });
  });

  test('at a kink there is nothing to agree with', () => {
    const { leaves, culprit } = checked('input %x: f32\n%l: f32 = maximum(%x, 0.0)\nresult loss %l', {
      x: tensor([], [0]),
    });
    expect(leaves[0]!.verdict).toBe('kink');
    expect(culprit).toBeUndefined();
  });
});

describe('a small kink', () => {
  const bent =
    (at: number, jump: number) =>
    (t: number): number =>
      t + jump * Math.max(t - at, 0);
  const said = (f: (t: number) => number, claimed: number) => agreement(f, claimed, 1, 1e-6).verdict;

  test('nearby is stepped over', () => {
    expect(said(bent(3e-7, 1e-5), 1)).toBe('agrees');
  });

  test('here is told, and one side is as right as the other', () => {
    expect([1, 1 + 1e-4].map((slope) => said(bent(0, 1e-4), slope))).toEqual(['kink', 'kink']);
  });

  test('is no excuse where there is a bend alone', () => {
    expect(said((t) => t + 3 * t * t, 1 + 1e-4)).toBe('disagrees');
    expect(said((t) => Math.exp(50 * t) / 50, 1 + 2e-6)).toBe('disagrees');
  });
});

test('a leaf of a costly loss is checked in a random direction', () => {
  const lines = (length: number): string =>
    `param %w[i: 40]: f32\n%l: f32 = sum[i: 40, k: ${length}] sin(%w[i] + to_f32(k))\nresult loss %l`;
  const w = tensor(
    [40],
    Array.from({ length: 40 }, (_, k) => k / 7),
  );
  const methods = [50, 60_000].map((length) => checkGradient(graphOf(lines(length)), new Map([['w', w]])));
  expect(methods.map(({ leaves: [leaf] }) => [leaf!.method, leaf!.verdict])).toEqual([
    ['every coordinate', 'agrees'],
    ['a random direction', 'agrees'],
  ]);
});

describe('a derivative clause that is false', () => {
  const lines = `
    input %x[i: 3]: f32
    param %w[i: 3]: f32
    %s[i: 3]: f32 = %w[i] * %x[i]                                        @ wrong.nn:3:5
    %h[i: 3]: f32 = tanh(%s[i]) derivative(%s[i]: 1.0 - result)          @ wrong.nn:4:5
    %l: f32 = sum[i: 3] %h[i] * %h[i]                                    @ wrong.nn:5:5
    result loss %l`;
  const given = { x: numbers(0.5, -1, 2), w: numbers(1, 0.25, -0.5) };

  test('is found and named with its place', () => {
    const { leaves, culprit } = checked(lines, given);
    expect(leaves.map(({ verdict }) => verdict)).toEqual(['disagrees', 'disagrees']);
    expect(culprit).toMatchObject({
      name: 'h',
      operand: 's',
      place: { file: 'wrong.nn', line: 4, column: 5 },
    });
    expect(culprit!.equation).toContain('tanh(%s[i])');
  });

  test('is found in large leaves too', () => {
    const { leaves, culprit } = checkGradient(graphOf(lines), new Map(Object.entries(given)), {
      mostCoordinates: 2,
    });
    expect(leaves.map(({ method, verdict }) => [method, verdict])).toEqual([
      ['a random direction', 'disagrees'],
      ['a random direction', 'disagrees'],
    ]);
    expect(culprit!.name).toBe('h');
  });

  test('of two false ones the later equation is named: the backward pass meets it first', () => {
    const two = lines.replace('%h[i] * %h[i]', '(exp(%h[i]) derivative(%h[i]: 3.0))');
    expect(checked(two, given).culprit!.name).toBe('l');
  });

  test('is found at the second order where the first is right', () => {
    const hidden = `
      input %x: f32
      %l: f32 = (%x * %x) derivative(%x: (2.0 * %x) derivative(%x: 3.0))
      result loss %l`;
    const [first, second] = secondOrder(hidden, { x: tensor([], [0.7]) });
    expect(first.leaves[0]!.verdict).toBe('agrees');
    expect(second.leaves[0]).toMatchObject({ verdict: 'disagrees' });
    expect(second.culprit!.name).toBe('d.x');
  });
});

describe('agreement with differences', () => {
  test('steep functions get a small step', () => {
    const f = (t: number): number => Math.sin(1000 * t);
    expect(agreement(f, 1000, 1000, 1e-6).verdict).toBe('agrees');
    expect(agreement(f, 1001, 1000, 1e-6)).toMatchObject({ verdict: 'disagrees' });
  });

  test('NaN never agrees', () => {
    expect(agreement(() => Number.NaN, 1, 1, 1e-6).verdict).toBe('disagrees');
    expect(agreement((t) => t, Number.NaN, 1, 1e-6).verdict).toBe('disagrees');
  });

  test('positions are row-major', () => {
    const indices = [
      { name: 'i', extent: 2 },
      { name: 'j', extent: 3 },
    ];
    expect(positionOf(5, indices)).toEqual([1, 2]);
    expect(positionOf(2, indices)).toEqual([0, 2]);
  });
});

describe('kernels against the reference', () => {
  const graph = graphOf(`
    input %x[i: 4]: f32                       @ k.nn:1:1
    %a[i: 4]: f32 = exp(%x[i])                @ k.nn:2:1
    %s: f32 = sum[i: 4] %a[i]                 @ k.nn:3:1
    %b[i: 4]: f32 = %a[i] / %s                @ k.nn:4:1
    result output %b`);
  const feeds = new Map([['x', numbers(0, 1, 2, 3)]]);
  const optimized = runPasses(graph);

  test('each equation has a kernel of its own, and all it stores can be seen', () => {
    const kernels = separate(optimized);
    expect(kernels.kernels.map(({ steps }) => steps.length)).toEqual([1, 1, 1]);
    const { results } = visibleProgram(kernels, defaultTargets.software);
    expect(results.map(({ name }) => name)).toEqual(['a', 's', 'b']);
    const fused = fuse(optimized, defaultTargets.software);
    expect(visibleProgram(fused, defaultTargets.software).results.map(({ name }) => name)).toContain('b');
  });

  test('axes of one element are nothing to stumble over, fused or not', () => {
    const column = runPasses(
      graphOf(`
        input %x[b: 4, i: 1]: f32
        %a[b: 4, i: 1]: f32 = exp(%x[b, i])
        %s: f32 = sum[b: 4, i: 1] %a[b, i] * %a[b, i]
        result output %a
        result output %s`),
    );
    const feeds = new Map([['x', tensor([4, 1], [0, 1, 2, 3])]]);
    const exact = evaluateGraph(column, feeds).results;
    const found = new Map([...exact].map(([name, { data }]) => [name, Float32Array.from(data)]));
    for (const kernels of [separate(column), fuse(column, defaultTargets.software)]) {
      const { errors } = compareKernels(kernels, feeds, found);
      expect([...errors.keys()]).toEqual(['a', 's']);
      for (const error of errors.values()) expect(error).toBeLessThan(1e-6);
    }
  });

  test('the first equation that is off is named', () => {
    const kernels = separate(optimized);
    const { values } = evaluateGraph(kernels.graph, feeds);
    const right = new Map(
      kernels.graph.nodes.map(({ name }, id) => [name, Float32Array.from(values[id]!.data)]),
    );
    expect(compareKernels(kernels, feeds, right).first).toBeUndefined();
    const wrong = new Map([
      ...right,
      ['s', Float32Array.of(7)] as const,
      ['b', new Float32Array(4)] as const,
    ]);
    const { first, errors } = compareKernels(kernels, feeds, wrong);
    expect(first).toMatchObject({ name: 's', place: { line: 3 } });
    expect(errors.get('b')).toBeGreaterThan(0.5);
    expect(
      compareKernels(kernels, feeds, new Map([...right, ['a', Float32Array.of(1, Number.NaN, 7, 20)]])).first!
        .name,
    ).toBe('a');
  });
});

test('an equation answers for what it makes of its operands, not for how exact they are', () => {
  const kernels = separate(
    graphOf(`
      input %x[i: 3]: f32
      %m: f32 = sum[i: 3] %x[i]
      %n: f32 = %m * 3.0
      result output n %n`),
  );
  const feeds = new Map([['x', numbers(0.1, 0.2, -0.3)]]);
  const firstOff = (m: number, n: number): string | undefined =>
    compareKernels(kernels, feeds, new Map(Object.entries({ m: [m], n: [n] }))).first?.name;
  // The sum is 0 but for rounding.
  expect(firstOff(1e-8, 3e-8)).toBeUndefined();
  expect(firstOff(1e-8, 5e-8)).toBe('n');
  expect(firstOff(1e-3, 3e-3)).toBe('m');
});

describe('a leaf that a recurrence reads', () => {
  const recurrent = graphOf(`
      param %w[t: 3, j: 3]: f32
      param %u[j: 3, k: 3]: f32
      %p[t: 3, j: 3]: f32 = sum[k: 3] %u[j, k] * (if t <= 1 then %s[t + 1, k] else 0.5)
      %s[t: 3, j: 3]: f32 = tanh(%w[t, j] + 0.5 * %p[t, j])
      %loss: f32 = sum[t: 3, j: 3] %s[t, j] * sin(1.0 + to_f32(t) + to_f32(j) * 2.0)
      result loss %loss`);
  const given = new Map([
    ['w', tensor([3, 3], [0.3, -0.2, 0.7, 0.1, 0.5, -0.6, 0.2, -0.1, 0.4])],
    ['u', tensor([3, 3], [0.5, -0.4, 0.3, 0.2, 0.6, -0.7, -0.3, 0.8, 0.1])],
  ]);

  test('moves what it moves, at every position', () => {
    const { leaves } = checkGradient(recurrent, given, { mostCoordinates: 40 });
    expect(leaves.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['w', 'agrees'],
      ['u', 'agrees'],
    ]);
    const few = checkGradient(recurrent, given, { mostCoordinates: 1 });
    expect(few.leaves.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees']);
  });

  test('every kernel alone gives what the fused ones do', () => {
    const graph = runPasses(withGradients(recurrent, [0, 1]));
    for (const fused of [separate(graph), fuse(graph, defaultTargets.software)]) {
      const { results } = evaluateKernels(fused, given);
      const expected = evaluateGraph(graph, given).results;
      for (const [name, { data }] of expected) {
        data.forEach((x, k) => void expect(results.get(name)!.data[k]).toBeCloseTo(x, 10));
      }
    }
  });
});
