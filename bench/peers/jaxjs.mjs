// jax-js on WebGPU: the whole training step, gradient and Adam, in one `jit`. Its arrays count references:
// a use consumes, `.ref` keeps.
import * as jax from '@jax-js/jax';

const { numpy: np, nn } = jax;
const array = ({ data, shape, dtype }) =>
  np.array(data, { dtype: dtype === 'i32' ? np.int32 : np.float32 }).reshape(shape);

function geluTanh(x) {
  const cubic = x.ref.mul(x.ref.mul(x.ref).mul(0.044715).add(1));
  return x.mul(0.5).mul(np.tanh(cubic.mul(Math.sqrt(2 / Math.PI))).add(1));
}

const forward = {
  matmul: ({ a, b }) => np.matmul(a, b),
  elementwise: ({ x, w, b, s }) => geluTanh(x.mul(w).add(b)).mul(s),
  softmax: ({ x }) => nn.softmax(x),
};

export async function setup(task, { rowCheck }) {
  await jax.init('webgpu');
  jax.defaultDevice('webgpu');
  return task.kind === 'train' ? training(task) : inference(task, rowCheck);
}

function oneHot({ data }, classes) {
  const rows = new Float32Array(data.length * classes);
  data.forEach((k, i) => {
    rows[i * classes + k] = 1;
  });
  return np.array(rows).reshape([data.length, classes]);
}

function training({ cfg, params, data, adam }) {
  const lossOf = (p, x, target) => {
    let h = x;
    for (let layer = 1; layer <= cfg.layers; layer++) {
      h = np.dot(h, p[`w${layer}`]).add(p[`b${layer}`]);
      if (layer < cfg.layers) h = nn.relu(h);
    }
    return nn
      .logSoftmax(h)
      .mul(target)
      .sum()
      .mul(-1 / cfg.B);
  };
  const gradient = jax.valueAndGrad(lossOf);
  const names = Object.keys(params);
  const update = jax.jit((state, x, target) => {
    const [loss, g] = gradient(jax.tree.ref(state.p), x, target);
    const [c1, c2] = [state.c1.mul(adam.b1), state.c2.mul(adam.b2)];
    const unbias1 = np.reciprocal(np.subtract(1, c1.ref));
    const unbias2 = np.reciprocal(np.subtract(1, c2.ref));
    const next = { p: {}, m: {}, v: {}, c1, c2 };
    for (const name of names) {
      const m = state.m[name].mul(adam.b1).add(g[name].ref.mul(1 - adam.b1));
      const v = state.v[name].mul(adam.b2).add(np.square(g[name]).mul(1 - adam.b2));
      const denominator = np.sqrt(v.ref.mul(unbias2.ref)).add(adam.eps);
      next.p[name] = state.p[name].sub(m.ref.mul(unbias1.ref).mul(adam.lr).div(denominator));
      next.m[name] = m;
      next.v[name] = v;
    }
    unbias1.dispose();
    unbias2.dispose();
    return [next, loss];
  });
  const x = array(data.x);
  const target = oneHot(data.y, cfg.classes);
  const each = (make) => Object.fromEntries(names.map((name) => [name, make(params[name])]));
  let state = {
    p: each(array),
    m: each((p) => np.zeros(p.shape)),
    v: each((p) => np.zeros(p.shape)),
    c1: np.array([1], { dtype: np.float32 }),
    c2: np.array([1], { dtype: np.float32 }),
  };
  let latest;
  return {
    step() {
      latest?.dispose();
      [state, latest] = update(state, x.ref, target.ref);
    },
    async loss() {
      await jax.blockUntilReady(state);
      return Number(await latest.ref.jsAsync());
    },
  };
}

function inference({ model, data }, rowCheck) {
  const inputs = Object.fromEntries(Object.entries(data).map(([name, t]) => [name, array(t)]));
  const run = jax.jit(forward[model]);
  let latest;
  return {
    // Lazy: what is disposed before anybody waits for it is never computed.
    async step() {
      latest?.dispose();
      latest = run(jax.tree.ref(inputs));
      await jax.blockUntilReady(latest);
    },
    loss: async () => rowCheck(await latest.ref.slice(0).data()),
  };
}
