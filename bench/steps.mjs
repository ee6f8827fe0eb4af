// npx tsx bench/steps.mjs [--workloads a,b] [--kernels] [--threads N]
// Steps of the workloads on the processor: seconds of CPU, the best of some steps, since other work on the machine adds
// to such times and takes nothing away. With --kernels also what takes most of a step.
import { parseArgs } from 'node:util';
import { wasmExecutor } from '../runtime/wasm/node-executor.ts';
import { createSession } from '../src/index.ts';
import { inProcess } from './in-process.ts';
import { compiled, loaded } from './prepared.mjs';
import { workload, workloadNames } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    workloads: { type: 'string' },
    kernels: { type: 'boolean', default: false },
    most: { type: 'string', default: '12' },
    threads: { type: 'string', default: '1' },
  },
});

/** Milliseconds of CPU, of all threads. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Each kernel by itself, on the thread that calls it; those of a loop at its first position. */
function showKernels({ compilation: { program, printed }, parameters, inputs }) {
  const { run, steps, write } = inProcess(program, () => 0);
  const buffers = new Map(
    [...program.persistent, ...program.inputs].map(({ name, buffer }) => [name, buffer]),
  );
  for (const [name, data] of [...parameters, ...inputs]) write(buffers.get(name), data);
  const best = steps.map(() => Number.POSITIVE_INFINITY);
  const started = performance.now();
  for (let round = 0; round < 20 || (performance.now() - started < 5000 && round < 500); round++) {
    run();
    steps.forEach((step, k) => {
      const before = cpuTime();
      step.run();
      if (round > 4) best[k] = Math.min(best[k], cpuTime() - before);
    });
  }
  const kernels = steps
    .map(({ name, times }, k) => ({ name, total: best[k] * times }))
    .toSorted((a, b) => b.total - a.total);
  for (const { name, total } of kernels.slice(0, Number(options.most))) {
    const { decision } = printed.find(({ scheduled }) => scheduled.name === name).scheduled;
    console.log(`  ${total.toFixed(2).padStart(9)} ms  ${name}: ${decision.chosen}: ${decision.because}`);
  }
}

for (const name of options.workloads?.split(',') ?? workloadNames) {
  const task = workload(name);
  const session = createSession(wasmExecutor({ threads: Number(options.threads) }));
  const made = compiled(task);
  const runner = await loaded(made, session);
  let best = Number.POSITIVE_INFINITY;
  const started = performance.now();
  // The first steps are those of a compiler that is not done.
  for (let step = 1; step <= 12 || (performance.now() - started < 8000 && step <= 500); step++) {
    const before = cpuTime();
    await runner.run({ step });
    await session.settle();
    if (step > 4) best = Math.min(best, cpuTime() - before);
  }
  const rate = task.flops ? `${(task.flops / best / 1e6).toFixed(1)} GFLOP/s` : '';
  console.log(`${name.padEnd(12)} ${best.toFixed(2).padStart(8)} ms of CPU a step  ${rate}`.trimEnd());
  if (options.kernels) showKernels(made);
  session.close();
}
