// npx tsx bench/products.ts [--rounds N] [--only TEXT] [--tiles]
// Products as the compiler makes them for the processor, on one thread, beside tiles that were written by hand: GFLOP/s
// of processor time, the best of some rounds that take turns. With --tiles, tiles of all sizes instead: what
// compiler/classes/cpu.ts knows of them.
import { parseArgs } from 'node:util';
import { defaultTargets } from '../compiler/target.ts';
import { compileSource } from '../src/index.ts';
import { handWritten } from './hand-tile.ts';
import { inProcess } from './in-process.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    only: { type: 'string' },
    tiles: { type: 'boolean' },
  },
});

interface Case {
  readonly name: string;
  readonly run: () => void;
  readonly flops: number;
}

/** One thread on a memory of its own. */
function compiled(name: string, text: string, flops: number): Case {
  const { compilation } = compileSource({ name: 'bench.nn', text }, { target: defaultTargets.cpu });
  const { run } = inProcess(compilation.program, () => 0.5);
  return { name, run, flops };
}

const product = (n: number, k: number, m: number): Case =>
  compiled(
    `${n} x ${k} x ${m}`,
    `model p {
  input a: f32[${n}, ${k}]
  input b: f32[${k}, ${m}]
  output y[i, j] = sum[k](a[i, k] * b[k, j])
}`,
    2 * n * k * m,
  );

const byHand = (rows: number, vectors: number, unrolled: number): Case => ({
  name: `by hand: ${rows} x ${4 * vectors}, ${unrolled} ${unrolled === 1 ? 'term' : 'terms'} a turn`,
  // A multiple of all rows and terms.
  ...handWritten(480, { rows, vectors, unrolled }),
});

const products = (): readonly Case[] => [
  byHand(4, 2, 1),
  byHand(4, 3, 4),
  product(512, 512, 512),
  product(509, 1021, 127),
  product(128, 784, 512),
  product(17, 784, 512),
  product(128, 256, 10),
];

const tiles = (): readonly Case[] =>
  [8, 6, 5, 4, 3, 2, 1].flatMap((rows) => [4, 3, 2, 1].map((vectors) => byHand(rows, vectors, 1)));

const { only, tiles: all } = options;
const cases = (all ? tiles() : products()).filter(
  ({ name }, k) => k === 0 || only === undefined || name.includes(only),
);

const secondsOf = (run: () => void, times: number): number => {
  const begin = process.cpuUsage();
  for (let k = 0; k < times; k++) run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6 / times;
};

const times = cases.map(({ run }) => {
  // Until the optimising compiler is done.
  secondsOf(run, 3);
  return Math.max(1, Math.ceil(0.005 / Math.max(1e-6, secondsOf(run, 3))));
});
await new Promise((resolve) => setTimeout(resolve, 1000));
const best = cases.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round < Number(options.rounds); round++) {
  for (const [k, { run }] of cases.entries()) best[k] = Math.min(best[k]!, secondsOf(run, times[k]!));
}
const rates = cases.map(({ flops }, k) => flops / best[k]! / 1e9);
for (const [k, { name }] of cases.entries()) {
  const share = `${Math.round((100 * rates[k]!) / rates[0]!)} %`;
  console.log(
    `${name.padEnd(36)} ${(1e3 * best[k]!).toFixed(3).padStart(9)} ms ${rates[k]!.toFixed(1).padStart(6)} GFLOP/s ${share.padStart(6)}`,
  );
}
