/**
 * `npm run fuzz -- --minutes 10 [--seed N] [--cases N] [--texts | --models]`: with fresh seeds, random graphs that look
 * for trouble through every stage of the compiler, evaluated in f64 without a device; with `--texts`, texts by the rules
 * of the grammar, which must come to messages or a program; with `--models`, models whose values are known. Exit code 1
 * if any failed.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { failureText, gradientFailure, stageFailure } from '../support/stage-cases.ts';
import { failureOfWritten } from '../support/written-cases.ts';
import { textFailure } from './text-cases.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    cases: { type: 'string', default: 'Infinity' },
    texts: { type: 'boolean', default: false },
    models: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
const most = Number(values.cases);
const start = performance.now();
const seconds = (): number => (performance.now() - start) / 1000;
console.log(`seeds from ${first}`);

/** Every fourth seed of a graph asks differences too. */
function graphFailure(seed: number): string | undefined {
  const failure = stageFailure(seed) ?? (seed % 4 === 0 ? gradientFailure(seed) : undefined);
  return failure && failureText(failure);
}

const [what, failureOf] = values.texts
  ? (['texts', textFailure] as const)
  : values.models
    ? (['models', failureOfWritten] as const)
    : (['graphs', graphFailure] as const);
const failed: number[] = [];
let seed = first;
for (; seed - first < most && seconds() < 60 * Number(values.minutes); seed++) {
  const failure = failureOf(seed);
  if (failure === undefined) continue;
  failed.push(seed);
  console.log(`\nafter ${seed - first + 1} ${what}, ${seconds().toFixed(1)} s:\n${failure}`);
}
const count = seed - first;
console.log(
  `\n${count} ${what} in ${seconds().toFixed(0)} s, seeds ${first} to ${seed - 1}: ${failed.length} failed`,
);
if (failed.length > 0) {
  console.log(`failed: ${failed.join(' ')}`);
  process.exitCode = 1;
}
