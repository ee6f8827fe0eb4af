/** The stages that `dump` knows: their names, what the compiled ones look like, and which panels of a page show them. */
import { printKernels } from '../../compiler/fuse/print.ts';
import { brokenLines } from '../../compiler/ir/layout.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { printProgram } from '../../compiler/plan/print.ts';
import { kernelsDot, planDot } from './dot.ts';

/** Texts are read in terminals of this many columns. */
export const textWidth = 100;

interface StageView {
  readonly text: (c: Compilation) => string;
  readonly data: (c: Compilation) => unknown;
  readonly dot: (c: Compilation) => string;
}

const fitted = (text: string): string =>
  text
    .split('\n')
    .flatMap((line) => brokenLines(line, textWidth))
    .join('\n');

/** Those that need kernels. */
export const compiledStages = {
  kernels: {
    text: (c) => fitted(printKernels(c.fused)),
    data: (c) => c.fused.kernels,
    dot: (c) => kernelsDot(c, 'steps'),
  },
  wgsl: {
    text: (c) => c.program.code.kernels.map((k) => k.wgsl).join('\n'),
    data: (c) => c.program.code.kernels,
    dot: (c) => kernelsDot(c, 'dispatch'),
  },
  plan: {
    text: (c) => printProgram(c.program),
    data: ({ program }) => ({
      ...program,
      code: { ...program.code, kernels: program.code.kernels.map(({ wgsl: _, ...k }) => k) },
    }),
    dot: planDot,
  },
} as const satisfies Record<string, StageView>;

export const stageNames = [
  'ast',
  'types',
  'graph',
  'backward',
  'optimized',
  'kernels',
  'wgsl',
  'plan',
] as const;

export type Stage = (typeof stageNames)[number];

/** The panels of a page that are open at first, for each stage. */
export const panelsOf: Readonly<Record<Stage, readonly string[]>> = {
  ast: ['source', 'types'],
  types: ['source', 'types'],
  graph: ['source', 'graph', 'equations'],
  backward: ['source', 'equations', 'backward'],
  optimized: ['equations', 'backward', 'passes'],
  kernels: ['source', 'equations', 'kernels'],
  wgsl: ['source', 'kernels', 'wgsl'],
  plan: ['source', 'kernels', 'memory'],
};
