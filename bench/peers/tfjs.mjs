// TensorFlow.js on WebGPU, as its users write it: layers of tf calls, `optimizer.minimize` over variables.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
globalThis.self ??= globalThis;
// The backend asks `instanceof` of these browser classes, no more.
for (const name of [
  'HTMLVideoElement',
  'HTMLImageElement',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'ImageBitmap',
  'ImageData',
]) {
  globalThis[name] ??= class {};
}
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-webgpu');

const tensor = ({ data, shape, dtype }) => tf.tensor(data, shape, dtype === 'i32' ? 'int32' : 'float32');

function geluTanh(x) {
  const cubic = x.add(x.mul(x).mul(x).mul(0.044715));
  return x.mul(0.5).mul(
    cubic
      .mul(Math.sqrt(2 / Math.PI))
      .tanh()
      .add(1),
  );
}

const forward = {
  matmul: ({ a, b }) => tf.matMul(a, b),
  elementwise: ({ x, w, b, s }) => geluTanh(x.mul(w).add(b)).mul(s),
  softmax: ({ x }) => tf.softmax(x),
};

export async function setup(task, { rowCheck }) {
  await tf.setBackend('webgpu');
  await tf.ready();
  return task.kind === 'train' ? training(task) : inference(task, rowCheck);
}

function training({ cfg, params, data, adam }) {
  const variables = Object.fromEntries(
    Object.entries(params).map(([name, p]) => [name, tf.variable(tensor(p))]),
  );
  const x = tensor(data.x);
  const classes = tf.oneHot(tensor(data.y), cfg.classes).toFloat();
  const optimizer = tf.train.adam(adam.lr, adam.b1, adam.b2, adam.eps);
  const lossOf = () => {
    let h = x;
    for (let layer = 1; layer <= cfg.layers; layer++) {
      h = h.matMul(variables[`w${layer}`]).add(variables[`b${layer}`]);
      if (layer < cfg.layers) h = h.relu();
    }
    return tf.losses.softmaxCrossEntropy(classes, h);
  };
  let latest;
  return {
    step() {
      latest?.dispose();
      latest = optimizer.minimize(lossOf, true);
    },
    loss: async () => (await latest.data())[0],
  };
}

function inference({ model, data }, rowCheck) {
  const inputs = Object.fromEntries(Object.entries(data).map(([name, t]) => [name, tensor(t)]));
  let latest;
  return {
    step() {
      latest?.dispose();
      latest = tf.tidy(() => forward[model](inputs));
    },
    async loss() {
      const row = tf.tidy(() => latest.slice([0, 0], [1, latest.shape[1]]).reshape([-1]));
      const values = await row.data();
      row.dispose();
      return rowCheck(values);
    },
  };
}
