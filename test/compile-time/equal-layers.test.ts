/** Equal layers are scheduled and printed once: 160 blocks have the kernels of 10, and only more dispatches. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { lower } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { plan } from '../../compiler/plan/index.ts';
import { printAll } from '../../compiler/plan/targets.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { dispatchesOf } from '../../runtime/program.ts';
import { programOf } from '../prelude/program.ts';
import { countOperations } from '../support/operations.ts';

const norm = `layer Norm (x: f32[..., C]) -> f32[..., C] {
  param scale: f32[C] init ones
  m = mean(x, over -1)
  v[...] = mean[c] (x[..., c] - m[...]) ** 2
  return y[..., c] = scale[c] * (x[..., c] - m[...]) / sqrt(v[...] + 1e-5)
}`;

/** What a residual block adds to its input. */
const blocks: Readonly<Record<string, string>> = {
  'a layer, a nonlinearity and dropout': 'Dense(16) |> relu |> dropout(0.1)',
  'a norm, a layer, a nonlinearity, a layer': 'Norm() |> Dense(32) |> gelu |> Dense(16)',
};

interface Made {
  readonly kernels: number;
  readonly dispatches: number;
  /** To print them all. */
  readonly operations: number;
}

function made(block: string, count: number, target: Target): Made {
  const lines = Array.from({ length: count }, (_, k) => `h${k + 1} = h${k} + (h${k} |> ${block})`);
  const text = `${norm}
model chain {
  input x: f32[B, 16]
  target t: f32[B, 16]
  h0 = x
  ${lines.join('\n  ')}
  loss = mse(h${count}, t)
}
train chain { minimize loss with adam(lr = 1e-3)  batch 8  epochs 1 }`;
  const lowered = lower(programOf(text, { training: true }), { kind: 'train' });
  const fused = fuse(runPasses(differentiate(lowered)), target);
  const scheduled = scheduleAll(fused.kernels, fused.values, target);
  const printed = printAll(scheduled, target);
  // A text is made when it is asked for.
  const operations = countOperations(() => printed.every(({ text }) => text !== ''));
  const program = plan('chain', fused, printed, target);
  return { kernels: program.code.kernels.length, dispatches: dispatchesOf(program).length, operations };
}

describe.each(Object.entries(blocks))('%s', (_, block) => {
  test.each([defaultTargets.hardware, defaultTargets.software, defaultTargets.cpu])(
    '10, 40 and 160 of them, on $class',
    (target) => {
      const [ten, forty, many] = [10, 40, 160].map((count) => made(block, count, target));
      expect(forty!.kernels).toBe(ten!.kernels);
      expect(many!.kernels).toBe(ten!.kernels);
      expect(many!.kernels).toBeLessThan(40);
      // As many for each block.
      const perBlock = (forty!.dispatches - ten!.dispatches) / 30;
      expect(many!.dispatches - forty!.dispatches).toBe(120 * perBlock);
      // Of equal kernels, one is printed; what is left for each of them is small.
      expect(many!.operations).toBeLessThan(1.5 * ten!.operations);
    },
  );
});
