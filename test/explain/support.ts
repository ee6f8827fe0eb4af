/** A model comes in, as text or as a file; its explanation comes out, without a device. */
import { readFileSync } from 'node:fs';
import type { Form } from '../../compiler/explain/explanation.ts';
import { type Explanation, explain } from '../../compiler/explain/index.ts';
import { rewriteRecorder } from '../../compiler/explain/kernels.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { programOf } from '../prelude/program.ts';

export interface ExplainOptions {
  readonly wrt?: readonly string[];
  readonly loss?: string;
  readonly bindings?: ReadonlyMap<string, number>;
  readonly training?: boolean;
  readonly form?: Form;
}

export const modelText = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The graph of a model's gradients: of every parameter, and of what `wrt` names. */
export function gradientGraph(text: string, { wrt, loss, bindings, training }: ExplainOptions = {}): Graph {
  const program = programOf(text, { ...(bindings && { bindings }), ...(training && { training }) });
  const trained = program.parameters.filter(({ kind }) => kind === 'param').map(({ path }) => path);
  const all = [...new Set([...(wrt ?? []), ...trained])];
  return lower(program, { kind: 'gradient', wrt: all, ...(loss !== undefined && { loss }) });
}

export function explanationOf(text: string, options: ExplainOptions = {}): Explanation {
  const graph = gradientGraph(text, options);
  const { observer, rewritten } = rewriteRecorder();
  const { backward, optimized } = simplify(graph, [observer]);
  const fused = fuse(optimized, defaultTargets.hardware);
  const lines = text.split('\n');
  const gradients = graph.results.filter(({ role }) => role === 'gradient');
  return explain({
    model: graph.name.replace(/\.gradient$/, ''),
    graph,
    ...(options.form && { form: options.form }),
    targets: options.wrt ?? gradients.map(({ name }) => name.replace(/^d\./, '')),
    compiled: { backward, optimized, fused, rewritten },
    sourceLine: ({ line }) => lines[line - 1],
  });
}
