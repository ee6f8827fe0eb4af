/** A compilation in; what was fused, stored and scheduled, and why, as text or data, out. */
import { type EdgeDecision, fusionDecisions } from '../../compiler/fuse/explain.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import type { Target } from '../../compiler/target.ts';
import { sizeText } from '../../runtime/limits.ts';

export function decisionsText({ optimized, printed }: Compilation, target: Target): string {
  const edges = fusionDecisions(optimized, target);
  const saved = edges.reduce((sum, { bytesSaved }) => sum + bytesSaved, 0);
  const kernels = printed.map(({ scheduled }) => {
    const { chosen, because, rejected } = scheduled.decision;
    return [
      `kernel ${scheduled.name}: ${chosen}, ${because}`,
      ...rejected.map((r) => `  not ${r.option}: ${r.because}`),
      '',
    ].join('\n');
  });
  return [
    `fusion: ${edges.length} edges, ${sizeText(Math.round(saved))} of memory traffic saved`,
    ...edges.map(edgeText),
    '',
    ...kernels,
  ].join('\n');
}

function edgeText({ from, to, chosen, because, bytesSaved }: EdgeDecision): string {
  const saved = bytesSaved > 0 ? ` (saves ${sizeText(Math.round(bytesSaved))})` : '';
  return `  ${chosen.padEnd(7)} %${from} -> %${to}: ${because}${saved}`;
}

export const decisionsData = ({ optimized, printed }: Compilation, target: Target) => ({
  fusion: fusionDecisions(optimized, target),
  schedules: printed.map(({ scheduled: { name, decision } }) => ({ kernel: name, ...decision })),
});
