// npx tsx bench/processor.mjs [--workloads a,b] [--shapes] [--seed N] [--seconds N] [--peers FOLDER]
// The workloads and odd shapes on one thread and on two, in turn, beside a tile written by hand and, from a folder with
// the peers' harness and their packages, jax-js: wall-clock time, medians of one run, a process for each workload.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wasmExecutor } from '../runtime/wasm/node-executor.ts';
import { createSession } from '../src/index.ts';
import { handWritten } from './hand-tile.ts';
import { pairs, prepare } from './odd-shapes.mjs';
import { compiled, loaded } from './prepared.mjs';
import { workload, workloadNames } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    workloads: { type: 'string', default: workloadNames.join() },
    shapes: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    seconds: { type: 'string', default: '3' },
    peers: { type: 'string' },
    only: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const marker = 'RESULT ';
const threadCounts = [1, 2];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
/** The fastest of them (bench/products.ts --tiles). */
const hand = handWritten(480, { rows: 4, vectors: 2, unrolled: 1 });

function handRate() {
  const before = performance.now();
  hand.run();
  return hand.flops / (performance.now() - before) / 1e6;
}

/** Steps on one thread and on two in turn, for so many seconds, and the tile by hand between them. */
async function measure(made, time) {
  const sides = [];
  for (const threads of threadCounts) {
    const session = createSession(wasmExecutor({ threads }));
    const side = { threads, session, runner: await loaded(made, session), samples: [], steps: 0 };
    sides.push(side);
  }
  const batch = async (side, steps) => {
    const before = performance.now();
    for (let k = 0; k < steps; k++) await side.runner.run({ step: ++side.steps });
    await side.session.settle();
    return (performance.now() - before) / steps;
  };
  // Until the optimising compiler is done.
  const begun = performance.now();
  let guess = 0;
  while (performance.now() - begun < 400 * time) {
    for (const side of sides) guess = await batch(side, 2);
  }
  const steps = Math.max(1, Math.round(40 / guess));
  const rates = [];
  const started = performance.now();
  while (rates.length < 5 || performance.now() - started < 1000 * time) {
    for (const side of sides) side.samples.push(await batch(side, steps));
    rates.push(handRate());
  }
  const result = made.program.results[0].name;
  const [first, ...others] = await Promise.all(sides.map(({ runner }) => runner.read(result)));
  const sameBits = others.every((other) => other.every((value, k) => Object.is(value, first[k])));
  for (const { session } of sides) session.close();
  return {
    ms: sides.map(({ samples }) => median(samples)),
    best: sides.map(({ samples }) => Math.min(...samples)),
    hand: median(rates),
    sameBits,
  };
}

/** From the text to the loss after the first step, in a process that has compiled nothing before. */
async function firstStep(task) {
  const before = performance.now();
  const made = compiled(task);
  const session = createSession(wasmExecutor({ threads: 2 }));
  const runner = await loaded(made, session);
  await runner.run({ step: 1 });
  await runner.read(made.program.results[0].name);
  const time = performance.now() - before;
  session.close();
  return { made, time };
}

async function child(name) {
  if (name !== 'shapes') {
    const task = workload(name);
    const { made, time } = await firstStep(task);
    return [{ name, flops: task.flops, first: time / 1000, ...(await measure(made, seconds)) }];
  }
  const rows = [];
  for (const pair of pairs(Number(options.seed))) {
    const made = pair.map(prepare);
    const [odd, even] = [await measure(made[0], seconds / 6), await measure(made[1], seconds / 6)];
    rows.push({ name: pair[0].name, flops: pair[0].flops, ...odd });
    const rate = ({ flops }, { best }) => flops / best[0];
    rows.at(-1).ofEven = rate(pair[0], odd) / rate(pair[1], even);
  }
  return rows;
}

function spawned(command, options) {
  const { stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 2 ** 26,
    ...options,
  });
  const line = stdout.split('\n').find((one) => one.startsWith(marker));
  if (line !== undefined) return JSON.parse(line.slice(marker.length));
  process.stderr.write(stderr.trim().split('\n').slice(-6).join('\n'));
  return undefined;
}

function peer(name) {
  // Its residual blocks take seconds a step.
  if (options.peers === undefined || name === 'resnet') return undefined;
  const result = spawned(['lib/child.mjs', 'peers/jaxjs.mjs', 'wasm', name], {
    cwd: options.peers,
    env: { ...process.env, PEERS_K: '5', PEERS_minMs: '1500', PEERS_maxMs: '6000' },
  });
  return result?.stepMs;
}

const cells = (row, theirs) => {
  const [one, two] = row.ms;
  const rate = row.flops && row.flops / one / 1e6;
  const number = (value, digits = 2) => (value === undefined ? '' : value.toFixed(digits));
  return [
    row.name,
    number(row.first),
    ...row.ms.map((ms) => number(ms)),
    `${number(one / two)}x`,
    rate ? number(rate, 1) : '',
    rate ? number(row.flops / two / 1e6, 1) : '',
    rate ? `${number((100 * rate) / row.hand, 0)} %` : '',
    row.ofEven === undefined ? '' : `${number(100 * row.ofEven, 0)} %`,
    theirs === undefined ? '' : `${number(theirs)}, ${number(theirs / two, 1)}x`,
    row.sameBits ? 'same' : 'DIFFER',
  ];
};

if (options.only !== undefined) {
  console.log(`${marker}${JSON.stringify(await child(options.only))}`);
  process.exit(0);
}
const script = fileURLToPath(import.meta.url);
const names = [...(options.shapes ? [] : options.workloads.split(',')), 'shapes'];
console.log(`node ${process.version}, shapes of seed ${options.seed}\n`);
const head = [
  'case',
  'first step, s',
  '1 thread, ms',
  '2 threads, ms',
  'faster',
  'GFLOP/s',
  'with 2',
  'of the hand tile',
  'of the even size',
  'jax-js, ms, against 2',
  'bits',
];
console.log(
  `| ${head.join(' | ')} |\n|---|${head
    .slice(1)
    .map(() => '---:|')
    .join('')}`,
);
const hands = [];
for (const name of names) {
  const rows = spawned([
    ...process.execArgv,
    script,
    ...['--only', name, '--seed', options.seed, '--seconds', options.seconds],
  ]);
  for (const row of rows ?? []) {
    hands.push(row.hand);
    console.log(`| ${cells(row, name === 'shapes' ? undefined : peer(name)).join(' | ')} |`);
  }
  if (rows === undefined) process.exitCode = 1;
  if (rows?.some(({ sameBits }) => !sameBits)) process.exitCode = 1;
}
console.log(`\nthe tile by hand: ${median(hands).toFixed(1)} GFLOP/s`);
