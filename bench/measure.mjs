// One competitor, one workload, one process: `node measure.mjs COMPETITOR WORKLOAD` prints a line of JSON.
// The first step is timed alone, from the text or trace to its loss; then batches of steps with one read-back
// each. GPU calls are counted from outside, on the prototypes.
import { create, globals } from 'webgpu';
import { rowCheck, workload } from './workloads.mjs';

const counted = [
  ['GPUComputePassEncoder', 'dispatchWorkgroups', 'dispatches'],
  ['GPUQueue', 'submit', 'submits'],
  ['GPUDevice', 'createBuffer', 'buffers'],
  ['GPUDevice', 'createBindGroup', 'bindGroups'],
  ['GPUDevice', 'createComputePipeline', 'pipelines'],
  ['GPUDevice', 'createComputePipelineAsync', 'pipelines'],
];

function countCalls() {
  const counts = Object.fromEntries(counted.map(([, , key]) => [key, 0]));
  for (const [type, method, key] of counted) {
    const { prototype } = globals[type];
    const original = prototype[method];
    prototype[method] = function (...values) {
      counts[key] += 1;
      return original.apply(this, values);
    };
  }
  return counts;
}

function installWebGpu() {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const navigator = {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140',
    platform: 'Linux x86_64',
    languages: ['en'],
    gpu,
  };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(competitor, task, counts) {
  const lossAt = {};
  const begin = performance.now();
  await competitor.step();
  lossAt[1] = await competitor.loss();
  const firstMs = performance.now() - begin;
  const stops = task.kind === 'train' ? [3, 10, 20] : [];
  const budgetMs = Number(process.env.BENCH_MS ?? 5000);
  const samples = [];
  let steps = 1;
  let perBatch = 1;
  let perStep = {};
  const started = performance.now();
  while (samples.length < 5 || steps < 20 || performance.now() - started < budgetMs) {
    if (performance.now() - started > 6 * budgetMs && samples.length >= 3) break;
    const stop = stops.find((s) => s > steps);
    const size = stop ? Math.min(perBatch, stop - steps) : perBatch;
    const before = { ...counts };
    const t = performance.now();
    for (let i = 0; i < size; i++) await competitor.step();
    const loss = await competitor.loss();
    const ms = (performance.now() - t) / size;
    samples.push(ms);
    steps += size;
    if (stops.includes(steps)) lossAt[steps] = loss;
    // Lazy frameworks submit at the read-back, so count after it, and take off what a read-back alone costs.
    const after = { ...counts };
    await competitor.loss();
    perStep = Object.fromEntries(
      Object.keys(counts).map((k) => [
        k,
        Math.round((10 * (after[k] - before[k] - (counts[k] - after[k]))) / size) / 10,
      ]),
    );
    perBatch = Math.max(1, Math.min(50, Math.round(400 / ms)));
  }
  return { firstMs, medianMs: median(samples), bestMs: Math.min(...samples), steps, lossAt, perStep };
}

const [name, taskName] = process.argv.slice(2);
const counts = countCalls();
installWebGpu();
const task = workload(taskName);
const { setup } = await import(`./peers/${name}.mjs`);
const competitor = await setup(task, { rowCheck });
const result = await measure(competitor, task, counts);
const adapter = await navigator.gpu.requestAdapter();
process.stdout.write(
  `RESULT ${JSON.stringify({ competitor: name, workload: taskName, adapter: adapter.info.description || adapter.info.device, pipelines: counts.pipelines, ...result })}\n`,
);
process.exit(0);
