/** Held-out samples and a session with parameters -> losses and metrics over all of the samples. */
import { evaluate } from '../../runtime/evaluate.ts';
import type { Runner, Session } from '../../runtime/execute.ts';
import { type Program, programBytes } from '../../runtime/program.ts';
import type { Dataset } from '../data/dataset.ts';
import { TooLargeError } from '../model/compilation.ts';
import type { Values } from '../terminal/progress.ts';

/** All samples run at once, so that metrics like F1 are exact, unless that takes more bytes. */
const largestEvaluation = 2 ** 29;

/** Compiles for the set's size; what it gives evaluates with the parameters that the session then holds. */
export function evaluation(
  session: Session,
  dataset: Dataset,
  compiled: (batch: number) => Program,
  seed: number,
): () => Promise<Values> {
  const { inputs, count } = dataset;
  let batch = count;
  let program = fitting(compiled, batch);
  while (program === undefined || (batch > 1 && programBytes(program) > largestEvaluation)) {
    batch = Math.ceil(batch / 2);
    program = fitting(compiled, batch);
  }
  const runners = new Map<number, Promise<Runner>>();
  const runnerFor = (size: number): Promise<Runner> => {
    const runner = runners.get(size) ?? session.load(size === batch ? program : compiled(size));
    runners.set(size, runner);
    return runner;
  };
  return async () => (await evaluate({ runnerFor, dataset: inputs, count, batch, seed })).values;
}

/** Undefined where the batch is what is too much. */
function fitting(compiled: (batch: number) => Program, batch: number): Program | undefined {
  try {
    return compiled(batch);
  } catch (failure) {
    if (failure instanceof TooLargeError && batch > 1) return undefined;
    throw failure;
  }
}
