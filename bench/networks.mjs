// Training steps of four networks: LeNet, residual blocks, a small transformer, an LSTM over 32 characters.
// The losses to reach are PyTorch's (1.13, on the CPU) from the same starting values and data. Those are fixed by
// the generator below, by the seeds, and by the order in which tables are drawn: change nothing of it alone.

/** Numbers in 0 … 1: the generator mulberry32. */
function mulberry(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const count = (shape) => shape.reduce((n, extent) => n * extent, 1);
const table = (shape, make) => ({
  shape,
  dtype: 'f32',
  data: Float32Array.from({ length: count(shape) }, make),
});
const filled = (shape, value) => table(shape, () => value);

function tables(seed) {
  const next = mulberry(seed);
  const integers = (length, below) => Int32Array.from({ length }, () => Math.floor(next() * below));
  return {
    uniform: (shape, low, high) => table(shape, () => low + (high - low) * next()),
    /** Pairs by Box and Muller. */
    normal(shape, deviation) {
      let other;
      return table(shape, (_, k) => {
        if (k % 2 === 1) return other;
        const radius = deviation * Math.sqrt(-2 * Math.log(1 - next()));
        const angle = 2 * Math.PI * next();
        other = radius * Math.sin(angle);
        return radius * Math.cos(angle);
      });
    },
    classes: (rows, below) => ({ shape: [rows], dtype: 'i32', data: integers(rows, below) }),
    /** Each character and the one after it. */
    text(rows, length, below) {
      const all = integers(rows * (length + 1), below);
      const from = (first) => ({
        shape: [rows, length],
        dtype: 'i32',
        data: Int32Array.from(
          { length: rows * length },
          (_, k) => all[Math.floor(k / length) * (length + 1) + (k % length) + first],
        ),
      });
      return { x: from(0), y: from(1) };
    },
  };
}

/** Weights [in, out] and bias of a dense layer, in the order in which they are drawn. */
const dense = (draw, name, from, to, deviation = Math.sqrt(2 / from)) => ({
  [`w${name}`]: draw.normal([from, to], deviation),
  [`b${name}`]: filled([to], 0),
});
const filters = (draw, name, to, from, size) => ({
  [`w${name}`]: draw.normal([to, from, size, size], Math.sqrt(2 / (from * size * size))),
});
const convolution = (draw, name, to, from, size) => ({
  ...filters(draw, name, to, from, size),
  [`b${name}`]: filled([to], 0),
});
const normalisation = (scale, shift, size) => ({ [scale]: filled([size], 1), [shift]: filled([size], 0) });

/** A product of m x k by k x n, forward and backward. */
const products = (...sizes) => sizes.reduce((sum, [m, k, n]) => sum + 6 * m * k * n, 0);

export const networks = {
  lenet() {
    const draw = tables(6);
    const B = 64;
    return {
      model: 'lenet',
      cfg: { B },
      params: {
        ...convolution(draw, 'c1', 6, 1, 5),
        ...convolution(draw, 'c2', 16, 6, 5),
        ...dense(draw, '1', 400, 120),
        ...dense(draw, '2', 120, 84),
        ...dense(draw, '3', 84, 10),
      },
      data: { x: draw.uniform([B, 1, 28, 28], 0, 1), y: draw.classes(B, 10) },
      flops: products([B * 28 * 28, 25, 6], [B * 100, 150, 16], [B, 400, 120], [B, 120, 84], [B, 84, 10]),
      losses: { 1: 4.306427, 3: 2.490274, 10: 2.183476, 20: 1.995762 },
    };
  },
  resnet() {
    const draw = tables(9);
    const [B, C, S] = [32, 32, 16];
    const halves = [0, 1, 2].flatMap((block) => [`${block}a`, `${block}b`]);
    return {
      model: 'resnet',
      cfg: { B },
      params: {
        ...convolution(draw, 's', C, 3, 3),
        ...Object.assign(
          {},
          ...halves.map((half) => ({
            ...filters(draw, half, C, C, 3),
            ...normalisation(`g${half}`, `h${half}`, C),
          })),
        ),
        ...dense(draw, 'f', C, 10, Math.sqrt(1 / C)),
      },
      data: { x: draw.uniform([B, 3, S, S], -1, 1), y: draw.classes(B, 10) },
      flops: products([B * S * S, 27, C], [B * S * S, 6 * 9 * C, C]),
      losses: { 1: 2.628071, 3: 2.393907, 10: 1.686288, 20: 0.851637 },
    };
  },
  gpt() {
    const draw = tables(8);
    const [B, T, V, D, layers] = [8, 64, 65, 128, 2];
    const block = (l) => {
      const drawn = {
        ...normalisation('g1', 'h1', D),
        ...dense(draw, 'qkv', D, 3 * D, 0.06),
        ...dense(draw, 'o', D, D, 0.06),
        ...normalisation('g2', 'h2', D),
        ...dense(draw, '1', D, 4 * D, 0.06),
        ...dense(draw, '2', 4 * D, D, 0.04),
      };
      return Object.fromEntries(Object.entries(drawn).map(([name, value]) => [`l${l}.${name}`, value]));
    };
    return {
      model: 'gpt',
      cfg: { B },
      params: {
        tok: draw.normal([V, D], 0.1),
        pos: draw.normal([T, D], 0.1),
        ...block(0),
        ...block(1),
        ...normalisation('gf', 'hf', D),
        head: draw.normal([D, V], 0.06),
      },
      data: draw.text(B, T, V),
      flops: products([B * T, D, layers * (12 * D + 2 * T)], [B * T, D, V]),
      losses: { 1: 4.451033, 3: 3.75288, 10: 1.810061, 20: 0.382807 },
    };
  },
  lstm() {
    const draw = tables(7);
    const [B, T, V, E, H] = [32, 32, 65, 64, 128];
    return {
      model: 'lstm',
      cfg: { B },
      params: {
        emb: draw.normal([V, E], 0.5),
        wx: draw.normal([E, 4 * H], Math.sqrt(1 / E)),
        wh: draw.normal([H, 4 * H], Math.sqrt(1 / H)),
        b: filled([4 * H], 0),
        ...dense(draw, 'o', H, V, Math.sqrt(1 / H)),
      },
      data: draw.text(B, T, V),
      flops: products([B * T, E + H, 4 * H], [B * T, H, V]),
      losses: { 1: 4.181845, 3: 4.162654, 10: 4.095842, 20: 3.988358 },
    };
  },
};
