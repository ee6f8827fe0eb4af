// What compiling costs, as commands in processes of their own:
//   node bench/compile.mjs [--rounds 5]        (after `npm run build`)
//   node bench/compile.mjs --networks          the networks of models/networks at published size, for both classes
// Seconds of CPU in user mode of the whole process, the least of some rounds: other processes add to it, nothing takes away.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';

if (process.env.NNC_MEASURED === 'yes') {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    process.stderr.write(`\n${JSON.stringify({ user: user / 1e6, system: system / 1e6 })}\n`);
  });
  await import('../bin/nnc.mjs');
} else {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      networks: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'nnc-compile-'));
  try {
    const commands = values.networks ? await ofNetworks(folder) : ofSizes(folder);
    compare(
      commands.filter(([title]) => values.only === undefined || title.includes(values.only)),
      Number(values.rounds),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** So many equal blocks: a norm, a layer, a nonlinearity, a layer, and what came in added. */
function blocks(count) {
  const lines = Array.from(
    { length: count },
    (_, k) => `  h${k + 1} = h${k} + (h${k} |> LayerNorm |> Dense(32) |> gelu |> Dense(16))`,
  );
  return `model chain {
  input x: f32[B, 16]
  target t: f32[B, 16]
  h0 = x
${lines.join('\n')}
  loss = mse(h${count}, t)
}

train chain {
  minimize loss with adam(lr = 1e-3)
}
`;
}

function file(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

function trainingIn(folder, limits) {
  return ['--purpose', 'train', '--limits', limits, '--out', path.join(folder, 'out'), '--json'];
}

/** Each clause of each network, on adapters of each class; memory is no matter of compiling. */
async function ofNetworks(folder) {
  const { networks, nameOf } = await tsImport('../test/networks/networks.ts', import.meta.url);
  return networks.flatMap((network) => {
    const sizes = Object.entries(network.full).flatMap(([name, size]) => ['--set', `${name}=${size}`]);
    const model = network.model === undefined ? [] : ['--model', network.model];
    const text = readFileSync(file(`../models/networks/${network.file}.nn`), 'utf8');
    const clauses = [...text.slice(text.lastIndexOf('\ntrain ')).matchAll(/\bminimize\b/g)];
    return ['hardware', 'software'].flatMap((target) =>
      clauses.map((_, k) => [
        `${nameOf(network)}${clauses.length > 1 ? `, clause ${k + 1}` : ''}, ${target}`,
        [
          ...['build', file(`../models/networks/${network.file}.nn`), ...model, ...sizes],
          ...['--target', target, '--clause', String(k + 1)],
          ...trainingIn(folder, 'desktop,memory=1TiB'),
        ],
      ]),
    );
  });
}

function ofSizes(folder) {
  const training = trainingIn(folder, 'desktop');
  const chain = (count) => {
    const name = path.join(folder, `${count}.nn`);
    writeFileSync(name, blocks(count));
    return ['build', name, '--set', 'B=8', ...training];
  };
  return [
    ['check models/mlp.nn', ['check', file('../models/mlp.nn')]],
    ['ResNet-50, 224 x 224, B = 8', ['build', file('large/resnet50.nn'), '--set', 'B=8', ...training]],
    ['GPT-2, 12 blocks, B = 4', ['build', file('large/gpt2.nn'), '--set', 'B=4', ...training]],
    ...[10, 40, 160].map((count) => [`${count} equal blocks`, chain(count)]),
  ];
}

function compare(commands, rounds) {
  const load = loadavg()[0].toFixed(1);
  console.log(`${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}, load ${load}`);
  console.log('| command | kernels | dispatches | CPU, s (user) | system, s |');
  console.log('|---|---:|---:|---:|---:|');
  for (const [title, args] of commands) {
    const runs = Array.from({ length: rounds }, () => measured(args));
    const least = (of) => Math.min(...runs.map(of)).toFixed(2);
    const { kernels = '', dispatches = '' } = runs[0];
    console.log(
      `| ${title} | ${kernels} | ${dispatches} | ${least((run) => run.user)} | ${least((run) => run.system)} |`,
    );
  }
}

function measured(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NNC_MEASURED: 'yes' },
  });
  if (status !== 0) throw new Error(`nnc ${args.join(' ')}\n${stderr}`);
  const counts = args[0] === 'build' ? JSON.parse(stdout) : {};
  return { ...counts, ...JSON.parse(stderr.trim().split('\n').at(-1)) };
}
