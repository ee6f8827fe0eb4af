/** A seed in; a graph with gradients and updates through every stage of the compiler, and what went wrong, out. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import { checkGradient } from '../../compiler/gradcheck/index.ts';
import { type Fault, firstFault, stageTolerance } from '../../compiler/gradcheck/stages.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { jumps } from './jumps.ts';
import type { RandomGraph } from './random-graph.ts';
import { shrink } from './shrink.ts';
import { smoothLoss, type Trouble, trouble } from './trouble.ts';

export interface Failure {
  readonly seed: number;
  readonly fault: Fault;
  /** The smallest graph that was found to fail in the same stage. */
  readonly text: string;
}

/** What the stages say of one graph, for both classes of adapter; nothing of one that jumps at the values it is fed. */
export function stageFailure(seed: number, of: Trouble = trouble(seed)): Failure | undefined {
  const { graph, feeds, targets } = of;
  const fault = firstFault(graph, targets, feeds);
  if (fault === undefined) return undefined;
  if (fault.stage !== 'autodiff' && jumps(differentiate(graph), feeds, stageTolerance)) return undefined;
  const faultOf = (candidate: RandomGraph): Fault | undefined =>
    firstFault(candidate.graph, targets, candidate.feeds);
  const fails = (candidate: RandomGraph): boolean => {
    const found = faultOf(candidate);
    return found?.stage === fault.stage && (found.message === undefined) === (fault.message === undefined);
  };
  const start = fault.stage === 'autodiff' ? { graph, feeds } : { graph: differentiate(graph), feeds };
  const smallest = fails(start) ? shrink(start, fails) : start;
  return { seed, fault: faultOf(smallest) ?? fault, text: printGraph(smallest.graph) };
}

/** What central differences say of the gradient of a loss, and which equation is to blame. */
export function gradientFailure(seed: number): Failure | undefined {
  const { graph, feeds } = smoothLoss(seed);
  if (!Number.isFinite(evaluateGraph(graph, feeds).results.get('loss')!.data[0])) return undefined;
  const { leaves, culprit } = checkGradient(graph, feeds, { mostCoordinates: 4 });
  const wrong = leaves.find(({ verdict }) => verdict === 'disagrees');
  if (wrong === undefined) return undefined;
  const message = `the gradient by ${wrong.name} is off by ${wrong.error.toExponential(1)}; ${
    culprit ? `the derivative by %${culprit.operand} of ${culprit.equation}` : 'every equation alone is right'
  }`;
  return { seed, fault: { stage: 'autodiff', message }, text: printGraph(graph) };
}

export const failureText = ({ seed, fault, text }: Failure): string => {
  const { stage, pass, target, kernel, value, at, expected, found, message, equation } = fault;
  const lines = [
    `seed ${seed}: ${stage}${pass ? ` (${pass})` : ''}${target ? `, for ${target}` : ''}${kernel ? `, kernel ${kernel}` : ''}`,
    ...(value === undefined ? [] : [`  %${value} at ${at}: expected ${expected}, found ${found}`]),
    ...(message === undefined ? [] : [`  ${message}`]),
    ...(equation === undefined ? [] : [`  ${equation}`]),
    ...text.trimEnd().split('\n'),
  ];
  return lines.join('\n');
};
