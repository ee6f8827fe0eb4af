// What is measured: shapes, starting values and data, the same for every competitor.
// Dense weights are [in, out], everything is row-major, values depend on the name of the workload alone.
import { networks } from './networks.mjs';

/** Numbers in 0 … 1 from a multiply-with-carry generator (Marsaglia): good enough for test data. */
function uniformSource(seed) {
  let z = 362436069 ^ seed;
  let w = 521288629 ^ (seed * 7919);
  return () => {
    z = (36969 * (z & 0xffff) + (z >>> 16)) >>> 0;
    w = (18000 * (w & 0xffff) + (w >>> 16)) >>> 0;
    return (((z << 16) + (w & 0xffff)) >>> 0) / 2 ** 32;
  };
}

function tables(seed) {
  const next = uniformSource(seed);
  const count = (shape) => shape.reduce((n, d) => n * d, 1);
  const fill = (shape, make) => ({
    shape,
    dtype: 'f32',
    data: Float32Array.from({ length: count(shape) }, make),
  });
  return {
    uniform: (shape, low, high) => fill(shape, () => low + (high - low) * next()),
    /** Sum of twelve uniform numbers: close to normal, and the same everywhere. */
    normal: (shape, deviation) =>
      fill(shape, () => {
        let sum = -6;
        for (let i = 0; i < 12; i++) sum += next();
        return sum * deviation;
      }),
    zeros: (shape) => fill(shape, () => 0),
    classes: (n, k) => ({
      shape: [n],
      dtype: 'i32',
      data: Int32Array.from({ length: n }, () => Math.floor(next() * k)),
    }),
  };
}

const adam = { lr: 1e-3, b1: 0.9, b2: 0.999, eps: 1e-8 };

function perceptron(seed, widths) {
  const t = tables(seed);
  const batch = 128;
  const params = {};
  widths.slice(1).forEach((out, k) => {
    const from = widths[k];
    params[`w${k + 1}`] = t.normal([from, out], widths.length === 2 ? 0.03 : Math.sqrt(2 / from));
    params[`b${k + 1}`] = t.zeros([out]);
  });
  return {
    model: 'mlp',
    kind: 'train',
    cfg: { layers: widths.length - 1, B: batch, classes: 10 },
    params,
    adam,
    data: { x: t.uniform([batch, widths[0]], 0, 1), y: t.classes(batch, 10) },
    flops: 6 * batch * widths.slice(1).reduce((n, out, k) => n + out * widths[k], 0),
  };
}

const builders = {
  matmul512() {
    const t = tables(11);
    const n = 512;
    return {
      model: 'matmul',
      kind: 'forward',
      cfg: { n },
      data: { a: t.uniform([n, n], -1, 1), b: t.uniform([n, n], -1, 1) },
      flops: 2 * n ** 3,
    };
  },
  elementwise() {
    const t = tables(12);
    const [R, C] = [4096, 1024];
    return {
      model: 'elementwise',
      kind: 'forward',
      cfg: { R, C },
      data: {
        x: t.uniform([R, C], -2, 2),
        w: t.uniform([C], 0.5, 1.5),
        b: t.uniform([C], -0.5, 0.5),
        s: t.uniform([C], 0.5, 2),
      },
      bytes: 8 * R * C,
    };
  },
  softmax() {
    const [R, C] = [4096, 1024];
    return {
      model: 'softmax',
      kind: 'forward',
      cfg: { R, C },
      data: { x: tables(13).uniform([R, C], -4, 4) },
      bytes: 8 * R * C,
    };
  },
  softmaxreg: () => perceptron(14, [784, 10]),
  mlp: () => perceptron(15, [784, 512, 256, 10]),
  ...Object.fromEntries(
    Object.entries(networks).map(([name, build]) => [name, () => ({ kind: 'train', adam, ...build() })]),
  ),
};

export const workloadNames = Object.keys(builders);

export const workload = (name) => ({ name, params: {}, ...builders[name]() });

/** A number that differs if anything in the row does: positions weigh 1 to 7. */
export const rowCheck = (row) => row.reduce((sum, v, i) => sum + Math.abs(v) * (1 + (i % 7)), 0) / row.length;
