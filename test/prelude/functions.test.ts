/** Every prelude function and layer: value, gradient and gradient of the gradient, in f64. */
import { describe, expect, it } from 'vitest';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { activationProbes } from './activations.ts';
import { draws, evaluateWith, graphOf, tensor64 } from './harness.ts';
import { layerProbes } from './layers.ts';
import { lossProbes } from './losses.ts';
import { metricProbes } from './metrics.ts';
import { type Probe, type ProbeInput, sizeOf } from './probe.ts';

const probes: readonly Probe[] = [...activationProbes, ...layerProbes, ...lossProbes, ...metricProbes];

const typeText = (dtype: string, shape: readonly number[]): string =>
  shape.length === 0 ? dtype : `${dtype}[${shape.join(', ')}]`;

const flat = (name: string): string => name.replace('.', '_');

/**
 * `pairing` is one random combination of the results, `<cotangent, f(x)>`; `slope_x` its gradient and
 * `bend_x` the gradient of `<direction_x, slope_x>`.
 */
function modelOf(probe: Probe): string {
  const isScalar = probe.resultShape.length === 0;
  const inputs = Object.entries(probe.inputs).filter(([name]) => !name.includes('.'));
  const lines = [
    ...inputs.map(([name, { type, shape }]) => `input ${name}: ${typeText(type, shape)}`),
    ...(probe.instance === undefined ? [] : [probe.instance]),
    `output value = ${probe.call}`,
  ];
  if (probe.differentiable.length > 0) {
    lines.push(
      `input cotangent: ${typeText('f32', probe.resultShape)}`,
      `output pairing = ${isScalar ? 'value * cotangent' : 'sum(value * cotangent)'}`,
      ...probe.differentiable.flatMap((name) => [
        `input direction_${flat(name)}: ${typeText('f32', probe.inputs[name]!.shape)}`,
        `output slope_${flat(name)} = grad(pairing, ${name})`,
        `output turned_${flat(name)} = sum(slope_${flat(name)} * direction_${flat(name)})`,
        `output bend_${flat(name)} = grad(turned_${flat(name)}, ${name})`,
      ]),
    );
  }
  return `model probe {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

function valuesOf({ type, shape, range: [low, high], values }: ProbeInput, seed: number): readonly number[] {
  if (values !== undefined) return values;
  return draws(seed, sizeOf(shape)).map((u) =>
    type === 'i32' ? low + Math.floor(u * (high - low + 1) * 0.999999) : low + u * (high - low),
  );
}

type Values = Readonly<Record<string, readonly number[]>>;

const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

/** A run of one probe at given inputs. */
function runner(probe: Probe): (values: Values) => ReadonlyMap<string, Tensor64> {
  const graph = graphOf(modelOf(probe), 'run');
  const fixed: Record<string, Tensor64> = {};
  if (probe.differentiable.length > 0) {
    const size = sizeOf(probe.resultShape);
    fixed.cotangent = tensor64(
      probe.resultShape,
      draws(77, size).map((u) => 0.5 + u),
    );
    for (const name of probe.differentiable) {
      const { shape } = probe.inputs[name]!;
      fixed[`direction_${flat(name)}`] = tensor64(shape, directionOf(name, shape));
    }
  }
  return (values) => {
    const feeds = Object.fromEntries(
      Object.entries(values).map(([name, numbers]) => [name, tensor64(probe.inputs[name]!.shape, numbers)]),
    );
    return evaluateWith(graph, { ...feeds, ...fixed }).results;
  };
}

const directionOf = (name: string, shape: readonly number[]): readonly number[] =>
  draws(name.length + 31, sizeOf(shape)).map((u) => 2 * u - 1);

const step = 1e-5;

/** (f(x + h v) - f(x - h v)) / 2h, for the result `of`. */
function slopeAlong(
  run: (values: Values) => ReadonlyMap<string, Tensor64>,
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

const titles = new Map<string, number>();

const titleOf = ({ of, instance, call }: Probe): string => {
  const title = `${of}: ${instance ?? call}`;
  const count = (titles.get(title) ?? 0) + 1;
  titles.set(title, count);
  return count === 1 ? title : `${title} (${count})`;
};

describe.each(probes.map((probe) => [titleOf(probe), probe] as const))('%s', (_, probe) => {
  const run = runner(probe);
  const values = Object.fromEntries(
    Object.entries(probe.inputs).map(([name, input], k) => [name, valuesOf(input, k + 1)]),
  );

  it('agrees with its formula', () => {
    const result = run(values).get('value')!;
    expect(result.shape).toEqual(probe.resultShape);
    const expected = probe.formula(values);
    expect(result.data.length).toBe(expected.length);
    for (const [k, value] of expected.entries()) expect(result.data[k]).toBeCloseTo(value, 8);
  });

  for (const name of probe.differentiable) {
    const direction = directionOf(name, probe.inputs[name]!.shape);

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
