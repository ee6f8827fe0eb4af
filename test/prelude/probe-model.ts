/** A probe in, the model that shows its value and its derivatives, and numbers to feed it, out. */

import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { elementCount } from '../../runtime/extents.ts';
import { activationProbes } from './activations.ts';
import { attentionProbes } from './attention.ts';
import { augmentationProbes } from './augmentation.ts';
import { convolutionProbes } from './convolution.ts';
import { furtherLossProbes } from './further-losses.ts';
import { draws, tensor64 } from './harness.ts';
import { layerProbes } from './layers.ts';
import { linearSystemProbes } from './linear-systems.ts';
import { lossProbes } from './losses.ts';
import { metricProbes } from './metrics.ts';
import { normalizationProbes } from './normalization.ts';
import { poolingProbes } from './pooling.ts';
import type { Probe, ProbeInput } from './probe.ts';
import type { CompileOptions } from './program.ts';
import { recurrentProbes } from './recurrent.ts';

export const functionProbes: readonly Probe[] = [
  ...activationProbes,
  ...layerProbes,
  ...recurrentProbes,
  ...lossProbes,
  ...metricProbes,
  ...convolutionProbes,
  ...poolingProbes,
  ...normalizationProbes,
  ...attentionProbes,
  ...furtherLossProbes,
  ...linearSystemProbes,
  ...augmentationProbes,
];

/** Each probe with a name of its own. */
export const titledProbes: readonly (readonly [title: string, probe: Probe])[] = functionProbes.map(
  (probe, k) => {
    const titleOf = ({ of, instance, call }: Probe): string => `${of}: ${instance ?? call}`;
    const title = titleOf(probe);
    const earlier = functionProbes.slice(0, k).filter((other) => titleOf(other) === title).length;
    return [earlier === 0 ? title : `${title} (${earlier + 1})`, probe];
  },
);

/** How a probe's model is compiled. */
export const optionsOf = ({ training = false }: Probe): CompileOptions => ({ training });

export const typeText = (dtype: string, shape: readonly number[]): string =>
  shape.length === 0 ? dtype : `${dtype}[${shape.join(', ')}]`;

/** `d.W` as a part of a name. */
export const flat = (name: string): string => name.replaceAll('.', '_');

/**
 * `pairing` is one random combination of the results, `<cotangent, f(x)>`; `slope_x` its gradient and
 * `bend_x` the gradient of `<direction_x, slope_x>`.
 */
export function modelOf(probe: Probe): string {
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
  const helpers = probe.helpers === undefined ? '' : `${probe.helpers}\n\n`;
  return `${helpers}model probe {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

export type Values = Readonly<Record<string, readonly number[]>>;

function draw({ type, shape, range: [low, high], values }: ProbeInput, seed: number): readonly number[] {
  if (values !== undefined) return values;
  return draws(seed, elementCount(shape)).map((u) =>
    type === 'i32' ? low + Math.floor(u * (high - low + 1) * 0.999999) : low + u * (high - low),
  );
}

/** The numbers of a probe's inputs. */
export const valuesOf = (probe: Probe): Values =>
  Object.fromEntries(Object.entries(probe.inputs).map(([name, input], k) => [name, draw(input, k + 1)]));

/** The direction in which the derivative by one input is compared. */
export const directionOf = (probe: Probe, name: string): readonly number[] =>
  draws(name.length + 31, elementCount(probe.inputs[name]!.shape)).map((u) => 2 * u - 1);

/** All leaves of `modelOf(probe)`. */
export function feedsOf(probe: Probe, values: Values): Readonly<Record<string, Tensor64>> {
  const given = Object.entries(values).map(
    ([name, numbers]) => [name, tensor64(probe.inputs[name]!.shape, numbers)] as const,
  );
  if (probe.differentiable.length === 0) return Object.fromEntries(given);
  const weights = draws(77, elementCount(probe.resultShape)).map((u) => 0.5 + u);
  const directions = probe.differentiable.map(
    (name) =>
      [`direction_${flat(name)}`, tensor64(probe.inputs[name]!.shape, directionOf(probe, name))] as const,
  );
  return Object.fromEntries([...given, ...directions, ['cotangent', tensor64(probe.resultShape, weights)]]);
}
