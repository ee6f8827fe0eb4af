/** The kernels of loops, broken one way after the other: each is found by the verifier, and by the evaluator. */
import { describe, expect, test } from 'vitest';
import { evaluateKernels } from '../../compiler/fuse/evaluate.ts';
import { type Fused, fuse } from '../../compiler/fuse/index.ts';
import type { Kernel, Slots } from '../../compiler/fuse/kernel.ts';
import { violationsOf } from '../../compiler/fuse/verify.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { randomLeaves } from '../support/device-run.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { networks } from '../support/recurrences.ts';

const whole = (text: string): Fused => fuse(graphOf(text), defaultTargets.hardware);
const lstm = whole(networks.LSTM!.text({ batch: 2, steps: 5, units: 3 }));
const gru = whole(networks.GRU!.text({ batch: 2, steps: 5, units: 3 }));

/** What the verifier says of the kernels, as one text. */
const said = (fused: Fused): string => violationsOf(fused, 8).join('\n');

/** Whether the kernels still give what the graph does. */
function isRight(fused: Fused): boolean {
  const feeds = randomLeaves(fused, randomSource(1));
  const expected = evaluateGraph(fused.graph, feeds).results.get('y')!;
  try {
    const found = evaluateKernels(fused, feeds).results.get('y')!;
    return expected.data.every((x, k) => Math.abs(x - found.data[k]!) < 1e-9);
  } catch {
    return false;
  }
}

const withKernels = (fused: Fused, kernels: readonly Kernel[]): Fused => ({ ...fused, kernels });

const withSlots = (fused: Fused, name: string, slots: (axis: number) => Slots): Fused => ({
  ...fused,
  values: new Map(
    [...fused.values].map(([id, info]) => [id, info.name === name ? { ...info, slots: slots(1) } : info]),
  ),
});

test('as they are made nothing is wrong with them', () => {
  for (const fused of [lstm, gru]) expect([said(fused), isRight(fused)]).toEqual(['', true]);
});

describe('is found', () => {
  const inLoop = ({ position }: Kernel): boolean => position !== undefined;
  const outside = lstm.kernels.filter((kernel) => !inLoop(kernel));
  const inside = lstm.kernels.filter(inLoop);
  const [first, ...rest] = inside;

  test('a stretch that is missing, or comes too early', () => {
    const missing = withKernels(lstm, [...outside, ...rest]);
    expect(said(missing)).toContain('misses position 0');
    expect(isRight(missing)).toBe(false);
    const swapped = withKernels(lstm, [...outside, ...rest, first!]);
    expect(said(swapped)).toContain('misses position 0');
    expect(isRight(swapped)).toBe(false);
  });

  test('a stretch that ends early, or begins late', () => {
    const shorter = inside.map((kernel) => {
      const { position } = kernel;
      return position!.count === 1 ? kernel : { ...kernel, position: { ...position!, count: 3 } };
    });
    const ended = withKernels(lstm, [...outside, ...shorter]);
    expect(said(ended)).toContain('ends before 4');
    expect(isRight(ended)).toBe(false);
  });

  test('kernels of a position in another order', () => {
    const turned = withKernels(lstm, [...outside, first!, ...rest.toReversed()]);
    expect(said(turned)).toContain('at this position before it is stored');
    expect(isRight(turned)).toBe(false);
  });

  test('what stands between the kernels of a loop', () => {
    const between = withKernels(lstm, [first!, ...outside, ...rest]);
    expect(said(between)).toMatch(/stand apart|not in memory/);
    expect(isRight(between)).toBe(false);
  });

  test('fewer slots than a read goes back', () => {
    // The GRU reads its whole state in the kernel that makes the next one.
    const narrow = withSlots({ ...gru, graph: { ...gru.graph, results: [] } }, 'y', (axis) => ({
      axis,
      count: 1,
    }));
    expect(said(narrow)).toContain('1 positions back, of which 1 are kept');
  });

  test('slots along another axis', () => {
    const across = withSlots(lstm, 'c', () => ({ axis: 2, count: 2 }));
    expect(said(across)).toContain('whose slots are along another axis');
  });

  test('a value at another position that is not stored there', () => {
    const [, ...after] = first!.stores;
    const forgetting = withKernels(lstm, [...outside, { ...first!, stores: after }, ...rest]);
    expect(said(forgetting)).toContain('is not stored from position 0 on');
    expect(isRight(forgetting)).toBe(false);
  });

  test('a read of a later position', () => {
    const turned = inside.map((kernel): Kernel => {
      const { extent, from } = kernel.position!;
      return { ...kernel, position: { ...kernel.position!, by: -1, from: extent - 1 - from } };
    });
    const backward = withKernels(lstm, [...outside, ...turned]);
    expect(said(backward)).toContain('at a position that comes later');
    expect(isRight(backward)).toBe(false);
  });
});
