/** Systems of linear equations in the f32 of kernels: how near they come to solutions that are known; and what is made with them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { cpuExecutor, runOnCpu } from '../support/cpu.ts';
import { draws, evaluateWith, graphOf, tensor64 } from './harness.ts';
import { programOf } from './program.ts';

const cpu = cpuExecutor(2);
const range = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k);
const around = (seed: number, n: number): readonly number[] => draws(seed, n).map((u) => 2 * u - 1);

/** A reflection: orthogonal, and as far from any axis as its vector. */
function reflected(v: readonly number[], x: readonly number[]): readonly number[] {
  const scale = (2 * v.reduce((sum, vk, k) => sum + vk * x[k]!, 0)) / v.reduce((sum, vk) => sum + vk * vk, 0);
  return x.map((xk, k) => xk - scale * v[k]!);
}

/** R rows of C numbers with these singular values, as f32 holds them. */
function matrixWith(singular: readonly number[], R: number, C: number, seed: number): readonly number[] {
  const [u, v] = [around(seed, R), around(seed + 1, C)];
  const columns = range(C).map((c) => {
    const turned = reflected(
      v,
      range(C).map((k) => (k === c ? 1 : 0)),
    );
    return reflected(
      u,
      range(R).map((r) => (singular[r] ?? 0) * (turned[r] ?? 0)),
    );
  });
  return range(R * C).map((at) => Math.fround(columns[at % C]![Math.floor(at / C)]!));
}

const times = (a: readonly number[], x: readonly number[]): readonly number[] =>
  range(a.length / x.length).map((r) => x.reduce((sum, xk, k) => sum + a[r * x.length + k]! * xk, 0));

const size = (x: readonly number[]): number => Math.hypot(...x);

function graphFor(call: string, R: number, C: number): Graph {
  const text = `model m {\n input a: f32[${R}, ${C}]\n input b: f32[${R}]\n output x = ${call}\n}`;
  return differentiate(lower(programOf(text), { kind: 'run' }));
}

async function solved(call: string, a: readonly number[], b: readonly number[], R: number, C: number) {
  const feeds = new Map([
    ['a', { shape: [R, C], data: Float64Array.from(a) }],
    ['b', { shape: [R], data: Float64Array.from(b) }],
  ]);
  const results = await runOnCpu(cpu, graphFor(call, R, C), feeds);
  return Array.from(results.get('x')!.data, Number);
}

const powers = (n: number, condition: number): readonly number[] =>
  range(n).map((k) => condition ** (-k / (n - 1)));

describe('solutions in f32', () => {
  it.each([1e2, 1e4, 3e5])(
    'rows of condition %d are orthonormal, the later ones as well',
    async (condition) => {
      const n = 40;
      const q = await solved('orthonormal(a)', matrixWith(powers(n, condition), n, n, 3), around(4, n), n, n);
      const products = range(n * n).map((at) => {
        const [r, s] = [Math.floor(at / n), at % n];
        return range(n).reduce((sum, k) => sum + q[r * n + k]! * q[s * n + k]!, 0) - Number(r === s);
      });
      expect(Math.max(...products.map(Math.abs))).toBeLessThan(2e-6);
    },
  );

  it.each([
    [3, 1],
    [8, 10],
    [8, 1e4],
    [24, 100],
    [60, 1e5],
  ])('solve of %i equations of condition %d', async (n, condition) => {
    const a = matrixWith(powers(n, condition), n, n, n);
    const x = around(5, n);
    const found = await solved('solve(a, b)', a, times(a, x), n, n);
    expect(size(found.map((value, k) => value - x[k]!)) / size(x)).toBeLessThan(5e-7 * condition);
  });

  it('the matrix of Hilbert, whose condition is 15,514', async () => {
    const a = range(16).map((at) => Math.fround(1 / ((at % 4) + Math.floor(at / 4) + 1)));
    const x = [1, -1, 1, -1];
    const found = await solved('solve(a, b)', a, times(a, x), 4, 4);
    expect(size(found.map((value, k) => value - x[k]!)) / size(x)).toBeLessThan(5e-7 * 15514);
  });

  it.each([
    [12, 5, 5],
    [5, 12, 5],
    [9, 9, 4],
    [12, 6, 3],
    [6, 12, 3],
  ])('least squares of %i rows of %i numbers, of rank %i', async (R, C, rank) => {
    const singular = powers(rank, 20);
    const a = matrixWith(singular, R, C, R + C);
    // In the space of the rows, so that it is the one of least norm; what is added to b is at right angles to a.
    const [u, v] = [around(R + C, R), around(R + C + 1, C)];
    const x = reflected(
      v,
      range(C).map((k) => (k < rank ? around(9, rank)[k]! : 0)),
    );
    const beside = reflected(
      u,
      range(R).map((k) => (k < rank ? 0 : 0.5)),
    );
    const b = times(a, x).map((value, k) => value + beside[k]!);
    const found = await solved('least_squares(a, b)', a, b, R, C);
    expect(size(found.map((value, k) => value - x[k]!)) / size(x)).toBeLessThan(1e-4);
  });
});

describe('conjugate gradients, as the reference has them', () => {
  const reference = readFileSync(new URL('../../docs/language.md', import.meta.url), 'utf8');
  const method = /^fn conjugate_gradients[\s\S]*?^}$/m.exec(reference)![0];
  const N = 6;
  const root = matrixWith(powers(N, 3), N, N, 4);
  // Symmetric and positive definite, of condition 9.
  const a = range(N * N).map((at) =>
    range(N).reduce((sum, k) => sum + root[k * N + Math.floor(at / N)]! * root[k * N + (at % N)]!, 0),
  );
  const b = around(8, N);
  const text = (call: string): string =>
    `${method}\nmodel m {\n input a: f32[${N}, ${N}]\n input b: f32[${N}]\n input c: f32[${N}]\n x = ${call}\n output y = x\n loss = sum(c * x)\n output by_a = grad(loss, a)\n output by_b = grad(loss, b)\n}`;
  const feeds = { a: tensor64([N, N], a), b: tensor64([N], b), c: tensor64([N], around(9, N)) };

  it('end at the solution after as many steps as there are equations, with its gradients', () => {
    const found = evaluateWith(graphOf(text(`conjugate_gradients(a, b, ${N})`), 'run'), feeds).results;
    const solved = evaluateWith(graphOf(text('solve(a, b)'), 'run'), feeds).results;
    for (const name of ['y', 'by_b']) {
      for (const [k, value] of solved.get(name)!.data.entries())
        expect(found.get(name)!.data[k]).toBeCloseTo(value, 8);
    }
    // The method reads a symmetric matrix: only the symmetric part of the gradient is that of the solution.
    const symmetric = (results: typeof found): readonly number[] => {
      const g = results.get('by_a')!.data;
      return range(N * N).map((at) => g[at]! + g[(at % N) * N + Math.floor(at / N)]!);
    };
    for (const [k, value] of symmetric(solved).entries()) expect(symmetric(found)[k]).toBeCloseTo(value, 7);
  });

  it('stay at the solution in further steps, and their kernels find it', async () => {
    const more = evaluateWith(graphOf(text(`conjugate_gradients(a, b, ${2 * N})`), 'run'), feeds).results;
    const solution = evaluateWith(graphOf(text('solve(a, b)'), 'run'), feeds).results.get('y')!.data;
    for (const [k, value] of solution.entries()) expect(more.get('y')!.data[k]).toBeCloseTo(value, 8);
    const graph = differentiate(lower(programOf(text(`conjugate_gradients(a, b, ${N})`)), { kind: 'run' }));
    const given = Object.entries(feeds).map(
      ([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }] as const,
    );
    const found = (await runOnCpu(cpu, graph, new Map(given))).get('y')!.data;
    for (const [k, value] of solution.entries()) expect(Number(found[k])).toBeCloseTo(value, 4);
  });
});

describe('the step of Newton', () => {
  const text = `model m {
    input x: f32[12, 3]
    input t: f32[12]
    input w: f32[3]
    s[b] = sum[i] w[i] * x[b, i]
    loss = bce_with_logits(s, t) + 0.01 * sum(w**2)
    slope = grad(loss, w)
    hessian = jacobian(slope, w)
    output off = norm(slope)
    output H = hessian
    output next = w - solve(hessian, slope)
  }`;
  const x = tensor64([12, 3], around(1, 36).map(Math.fround));
  const t = tensor64(
    [12],
    range(12).map((k) => k % 2),
  );

  it('squares its distance from the minimum each time', () => {
    const graph = graphOf(text, 'run');
    let w = tensor64([3], [0, 0, 0]);
    const offs: number[] = [];
    for (let k = 0; k < 6; k++) {
      const { results } = evaluateWith(graph, { x, t, w });
      offs.push(results.get('off')!.data[0]!);
      w = results.get('next')!;
    }
    expect(offs[0]).toBeGreaterThan(1e-3);
    expect(offs.at(-1)).toBeLessThan(1e-14);
  });

  it('the kernels of a jacobian, and of the step, give what the equations say', async () => {
    const graph = graphOf(text, 'run');
    const w = tensor64([3], [0.5, -0.25, 1]);
    const expected = evaluateWith(graph, { x, t, w }).results;
    const feeds = new Map(
      Object.entries({ x, t, w }).map(
        ([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }] as const,
      ),
    );
    const found = await runOnCpu(cpu, graph, feeds);
    for (const name of ['H', 'next']) {
      for (const [k, value] of expected.get(name)!.data.entries())
        expect(Number(found.get(name)!.data[k])).toBeCloseTo(value, 5);
    }
  });
});
