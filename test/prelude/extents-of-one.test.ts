/**
 * Every prelude function where axes have an extent of 1: channels, features, positions, heads, filters, one after the other and all
 * at once. Values are those of plain loops, where these are written for any shape (the others are held against them on one row, in
 * `one-row.test.ts`); first and second derivatives are those of central differences, and every stage of the compiler says what
 * the reference says. A sample here; `NNC_EXTENTS=all` runs all, with each class in turn. What a shape refuses is left out, as
 * are labels that are none of one class.
 */
import { describe, expect, it } from 'vitest';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { elementCount } from '../../runtime/extents.ts';
import { inner, runner, slopeAlong } from './differences.ts';
import { graphOf } from './harness.ts';
import type { Probe, ProbeInput } from './probe.ts';
import { directionOf, feedsOf, flat, modelOf, optionsOf, titledProbes, valuesOf } from './probe-model.ts';

interface Axis {
  readonly input: string;
  readonly axis: number;
  readonly extent: number;
}

const isParameter = (name: string): boolean => name.includes('.');

/** Axes that become 1 together: all of one extent, each alone, all. */
function choicesOf({ inputs }: Probe): readonly (readonly Axis[])[] {
  const axes = Object.entries(inputs)
    .filter(([name]) => !isParameter(name))
    .flatMap(([input, { shape }]) => shape.map((extent, axis) => ({ input, axis, extent })))
    .filter(({ extent }) => extent > 1);
  const extents = [...new Set(axes.map(({ extent }) => extent))];
  const lists = [
    ...extents.map((extent) => axes.filter((axis) => axis.extent === extent)),
    ...axes.map((axis) => [axis]),
    axes,
  ];
  return [...new Map(lists.filter(({ length }) => length > 0).map((list) => [textOf(list), list])).values()];
}

const textOf = (axes: readonly Axis[]): string =>
  axes.map(({ input, axis }) => `${input}.${axis}`).join(', ');

const withShape = (input: ProbeInput, shape: readonly number[]): ProbeInput => ({
  ...input,
  shape,
  ...(input.values && { values: input.values.slice(0, elementCount(shape)) }),
});

/** The probe with these axes of extent 1, and what follows from it for its parameters and result; undefined where that is refused. */
function shortened(probe: Probe, axes: readonly Axis[]): Probe | undefined {
  const own = Object.entries(probe.inputs).map(([name, input]) => {
    const isShort = (axis: number): boolean => axes.some((one) => one.input === name && one.axis === axis);
    return [
      name,
      withShape(
        input,
        input.shape.map((extent, axis) => (isShort(axis) ? 1 : extent)),
      ),
    ] as const;
  });
  const graph = graphOfValue({ ...probe, inputs: Object.fromEntries(own), differentiable: [] });
  if (graph === undefined) return undefined;
  const inputs = own.map(([name, input]) => {
    const leaf = graph.nodes.find((node) => node.name === name);
    const isFixed = leaf === undefined || !isParameter(name);
    return [
      name,
      isFixed
        ? input
        : withShape(
            input,
            leaf.indices.map(({ extent }) => extent),
          ),
    ] as const;
  });
  const made = { ...probe, inputs: Object.fromEntries(inputs) };
  const feeds = feedsOf({ ...made, differentiable: [] }, valuesOf(made));
  try {
    const { results } = evaluateGraph(graph, new Map(Object.entries(feeds)));
    return { ...made, resultShape: results.get('value')!.shape };
  } catch (error) {
    // A label that is no class.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function graphOfValue(probe: Probe): Graph | undefined {
  try {
    return graphOf(modelOf(probe), 'run', optionsOf(probe));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NN')) return undefined;
    throw error;
  }
}

const classes = Object.values(defaultTargets);

const all = titledProbes.flatMap(([title, probe]) =>
  choicesOf(probe).map((axes) => [title, textOf(axes), probe, axes] as const),
);
const tried = process.env.NNC_EXTENTS === 'all' ? all : all.filter((_, k) => k % 17 === 5);
const chosen = tried.flatMap(([title, text, probe, axes]) => {
  const short = shortened(probe, axes);
  return short === undefined ? [] : [[title, text, short] as const];
});

it('is what most shapes allow', () => {
  expect(chosen.length).toBeGreaterThan(tried.length / 2);
});

describe.each(chosen.map((one, k) => [...one, k] as const))('%s, %s', (_, __, probe, k) => {
  const run = runner(probe);
  const values = valuesOf(probe);

  it('has the derivatives of central differences', () => {
    for (const name of probe.differentiable) {
      const direction = directionOf(probe, name);
      for (const [found, of] of [
        [`slope_${flat(name)}`, 'pairing'],
        [`bend_${flat(name)}`, `turned_${flat(name)}`],
      ] as const) {
        const { data } = run(values).get(found)!;
        expect(inner(data, direction), found).toBeCloseTo(slopeAlong(run, values, name, direction, of), 5);
      }
    }
  });

  it.runIf(probe.reshaped)('has the value of its formula', () => {
    const shapes = Object.fromEntries(Object.entries(probe.inputs).map(([name, { shape }]) => [name, shape]));
    const expected = probe.reshaped!(shapes, probe.resultShape)(values);
    const { data } = run(values).get('value')!;
    expect(data.length).toBe(expected.length);
    for (const [at, value] of data.entries()) expect(value).toBeCloseTo(expected[at]!, 8);
  });

  it('is the same on every stage', () => {
    const graph = graphOf(modelOf(probe), 'run', optionsOf(probe));
    const feeds = new Map(Object.entries(feedsOf(probe, values)));
    expect(firstFault(graph, [classes[k % classes.length]!], feeds)).toBeUndefined();
  });
});
