/** Every prelude function and layer: value, gradient and gradient of the gradient, in f64. */
import { describe, expect, it } from 'vitest';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { lazy } from '../../grammar/lazy.ts';
import { evaluateWith, graphOf } from './harness.ts';
import type { Probe } from './probe.ts';
import {
  directionOf,
  feedsOf,
  flat,
  modelOf,
  optionsOf,
  titledProbes,
  type Values,
  valuesOf,
} from './probe-model.ts';

type Run = (values: Values) => ReadonlyMap<string, Tensor64>;

/** A run of one probe at given inputs. */
function runner(probe: Probe): Run {
  const graph = lazy(() => graphOf(modelOf(probe), 'run', optionsOf(probe)));
  return (values) => evaluateWith(graph(), feedsOf(probe, values)).results;
}

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

const step = 1e-5;

/** (f(x + h v) - f(x - h v)) / 2h, for the result `of`. */
function slopeAlong(
  run: Run,
  values: Values,
  name: string,
  direction: readonly number[],
  of: string,
): number {
  const [ahead, behind] = [step, -step].map((h) => {
    const moved = values[name]!.map((value, k) => value + h * direction[k]!);
    return run({ ...values, [name]: moved }).get(of)!.data[0]!;
  });
  return (ahead! - behind!) / (2 * step);
}

describe.each(titledProbes)('%s', (_, probe) => {
  const run = runner(probe);
  const values = valuesOf(probe);

  it('agrees with its formula', () => {
    const result = run(values).get('value')!;
    expect(result.shape).toEqual(probe.resultShape);
    const expected = probe.formula(values);
    expect(result.data.length).toBe(expected.length);
    for (const [k, value] of expected.entries()) expect(result.data[k]).toBeCloseTo(value, 8);
  });

  for (const name of probe.differentiable) {
    const direction = directionOf(probe, name);

    it(`has the gradient of central differences for ${name}`, () => {
      const slope = run(values).get(`slope_${flat(name)}`)!;
      expect(slope.shape).toEqual(probe.inputs[name]!.shape);
      expect(inner(slope.data, direction)).toBeCloseTo(
        slopeAlong(run, values, name, direction, 'pairing'),
        6,
      );
    });

    it(`has the second derivative of central differences for ${name}`, () => {
      const bend = run(values).get(`bend_${flat(name)}`)!;
      const turned = `turned_${flat(name)}`;
      expect(inner(bend.data, direction)).toBeCloseTo(slopeAlong(run, values, name, direction, turned), 6);
    });
  }
});
