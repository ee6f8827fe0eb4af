/** `loss`, `metric` and `output` statements and their values in, outputs of the program out. */
import type { Let } from '../../../grammar/ast.ts';
import { isComputable } from '../arithmetic/arithmetic.ts';
import { type Checker, report } from '../checker.ts';
import { notAResult } from '../problems/names.ts';
import { lossNotScalar } from '../problems/values.ts';
import { store, toTensor } from '../tensors/tensors.ts';
import type { Output } from '../typed.ts';
import type { Value } from '../values.ts';

export function addOutput(
  checker: Checker,
  role: Output['role'],
  name: string,
  value: Value,
  { span, value: { span: at } }: Let,
): void {
  if (value.kind === 'unknown') return;
  if (!isComputable(value)) {
    report(checker, notAResult(at, role, value));
    return;
  }
  const stored = store(checker, toTensor(value), { name, claimed: true }, span);
  if (stored.kind === 'unknown' || stored.tensor === undefined) return;
  if (role === 'loss' && (stored.dims.length > 0 || stored.dtype !== 'f32')) {
    report(checker, lossNotScalar(at, name, stored));
    return;
  }
  checker.outputs.push({ name, role, tensor: stored.tensor, at: span });
}
