/** Augmentation: images through maps and between elements in plain loops; what draws stays as it is in evaluation. */
import { filled, reader } from './arrays.ts';
import { given, labels, type Probe, tensor } from './probe.ts';

/** x[n, c] at a fractional position, on straight lines; 0 outside. */
function between(x: readonly number[], shape: readonly number[]) {
  const read = reader(x, shape, 0);
  return (n: number, c: number, v: number, u: number): number => {
    const [h, l] = [Math.floor(v), Math.floor(u)];
    return [0, 1].reduce(
      (rows, p) =>
        rows +
        [0, 1].reduce(
          (sum, q) =>
            sum +
            (p === 0 ? 1 - (v - h) : v - h) * (q === 0 ? 1 - (u - l) : u - l) * read(n, c, h + p, l + q),
          0,
        ),
      0,
    );
  };
}

const sampled = (
  x: readonly number[],
  at: readonly number[],
  [v, u]: readonly (readonly number[])[],
): Probe => {
  const [N, C] = x;
  const [, J, I] = at;
  return {
    of: 'sampled2d',
    call: 'sampled2d(x, v, u)',
    inputs: { x: tensor(x), v: given('f32', at, v!), u: given('f32', at, u!) },
    resultShape: [N!, C!, J!, I!],
    formula: (values) => {
      const value = between(values.x!, x);
      const place = (n: number, j: number, i: number): number => (n * J! + j) * I! + i;
      return filled([N!, C!, J!, I!], (n, c, j, i) =>
        value(n!, c!, values.v![place(n!, j!, i!)]!, values.u![place(n!, j!, i!)]!),
      );
    },
    differentiable: ['x', 'v', 'u'],
  };
};

const warped = (x: readonly number[], A: readonly number[]): Probe => ({
  of: 'warped',
  call: 'warped(x, A)',
  inputs: { x: tensor(x), A: given('f32', [x[0]!, 2, 2], A) },
  resultShape: x,
  formula: (v) => {
    const value = between(v.x!, x);
    const [middleV, middleU] = [(x[2]! - 1) / 2, (x[3]! - 1) / 2];
    return filled(x, (n, c, j, i) => {
      const [a, b, d, e] = v.A!.slice(4 * n!, 4 * n! + 4);
      const [y, z] = [j! - middleV, i! - middleU];
      return value(n!, c!, middleV + a! * y + b! * z, middleU + d! * y + e! * z);
    });
  },
  differentiable: ['x'],
});

const images = [2, 3, 3, 4];

const still = (call: string): Probe => ({
  of: /^\w+/.exec(call)![0],
  call,
  inputs: { x: tensor(images) },
  resultShape: images,
  formula: (v) => v.x!,
  differentiable: ['x'],
});

export const augmentationProbes: readonly Probe[] = [
  sampled(
    [1, 2, 3, 4],
    [1, 2, 3],
    [
      [0.25, 1.6, -0.4, 1.75, 2.3, -1.6],
      [0.5, 2.7, 0.3, -0.2, 3.4, 5.5],
    ],
  ),
  sampled(
    [2, 1, 2, 1],
    [2, 1, 1],
    [
      [0.3, 0.8],
      [-0.25, 0.5],
    ],
  ),
  warped([2, 2, 3, 4], [0.9, 0.2, -0.3, 1.1, 1.3, 0.1, 0.15, 0.7]),
  warped([1, 1, 3, 3], [1, 0, 0, 1]),
  ...['noisy(x, 0.2)', 'flipped(x)', 'shifted(x, 1)', 'recoloured(x)', 'rotated(x, 20)', 'zoomed(x)'].map(
    still,
  ),
  {
    of: 'noisy_labels',
    call: 'noisy_labels(t, 5, 0.5)',
    inputs: { t: labels([7], 5) },
    resultShape: [7],
    formula: (v) => v.t!,
    differentiable: [],
  },
];
