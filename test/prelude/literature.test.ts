/** Numbers that the literature and lectures give, from the prelude's functions. */
import { describe, expect, it, test } from 'vitest';
import { draws, evaluateWith, graphOf, tensor64 } from './harness.ts';
import { programOf } from './program.ts';

/** Standard normal quantiles at the middles of equal parts, by bisection of the integral of the density. */
function quantiles(count: number): readonly number[] {
  const step = 1e-3;
  const found: number[] = [];
  let [x, below] = [-8, 0];
  const density = (at: number): number => Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI);
  for (let k = 0; k < count; k++) {
    const wanted = (k + 0.5) / count;
    let more = density(x + step / 2) * step;
    while (below + more < wanted) {
      below += more;
      x += step;
      more = density(x + step / 2) * step;
    }
    found.push(x + ((wanted - below) / more) * step);
  }
  return found;
}

describe('a generative adversarial network at its optimum', () => {
  const count = 20_000;
  const real = quantiles(count);
  const model = `model m {
    input real: f32[${count}]
    input made: f32[${count}]
    input a: f32
    input b: f32
    loss = gan_judge(a * real + b, a * made + b)
    output by_a = grad(loss, a)
    output by_b = grad(loss, b)
  }`;
  const at = (mean: number, a: number, b: number): readonly number[] => {
    const { results } = evaluateWith(graphOf(model, 'run'), {
      real: tensor64([count], real),
      made: tensor64(
        [count],
        real.map((x) => x + mean),
      ),
      a: tensor64([], [a]),
      b: tensor64([], [b]),
    });
    return ['loss', 'by_a', 'by_b'].map((name) => results.get(name)!.data[0]!);
  };

  // Goodfellow et al., 2014, theorem 1: C = -ln 4 where the generator says what the data say, and the judge 1/2.
  it('of a generator that is right, the judge knows nothing: C is -ln 4', () => {
    const [loss, byA, byB] = at(0, 0, 0);
    expect(-loss!).toBeCloseTo(-1.386294, 6);
    expect(byA).toBeCloseTo(0, 9);
    expect(byB).toBeCloseTo(0, 9);
  });

  // Data N(0, 1), made N(2, 1): D = p/(p + q) = sigmoid(2 - 2x), C = -ln 4 + 2 JSD.
  it('of one that is off by 2, D is sigmoid(-2x + 2) and C is -0.71263', () => {
    const [loss, byA, byB] = at(2, -2, 2);
    expect(-loss!).toBeCloseTo(-0.71263, 4);
    expect(byA).toBeCloseTo(0, 3);
    expect(byB).toBeCloseTo(0, 3);
    for (const [a, b] of [
      [-1.9, 2],
      [-2.1, 2],
      [-2, 1.9],
      [-2, 2.1],
    ] as const)
      expect(at(2, a, b)[0]).toBeGreaterThan(loss!);
  });

  it('their Jensen-Shannon divergence is 0.33683', () => {
    const places = Array.from({ length: 1400 }, (_, k) => -6 + k * 0.01);
    const row = (mean: number): readonly number[] =>
      places.map((x) => (0.01 * Math.exp(-((x - mean) ** 2) / 2)) / Math.sqrt(2 * Math.PI));
    const text = 'model m {\n  input p: f32[1, 1400]\n  input q: f32[1, 1400]\n  output y = jsd(p, q)\n}\n';
    const { results } = evaluateWith(graphOf(text, 'run'), {
      p: tensor64([1, 1400], row(0)),
      q: tensor64([1, 1400], row(2)),
    });
    const found = results.get('y')!.data[0]!;
    expect(found).toBeCloseTo(0.33683, 5);
    expect(-Math.log(4) + 2 * found).toBeCloseTo(-0.71263, 4);
  });
});

test('the two boxes of a lecture overlap by 0.294297', () => {
  const text = 'model m {\n  input a: f32[4]\n  input b: f32[4]\n  output y = box_iou(a, b)\n}\n';
  const { results } = evaluateWith(graphOf(text, 'run'), {
    a: tensor64([4], [57, 133, 329, 265]),
    b: tensor64([4], [153, 95, 396, 218]),
  });
  expect(results.get('y')!.data[0]).toBeCloseTo(0.294297, 6);
});

describe('a dense layer is a convolution over all of its input', () => {
  it.each(['reshape(x, 1, 7 * 7 * 512) |> Dense(4096)', 'x |> Conv2d(4096, kernel = 7)'])(
    'of 102,764,544 numbers in VGG-16: %s',
    (layer) => {
      const text = `model m {\n  input x: f32[1, 512, 7, 7]\n  output y = ${layer}\n}\n`;
      const counts = programOf(text).parameters.map(({ count }) => count);
      expect(counts.reduce((a, b) => a + b)).toBe(102_764_544);
    },
  );

  it('slides: each of (N - n + 1)² outputs is that of its crop', () => {
    const [N, n] = [5, 3];
    const text = (size: number, at: string): string => `model m {
  input x: f32[1, 2, ${N}, ${N}]
  part[b, c, j: ${size}, i: ${size}] = x[b, c, j${at}, i${at}]
  conv = Conv2d(4, kernel = ${n})
  output y = part |> conv
}`;
    const feeds = {
      x: tensor64([1, 2, N, N], draws(1, 2 * N * N)),
      'conv.w': tensor64([4, 2, n, n], draws(2, 8 * n * n)),
      'conv.b': tensor64([4], draws(3, 4)),
    };
    const of = (size: number, at: string) =>
      evaluateWith(graphOf(text(size, at), 'run'), feeds).results.get('y')!;
    const whole = of(N, '');
    expect(whole.shape).toEqual([1, 4, N - n + 1, N - n + 1]);
    for (const at of [0, 1, 2]) {
      const crop = of(n, ` + ${at}`);
      expect(crop.shape).toEqual([1, 4, 1, 1]);
      for (const f of [0, 1, 2, 3]) expect(crop.data[f]).toBeCloseTo(whole.data[f * 9 + at * 4]!, 12);
    }
  });
});
