/** A tensor in, the tensors that it is computed from out. */
import { forEach } from '../../scalar/walk.ts';
import type { Tensor } from '../typed.ts';

/** One that is read at several places comes several times. */
export function readsOf(tensor: Tensor): readonly Tensor[] {
  if (tensor.kind === 'gradient') return [tensor.of, tensor.wrt];
  if (tensor.kind !== 'equation') return [];
  const found: Tensor[] = [];
  for (const part of [...(tensor.reduce?.guards ?? []), tensor.body]) {
    forEach(part, (e) => {
      if (e.kind === 'load') found.push(e.value);
    });
  }
  return found;
}
