/** The four ways to a derivative agree, and cost what the survey says. */
import { describe, expect, test } from 'vitest';
import { compareDerivatives } from '../../compiler/compare/index.ts';
import { symbolicDerivative, writtenOut, writtenSize } from '../../compiler/compare/symbolic.ts';
import { printExpr } from '../../compiler/ir/print.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { plotText } from '../../src/views/compare-plot.ts';
import { lineChart } from '../../src/views/line-chart.ts';
import { graphOf, tensor } from '../support/graphs.ts';

const step = (n: number): string => `%l${n}: f32 = 4.0 * %l${n - 1} * (1.0 - %l${n - 1})`;

/** l1 is the input; the derivative of l3 by hand is 16 (1 - 2x) (1 - 8x + 8x^2). */
const map = graphOf(`
  input %l1: f32
  ${[2, 3, 4, 5, 6, 7].map(step).join('\n')}
  %by_hand: f32 = 16.0 * (1.0 - 2.0 * %l1) * (1.0 - 8.0 * %l1 + 8.0 * %l1 * %l1)
  result loss %l3
  result output %l7
  result output %by_hand`);
const idOf = (name: string): number => map.nodes.findIndex((node) => node.name === name);
const feeds = new Map([['l1', tensor([], [0.2])]]);
const comparison = compareDerivatives(map, feeds, { of: idOf('l3'), wrt: idOf('l1'), hand: idOf('by_hand') });

describe('the four ways', () => {
  const expected = 16 * (1 - 0.4) * (1 - 1.6 + 0.32);

  test('agree', () => {
    const { byHand, numerical, symbolic, automatic } = comparison;
    for (const { derivative } of [byHand!, symbolic, automatic]) expect(derivative).toBeCloseTo(expected, 12);
    expect(numerical.derivative).toBeCloseTo(expected, 7);
  });

  test('differences are worst at both ends, and central ones beat forward ones', () => {
    const { steps } = comparison;
    const least = (kind: 'forward' | 'central'): number => Math.min(...steps.map((s) => s[kind]));
    expect(least('central')).toBeLessThan(least('forward'));
    expect(steps[0]!.forward).toBeGreaterThan(1e-2);
    expect(steps.at(-1)!.forward).toBeGreaterThan(1e-2);
    // The error of a central difference is of the second order: a tenth of the step, a hundredth of the error.
    expect(steps[1]!.central / steps[2]!.central).toBeCloseTo(100, 0);
  });

  test('written out, the derivative grows exponentially; the adjoint by the same few operations each time', () => {
    const { growth } = comparison;
    expect(growth.map(({ name }) => name)).toEqual(['l2', 'l3', 'l4', 'l5', 'l6', 'l7']);
    for (const [k, { derivativeSize }] of growth.entries()) {
      if (k > 0) expect(derivativeSize).toBeGreaterThan(2 * growth[k - 1]!.derivativeSize);
    }
    const more = growth.slice(1).map(({ automatic }, k) => automatic - growth[k]!.automatic);
    expect(new Set(more)).toEqual(new Set([8]));
  });

  test('a derivative clause is the way by hand', () => {
    const graph = graphOf(
      'input %x: f32\n%y: f32 = (1.0 / (1.0 + exp(-%x))) derivative(%x: result * (1.0 - result))\nresult loss %y',
    );
    const made = compareDerivatives(graph, new Map([['x', tensor([], [0.3])]]), { of: 1, wrt: 0 });
    expect(made.byHand!.derivative).toBeCloseTo(made.automatic.derivative, 12);
    expect(made.byHand!.operations).toBeLessThan(made.automatic.operations);
  });

  test('where nobody wrote one, there is none by hand', () => {
    const graph = graphOf('input %x: f32\n%y: f32 = exp(%x)\nresult loss %y');
    const made = compareDerivatives(graph, new Map([['x', tensor([], [0.3])]]), { of: 1, wrt: 0 });
    expect(made.byHand).toBeUndefined();
  });
});

describe('symbolic derivatives', () => {
  const derivativeOf = (formula: string): string => {
    const graph = graphOf(`input %x: f32\ninput %a: f32\n%y: f32 = ${formula}\nresult loss %y`);
    return printExpr(symbolicDerivative(writtenOut(graph, 2), 0), graph.nodes);
  };

  test('follow the rules of the lecture', () => {
    expect(derivativeOf('%x * %a')).toBe('%a');
    expect(derivativeOf('%a * sin(%x)')).toBe('cos(%x) * %a');
    expect(derivativeOf('%x * sin(%x)')).toBe('sin(%x) + cos(%x) * %x');
    expect(derivativeOf('exp(%a)')).toBe('0.0');
    expect(derivativeOf('if %x > 0.0 then %x else 0.0')).toBe('if %x > 0.0 then 1.0 else 0.0');
  });

  test('count what is written, however it is shared', () => {
    const size = writtenSize(writtenOut(map, idOf('l2')));
    expect(size).toBe(7);
    expect(writtenSize(writtenOut(map, idOf('l3')))).toBe(5 + 2 * size);
  });

  test('have the value of the adjoint', () => {
    const graph = graphOf('input %x: f32\n%u: f32 = exp(sin(%x))\n%y: f32 = %u * %u / %x\nresult loss %y');
    const point = new Map([['x', tensor([], [0.7])]]);
    const { symbolic, automatic } = compareDerivatives(graph, point, { of: 2, wrt: 0 });
    const y = evaluateGraph(graph, point).values[2]!.data[0]!;
    expect(symbolic.derivative).toBeCloseTo(2 * y * Math.cos(0.7) - y / 0.7, 10);
    expect(automatic.derivative).toBeCloseTo(symbolic.derivative, 12);
  });
});

describe('plots', () => {
  const plot = {
    title: 'a < b',
    x: { label: 'step', logarithmic: true },
    y: { label: 'error', logarithmic: true },
    curves: [
      {
        name: 'one',
        points: [
          { x: 1e-4, y: 1e-2 },
          { x: 1e-2, y: 1 },
          { x: 1e-3, y: 0 },
        ],
      },
      { name: 'two', points: [{ x: 1e-2, y: 1 }] },
    ],
  } as const;

  test('in the terminal a row is a decade, and curves that meet are marked', () => {
    expect(plotText(plot)).toBe(`a < b (o one   x two   * both)

  error
    1e0 |        *
   1e-1 |
   1e-2 |o
        +---------
         1e-4    1e-2   step
`);
  });

  test('as a picture what is not on the axes is left out, and axes and curves have their names', async () => {
    const svg = await lineChart(plot);
    // A point has a title; the point at 0 has no place.
    expect(titlesOf(svg)).toEqual([
      'one, step 1e-4: 0.01000',
      'one, step 0.01: 1.000',
      'two, step 0.01: 1.000',
    ]);
    expect(svg).toContain('aria-label="a &lt; b"');
    for (const text of ['>one<', '>two<', 'step', 'error']) expect(svg).toContain(text);
    expect(svg).not.toContain('NaN');
  });

  test('curves differ by more than their colours', async () => {
    const svg = await lineChart({ ...plot, curves: [plot.curves[0], { ...plot.curves[0], name: 'two' }] });
    const [one, two] = [...svg.matchAll(/<g([^>]*) aria-label="line">/g)].map(
      ([, attributes]) => attributes!,
    );
    expect(one).not.toContain('stroke-dasharray');
    expect(two).toContain('stroke-dasharray="6 3"');
    const marks = [...svg.matchAll(/<(\w+)[^>]*><title>(one|two)/g)].map(
      ([, shape, of]) => `${of}: ${shape}`,
    );
    expect(new Set(marks)).toEqual(new Set(['one: circle', 'two: path']));
  });

  test('curves of which no point is on the axes are no picture', async () => {
    expect(await lineChart({ ...plot, curves: [{ name: 'zero', points: [{ x: 1, y: 0 }] }] })).toBe('');
  });
});

const titlesOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title!);
