/** What works row by row, on a batch of one: the formula's first row, and derivatives by central differences. */
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../runtime/extents.ts';
import { inner, runner, slopeAlong } from './differences.ts';
import { type Probe, shapesOf } from './probe.ts';
import { directionOf, flat, titledProbes, valuesOf } from './probe-model.ts';

/** Whose first axis is none of rows, or whose formula is written for as many rows as its probe has. */
const apart: ReadonlySet<string> = new Set([
  ...['attention', 'attention_weights', 'back_substituted', 'independent_rows', 'orthonormal', 'solve'],
  ...['least_squares', 'least_squares_of_few', 'least_squares_of_many', 'orthonormal_rows'],
  ...['BatchNorm', 'cross_entropy_ignoring', 'entropy', 'HierarchicalSoftmax', 'jsd', 'kl'],
  'mean_average_precision',
  // In their probes there are as many filters as rows.
  ...['convolution1d', 'cross_correlation2d'],
]);

/** The first row of a probe whose inputs all have the same number of rows, and more than one. */
function firstRow(probe: Probe): Probe | undefined {
  const isParameter = (name: string): boolean => name.includes('.');
  const own = Object.entries(probe.inputs).filter(([name]) => !isParameter(name));
  const rows = own[0]?.[1].shape[0] ?? 1;
  if (apart.has(probe.of) || rows === 1 || own.some(([, { shape }]) => shape[0] !== rows)) return undefined;
  const first = (shape: readonly number[]): readonly number[] => [1, ...shape.slice(1)];
  const inputs = Object.entries(probe.inputs).map(([name, input]) => {
    if (isParameter(name)) return [name, input] as const;
    const shape = first(input.shape);
    const values = input.values?.slice(0, elementCount(shape));
    return [name, { ...input, shape, ...(values && { values }) }] as const;
  });
  const resultShape = probe.resultShape[0] === rows ? first(probe.resultShape) : probe.resultShape;
  const made = { ...probe, inputs: Object.fromEntries(inputs), resultShape };
  return { ...made, formula: probe.reshaped?.(shapesOf(made.inputs), resultShape) ?? probe.formula };
}

const probes = titledProbes.flatMap(([title, probe]) => {
  const one = firstRow(probe);
  return one === undefined ? [] : [[title, one] as const];
});

it('is most of the prelude', () => {
  expect(probes.length).toBeGreaterThan(140);
});

describe.each(probes)('%s', (_, probe) => {
  const run = runner(probe);
  const values = valuesOf(probe);

  it('agrees with the first row of its formula', () => {
    const { shape, data } = run(values).get('value')!;
    expect(shape).toEqual(probe.resultShape);
    const expected = probe.formula(values);
    for (const [k, value] of data.entries()) expect(value).toBeCloseTo(expected[k]!, 8);
  });

  it.each(probe.differentiable)('has the derivatives of central differences for %s', (name) => {
    const direction = directionOf(probe, name);
    for (const [found, of] of [
      [`slope_${flat(name)}`, 'pairing'],
      [`bend_${flat(name)}`, `turned_${flat(name)}`],
    ] as const) {
      const { data } = run(values).get(found)!;
      expect(inner(data, direction)).toBeCloseTo(slopeAlong(run, values, name, direction, of), 6);
    }
  });
});
