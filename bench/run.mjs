// node run.mjs [--workloads a,b] [--competitors a,b] [--json FILE]
// Each competitor on each workload, one process at a time on one adapter; the table compares medians of one
// run and checks that all compute the same, and the losses that the workload names. Without a hardware adapter everything runs on SwiftShader.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareSoftwareAdapter } from './adapter.mjs';
import { workload, workloadNames } from './workloads.mjs';

const all = ['nnc', 'jaxjs', 'tfjs', 'hand'];
const { values: options } = parseArgs({
  options: { workloads: { type: 'string' }, competitors: { type: 'string' }, json: { type: 'string' } },
});
const tasks = options.workloads?.split(',') ?? workloadNames;
const competitors = options.competitors?.split(',') ?? all;
const env = { ...process.env, ...(await prepareSoftwareAdapter()) };

function run(competitor, task) {
  const child = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('measure.mjs', import.meta.url)), competitor, task],
    {
      env,
      encoding: 'utf8',
      timeout: 180_000,
      maxBuffer: 2 ** 26,
    },
  );
  const line = child.stdout.split('\n').find((l) => l.startsWith('RESULT '));
  if (line) return JSON.parse(line.slice('RESULT '.length));
  return {
    competitor,
    workload: task,
    error: reasonIn(child.stderr) ?? 'no result in three minutes',
  };
}

/** The error of a process that ended with one: without the source line above it and the stack below. */
function reasonIn(stderr) {
  const lines = stderr.trim().split('\n');
  const first = lines.findIndex((line) => /^\w*Error\b/.test(line));
  if (first < 0) return stderr.trim() ? lines.slice(-8).join(' ') : undefined;
  const stack = lines.findIndex((line, k) => k > first && /^ +at /.test(line));
  return lines.slice(first, stack < 0 ? first + 8 : stack).join(' ');
}

/** The networks are written for nnc alone: what they are compared with are the losses of another program. */
const takesPart = (competitor, { model, losses }) =>
  competitor === 'hand' ? model === 'matmul' : competitor === 'nnc' || losses === undefined;

const results = [];
for (const task of tasks) {
  for (const competitor of competitors) {
    if (!takesPart(competitor, workload(task))) continue;
    const result = run(competitor, task);
    results.push(result);
    const said =
      result.error ?? `${result.medianMs.toFixed(2)} ms, first step ${(result.firstMs / 1000).toFixed(2)} s`;
    process.stderr.write(`${task} ${competitor}: ${said}\n`);
  }
}

const close = (a, b) => Math.abs(a - b) <= 5e-3 * Math.max(Math.abs(a), Math.abs(b), 1e-3);

/** Where competitors disagree on a loss that several reached, or with what is known. */
function disagreements() {
  return tasks.flatMap((task) => {
    const { losses } = workload(task);
    const known = losses ? [{ competitor: 'PyTorch', lossAt: losses }] : [];
    const done = [...known, ...results.filter((r) => r.workload === task && !r.error)];
    return [1, 3, 10].flatMap((step) => {
      const seen = done.filter((r) => r.lossAt[step] !== undefined);
      const differs = seen.some((r) => !close(r.lossAt[step], seen[0].lossAt[step]));
      return differs
        ? [`${task}, step ${step}: ${seen.map((r) => `${r.competitor} ${r.lossAt[step]}`).join(', ')}`]
        : [];
    });
  });
}

function table() {
  const lines = [
    '| workload | competitor | ms a step | best | first step, s | dispatches | against nnc | GFLOP/s or GB/s |',
    '|---|---|---:|---:|---:|---:|---:|---:|',
  ];
  for (const task of tasks) {
    const { flops, bytes } = workload(task);
    const ours = results.find((r) => r.workload === task && r.competitor === 'nnc' && !r.error);
    for (const r of results.filter((r) => r.workload === task)) {
      const rate = r.error ? '' : ((flops ?? bytes) / r.medianMs / 1e6).toFixed(2);
      lines.push(
        r.error
          ? `| ${task} | ${r.competitor} | fails | | | | | |`
          : `| ${task} | ${r.competitor} | ${r.medianMs.toFixed(2)} | ${r.bestMs.toFixed(2)} | ${(r.firstMs / 1000).toFixed(2)} | ${r.perStep.dispatches} | ${ours ? `${(r.medianMs / ours.medianMs).toFixed(2)}x` : ''} | ${rate} |`,
      );
    }
  }
  return lines.join('\n');
}

const adapter = results.find((r) => r.adapter)?.adapter;
process.stdout.write(`adapter: ${adapter}, node ${process.version}\n\n${table()}\n`);
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
const wrong = [
  ...results.filter((r) => r.error).map((r) => `${r.workload} on ${r.competitor}: ${r.error}`),
  ...disagreements(),
];
if (wrong.length > 0) {
  process.stderr.write(`${wrong.join('\n')}\n`);
  process.exitCode = 1;
}
