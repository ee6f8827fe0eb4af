/** Numbers of random streams as data: only where several equations need it, the same numbers on every road, one kernel for all. */
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { streamNumbers } from '../../compiler/passes/stream-numbers.ts';
import { compile } from '../../compiler/pipeline.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { readProgram } from '../../runtime/read-program.ts';
import { programOf } from '../prelude/program.ts';
import { cpuExecutor } from '../support/cpu.ts';
import { expectFound, runOn } from '../support/execute.ts';
import { drawn } from '../support/whole-models.ts';

const executor = cpuExecutor(1);

const draw = (name: string, stream: number, scale = 1): string =>
  `%${name}[i: 5]: f32 = random_uniform(%key, ${stream}u, i) * ${scale}.0`;

const draws = (...lines: readonly string[]): string =>
  `graph test {\n  scalar %key: u32\n  ${lines.join('\n  ')}\n  result output %a\n  result output %b\n}`;

describe('the graph', () => {
  it('has the streams of equal equations as data, each once', () => {
    const graph = streamNumbers.run(
      parseGraph(
        draws(draw('a', 7), draw('b', 8), '%c[i: 5]: f32 = %a[i] + random_uniform(%key, 7u, 4 - i)'),
      ),
    );
    const leaves = graph.nodes.filter(({ kind, name }) => kind === 'scalar' && name !== 'key');
    expect(leaves.map(({ name }) => name)).toEqual(['stream_7', 'stream_8']);
    expect(parseGraph(printGraph(graph))).toEqual(graph);
  });

  it.each([
    ['one stream', [draw('a', 7), '%b[i: 5]: f32 = random_uniform(%key, 7u, 4 - i)']],
    ['draws that differ otherwise', [draw('a', 7), draw('b', 8, 3)]],
  ] as const)('stays as it is with %s', (_, lines) => {
    const graph = parseGraph(draws(...lines));
    expect(streamNumbers.run(graph)).toBe(graph);
  });

  it('gives the same numbers', () => {
    const graph = parseGraph(draws(draw('a', 7), draw('b', 8)));
    const feeds = new Map([['key', { shape: [], data: Float64Array.of(2 ** 32 - 5) }]]);
    expect(evaluateGraph(streamNumbers.run(graph), feeds).results).toEqual(
      evaluateGraph(graph, feeds).results,
    );
  });
});

describe('layers with dropout', () => {
  const lowered = (count: number) => {
    const layers = '|> Dense(6) |> relu |> dropout(0.4) '.repeat(count);
    const text = `model m { input x: f32[B, 6]; target t: f32[B, 6]; loss = mse(x ${layers}, t) }
train m { minimize loss with sgd(lr = 0.1); batch 3 }`;
    return lower(programOf(text, { training: true, bindings: new Map([['B', 3]]) }), { kind: 'train' });
  };

  it.each(Object.values(defaultTargets))('share their kernels on $class', (target) => {
    const [four, eight] = [4, 8].map((count) => compile(lowered(count), target).program.code.kernels.length);
    expect(eight).toBe(four);
  });

  it('drop what the reference drops, also from a program that was written to a file', async () => {
    const graph = lowered(4);
    const feeds = drawn(graph);
    const { program } = compile(graph, defaultTargets.cpu);
    expect(program.scalars.filter(({ value }) => value !== undefined)).toHaveLength(4);
    expect(runPasses(differentiate(graph)).nodes.some(({ name }) => name.startsWith('stream_'))).toBe(true);
    for (const one of [program, readProgram(JSON.parse(JSON.stringify(program)))])
      expectFound(await runOn(executor, one, feeds), differentiate(graph), feeds);
  });
});
