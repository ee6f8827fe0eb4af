// Scalar functions as nnc writes them, formulas over primitives, beside the adapter's own in the same kernel:
//   node bench/formulas.mjs        (after `npm run build`)
import { compileSource, openNodeDevice } from '../dist/index.js';

const elements = 2 ** 20;
const rounds = 15;
const dispatches = 3;

/** Each function by its text in the language, and what WGSL calls it; values where it does not end early. */
const functions = [
  ['exp(x)', 'exp_f32', 'exp(x)', [-20, 20]],
  ['log(x)', 'log_f32', 'log(x)', [1e-3, 1e3]],
  ['tanh(x)', 'tanh_f32', 'tanh(x)', [-4, 4]],
  ['sin(x)', 'sin_f32', 'sin(x)', [-3, 3]],
  ['cos(x)', 'cos_f32', 'cos(x)', [-3, 3]],
];

const device = await openNodeDevice('software');
const { gpu, info } = device;
const usage = { storage: 128, copyDst: 8 };
const buffers = [usage.storage | usage.copyDst, usage.storage].map((flags) =>
  gpu.createBuffer({ size: 4 * elements, usage: flags }),
);

async function prepared(code) {
  const module = gpu.createShaderModule({ code });
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return async (workgroups) => {
    const start = performance.now();
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let k = 0; k < dispatches; k++) pass.dispatchWorkgroups(...workgroups);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    return (performance.now() - start) / dispatches;
  };
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

/** The module's function with another body. */
function replaced(code, name, body) {
  const start = code.indexOf(`fn ${name}(`);
  if (start < 0) throw new Error(`no ${name} in\n${code}`);
  const open = code.indexOf('{', start);
  return `${code.slice(0, open)}{\n  return ${body};\n${code.slice(code.indexOf('\n}', open) + 1)}`;
}

console.log(`${info.name}, ${elements} elements; "copy" is the same kernel without a function`);
console.log('| function | copy, ms | formula, ms | own, ms | formula / own | without the copy |');
console.log('|---|---:|---:|---:|---:|---:|');
for (const [text, name, own, [low, high]] of functions) {
  const source = { name: 'f.nn', text: `model f {\n  input x: f32[${elements}]\n  output y = ${text}\n}\n` };
  const { program } = compileSource(source, { target: info.summary }).compilation;
  const [kernel] = program.code.kernels;
  const workgroups = program.steps[0].workgroups;
  const x = Float32Array.from({ length: elements }, (_, k) => low + ((high - low) * k) / elements);
  gpu.queue.writeBuffer(buffers[0], 0, x);
  const runs = [];
  for (const body of ['x', undefined, own])
    runs.push(await prepared(body === undefined ? kernel.wgsl : replaced(kernel.wgsl, name, body)));
  const times = runs.map(() => []);
  for (const run of runs) await run(workgroups);
  for (let round = 0; round < rounds; round++)
    for (const [k, run] of runs.entries()) times[k].push(await run(workgroups));
  const [copy, formula, intrinsic] = times.map(median);
  const ratio = (formula / intrinsic).toFixed(2);
  const bare = ((formula - copy) / (intrinsic - copy)).toFixed(2);
  console.log(
    `| ${text} | ${copy.toFixed(2)} | ${formula.toFixed(2)} | ${intrinsic.toFixed(2)} | ${ratio} | ${bare} |`,
  );
}
device.close();
