/**
 * Recurrences on the device and on the processor: values, and the gradients of all leaves, against the reference. Those of
 * the prelude in both classes of kernels, those of courses in turn.
 */
import { afterAll, beforeAll, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import type { Tensor } from '../../runtime/tensor.ts';
import { graphOf } from '../lower/lowered.ts';
import { askedFor, courseGraph, courseRecurrences, leavesOf } from '../support/course-recurrences.ts';
import { executeOn, expectFound, type Feeds } from '../support/execute.ts';
import { recurrentTexts } from '../support/recurrent-texts.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

type Case = ReturnType<typeof caseOf>;

const caseOf = (name: string, graph: ReturnType<typeof graphOf>, feeds: Feeds) => {
  const asked = askedFor(graph, feeds) ?? { graph, feeds };
  return { name, ...asked };
};

/** The longest of each, whose positions are more than its slots. */
const cases: readonly Case[] = [
  ...courseRecurrences.map((course) => {
    const steps = (sizes: Readonly<Record<string, number>>): number =>
      sizes.T ?? Math.max(...Object.values(sizes));
    const sizes = course.sizes.reduce((a, b) => (steps(b) > steps(a) ? b : a));
    const graph = courseGraph(course, sizes);
    return caseOf(course.name, graph, leavesOf(course, sizes, graph));
  }),
  ...recurrentTexts.map(({ name, text }) => {
    const set = { T: 7, ...(text.includes('[B') && { B: 3 }) };
    const graph = graphOf(text, { kind: 'run' }, { set, training: true });
    return caseOf(name, graph, leavesOf({ name, text, sizes: [], values: () => ({}) }, set, graph));
  }),
];

const onAll: Readonly<Record<string, (one: Case) => Promise<ReadonlyMap<string, Tensor>>>> = {
  hardware: ({ graph, feeds }) => executeOn(open.device!, graph, feeds, 'hardware'),
  software: ({ graph, feeds }) => executeOn(open.device!, graph, feeds, 'software'),
  processor: ({ graph, feeds }) => executeOn(open.device!, graph, feeds, 'cpu'),
};

const kinds = (k: number): readonly string[] =>
  k < courseRecurrences.length ? [k % 2 === 0 ? 'hardware' : 'software', 'processor'] : Object.keys(onAll);

test.each(cases.map((one, k) => [one.name, one, kinds(k)] as const))('%s', async (_, one, on) => {
  for (const kind of on) expectFound(await onAll[kind]!(one), differentiate(one.graph), one.feeds);
});
