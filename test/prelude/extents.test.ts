/**
 * Every prelude function where axes have another extent, 1 or a prime: channels, features, positions, heads, filters, one after the
 * other and all at once. Values are those of plain loops, where these are written for any shape (the others are held against them on
 * one row, in `one-row.test.ts`). For extents of 1, first and second derivatives are those of central differences, and every stage
 * of the compiler says what the reference says: a sample here; `NNC_EXTENTS=all` runs all, with each class in turn. What a shape
 * refuses is left out, as are labels that are none of the classes.
 */
import { describe, expect, it } from 'vitest';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { elementCount } from '../../runtime/extents.ts';
import { inner, runner, slopeAlong } from './differences.ts';
import { graphOf } from './harness.ts';
import { type Probe, type ProbeInput, shapesOf } from './probe.ts';
import { directionOf, feedsOf, flat, modelOf, optionsOf, titledProbes, valuesOf } from './probe-model.ts';

interface Axis {
  readonly input: string;
  readonly axis: number;
  readonly extent: number;
}

/** Axes that get another extent together. */
interface Choice {
  readonly axes: readonly Axis[];
  readonly extent: number;
}

const isParameter = (name: string): boolean => name.includes('.');

/** All axes of one extent, each alone, all; all of one extent become a prime, too, which is none of the probe's own extents. */
function choicesOf({ inputs }: Probe): readonly Choice[] {
  const axes = Object.entries(inputs)
    .filter(([name]) => !isParameter(name))
    .flatMap(([input, { shape }]) => shape.map((extent, axis) => ({ input, axis, extent })))
    .filter(({ extent }) => extent > 1);
  const extents = [...new Set(axes.map(({ extent }) => extent))];
  const prime = [5, 7, 3, 11].find((one) => !extents.includes(one))!;
  const lists = [
    ...extents.map((extent) => axes.filter((axis) => axis.extent === extent)),
    ...axes.map((axis) => [axis]),
    axes,
  ];
  const choices = [
    ...lists.filter(({ length }) => length > 0).map((list): Choice => ({ axes: list, extent: 1 })),
    ...extents.map(
      (extent): Choice => ({ axes: axes.filter((axis) => axis.extent === extent), extent: prime }),
    ),
  ];
  return [...new Map(choices.map((choice) => [textOf(choice), choice])).values()];
}

const textOf = ({ axes, extent }: Choice): string =>
  `${axes.map(({ input, axis }) => `${input}.${axis}`).join(', ')} = ${extent}`;

/** Given numbers are those of the first positions, or begin again. */
const withShape = (input: ProbeInput, shape: readonly number[]): ProbeInput => ({
  ...input,
  shape,
  ...(input.values && {
    values: Array.from({ length: elementCount(shape) }, (_, k) => input.values![k % input.values!.length]!),
  }),
});

interface Resized {
  readonly probe: Probe;
  readonly value: ArrayLike<number>;
}

/** The probe with other extents, and what follows from it for its parameters and result; undefined where that is refused. */
function resized(probe: Probe, { axes, extent: chosen }: Choice): Resized | undefined {
  const own = Object.entries(probe.inputs).map(([name, input]) => {
    const isChosen = (axis: number): boolean => axes.some((one) => one.input === name && one.axis === axis);
    return [
      name,
      withShape(
        input,
        input.shape.map((extent, axis) => (isChosen(axis) ? chosen : extent)),
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
    const { shape, data } = results.get('value')!;
    return { probe: { ...made, resultShape: shape }, value: data };
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
  choicesOf(probe).map((choice) => [title, textOf(choice), probe, choice] as const),
);

it('has the values of plain loops, where these are written for any shape', () => {
  const found = all.flatMap(([title, text, probe, choice]) => {
    const other = probe.reshaped === undefined ? undefined : resized(probe, choice);
    if (other === undefined) return [];
    const formula = probe.reshaped!(shapesOf(other.probe.inputs), other.probe.resultShape);
    return [{ title: `${title}, ${text}`, value: other.value, expected: formula(valuesOf(other.probe)) }];
  });
  expect(found.length).toBeGreaterThan(700);
  const wrong = found.filter(
    ({ value, expected }) =>
      value.length !== expected.length ||
      expected.some((one, at) => !(Math.abs(value[at]! - one) < 5e-9 * Math.max(1, Math.abs(one)))),
  );
  expect(wrong).toEqual([]);
});

const ofOne = all.filter(([, , , { extent }]) => extent === 1);
const tried = process.env.NNC_EXTENTS === 'all' ? ofOne : ofOne.filter((_, k) => k % 17 === 5);
const chosen = tried.flatMap(([title, text, probe, choice]) => {
  const other = resized(probe, choice);
  return other === undefined ? [] : [[title, text, other.probe] as const];
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

  it('is the same on every stage', () => {
    const graph = graphOf(modelOf(probe), 'run', optionsOf(probe));
    const feeds = new Map(Object.entries(feedsOf(probe, values)));
    expect(firstFault(graph, [classes[k % classes.length]!], feeds)).toBeUndefined();
  });
});
