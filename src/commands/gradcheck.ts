/** `nnc gradcheck`: the gradient by differences, by the adjoint, after every stage, by unfused and fused kernels. */
import { Option } from 'commander';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { type Fused, fuse } from '../../compiler/fuse/index.ts';
import { separate } from '../../compiler/fuse/separate.ts';
import { compareKernels, type DeviceCheck, visibleProgram } from '../../compiler/gradcheck/deviation.ts';
import {
  checkGradient,
  defaultTolerance,
  differentiableLeaves,
  type Feeds,
  type GradientCheck,
  pointsOf,
  projected,
  withGradients,
} from '../../compiler/gradcheck/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph, Result } from '../../compiler/ir/graph.ts';
import { isInput } from '../../compiler/ir/nodes.ts';
import { lower } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { dependenciesOf } from '../../compiler/trace/index.ts';
import { runOnDevice } from '../device/device-values.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { equalExtents, equalSizes } from '../model/equal-sizes.ts';
import { feedsOf, type Point, type PointOptions, readPoint, withPoint } from '../running/point.ts';
import {
  type CommandDefinition,
  deviceOption,
  jsonOption,
  threadsOption,
  verboseOption,
  wholeNumber,
} from '../terminal/command.ts';
import { exitCodes, SourceError, UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';
import {
  type GradientReport,
  gradientJson,
  gradientText,
  type KernelReport,
  type StageReport,
} from '../views/gradcheck-text.ts';

interface Options extends PointOptions {
  readonly loss?: string;
  readonly order: number;
  readonly tolerance: number;
  readonly kernels: boolean;
  readonly json: boolean;
  readonly on?: 'cpu';
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
}

/** What a free dimension is where nobody says it: a check needs few samples. */
const smallBatch = 4;

/** Of a loss at equal sizes: equal ones show in a small one what they would show in a large one. */
const mostPointsOfEqual = 2e6;

/** One order: what is differentiated. */
interface Checked {
  readonly graph: Graph;
  readonly feeds: Feeds;
  /** Leaves that are left alone. */
  readonly except: ReadonlySet<string>;
}

export const gradcheck: CommandDefinition = {
  name: 'gradcheck',
  summary: 'check the gradient: differences, the f64 adjoint, every stage and the kernels against each other',
  examples: [
    'nnc gradcheck models:two_layer_sigmoid',
    'nnc gradcheck models:scalar --at x1=2,x2=5 --order 2',
    'nnc gradcheck models:mlp --set B=4 --set hidden=8 --no-kernels',
  ],
  define: (command, end) =>
    withPoint(command)
      .option('--loss <NAME>', 'which loss (default: the first)')
      .option(
        '--order <N>',
        '2: a random projection of the gradient, and its gradient, too',
        wholeNumber(1),
        1,
      )
      .option('--tolerance <T>', 'the largest relative error of an f64 derivative', Number, defaultTolerance)
      .option('--no-kernels', 'leave the kernels and the device out')
      .addOption(new Option('--on <WHERE>', 'cpu: as --device cpu, and as nnc trace has it').choices(['cpu']))
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .addHelpText(
        'after',
        `\nInputs that are not given are drawn at random, ${smallBatch} samples unless --set says otherwise. Exit code 1 where something disagrees.

Every stage of the compiler is evaluated in f64, for both classes of adapters and the processor, and the first that
computes something else is named; once more with every size that --set does not fix equal, where axes are most easily
confused, unless that is a large one.`,
      )
      .action(async (file: string, options: Options) => {
        if (!(await runCheck(file, options))) end(exitCodes.input);
      }),
};

/** Whether everything agrees. */
async function runCheck(file: string, options: Options): Promise<boolean> {
  if (options.on === 'cpu' && options.device !== 'auto' && options.device !== 'cpu')
    throw new UsageError(`--on cpu is the processor, --device ${options.device} is not`);
  if (options.order > 2) throw new UsageError('--order: 1 or 2');
  if (!(options.tolerance > 0 && Number.isFinite(options.tolerance)))
    throw new UsageError('--tolerance: expected a positive number');
  const point = readPoint(file, options, smallBatch);
  const { part, feeds } = lossPart(point, options);
  const drawn = part.nodes.flatMap((n) => (isInput(n) && !point.given.has(n.name) ? [n.name] : []));
  const parts =
    options.order === 1
      ? [{ graph: part, feeds }]
      : [{ graph: part, feeds }, secondOrder(part, feeds, options.seed)];
  const leaves = new Set(differentiableLeaves(part).map((id) => part.nodes[id]!.name));
  const { seed, tolerance } = options;
  const checks = parts.map(({ graph: checked, feeds: at }): GradientReport & Checked => {
    const except = new Set(checked.nodes.map(({ name }) => name).filter((name) => !leaves.has(name)));
    const check = checkGradient(checked, at, { seed: seed + 1, tolerance, except });
    return { check, graph: checked, feeds: at, except };
  });
  const device = options.kernels ? await onDevice(checks, options) : undefined;
  const reports = checks.map(({ check }, k): GradientReport => {
    const kernels = device?.reports[k];
    return { check, ...(kernels && { kernels }) };
  });
  const targets: readonly Target[] = [...Object.values(defaultTargets), ...(device ? [device.target] : [])];
  const stages = [
    stagesOf(checks, targets, 'the sizes above'),
    ...equalExtents.flatMap((extent) => equalStages(file, point, options, targets, extent)),
  ];
  const about = { model: point.program.model, drawn, stages };
  print(options.json ? gradientJson(about, reports) : gradientText(about, reports));
  return !reports.some(disagrees) && stages.every(({ fault }) => fault === undefined);
}

/** What the loss depends on, and values for its leaves. */
function lossPart(point: Point, options: Options): { readonly part: Graph; readonly feeds: Feeds } {
  const graph = differentiate(lower(point.program, { kind: 'run' }));
  const part = dependenciesOf(graph, lossOf(graph, point.program.model, options.loss).value);
  return { part, feeds: feedsOf(part, point, options.seed, 'draw') };
}

/** Every stage of the compiler with the gradients of these graphs. */
function stagesOf(checked: readonly Checked[], targets: readonly Target[], sizes: string): StageReport {
  for (const { graph, feeds, except } of checked) {
    const fault = firstFault(withGradients(graph, differentiableLeaves(graph, except)), targets, feeds);
    if (fault) return { sizes, fault };
  }
  return { sizes };
}

/** The same where every size is this; nothing for a model that does not take such sizes, or has none. */
function equalStages(
  file: string,
  { program, given }: Point,
  options: Options,
  targets: readonly Target[],
  extent: number,
): readonly StageReport[] {
  const set = equalSizes(program, extent, options.set);
  if (set.size === options.set.size || given.size + options.at.size > 0 || options.weights !== undefined)
    return [];
  try {
    const { part, feeds } = lossPart(readPoint(file, { ...options, set }), options);
    if (pointsOf(part) > mostPointsOfEqual) return [];
    return [stagesOf([{ graph: part, feeds, except: new Set() }], targets, `every size ${extent}`)];
  } catch (failure) {
    if (failure instanceof SourceError) return [];
    throw failure;
  }
}

const disagrees = ({ check, kernels }: GradientReport): boolean =>
  disagreeing(check) || kernels?.unfused.first !== undefined || kernels?.fused.first !== undefined;

const disagreeing = ({ leaves }: GradientCheck): boolean =>
  leaves.some(({ verdict }) => verdict === 'disagrees');

function lossOf({ nodes, results }: Graph, model: string, wanted: string | undefined): Result {
  const numbers = results.filter(
    ({ value }) => nodes[value]!.dtype === 'f32' && nodes[value]!.indices.length === 0,
  );
  const losses = numbers.filter(({ role }) => role === 'loss');
  const found =
    wanted === undefined ? (losses[0] ?? numbers[0]) : numbers.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const known = numbers.map(({ name }) => name).join(', ');
  const named = wanted === undefined ? '' : ` ${wanted}`;
  const rest = known === '' ? 'no metric or output of it is one f32 number' : `its f32 numbers are ${known}`;
  throw new UsageError(`model ${model} has no loss${named}: ${rest}`);
}

/** A random projection of the gradient, as a loss. */
function secondOrder(
  part: Graph,
  feeds: Feeds,
  seed: number,
): { readonly graph: Graph; readonly feeds: Feeds } {
  const second = projected(withGradients(part, differentiableLeaves(part)), seed + 2);
  return { graph: second.graph, feeds: new Map([...feeds, ...second.feeds]) };
}

/** The gradient's kernels, each equation alone and fused, for each graph. */
const onDevice = (
  checked: readonly Checked[],
  options: Options,
): Promise<{ readonly reports: readonly KernelReport[]; readonly target: Target }> =>
  withSession({ ...options, device: options.on ?? options.device }, async (session) => {
    const { info } = session;
    const reports: KernelReport[] = [];
    for (const { graph, feeds, except } of checked) {
      const optimized = runPasses(withGradients(graph, differentiableLeaves(graph, except)));
      const run = async (kernels: Fused): Promise<DeviceCheck> => {
        const found = await runOnDevice(session, visibleProgram(kernels, info.summary), feeds);
        return compareKernels(kernels, feeds, found);
      };
      const unfused = await run(separate(optimized));
      reports.push({ unfused, fused: await run(fuse(optimized, info.summary)), device: info.name });
    }
    return { reports, target: info.summary };
  });
