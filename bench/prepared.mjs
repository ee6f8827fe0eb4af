// A workload, compiled for the processor, and in a session with its starting values.
import { readFileSync } from 'node:fs';
import { defaultTargets } from '../compiler/target.ts';
import { compileSource } from '../src/index.ts';
import { parametersOf } from './peers/parameters.mjs';

/** Dense and recurrent weights are [in, out] in the workloads and [out, in] in nnc. */
function transposed({ shape: [rows, columns], data }) {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j];
  return out;
}

function sizesOf({ cfg, model, kind }) {
  if (kind === 'train') return { B: cfg.B };
  return model === 'matmul' ? { N: cfg.n, K: cfg.n, M: cfg.n } : { R: cfg.R, C: cfg.C };
}

export function compiled(task) {
  const { cfg, params, data, model, kind } = task;
  const name = model === 'mlp' && cfg.layers === 1 ? 'softmaxreg' : model;
  const text = readFileSync(new URL(`models/${name}.nn`, import.meta.url), 'utf8');
  const { compilation } = compileSource(
    { name: `${name}.nn`, text },
    {
      ...(kind === 'train' && { purpose: { kind: 'train' } }),
      set: sizesOf(task),
      target: defaultTargets.cpu,
    },
  );
  const parameters =
    kind === 'train'
      ? Object.entries(parametersOf(task)).map(([path, from]) => [
          path,
          /\.[WU]$/.test(path) ? transposed(params[from]) : params[from].data,
        ])
      : [];
  const inputs = kind === 'train' ? { x: data.x, t: data.y } : data;
  return {
    compilation,
    program: compilation.program,
    parameters,
    inputs: Object.entries(inputs).map(([input, { data: values }]) => [input, values]),
  };
}

export async function loaded({ program, parameters, inputs }, session) {
  const shapes = new Map(program.persistent.map((spec) => [spec.name, spec.shape]));
  for (const [path, data] of parameters) {
    await session.set(path, { dtype: 'f32', shape: shapes.get(path), data });
  }
  const runner = await session.load(program);
  for (const [input, data] of inputs) runner.write(input, data);
  return runner;
}
