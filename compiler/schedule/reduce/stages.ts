/**
 * The order of a row's work: the steps of a kernel in, walks over the columns out.
 *
 * A reduction over what another reduction gave needs a walk of its own: softmax takes the largest element in
 * its first walk, the sum of exponentials in its second and writes quotients in its third. Reductions that do
 * not depend on each other share a walk. What is computed for each column is computed again in each walk.
 */
import { type Kernel, type Step, stepRead } from '../../fuse/kernel.ts';
import type { ValueId } from '../../scalar/expr.ts';
import { functions } from '../../scalar/functions.ts';
import { forEach, loadsOf } from '../../scalar/walk.ts';
import { expressionsOf } from '../facts.ts';

export interface Stage {
  readonly reduces: readonly Step[];
  /** Values of single elements that are written in this walk. */
  readonly stores: readonly ValueId[];
  /** Values of the row that can be computed before this walk, and not earlier. */
  readonly before: readonly Step[];
}

export interface Stages {
  readonly walks: readonly Stage[];
  /** Values of the row that need all walks. */
  readonly after: readonly Step[];
  readonly rowStores: readonly ValueId[];
}

export function stagesOf(kernel: Kernel): Stages {
  /** How many walks must be over before a value is known. */
  const ready = new Map<ValueId, number>();
  for (const step of kernel.steps) {
    const needs = dependenciesOf(kernel, step).map((value) => ready.get(value)!);
    ready.set(step.value, Math.max(0, ...needs) + (step.level === 'reduce' ? 1 : 0));
  }
  const stored = (step: Step): boolean => kernel.stores.includes(step.value);
  const elementStores = kernel.steps.filter((step) => step.level === 'element' && stored(step));
  const reductions = Math.max(
    0,
    ...kernel.steps.map((step) => (step.level === 'reduce' ? ready.get(step.value)! : 0)),
  );
  const count = Math.max(reductions, ...elementStores.map((step) => ready.get(step.value)! + 1));
  // What is overwritten in place may be read again in any walk, so it is written in the last one.
  const inPlace = elementStores.some((step) => kernel.inPlace.has(step.value));
  const rows = kernel.steps.filter((step) => step.level === 'row');
  return {
    walks: Array.from({ length: count }, (_, walk) => ({
      reduces: kernel.steps.filter((step) => step.level === 'reduce' && ready.get(step.value) === walk + 1),
      stores: elementStores
        .filter((step) => (inPlace ? count - 1 : ready.get(step.value)!) === walk)
        .map((step) => step.value),
      before: rows.filter((step) => ready.get(step.value) === walk),
    })),
    after: rows.filter((step) => ready.get(step.value)! >= count),
    rowStores: kernel.steps
      .filter((step) => step.level !== 'element' && stored(step))
      .map((step) => step.value),
  };
}

/** Dear values of single elements that several walks need: of each walk those that it computes first. */
export function keptIn(kernel: Kernel, { walks }: Stages): readonly (readonly ValueId[])[] {
  const steps = new Map(kernel.steps.map((step) => [step.value, step] as const));
  const elementsOf = ({ reduces, stores }: Stage): ReadonlySet<ValueId> => {
    const found = new Set<ValueId>();
    const visit = (step: Step): void => {
      for (const value of dependenciesOf(kernel, step)) {
        const read = steps.get(value)!;
        if (read.level !== 'element' || found.has(value)) continue;
        found.add(value);
        visit(read);
      }
    };
    for (const step of [...reduces, ...stores.map((value) => steps.get(value)!)]) visit(step);
    return found;
  };
  const needed = walks.map(elementsOf);
  const isDear = (step: Step): boolean => {
    let dear = false;
    forEach(step.body, (e) => {
      dear ||= e.kind === 'call' && functions[e.fn].cost === 'dear';
    });
    return dear;
  };
  return needed.map((values, walk) =>
    [...values].filter(
      (value) =>
        isDear(steps.get(value)!) &&
        needed.findIndex((each) => each.has(value)) === walk &&
        needed.slice(walk + 1).some((each) => each.has(value)),
    ),
  );
}

/** The steps that a step reads on chip. */
export function dependenciesOf(kernel: Kernel, step: Step): readonly ValueId[] {
  const loads = expressionsOf(step).flatMap(loadsOf);
  return [...new Set(loads.flatMap((load) => stepRead(kernel, load)?.value ?? []))];
}
