/** The stages that `dump` knows: their names, what the compiled ones look like, and which panels of a page show them. */
import { printKernels } from '../../compiler/fuse/print.ts';
import { brokenLines } from '../../compiler/ir/layout.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { printProgram } from '../../compiler/plan/print.ts';
import { watOf } from '../../compiler/plan/targets.ts';
import { type Code, wgslOf } from '../../runtime/program.ts';
import { codeLines } from './code-lines.ts';
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
    text: (c) =>
      wgslOf(c.program)
        .kernels.flatMap((k) => k.wgsl.split('\n'))
        .flatMap((line) => codeLines(line, textWidth))
        .join('\n'),
    data: (c) => wgslOf(c.program).kernels,
    dot: (c) => kernelsDot(c, 'dispatch'),
  },
  wat: {
    text: (c) =>
      watOf(c.printed, c.program)
        .split('\n')
        .flatMap((line) => codeLines(line, textWidth))
        .join('\n'),
    data: (c) => ({ kernels: c.program.code.kernels, wat: watOf(c.printed, c.program) }),
    dot: (c) => kernelsDot(c, 'dispatch'),
  },
  plan: {
    text: (c) => printProgram(c.program),
    data: ({ program }) => ({
      ...program,
      code: withoutTexts(program.code),
    }),
    dot: planDot,
  },
} as const satisfies Record<string, StageView>;

function withoutTexts(code: Code): unknown {
  switch (code.target) {
    case 'wgsl':
      return { ...code, kernels: code.kernels.map(({ wgsl: _, ...kernel }) => kernel) };
    case 'wasm': {
      const { module: _, ...others } = code;
      return others;
    }
    default:
      return code satisfies never;
  }
}

export const stageNames = [
  'ast',
  'types',
  'graph',
  'backward',
  'optimized',
  'kernels',
  'wgsl',
  'wat',
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
  wgsl: ['source', 'kernels', 'code'],
  wat: ['source', 'kernels', 'code'],
  plan: ['source', 'kernels', 'memory'],
};
