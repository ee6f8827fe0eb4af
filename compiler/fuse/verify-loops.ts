/** The part of `verify.ts` that is about loops: their stretches, and what their kernels read of one another. */
import { subtract, variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { visitUnder } from '../ir/conditions.ts';
import type { ValueId } from '../ir/graph.ts';
import { asAffine } from '../scalar/build.ts';
import type { Load } from '../scalar/expr.ts';
import { assume, boundsUnder, factsOf } from '../scalar/facts.ts';
import { bareVariable, loadsOf } from '../scalar/walk.ts';
import type { Fused } from './index.ts';
import { type Kernel, type Position, rangeOf, type Step } from './kernel.ts';
import { isReadBeforeWritten } from './slots.ts';
import { unitsOf } from './units.ts';

/** For each loop what its kernels store. */
export function storedByLoops(kernels: readonly Kernel[]): ReadonlyMap<number, ReadonlySet<ValueId>> {
  const stored = new Map<number, Set<ValueId>>();
  for (const { position, stores } of kernels) {
    if (position === undefined) continue;
    const known = stored.get(position.loop) ?? new Set();
    stored.set(position.loop, known);
    for (const value of stores) known.add(value);
  }
  return stored;
}

export function loopProblems(fused: Fused): readonly string[] {
  const { kernels, graph } = fused;
  const problems: string[] = [];
  const stretches = new Map<number, Position[]>();
  let before: number | undefined;
  for (const unit of unitsOf(kernels)) {
    const loop = unit.kind === 'stretch' ? unit.position.loop : undefined;
    if (unit.kind === 'stretch') {
      const { position } = unit;
      const known = stretches.get(position.loop) ?? [];
      if (known.length > 0 && before !== loop) problems.push(`the kernels of loop ${loop} stand apart`);
      stretches.set(position.loop, [...known, position]);
    }
    before = loop;
  }
  for (const [loop, parts] of stretches) {
    let next = parts[0]!.by === 1 ? 0 : parts[0]!.extent - 1;
    for (const { from, count, by } of parts) {
      if (from !== next || by !== parts[0]!.by || count < 1)
        problems.push(`loop ${loop} misses position ${next}`);
      next = from + by * count;
    }
    if (next !== (parts[0]!.by === 1 ? parts[0]!.extent : -1))
      problems.push(`loop ${loop} ends before ${next}`);
  }
  for (const [loop, values] of storedByLoops(kernels)) {
    for (const value of values) {
      if (!isReadFromElsewhere(fused, loop, value)) continue;
      const missing = stretches.get(loop)!.find(({ from }) => writerOf(kernels, loop, from, value) < 0);
      if (missing)
        problems.push(`%${graph.nodes[value]!.name} is not stored from position ${missing.from} on`);
    }
  }
  return problems;
}

/** Where in a stretch a value is stored; -1 where it is not. */
const writerOf = (kernels: readonly Kernel[], loop: number, from: number, value: ValueId): number =>
  kernels.findIndex((k) => k.position?.loop === loop && k.position.from === from && k.stores.includes(value));

/** Does anything but a kernel at the same position need what a loop stores? */
function isReadFromElsewhere({ graph, kernels }: Fused, loop: number, value: ValueId): boolean {
  if ([...graph.results, ...graph.updates].some((end) => end.value === value)) return true;
  const axis = axisOf(kernels, loop, value);
  return kernels.some(({ position, steps }) =>
    steps.some(({ body, guards }) =>
      [body, ...guards].some((expr) =>
        loadsOf(expr).some(
          (load) =>
            load.value === value &&
            !(position?.loop === loop && bareVariable(load.indices[axis]!) === position.name),
        ),
      ),
    ),
  );
}

/** What is wrong with a read, from memory, of what the reader's own loop stores. */
export function loopReadProblem(
  { kernels, graph, values }: Fused,
  kernel: Kernel,
  step: Step,
  load: Load,
): string | undefined {
  const position = kernel.position!;
  const axis = axisOf(kernels, position.loop, load.value);
  const at = load.indices[axis];
  const info = values.get(load.value)!;
  const mine = kernels.filter((k) => k.position?.loop === position.loop);
  const { nearest, farthest } = distances(kernel, step, load, axis);
  if (at === undefined || nearest < 0) return 'at a position that comes later';
  if (nearest === 0) {
    const writer = writerOf(kernels, position.loop, position.from, load.value);
    if (writer < 0 || writer >= kernels.indexOf(kernel)) return 'at this position before it is stored';
  }
  if (info.slots === undefined) return undefined;
  if (info.slots.axis !== axis) return 'whose slots are along another axis';
  const { count } = info.slots;
  if (farthest < count) return undefined;
  if (farthest === 1 && count === 1 && isReadBeforeWritten(mine, load.value, axis)) return undefined;
  return `${farthest} positions back, of which ${count} are kept: ${graph.nodes[load.value]!.name}`;
}

/** Where the position stands among the indices of what a loop stores. */
function axisOf(kernels: readonly Kernel[], loop: number, value: ValueId): number {
  const maker = kernels.find((k) => k.position?.loop === loop && k.stores.includes(value))!;
  return maker.steps.find((step) => step.value === value)!.indices.indexOf(maker.position!.name);
}

/** How far back a load goes, wherever it is evaluated. */
function distances(
  { rows, columns, position }: Kernel,
  { guards, body }: Step,
  load: Load,
  axis: number,
): { readonly nearest: number; readonly farthest: number } {
  const at = load.indices[axis];
  const { name, by } = position!;
  if (at !== undefined && bareVariable(at) === name) return { nearest: 0, farthest: 0 };
  const of = at && asAffine(at);
  if (of === undefined) return { nearest: Number.NEGATIVE_INFINITY, farthest: Number.POSITIVE_INFINITY };
  const back = by === 1 ? subtract(variable(name), of) : subtract(of, variable(name));
  let facts = factsOf(new Map([...rangesOf([...rows, ...columns]), [name, rangeOf(position!)] as const]));
  let [nearest, farthest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const expr of [...guards, body]) {
    visitUnder(
      { expr, facts },
      (e) => e === load,
      (_, known) => {
        const { min, max } = boundsUnder(back, known);
        [nearest, farthest] = [Math.min(nearest, min), Math.max(farthest, max)];
      },
    );
    facts = assume(facts, expr);
  }
  return nearest > farthest ? { nearest: 1, farthest: 0 } : { nearest, farthest };
}
