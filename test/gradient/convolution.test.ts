/** Convolutions and pooling as plain equations: the lecture's numbers, and gradients to second order. */
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { expectGradient } from '../support/gradient.ts';

interface Convolution {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation: number;
}

const outputSize = ({ size, kernel, stride, pad, dilation }: Convolution): number =>
  Math.floor((size + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;

/** Two channels in, three out, a batch of two. */
function convolution(shape: Convolution): string {
  const { size, kernel, stride, pad, dilation } = shape;
  const out = outputSize(shape);
  const row = `${stride}*j + ${dilation}*u - ${pad}`;
  const column = `${stride}*i + ${dilation}*v - ${pad}`;
  const inside = [row, column].map((at) => `0 <= ${at} and ${at} < ${size}`).join(' and ');
  return `graph convolution {
    input %x[n: 2, c: 2, h: ${size}, w: ${size}]: f32
    param %w[f: 3, c: 2, u: ${kernel}, v: ${kernel}]: f32
    param %b[f: 3]: f32
    %s[n: 2, f: 3, j: ${out}, i: ${out}]: f32 = sum[c: 2, u: ${kernel}, v: ${kernel}] %w[f, c, u, v] * (if ${inside} then %x[n, c, ${row}, ${column}] else 0.0)
    %y[n: 2, f: 3, j: ${out}, i: ${out}]: f32 = tanh(%s[n, f, j, i] + %b[f])
    result output %y
  }`;
}

const tensor = (rows: readonly (readonly number[])[]): Tensor64 => ({
  shape: [rows.length, rows[0]!.length],
  data: Float64Array.from(rows.flat()),
});

const lecture = `graph lecture {
    input %u[j: 4, i: 4]: f32
    input %k[n: 3, m: 3]: f32
    %o[j: 2, i: 2]: f32 = sum[n: 3, m: 3] %k[n, m] * %u[n + j, m + i]
    %l: f32 = sum[j: 2, i: 2] %o[j, i] * %o[j, i]
    %d.u[j: 4, i: 4]: f32 = gradient %l wrt %u
    %d.k[n: 3, m: 3]: f32 = gradient %l wrt %k
    result output %o
    result gradient %d.u
    result gradient %d.k
  }`;

describe('convolution', () => {
  it('gives the numbers of the lecture', () => {
    // Thom Lane, Transposed Convolutions explained with MS Excel (2018): 4x4 input, 3x3 kernel.
    const feeds = new Map([
      [
        'u',
        tensor([
          [4, 5, 8, 7],
          [1, 8, 8, 8],
          [3, 6, 6, 4],
          [6, 5, 7, 8],
        ]),
      ],
      [
        'k',
        tensor([
          [1, 4, 1],
          [1, 4, 3],
          [3, 3, 1],
        ]),
      ],
    ]);
    const { results } = evaluateGraph(differentiate(parseGraph(lecture)), feeds);
    expect([...results.get('o')!.data]).toEqual([122, 148, 126, 134]);
    // d.o = 2*o, so the kernel's first element has 2*(122*4 + 148*5 + 126*1 + 134*8).
    expect(results.get('d.k')!.data[0]).toBe(2 * (122 * 4 + 148 * 5 + 126 * 1 + 134 * 8));
    expect(results.get('d.u')!.data[0]).toBe(2 * 122 * 1);
  });

  it('reads backwards like the slide', () => {
    const graph = differentiate(parseGraph(lecture));
    const printed = graph.nodes.map((node) => printNode(node, graph.nodes));
    expect(printed).toContain('%d.k[n: 3, m: 3]: f32 = sum[j: 2, i: 2] %d.o[j, i] * %u[j + n, i + m]');
    // The output's axes are the shorter ones here, so they are what remains to be summed over.
    expect(printed).toContain(
      '%d.u[j: 4, i: 4]: f32 = sum[j_2: 2, i_2: 2 where j_2 <= j, j <= j_2 + 2, i_2 <= i, i <= i_2 + 2] %d.o[j_2, i_2] * %k[j - j_2, i - i_2]',
    );
  });

  const shapes: readonly Convolution[] = [
    { size: 4, kernel: 3, stride: 1, pad: 0, dilation: 1 },
    { size: 4, kernel: 3, stride: 1, pad: 1, dilation: 1 },
    { size: 5, kernel: 3, stride: 2, pad: 1, dilation: 1 },
    { size: 6, kernel: 2, stride: 2, pad: 0, dilation: 1 },
    { size: 7, kernel: 3, stride: 1, pad: 2, dilation: 2 },
    { size: 7, kernel: 2, stride: 3, pad: 1, dilation: 3 },
  ];
  for (const shape of shapes) {
    it(`has the right gradient: ${JSON.stringify(shape)}`, () => {
      expectGradient(parseGraph(convolution(shape)));
    });
  }

  it('keeps its kernel axes as the reduction of the input gradient', () => {
    const text = convolution({ size: 9, kernel: 3, stride: 2, pad: 1, dilation: 1 });
    const graph = parseGraph(
      text.replace(
        'result output %y',
        `%l: f32 = sum[n: 2, f: 3, j: 5, i: 5] %y[n, f, j, i]
        %d.x[n: 2, c: 2, h: 9, w: 9]: f32 = gradient %l wrt %x
        result gradient %d.x`,
      ),
    );
    const gradient = differentiate(graph).nodes.at(-1)!;
    expect(gradient.kind === 'equation' && gradient.reduce?.indices).toEqual([
      { name: 'f', extent: 3 },
      { name: 'u', extent: 3 },
      { name: 'v', extent: 3 },
    ]);
  });
});

describe('pooling', () => {
  const pooling = (reduction: string): string => `graph pooling {
    input %x[c: 2, h: 5, w: 6]: f32
    %y[c: 2, j: 2, i: 3]: f32 = ${reduction} %x[c, 2*j + u, 2*i + v]
    %z[c: 2, j: 2, i: 3]: f32 = sin(%y[c, j, i])
    result output %z
  }`;
  const reductions = {
    average: 'sum[u: 2, v: 2] 0.25 *',
    maximum: 'max[u: 2, v: 2]',
    'overlapping maximum': 'max[u: 3, v: 2]',
    minimum: 'min[u: 3, v: 2]',
  };
  for (const [name, reduction] of Object.entries(reductions)) {
    it(`has the right gradient: ${name}`, () => {
      expectGradient(parseGraph(pooling(reduction)));
    });
  }

  it('gives the gradient of a tie to the first element', () => {
    const graph = parseGraph(`graph ties {
      input %x[i: 6]: f32
      %y[j: 2]: f32 = max[u: 3] %x[3*j + u]
      %l: f32 = sum[j: 2] %y[j]
      %d.x[i: 6]: f32 = gradient %l wrt %x
      result gradient %d.x
    }`);
    const feeds = new Map([['x', { shape: [6], data: Float64Array.of(1, 2, 2, 5, 5, 5) }]]);
    const { results } = evaluateGraph(differentiate(graph), feeds);
    expect([...results.get('d.x')!.data]).toEqual([0, 1, 0, 1, 0, 0]);
  });
});
