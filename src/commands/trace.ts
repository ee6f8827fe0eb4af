/** `nnc trace`: the evaluation trace of a textbook, with numbers. */

import { Option } from 'commander';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Graph, Result, ValueId } from '../../compiler/ir/graph.ts';
import { isVariable } from '../../compiler/ir/nodes.ts';
import { recurrencesOf, sequentialIndex } from '../../compiler/ir/recurrences.ts';
import { lower } from '../../compiler/lower/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { dependenciesOf, type Trace, tangentName, trace as traceOf } from '../../compiler/trace/index.ts';
import { runOnDevice } from '../device/device-values.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { feedsOf, type PointOptions, readPoint, withPoint } from '../running/point.ts';
import {
  type CommandDefinition,
  deviceOption,
  jsonOption,
  threadsOption,
  verboseOption,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';
import { htmlPage, tableHtml, tableMarkdown, tableText } from '../views/table.ts';
import { traceJson } from '../views/trace-json.ts';
import { numberText } from '../views/trace-numbers.ts';
import { type TraceRows, traceRows } from '../views/trace-rows.ts';
import { traceTables } from '../views/trace-tables.ts';

type Feeds = ReadonlyMap<string, Tensor64>;

interface Options extends PointOptions {
  readonly of?: string;
  readonly tangent?: true | string;
  readonly open: boolean;
  readonly on: 'reference' | 'gpu' | 'cpu';
  readonly format: 'text' | 'md' | 'html';
  readonly json: boolean;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}

export const trace: CommandDefinition = {
  name: 'trace',
  summary: 'the evaluation trace: each operation with its value, and the adjoints that it sends back',
  examples: [
    'nnc trace models:scalar --at x1=2,x2=5',
    'nnc trace models:scalar --at x1=2,x2=5 --tangent x1',
    'nnc trace models:two_layer_sigmoid --at x=[0.5,1],t=[0,1]',
    'nnc trace models:scalar --at x1=2,x2=5 --on cpu',
  ],
  define: (command) =>
    withPoint(command)
      .option('--of <NAME>', 'the loss, metric or output that is traced (default: the first loss)')
      .option('--tangent [NAME]', 'the tangent column too: the derivative by this input (default: the first)')
      .option('--open', 'write functions of the prelude out, as they are computed', false)
      .addOption(
        new Option(
          '--on <WHERE>',
          'what computes: the f64 reference; beside it a device, or the processor (as --on gpu --device cpu)',
        )
          .choices(['reference', 'gpu', 'cpu'])
          .default('reference'),
      )
      .addOption(new Option('--format <FORMAT>', 'how').choices(['text', 'md', 'html']).default('text'))
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .action(runTrace),
};

async function runTrace(file: string, options: Options): Promise<void> {
  const point = readPoint(file, options);
  const graph = differentiate(lower(point.program, { kind: 'run' }));
  const traced = tracedResult(point.program, graph, options.of);
  const part = dependenciesOf(graph, traced.value);
  refuseLong(part);
  const given = feedsOf(part, point, options.seed, 'refuse');
  const tangents = tangentsOf(part, given, options.tangent);
  const made = traceOf(part, given, { tangents: [...tangents.keys()] });
  const feeds = new Map([...given, ...[...tangents].map(([leaf, t]) => [tangentName(leaf), t] as const)]);
  const { values: exact } = evaluateGraph(made.graph, feeds);
  const device = options.on === 'reference' ? undefined : await onDevice(made, feeds, options);
  const title = `${traced.name} of model ${point.program.model}${pointText(given)}`;
  const rows = traceRows(
    made,
    { exact, ...(device && { device: device.values }) },
    title,
    traced.name,
    device?.name,
    options.open ? 'open' : 'folded',
  );
  print(options.json ? traceJson(made, exact, rows, device?.values) : views[options.format](rows));
}

/** More positions of a recurrence nobody reads. */
const mostPositions = 24;

function refuseLong({ nodes }: Graph): void {
  for (const recurrence of recurrencesOf(nodes)) {
    const { members, extent } = recurrence;
    if (extent <= mostPositions) continue;
    const { name } = sequentialIndex(nodes, recurrence, members[0]!);
    throw new UsageError(
      `${nodes[members[0]!]!.name} has ${extent} positions of ${name}, and a trace shows each: take at most ${mostPositions}, with --set or a smaller input`,
    );
  }
}

const views = {
  text: (rows: TraceRows) =>
    [`${heading(rows)}\n`, ...traceTables(rows).map((table) => tableText(table))].join('\n'),
  md: (rows: TraceRows) => [`### ${heading(rows)}\n`, ...traceTables(rows).map(tableMarkdown)].join('\n'),
  html: (rows: TraceRows) => htmlPage(heading(rows), traceTables(rows).map(tableHtml)),
} as const;

const heading = ({ title, device }: TraceRows): string =>
  device === undefined
    ? title
    : `${title}; ulp: how far ${device} is from the f64 value, in units of the last place of an f32`;

/** The given numbers: ` at x1 = 2, x2 = 5`. */
function pointText(feeds: Feeds): string {
  const numbers = [...feeds].filter(([, { shape }]) => shape.length === 0);
  return numbers.length === 0
    ? ''
    : ` at ${numbers.map(([name, { data }]) => `${name} = ${numberText(data[0]!)}`).join(', ')}`;
}

/** The result that is asked for, or the first loss, or the first f32 number. */
function tracedResult(
  { model }: TypedProgram,
  { nodes, results }: Graph,
  wanted: string | undefined,
): Result {
  const numbers = results.filter(
    ({ value }) => nodes[value]!.dtype === 'f32' && nodes[value]!.indices.length === 0,
  );
  const found =
    wanted === undefined
      ? (numbers.find(({ role }) => role === 'loss') ?? numbers[0])
      : numbers.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const known = numbers.map(({ name }) => name).join(', ') || 'none';
  throw new UsageError(
    wanted === undefined
      ? `model ${model} has no loss, metric or output that is one f32 number`
      : `model ${model} has no loss, metric or output ${wanted} that is one f32 number; there are ${known}`,
  );
}

/** 1 for every element of the leaf that is asked for. */
function tangentsOf(part: Graph, feeds: Feeds, wanted: true | string | undefined): Feeds {
  if (wanted === undefined) return new Map();
  const leaves = part.nodes.filter((node) => isVariable(node) && node.dtype === 'f32');
  const leaf = wanted === true ? leaves[0] : leaves.find(({ name }) => name === wanted);
  if (leaf === undefined) {
    const known = leaves.map(({ name }) => name).join(', ') || 'none';
    throw new UsageError(
      `--tangent: there is no f32 input or parameter ${wanted === true ? '' : wanted}; there are ${known}`,
    );
  }
  const { shape, data } = feeds.get(leaf.name)!;
  return new Map([[leaf.name, { shape, data: data.map(() => 1) }]]);
}

interface DeviceRun {
  readonly name: string;
  readonly values: ReadonlyMap<ValueId, ArrayLike<number>>;
}

/** `--on gpu` alone is any adapter, the processor is `--on cpu`. */
function deviceOf({ on, device }: Options): DeviceKind | 'any' {
  if (on === 'cpu') return 'cpu';
  return device === 'auto' ? 'any' : device;
}

const onDevice = (made: Trace, feeds: Feeds, options: Options): Promise<DeviceRun> =>
  withSession({ ...options, device: deviceOf(options) }, async (session) => {
    const { info } = session;
    const found = await runOnDevice(session, compile(made.graph, info.summary).program, feeds);
    const values = made.graph.results.map(({ name, value }) => [value, found.get(name)!] as const);
    return { name: info.name, values: new Map(values) };
  });
