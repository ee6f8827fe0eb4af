/** A kernel in; which positions it lists, or which list each of its sums may walk, out. */
import type { Kernel, Step, ValueInfo } from '../../fuse/kernel.ts';
import { add, constant } from '../../index/build.ts';
import type { Index } from '../../ir/graph.ts';
import { flatten, isAffine, namelessKey } from '../../ir/position-lists.ts';
import type { Expr, Load, ValueId } from '../../scalar/expr.ts';
import { bareVariable, structuralKey } from '../../scalar/walk.ts';
import type { KernelFacts } from '../facts.ts';

/** A step that lists positions. */
export interface Lists {
  readonly step: Step;
  readonly values: number;
  /** The number at a position, over the rows of the batch and the columns. */
  readonly key: Expr;
}

/** What a kernel lists, where that is all it does; the last row is the element of the lists. */
export function listsIn({ kernel, values }: KernelFacts): readonly Lists[] | undefined {
  const element = kernel.rows.at(-1)?.name;
  const lists = kernel.steps.flatMap((step): readonly Lists[] => {
    const known = values.get(step.value)!.lists;
    const isInOrder = step.indices.every((name, k) => name === kernel.rows[k]?.name);
    if (known === undefined || step.level !== 'reduce' || !isInOrder) return [];
    return step.guards.flatMap((guard) => {
      if (guard.kind !== 'call' || guard.fn !== 'equal') return [];
      const [choice, key] = guard.operands as readonly [Expr, Expr];
      const isChoice = choice.kind === 'select' && bareVariable(choice.then) === element;
      return isChoice ? [{ step, values: known.values, key }] : [];
    });
  });
  return lists.length === kernel.steps.length ? lists : undefined;
}

/** A list that a sum walks: its columns are the positions on it, from the first one of the row on. */
export interface Walk {
  readonly step: Step;
  /** The step without the conditions that hold for each position on the list. */
  readonly others: Step;
  readonly lists: ValueId;
  /** `lists[row]`, and `lists[position + values]`. */
  readonly first: Load;
  readonly next: Load;
}

/** The list of a reduction, where its conditions say that one may be walked. */
export function walkIn({ kernel, values }: KernelFacts, step: Step): Walk | undefined {
  const position = flatten(kernel.columns);
  for (const next of step.guards.flatMap((guard) => loadBeyond(guard, 'less', 1))) {
    const info = values.get(next.value)?.lists;
    const batch = next.indices.slice(0, -1);
    if (info === undefined || !batch.every((at) => isRow(kernel, at))) continue;
    if (!isAffine(next.indices.at(-1)!, add(position, constant(info.values)))) continue;
    const rows = batch.map((at) => kernel.rows.find(({ name }) => name === bareVariable(at))!);
    const asked = step.guards.filter((guard) => {
      if (loadBeyond(guard, 'less', 1).includes(next)) return false;
      const [first] = loadBeyond(guard, 'less_equal', 0);
      return first?.value !== next.value;
    });
    const first = step.guards
      .flatMap((guard) => loadBeyond(guard, 'less_equal', 0))
      .find(
        (load) =>
          load.value === next.value &&
          isRow(kernel, load.indices.at(-1)!) &&
          load.indices.slice(0, -1).every((at, k) => bareVariable(at) === rows[k]!.name),
      );
    if (first === undefined) continue;
    const value = bareVariable(first.indices.at(-1)!)!;
    const own = asked.find((guard) => isKey(guard, value, rows, kernel.columns, info));
    if (own === undefined) continue;
    const guards = asked.filter((guard) => guard !== own);
    return { step, others: { ...step, guards }, lists: next.value, first, next };
  }
  return undefined;
}

const isRow = ({ rows }: Kernel, at: Expr): boolean => rows.some(({ name }) => name === bareVariable(at));

/** The load on one side of a comparison. */
const loadBeyond = (guard: Expr, fn: 'less' | 'less_equal', side: 0 | 1): readonly Load[] => {
  const operand = guard.kind === 'call' && guard.fn === fn ? guard.operands[side] : undefined;
  return operand?.kind === 'load' ? [operand] : [];
};

/** Does the condition say that what the lists list is `value`? */
function isKey(
  guard: Expr,
  value: string,
  batch: readonly Index[],
  positions: readonly Index[],
  lists: NonNullable<ValueInfo['lists']>,
): boolean {
  if (guard.kind !== 'call' || guard.fn !== 'equal') return false;
  const [a, b] = guard.operands as readonly [Expr, Expr];
  return [
    [a, b],
    [b, a],
  ].some(
    ([key, own]) =>
      bareVariable(own!) === value &&
      structuralKey(namelessKey({ batch, positions, key: key! })) === structuralKey(lists.key),
  );
}
