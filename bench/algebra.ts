// npx tsx bench/algebra.ts [--only mlp,gru] [--seconds 5] [--device software]
// What each step of the algebra is worth: a training step of each workload compiled with all of them and without one of
// them, and both run in turn on one adapter. Where its equations are the same without it there is nothing to measure. Numbers and
// bytes are counted; of the times the least of all rounds counts, since other work adds to them and takes nothing away.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { differentiate } from '../compiler/autodiff/index.ts';
import { withoutEffect } from '../compiler/autodiff/invariance.ts';
import { check } from '../compiler/check/index.ts';
import { optimizerStates } from '../compiler/check/recipes/part-states.ts';
import type { TypedProgram } from '../compiler/check/typed.ts';
import { fuse } from '../compiler/fuse/index.ts';
import { workOf } from '../compiler/fuse/work.ts';
import { mapLoads } from '../compiler/ir/equation.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { isComputed, isGradient } from '../compiler/ir/nodes.ts';
import { printGraph } from '../compiler/ir/print.ts';
import { lower } from '../compiler/lower/index.ts';
import { type Pass, pipeline, preparing, runPasses } from '../compiler/passes/index.ts';
import { rebuild } from '../compiler/passes/rebuild.ts';
import { programOf } from '../compiler/pipeline.ts';
import { constant, load, maximum } from '../compiler/scalar/build.ts';
import type { Target } from '../compiler/target.ts';
import { parse } from '../grammar/index.ts';
import { createSession, type Runner, type Session } from '../runtime/execute.ts';
import { openNodeDevice } from '../runtime/node-device.ts';
import type { Program } from '../runtime/program.ts';
import { webgpuExecutor } from '../runtime/webgpu/executor.ts';
import { initialWeights, savedParameters } from '../src/data/weights.ts';
import { prelude } from '../src/model/prelude.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    device: { type: 'string', default: 'software' },
  },
});

/** Batch, and below what whole numbers of its inputs lie. */
const workloads: Readonly<
  Record<string, { readonly file: string; readonly B: number; readonly below: number }>
> = {
  mlp: { file: 'models/mlp.nn', B: 128, below: 10 },
  lenet: { file: 'models/lenet.nn', B: 64, below: 10 },
  resnet: { file: 'models/resnet.nn', B: 32, below: 10 },
  gpt: { file: 'models/gpt.nn', B: 8, below: 65 },
  lstm: { file: 'models/lstm.nn', B: 32, below: 65 },
  gru: { file: 'algebra/gru.nn', B: 32, below: 65 },
  strided: { file: 'algebra/strided.nn', B: 16, below: 1 },
  class_token: { file: 'algebra/class_token.nn', B: 8, below: 10 },
  one_hot: { file: 'algebra/one_hot.nn', B: 256, below: 10 },
  written_out: { file: 'algebra/written_out.nn', B: 64, below: 1000 },
};

const named = [
  'join-logarithms',
  'narrow-reads',
  'free-factors',
  'centred-sums',
  'one-hots',
  'residues',
  'narrow-sums',
  'split-axes',
  'list-positions',
];
/** A softmax's maximum has no gradient by a proof in `autodiff/`, which is no pass. */
const maxima = 'maxima without gradient';

const without = (list: readonly Pass[], left: string): readonly Pass[] =>
  list.filter(({ name }) => name !== left);

/** The graph in which nobody sees that a maximum changes nothing: each is read through a bound that it never meets. */
function unproven(graph: Graph): Graph {
  const { nodes } = graph;
  const computed = new Set([...nodes.keys()].filter((id) => isComputed(nodes[id]!)));
  const idle = new Set(nodes.filter(isGradient).flatMap(({ of }) => [...withoutEffect(nodes, of, computed)]));
  const names = new Set([...idle].map((id) => nodes[id]!.name));
  return rebuild(graph, (equation, { node }) =>
    mapLoads(equation, (read) =>
      names.has(node(read.value).name)
        ? maximum(load(read.value, read.dtype, read.indices), constant(-3e38))
        : read,
    ),
  );
}

interface Compiled {
  readonly program: Program;
  readonly dispatches: number;
  readonly flops: number;
  readonly bytes: number;
}

/** The first half of the road of `compiler/pipeline.ts`, less one step of the algebra. */
function simplified(lowered: Graph, left = ''): Graph {
  const prepared = runPasses(lowered, [], without(preparing, left));
  const backward = differentiate(left === maxima ? unproven(prepared) : prepared);
  return runPasses(backward, [], without(pipeline, left));
}

function compiled(graph: Graph, target: Target): Compiled {
  const fused = fuse(graph, target);
  const work = fused.kernels.map((kernel) => {
    const { flops, bytes } = workOf(kernel, fused.values);
    const times = kernel.position?.count ?? 1;
    return { times, flops: times * flops, bytes: times * bytes };
  });
  const total = (key: 'times' | 'flops' | 'bytes'): number => work.reduce((sum, one) => sum + one[key], 0);
  return {
    program: programOf(fused, target),
    dispatches: total('times'),
    flops: total('flops'),
    bytes: total('bytes'),
  };
}

function checked(file: string, B: number): TypedProgram {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const { program, diagnostics } = check(
    { main: parse({ name: file, text }).file, files: [], prelude: prelude(), broken: false },
    { bindings: new Map([['B', B]]), training: true },
  );
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return program;
}

/** Numbers between 0 and 1, whole ones below a bound, from the sines of their places. */
function dataFor(runner: Runner, below: number): void {
  for (const { name, dtype, shape } of runner.program.inputs) {
    const make = (_: unknown, k: number): number => Math.abs(Math.sin(12.9898 * (k + 1)) * 43758.5453) % 1;
    const data = Float32Array.from({ length: shape.reduce((n, extent) => n * extent, 1) }, make);
    runner.write(name, dtype === 'f32' ? data : Int32Array.from(data, (value) => Math.floor(value * below)));
  }
}

/** Least milliseconds of a step of each program, which take turns. */
async function timed(
  runners: readonly Runner[],
  session: Session,
  seconds: number,
): Promise<readonly number[]> {
  const best = runners.map(() => Number.POSITIVE_INFINITY);
  // The first round is that in which drivers compile.
  let started = 0;
  for (let round = 0; round < 4 || performance.now() - started < 1000 * seconds; round++) {
    for (const [k, runner] of runners.entries()) {
      const before = performance.now();
      await runner.run({ step: round + 1 });
      await session.settle();
      if (round > 0) best[k] = Math.min(best[k]!, performance.now() - before);
    }
    if (round === 0) started = performance.now();
  }
  return best;
}

const device = await openNodeDevice({ device: options.device as 'software' });
console.log(`${device.info.name}\n`);
console.log(
  '| workload | without | dispatches | MFLOP | MB | ms | dispatches, with | MFLOP | MB | ms | without / with |',
);
console.log('|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
const alike: string[] = [];
for (const name of options.only?.split(',') ?? Object.keys(workloads)) {
  const { file, B, below } = workloads[name]!;
  const typed = checked(file, B);
  const lowered = lower(typed, { kind: 'train' });
  const graph = simplified(lowered);
  const text = printGraph(graph);
  const whole = compiled(graph, device.info.summary);
  const variants = [...named, maxima].flatMap((left) => {
    const other = simplified(lowered, left);
    return printGraph(other) === text ? [] : [{ left, ...compiled(other, device.info.summary) }];
  });
  if (variants.length === 0) {
    alike.push(name);
    continue;
  }
  const session = createSession(webgpuExecutor(device));
  const values = initialWeights(typed, 1);
  for (const { path } of [...savedParameters(typed), ...optimizerStates(typed)]) {
    await session.set(path, values.get(path)!);
  }
  const runners: Runner[] = [];
  for (const { program } of [whole, ...variants]) {
    const runner = await session.load(program);
    dataFor(runner, below);
    runners.push(runner);
  }
  const times = await timed(runners, session, Number(options.seconds));
  const cells = ({ dispatches, flops, bytes }: Compiled, ms: number): readonly string[] => [
    String(dispatches),
    ...[flops, bytes].map((count) => (count / 1e6).toFixed(1)),
    ms.toFixed(1),
  ];
  for (const [k, { left, ...variant }] of variants.entries()) {
    const ratio = (times[k + 1]! / times[0]!).toFixed(2);
    console.log(
      `| ${[name, left, ...cells(variant, times[k + 1]!), ...cells(whole, times[0]!), `${ratio}x`].join(' | ')} |`,
    );
  }
  session.close();
}
if (alike.length > 0) console.log(`\nThe same program without each: ${alike.join(', ')}.`);
device.close();
