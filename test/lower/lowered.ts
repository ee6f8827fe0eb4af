/** The text of a file and a purpose in, the verified graph and its values out. */
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { type Evaluation, evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { checkText, printDiagnostic, type TextOptions } from '../check/check-text.ts';

export const modelWith = (body: string): string => `model m {\n${body}\n}\n`;

export function programOf(text: string, options: TextOptions = {}): TypedProgram {
  const { program, diagnostics } = checkText(text, options);
  if (program === undefined) throw new Error(diagnostics.map(printDiagnostic).join('\n'));
  return program;
}

/** Throws where the graph breaks an invariant. */
export function graphOf(text: string, purpose: Purpose = { kind: 'run' }, options: TextOptions = {}): Graph {
  const graph = lower(programOf(text, options), purpose);
  const violations = verify(graph);
  if (violations.length > 0) throw new Error(violations.join('\n'));
  return graph;
}

/** The printed equations, without their origins. */
export const equationsOf = (graph: Graph): readonly string[] =>
  graph.nodes
    .filter(({ kind }) => kind === 'equation')
    .map((node) =>
      printNode(node, graph.nodes)
        .replace(/\s+@ .*$/, '')
        .trim(),
    );

export type Numbers = number | readonly Numbers[];

function flatten(numbers: Numbers): { shape: number[]; data: number[] } {
  if (typeof numbers === 'number') return { shape: [], data: [numbers] };
  const parts = numbers.map(flatten);
  return { shape: [parts.length, ...(parts[0]?.shape ?? [])], data: parts.flatMap(({ data }) => data) };
}

export function tensorOf(numbers: Numbers): Tensor64 {
  const { shape, data } = flatten(numbers);
  return { shape, data: Float64Array.from(data) };
}

export function evaluate(graph: Graph, feeds: Readonly<Record<string, Numbers>>): Evaluation {
  const tensors = new Map(Object.entries(feeds).map(([name, numbers]) => [name, tensorOf(numbers)] as const));
  return evaluateGraph(differentiate(graph), tensors);
}

/** One result as a flat list. */
export function resultOf(
  text: string,
  name: string,
  feeds: Readonly<Record<string, Numbers>>,
  purpose: Purpose = { kind: 'run' },
  options: TextOptions = {},
): readonly number[] {
  const value = evaluate(graphOf(text, purpose, options), feeds).results.get(name);
  if (value === undefined) throw new Error(`no result ${name}`);
  return [...value.data];
}

export function expectClose(found: readonly number[], expected: readonly number[], tolerance = 1e-9): void {
  if (found.length !== expected.length)
    throw new Error(`${found.length} values, expected ${expected.length}`);
  for (const [k, value] of found.entries()) {
    if (!(Math.abs(value - expected[k]!) <= tolerance)) {
      throw new Error(`expected ${expected.join(', ')}, found ${found.join(', ')}`);
    }
  }
}
