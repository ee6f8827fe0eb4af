/** A seed in; a random text through the checker and every stage of the compiler, and what went wrong, out. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import { checkGradient } from '../../compiler/gradcheck/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { programOf } from '../prelude/program.ts';
import { furthest } from './same-results.ts';
import { type Written, written } from './written.ts';

/** Undefined where all is right; else what is not, and the text. Every second seed has no kinks, and asks differences. */
export function failureOfWritten(seed: number): string | undefined {
  const smooth = seed % 2 === 0;
  const made = written(seed, smooth);
  const problem = attempted(() => problemOf(made, seed, smooth));
  return problem === undefined ? undefined : `seed ${seed}: ${problem}\n${made.text}`;
}

/** What is thrown is a problem, too; but axes that names tell apart, as a cell's units beside equal steps, are rightly refused. */
function attempted(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.startsWith('NN353') ? undefined : message;
  }
}

function problemOf(made: Written, seed: number, smooth: boolean): string | undefined {
  const { text, feeds } = made;
  const program = programOf(text);
  const run = lower(program, { kind: 'run' });
  const wrong = wrongResult(run, made);
  if (wrong !== undefined) return wrong;
  const storageBuffersPerStage = [8, 10, 12, 16][seed % 4]!;
  const targets = Object.values(defaultTargets).map((target) => ({ ...target, storageBuffersPerStage }));
  const gradient = lower(program, { kind: 'gradient', wrt: [...feeds.keys()] });
  for (const graph of [run, gradient]) {
    const fault = firstFault(graph, targets, feeds);
    if (fault !== undefined) return JSON.stringify(fault);
  }
  if (!smooth) return undefined;
  const loss = { ...run, results: run.results.filter(({ name }) => name === 'loss') };
  const { leaves } = checkGradient(loss, feeds, { mostCoordinates: 3 });
  const off = leaves.find(({ verdict }) => verdict === 'disagrees');
  return off && `the gradient by ${off.name} is off by ${off.error.toExponential(1)}`;
}

function wrongResult(graph: Graph, { feeds, outputs, loss }: Written): string | undefined {
  const { results } = evaluateGraph(differentiate(graph), feeds);
  const expected = new Map<string, Tensor64>([
    ...outputs,
    ['loss', { shape: [], data: Float64Array.of(loss) }],
  ]);
  for (const [name, { shape, data }] of expected) {
    const found = results.get(name)!;
    if (found.shape.join() !== shape.join())
      return `${name} is [${found.shape.join()}], not [${shape.join()}]`;
    const error = furthest(found.data, data);
    if (!(error < 1e-9)) return `${name} is [${found.data.join()}], not [${data.join()}]`;
  }
  return undefined;
}
