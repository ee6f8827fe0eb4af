/** The gradients of one objective in, their L2 norm together out: `global_norm`, made once where it is used. */
import type { Span } from '../../../grammar/source.ts';
import { constant } from '../../scalar/build.ts';
import type { Checker } from '../checker.ts';
import { reduceTensor } from '../indices/reduction.ts';
import { call } from '../tensors/element.ts';
import { store } from '../tensors/tensors.ts';
import type { Element, GradientTensor } from '../typed.ts';
import { referenceTo, scalarValue, type TensorValue, type Value } from '../values.ts';

export function normOf(checker: Checker, gradients: readonly GradientTensor[], at: Span): Value {
  const squares = gradients.flatMap((gradient): readonly Element[] => {
    const all = referenceTo(gradient);
    const squared: TensorValue = {
      kind: 'tensor',
      dims: all.dims,
      dtype: 'f32',
      element: (indices) => {
        const own = all.element(indices);
        return call('multiply', [own, own], checker.ranges);
      },
    };
    const sum = reduceTensor(checker, 'sum', squared, new Set(squared.dims.keys()), at);
    if (sum.kind !== 'tensor') return [];
    const stored = store(checker, sum, { name: `${gradient.label.name}.squares`, claimed: true }, at);
    return stored.kind === 'tensor' ? [stored.element([])] : [];
  });
  const zero: Element = constant(0);
  const total = squares.length === 0 ? zero : squares.reduce((a, b) => call('add', [a, b], checker.ranges));
  return store(
    checker,
    scalarValue(call('sqrt', [total], checker.ranges)),
    { name: 'global_norm', claimed: true },
    at,
  );
}
