// Products and convolutions of sizes that are no multiples of anything, some of them drawn by a seed, each beside the
// next even one; convolutions with both of their gradients.
import { defaultTargets } from '../compiler/target.ts';
import { compileSource } from '../src/index.ts';

/** Multiples of what a tile has of rows, vectors and panels, for small, middle and large sizes. */
const even = (n) => {
  const by = n < 8 ? 4 : n < 64 ? 8 : 16;
  return Math.ceil(n / by) * by;
};

/** The generator mulberry32. */
function drawn(seed) {
  let state = seed;
  return (low, high) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) % (high - low));
  };
}

const product = (n, k, m) => ({
  name: `${n} x ${k} x ${m}`,
  flops: 2 * n * k * m,
  text: `model p {
  input a: f32[${n}, ${k}]
  input b: f32[${k}, ${m}]
  output y[i, j] = sum[k](a[i, k] * b[k, j])
}`,
});

const ways = {
  forward: {
    inputs: ['w', 'x'],
    text: 'y[n, f, j: SIZE, i: SIZE] = sum[c, v, u](w[f, c, v, u] * (x[n, c, j + v - 1, i + u - 1] else 0))',
  },
  weights: {
    inputs: ['d', 'x'],
    text: 'y[f, c, v: 3, u: 3] = sum[n, j, i](d[n, f, j, i] * (x[n, c, j + v - 1, i + u - 1] else 0))',
  },
  images: {
    inputs: ['w', 'd'],
    text: 'y[n, c, j: SIZE, i: SIZE] = sum[f, v, u](w[f, c, v, u] * (d[n, f, j - v + 1, i - u + 1] else 0))',
  },
};

function convolution(way, n, c, f, size) {
  const shapes = {
    w: `${f}, ${c}, 3, 3`,
    x: `${n}, ${c}, ${size}, ${size}`,
    d: `${n}, ${f}, ${size}, ${size}`,
  };
  const { inputs, text } = ways[way];
  return {
    name: `3 x 3, ${way}: ${n} of ${c} to ${f} maps, ${size} x ${size}`,
    flops: 2 * n * f * size * size * c * 9,
    text: `model c {
${inputs.map((name) => `  input ${name}: f32[${shapes[name]}]`).join('\n')}
  output ${text.replaceAll('SIZE', String(size))}
}`,
  };
}

/** Pairs of an odd shape and an even one. */
export function pairs(seed) {
  const draw = drawn(seed);
  const odd = (low, high) => draw(low, high) | 1;
  const products = [
    [1, 784, 512],
    [17, 784, 512],
    [1000, 784, 10],
    [509, 1021, 127],
    [odd(100, 500), odd(100, 500), odd(100, 500)],
    [odd(9, 90), odd(200, 900), odd(9, 90)],
  ];
  const maps = [
    [8, 3, 31, 28],
    [8, 7, 31, 14],
    [8, 31, 31, 15],
    [odd(1, 9), odd(3, 40), odd(9, 40), odd(9, 30)],
  ];
  return [
    // One row is read once: nothing is used twice, and the memory's speed is all.
    ...products.map((sizes) => [
      product(...sizes),
      product(...sizes.map((n) => (sizes[0] === 1 && n === 1 ? 1 : even(n)))),
    ]),
    ...maps.flatMap((sizes) =>
      Object.keys(ways).map((way) => [
        convolution(way, ...sizes),
        convolution(way, sizes[0], ...sizes.slice(1).map(even)),
      ]),
    ),
  ];
}

export function prepare({ name, text, flops }) {
  const { program } = compileSource({ name: 'bench.nn', text }, { target: defaultTargets.cpu }).compilation;
  const inputs = program.inputs.map((spec) => {
    const length = spec.shape.reduce((product, extent) => product * extent, 1);
    return [spec.name, Float32Array.from({ length }, (_, k) => ((k * 37) % 101) / 101 - 0.5)];
  });
  return { name, flops, program, parameters: [], inputs };
}
