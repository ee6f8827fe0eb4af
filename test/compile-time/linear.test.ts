/** A chain twice as long takes each stage of the compiler about twice as many operations. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { check } from '../../compiler/check/index.ts';
import { fusionDecisions } from '../../compiler/fuse/explain.ts';
import { hoist } from '../../compiler/fuse/hoist.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { inline } from '../../compiler/fuse/inline.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { plan } from '../../compiler/plan/index.ts';
import { memoryOf } from '../../compiler/plan/memory.ts';
import { printAll } from '../../compiler/plan/targets.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { parse } from '../../grammar/index.ts';
import { prelude } from '../../src/model/prelude.ts';
import { countOperations } from '../support/operations.ts';

type Chain = (blocks: number) => { readonly body: readonly string[]; readonly loss: string };

const lines = (count: number, line: (k: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, k) => line(k));

const chains: Readonly<Record<string, Chain>> = {
  'plain blocks': (n) => ({
    body: ['h0 = x', ...lines(n, (k) => `h${k + 1} = h${k} |> Dense(16) |> relu`)],
    loss: `mse(h${n}, t)`,
  }),
  'residual blocks': (n) => ({
    body: ['h0 = x', ...lines(n, (k) => `h${k + 1} = h${k} + (h${k} |> Dense(16) |> relu)`)],
    loss: `mse(h${n}, t)`,
  }),
  'one block, used again and again': (n) => ({
    body: ['d = Dense(16)', 'h0 = x', ...lines(n, (k) => `h${k + 1} = h${k} |> d |> tanh`)],
    loss: `mse(h${n}, t)`,
  }),
  'readers of one value': (n) => ({
    body: ['h = x |> Dense(16)', ...lines(n, (k) => `b${k}[b] = sum[i] h[b, i] * h[b, (i + ${k}) % 16]`)],
    loss: `mean(${lines(n, (k) => `b${k}`).join(' + ')})`,
  }),
};

const target = defaultTargets.software;
const processor = defaultTargets.cpu;

/** What twice the work may take; a stage that takes more is stopped, so that no clock has to watch it. */
const most = 2.25;
/** What is grouped can be more than twice as much: of one block that is used 160 times 1,139 equations are left, of 80 times 499. */
const mostWhereGrouped = 2.5;
const mostOf = (stage: string): number => (stage === 'fuse' || stage === 'explain' ? mostWhereGrouped : most);
/** Of each stage of the shortest chain. */
const mostAtFirst = 20_000_000;

type Counts = ReadonlyMap<string, number>;

/** The operations of each stage; `before` are those of a chain half as long. */
function operationsOf(chain: Chain, blocks: number, before?: Counts): Counts {
  const { body, loss } = chain(blocks);
  const text = `model chain {\n input x: f32[B, 16]\n target t: f32[B, 16]\n ${body.join('\n ')}\n loss = ${loss}\n}
train chain { minimize loss with adam(lr = 1e-3)\n batch 8 epochs 1 }`;
  const counts = new Map<string, number>();
  const stage = <T>(name: string, work: () => T): T => {
    const results: T[] = [];
    counts.set(
      name,
      countOperations(
        () => {
          results[0] = work();
        },
        before === undefined ? mostAtFirst : mostOf(name) * before.get(name)!,
      ),
    );
    return results[0]!;
  };
  const { file } = stage('grammar', () => parse({ name: 'chain.nn', text }));
  const options = { bindings: new Map<string, number>(), training: true };
  const { program } = stage('check', () => check({ main: file, files: [], prelude: prelude() }, options));
  const lowered = stage('lower', () => lower(program!, { kind: 'train' }));
  const backward = stage('autodiff', () => differentiate(lowered));
  const optimized = stage('passes', () => runPasses(backward));
  const hoisted = stage('hoist', () => hoist(optimized));
  stage('inline', () => inline(hoisted));
  const fused = stage('fuse', () => fuse(optimized, target));
  stage('explain', () => fusionDecisions(optimized, target));
  const nests = stage('schedule', () => scheduleAll(fused.kernels, fused.values, target));
  const printed = stage('wgsl', () => printAll(nests, target));
  const planned = stage('plan', () => plan('chain', fused, printed, target));
  stage('memory', () => memoryOf({ optimized, fused, printed, program: planned }, target, new Set()));
  stage('print', () => printGraph(optimized));
  const forProcessor = fuse(optimized, processor);
  const loops = stage('schedule for wasm', () =>
    scheduleAll(forProcessor.kernels, forProcessor.values, processor),
  );
  const texts = stage('wat', () => printAll(loops, processor));
  stage('wasm', () => plan('chain', forProcessor, texts, processor));
  return counts;
}

describe.each(Object.entries(chains))('%s', (_, chain) => {
  test('40, 80 and 160 of them', () => {
    const short = operationsOf(chain, 40);
    const middle = operationsOf(chain, 80, short);
    const long = operationsOf(chain, 160, middle);
    for (const [stage, count] of long) {
      expect(middle.get(stage)! / short.get(stage)!, `${stage}, 80 against 40`).toBeLessThan(mostOf(stage));
      expect(count / middle.get(stage)!, `${stage}, 160 against 80`).toBeLessThan(mostOf(stage));
    }
  });
});
