// nnc on WebGPU: `setup(workload, …)` as every competitor of the harness gives it.
import { readFileSync } from 'node:fs';
import { compileSource, createSession, openDevice, webgpuExecutor } from '../../dist/index.js';
import { parametersOf } from './parameters.mjs';

const text = (name) => ({
  name: `${name}.nn`,
  text: readFileSync(new URL(`../models/${name}.nn`, import.meta.url), 'utf8'),
});

/** Dense and recurrent weights are [in, out] in the workloads and [out, in] in nnc. */
function transposed({ shape: [rows, columns], data }) {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}

/** The check of a row that a harness expects which gives none of its own. */
const plainCheck =
  ({ checkMod = 1 }) =>
  (row) =>
    row.reduce((sum, v, i) => sum + Math.abs(v) * (1 + (i % checkMod)), 0) / row.length;

export async function setup(workload, { rowCheck = plainCheck(workload) } = {}) {
  const device = await openDevice(navigator.gpu);
  const session = createSession(webgpuExecutor(device));
  return workload.kind === 'train'
    ? training(workload, session, device)
    : forward(workload, session, device, rowCheck);
}

async function training(task, session, device) {
  const { cfg, params, data, model } = task;
  const name = model === 'mlp' && cfg.layers === 1 ? 'softmaxreg' : model;
  let runner;
  let step = 0;
  // The first step counts from the text on, as it does for those that trace and compile in it.
  const start = async () => {
    const { compilation } = compileSource(text(name), {
      purpose: { kind: 'train' },
      set: { B: cfg.B },
      target: device.info.summary,
    });
    // A table of all gates side by side has an axis for the gates in nnc.
    const shapes = new Map(compilation.program.persistent.map(({ name, shape }) => [name, shape]));
    for (const [path, name] of Object.entries(parametersOf(task))) {
      const data = /\.[WU]$/.test(path) ? transposed(params[name]) : params[name].data;
      await session.set(path, { dtype: 'f32', shape: shapes.get(path), data });
    }
    runner = await session.load(compilation.program);
    runner.write('x', data.x.data);
    runner.write('t', data.y.data);
  };
  return {
    async step() {
      if (!runner) await start();
      step += 1;
      await runner.run({ step });
    },
    async loss() {
      return (await runner.read('loss'))[0];
    },
    dispose() {
      session.close();
      device.close();
    },
  };
}

async function forward({ name, cfg, data }, session, device, rowCheck) {
  const model = name.replace(/\d+$/, '');
  const set = model === 'matmul' ? { N: cfg.n, K: cfg.n, M: cfg.n } : { R: cfg.R, C: cfg.C };
  let runner;
  return {
    async step() {
      if (!runner) {
        const { compilation } = compileSource(text(model), { set, target: device.info.summary });
        runner = await session.load(compilation.program);
        for (const [input, tensor] of Object.entries(data)) runner.write(input, tensor.data);
      }
      await runner.run();
    },
    async loss() {
      const y = await runner.read('y');
      return rowCheck(y.subarray(0, model === 'matmul' ? cfg.n : cfg.C));
    },
    dispose() {
      session.close();
      device.close();
    },
  };
}
