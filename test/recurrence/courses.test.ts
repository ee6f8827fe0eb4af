/**
 * Recurrences of courses: what a text says against plain loops, gradients against the unrolled graph and differences, and
 * every stage against the others.
 */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import {
  askedFor,
  courseGraph,
  courseRecurrences,
  leavesOf,
  valuesOf,
} from '../support/course-recurrences.ts';
import { expectGradient } from '../support/gradient.ts';
import { expectSame, furthest, soundly } from '../support/same-results.ts';

describe.each(courseRecurrences)('$name', (course) => {
  test.each(course.sizes)('%j', (sizes) => {
    const graph = soundly(courseGraph(course, sizes));
    const feeds = leavesOf(course, sizes, graph);
    const { results } = evaluateGraph(graph, feeds);
    for (const [name, { data }] of valuesOf(course, sizes, feeds)) {
      expect(furthest(results.get(name)!.data, data), name).toBeLessThan(1e-9);
    }
    const asked = askedFor(graph, feeds);
    if (asked !== undefined) {
      expectSame(
        soundly(differentiate(asked.graph)),
        soundly(differentiate(unrolled(asked.graph))),
        asked.feeds,
      );
      if (course.jumps !== true && sizes === course.sizes[0]) expectGradient(graph, { feeds });
    }
    const { graph: all, feeds: fed } = asked ?? { graph, feeds };
    expect(firstFault(all, Object.values(defaultTargets), fed)).toBeUndefined();
  });
});
