/**
 * A network in, all that the compiler makes of it out, short enough to be kept: the optimized equations, and for
 * both classes of adapters a line for each kernel, with a hash of its code.
 *
 * Places in the file, comments above kernels and the buffers of the program are a hash each: a change shows that
 * they changed.
 */
import { createHash } from 'node:crypto';
import type { Index } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import type { Printed } from '../../compiler/plan/index.ts';
import { presetTarget, type Target } from '../../compiler/target.ts';
import { dispatchesOf, type Program, programBytes, type Step, wgslOf } from '../../runtime/program.ts';
import { compileSource } from '../../src/index.ts';
import { compileFor } from '../../src/model/compilation.ts';
import type { Replayed } from './networks.ts';

const classes = ['hardware', 'software'] as const satisfies readonly Target['class'][];

export function replay({ file, text, set, purpose, limits }: Replayed): string {
  const [first, ...others] = classes.map((kind) => presetTarget(kind, limits));
  const { typed, compilation } = compileSource({ name: file, text }, { set, purpose, target: first! });
  const compiled = [compilation, ...others.map((target) => compileFor(typed, purpose, target))];
  const sizes = Object.entries(set).map(([name, size]) => ` ${name}=${size}`);
  return [
    `${file} ${purpose.kind}${sizes.join('')}`,
    '',
    ...graphLines(compilation),
    ...compiled.flatMap((made, k) => ['', `${classes[k]}, ${limits} limits`, '', ...kernelLines(made)]),
    '',
  ].join('\n');
}

function graphLines({ optimized }: Compilation): readonly string[] {
  const { nodes } = optimized;
  const bare = printGraph({ ...optimized, nodes: nodes.map((node) => ({ ...node, origin: { path: [] } })) });
  const origins = `origins ${hashOf(JSON.stringify(nodes.map((node) => node.origin)))}`;
  return [bare.trimEnd(), origins];
}

function kernelLines({ printed, program }: Compilation): readonly string[] {
  const comments = printed.map(({ text }) => partsOf(text).comment).join('');
  return [
    ...printed.map(kernelLine),
    `comments ${hashOf(comments)}`,
    `program ${dispatchesOf(program).length} dispatches of ${program.code.kernels.length} texts, ${program.buffers.length} buffers, ${programBytes(program)} bytes, ${hashOf(planOf(program))}`,
  ];
}

function kernelLine({ scheduled, text }: Printed): string {
  const { name, kernel, bindings, decision, workgroups, nest } = scheduled;
  const over = (title: string, indices: readonly Index[]): readonly string[] =>
    indices.length === 0 ? [] : [`${title}[${indices.map((i) => `${i.name}: ${i.extent}`).join(', ')}]`];
  return [
    [name, ...over('rows', kernel.rows), ...over('columns', kernel.columns)].join(' '),
    `${kernel.steps.length} steps, ${bindings.length} buffers`,
    `${decision.chosen}: ${decision.because}`,
    `${workgroups.join('x')} of ${nest.workgroupSize}`,
    hashOf(partsOf(text).code),
  ].join(' | ');
}

/** The program without the texts of its kernels, and without what those say in words. */
const planOf = (program: Program): string =>
  JSON.stringify({
    ...program,
    code: {
      ...wgslOf(program),
      kernels: wgslOf(program).kernels.map(({ wgsl: _, ...kernel }) => kernel),
    },
    steps: program.steps.map(withoutWords),
  });

function withoutWords(step: Step): unknown {
  switch (step.kind) {
    case 'dispatch': {
      const { equations: _, origins: __, ...plain } = step;
      return plain;
    }
    case 'loop':
      return { ...step, steps: step.steps.map(withoutWords) };
    case 'copy':
      return step;
  }
  return step satisfies never;
}

function partsOf(wgsl: string): { readonly comment: string; readonly code: string } {
  const start = wgsl.search(/^(?!\/\/)/m);
  return { comment: wgsl.slice(0, start), code: wgsl.slice(start) };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
