/**
 * `npm run fuzz -- --minutes 10 [--seed N] [--graphs N]`: random graphs that look for trouble, with fresh seeds,
 * through every stage of the compiler, evaluated in f64 without a device. Exit code 1 if any failed.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { failureText, gradientFailure, stageFailure } from '../support/stage-cases.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    graphs: { type: 'string', default: 'Infinity' },
  },
});
const first = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
const most = Number(values.graphs);
const start = performance.now();
const seconds = (): number => (performance.now() - start) / 1000;
console.log(`seeds from ${first}`);

const failed: number[] = [];
let seed = first;
for (; seed - first < most && seconds() < 60 * Number(values.minutes); seed++) {
  // Every fourth seed asks differences too.
  const failure = stageFailure(seed) ?? (seed % 4 === 0 ? gradientFailure(seed) : undefined);
  if (failure === undefined) continue;
  failed.push(seed);
  console.log(`\nafter ${seed - first + 1} graphs, ${seconds().toFixed(1)} s:\n${failureText(failure)}`);
}
const count = seed - first;
console.log(
  `\n${count} graphs in ${seconds().toFixed(0)} s, seeds ${first} to ${seed - 1}: ${failed.length} failed`,
);
if (failed.length > 0) {
  console.log(`failed: ${failed.join(' ')}`);
  process.exitCode = 1;
}
