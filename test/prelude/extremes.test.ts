/** Numbers at the edge of f32: values and gradients stay finite, and right. */
import { describe, expect, it } from 'vitest';
import { extremes, feedsOf, modelOf, titleOf } from './extremes.ts';
import { evaluateWith, graphOf } from './harness.ts';

describe.each(extremes.map((extreme) => [titleOf(extreme), extreme] as const))('%s', (_, extreme) => {
  const { results } = evaluateWith(graphOf(modelOf(extreme), 'run'), feedsOf(extreme));

  it.each([
    ['y', extreme.value],
    ['slope', extreme.gradient],
  ])('%s is finite and right', (name, expected) => {
    const { data } = results.get(name)!;
    for (const [k, value] of expected.entries()) expect(data[k]).toBeCloseTo(value, 6);
  });
});
