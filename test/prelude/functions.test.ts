/** Every prelude function and layer: value, gradient and gradient of the gradient, in f64. */
import { describe, expect, it } from 'vitest';
import { inner, runner, slopeAlong } from './differences.ts';
import { directionOf, flat, titledProbes, valuesOf } from './probe-model.ts';

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
