/** A tensor in, the tensors that it is computed from out, and whether a gradient flows back to each. */
import { isPositional } from '../../ir/reducers.ts';
import type { Expr } from '../../scalar/expr.ts';
import { functions } from '../../scalar/functions.ts';
import type { EquationTensor, Tensor } from '../typed.ts';

/** What a tensor reads. */
export const readsOf = (tensor: Tensor): readonly Tensor[] => [...flowsOf(tensor).keys()];

/** What a tensor reads; true where a gradient flows back through one of the reads. */
export function flowsOf(tensor: Tensor): ReadonlyMap<Tensor, boolean> {
  if (tensor.kind === 'equation') return flowsOfEquation(tensor);
  if (tensor.kind !== 'gradient') return new Map();
  return new Map([
    [tensor.wrt, true],
    [tensor.of, true],
  ]);
}

function flowsOfEquation({ reduce, body }: EquationTensor): ReadonlyMap<Tensor, boolean> {
  const reads = new Map<Tensor, boolean>();
  const seen = { true: new Set<Expr<Tensor>>(), false: new Set<Expr<Tensor>>() };
  const walk = (element: Expr<Tensor>, live: boolean): void => {
    const here = seen[`${live}`];
    if (here.has(element)) return;
    here.add(element);
    switch (element.kind) {
      case 'load':
        reads.set(element.value, (reads.get(element.value) ?? false) || (live && element.dtype === 'f32'));
        for (const index of element.indices) walk(index, false);
        return;
      case 'call':
        for (const operand of element.operands)
          walk(operand, live && functions[element.fn].partials !== 'zero');
        return;
      case 'select':
        walk(element.condition, false);
        walk(element.then, live);
        walk(element.otherwise, live);
        return;
      case 'derivative':
        walk(element.value, false);
        for (const { operand, partial } of element.rules) {
          walk(operand, live);
          walk(partial, false);
        }
        return;
      default:
    }
  };
  for (const guard of reduce?.guards ?? []) walk(guard, false);
  walk(body, reduce === undefined || !isPositional(reduce.by));
  return reads;
}

/** The tensors that are reached from these, and they. */
export function reachedFrom(
  tensors: readonly Tensor[],
  next: (tensor: Tensor) => Iterable<Tensor>,
): ReadonlySet<Tensor> {
  const reached = new Set(tensors);
  // What is added meanwhile is walked, too.
  for (const tensor of reached) for (const other of next(tensor)) reached.add(other);
  return reached;
}
