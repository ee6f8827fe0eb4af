/**
 * The networks, small: the processor says what the reference says, for two steps of all clauses and for a run; in the first step,
 * so does every stage of the compiler, for one class of adapters, the next one for the next network.
 */
import { describe, expect, test } from 'vitest';
import { firstFault, stageTolerance } from '../../compiler/gradcheck/stages.ts';
import { lower } from '../../compiler/lower/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { programOf } from '../prelude/program.ts';
import { cpuExecutor } from '../support/cpu.ts';
import { drawn, expectAgreement } from '../support/whole-models.ts';
import { firstWeights } from './first-weights.ts';
import { bindings, nameOf, networks, subjectOf, textOf } from './networks.ts';
import { expectTwoSteps, trainingOf } from './steps.ts';

const executor = cpuExecutor(2);

const classes = Object.values(defaultTargets);

describe.each(networks.map((network, k) => [nameOf(network), network, k] as const))('%s', (_, network, k) => {
  const { model, reduced, positive } = network;

  test('two steps', { timeout: 900_000 }, async () => {
    const training = trainingOf(subjectOf(network));
    for (const [part, clause] of training.clauses.entries()) {
      const run = training.runs[part]!;
      const target = classes[k % classes.length]!;
      expect(firstFault(clause, [target], run.feeds, stageTolerance, run)).toBeUndefined();
    }
    await expectTwoSteps(executor, training);
  });

  test('a run', { timeout: 900_000 }, async () => {
    const program = programOf(textOf(network), {
      bindings: bindings(reduced),
      ...(model !== undefined && { model }),
    });
    const lowered = lower(program, { kind: 'run' });
    const feeds = new Map([...drawn(lowered, positive), ...firstWeights(program)]);
    await expectAgreement(executor, lowered, feeds, []);
  });
});
