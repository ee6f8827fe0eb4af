// What the gradient of an embedding costs by the size of its vocabulary, with the same 4,096 tokens:
//   node bench/embedding.mjs [--device software] [--repeats 20] [--words 100,50257]
// From `nnc profile`: the kernels of the gradient less the optimiser's own pass over the table, which `model pass` is.
// The last line says how many times as long they take for the last vocabulary as for the first; 3 at most is asked.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'auto' },
    repeats: { type: 'string', default: '20' },
    words: { type: 'string', default: '100,50257' },
  },
});
const here = path.dirname(fileURLToPath(import.meta.url));

/** The kernels of a training step: microseconds, operations and bytes. */
function profile(model, words) {
  const args = ['profile', path.join(here, 'large/embedding.nn'), '--model', model, '--json'];
  const set = ['--set', `words=${words}`, ...(model === 'embedding' ? ['--set', 'B=4096'] : [])];
  const how = ['--device', values.device, '--repeats', values.repeats, '--peak', '10,10'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(here, '../bin/nnc.mjs'), ...args, ...set, ...how],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(stderr);
  const { device, profile: found } = JSON.parse(stdout);
  return { device, dispatches: found.dispatches };
}

/** The kernel that holds an equation with this name on its left. */
const kernelOf = (dispatches, name) =>
  dispatches.find(({ equations }) => equations.some((text) => text.startsWith(`%${name}[`)));

const rows = values.words.split(',').map((words) => {
  const { device, dispatches } = profile('embedding', words);
  const [lists, sums] = ['ids.lists', 'E.next'].map((name) => kernelOf(dispatches, name));
  const pass = kernelOf(profile('pass', words).dispatches, 'E.next');
  const all = dispatches.reduce((sum, { microseconds }) => sum + microseconds, 0);
  return { words, device, lists, sums, pass, rest: all - pass.microseconds };
});

console.log(`${rows[0].device}, ${values.repeats} runs each, microseconds\n`);
console.log(
  '| words | lists | sums with the update | pass alone | lists + sums - pass | step - pass | bytes beside the pass |',
);
console.log('|---:|---:|---:|---:|---:|---:|---:|');
const owns = rows.map(({ lists, sums, pass }) => lists.microseconds + sums.microseconds - pass.microseconds);
for (const [k, { words, lists, sums, pass, rest }] of rows.entries()) {
  const bytes = lists.bytes + sums.bytes - pass.bytes;
  const times = [lists.microseconds, sums.microseconds, pass.microseconds, owns[k], rest];
  console.log(`| ${[words, ...times.map((time) => time.toFixed(0)), bytes].join(' | ')} |`);
}
console.log(
  `\n${rows.at(-1).words} words take ${(owns.at(-1) / owns[0]).toFixed(2)} times as long as ${rows[0].words}, ` +
    `${(rows.at(-1).rest / rows[0].rest).toFixed(2)} times with all that a step does but the pass.`,
);
