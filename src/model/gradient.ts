/** The names of a loss and of what it is differentiated for -> a purpose that the compiler can serve. */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import { UsageError } from '../terminal/failure.ts';

export interface GradientChoice {
  /** Default: the first. */
  readonly loss?: string;
  /** Paths of parameters and names of inputs. Default: every trained parameter. */
  readonly wrt?: readonly string[];
}

export function gradientPurpose(program: TypedProgram, { loss, wrt }: GradientChoice): Purpose {
  const losses = program.outputs.filter((output) => output.role === 'loss').map((output) => output.name);
  if (losses.length === 0) throw new UsageError(`model ${program.model} has no loss: there is no gradient`);
  if (loss !== undefined && !losses.includes(loss)) {
    throw new UsageError(`--loss ${loss}: model ${program.model} has no such loss; ${meant(loss, losses)}`);
  }
  const tensors = new Map([
    ...program.parameters.map(({ path, tensor }) => [path, tensor.dtype] as const),
    ...program.inputs.map(({ label, dtype }) => [label.name, dtype] as const),
  ]);
  const real = [...tensors].filter(([, dtype]) => dtype === 'f32').map(([name]) => name);
  for (const name of wrt ?? []) {
    if (real.includes(name)) continue;
    const dtype = tensors.get(name);
    throw new UsageError(
      dtype === undefined
        ? `--wrt ${name}: model ${program.model} has no such parameter or input; ${meant(name, real)}`
        : `--wrt ${name}: it holds ${dtype} numbers, and only f32 has a gradient`,
    );
  }
  return {
    kind: 'gradient',
    ...(loss !== undefined && { loss }),
    ...(wrt !== undefined && { wrt: [...new Set(wrt)] }),
  };
}
