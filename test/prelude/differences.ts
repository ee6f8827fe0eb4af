/** A probe in; its runs in f64, and the slopes that central differences of them give, out. */
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { lazy } from '../../grammar/lazy.ts';
import { evaluateWith, graphOf } from './harness.ts';
import type { Probe } from './probe.ts';
import { feedsOf, modelOf, optionsOf, type Values } from './probe-model.ts';

export type Run = (values: Values) => ReadonlyMap<string, Tensor64>;

/** A run of one probe at given inputs. */
export function runner(probe: Probe): Run {
  const graph = lazy(() => graphOf(modelOf(probe), 'run', optionsOf(probe)));
  return (values) => evaluateWith(graph(), feedsOf(probe, values)).results;
}

export const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

const step = 1e-5;

/** (f(x + h v) - f(x - h v)) / 2h, for the result `of`. */
export function slopeAlong(
  run: Run,
  values: Values,
  name: string,
  direction: readonly number[],
  of: string,
): number {
  const [ahead, behind] = [step, -step].map((h) => {
    const moved = values[name]!.map((value, k) => value + h * direction[k]!);
    return run({ ...values, [name]: moved }).get(of)!.data[0]!;
  });
  return (ahead! - behind!) / (2 * step);
}
