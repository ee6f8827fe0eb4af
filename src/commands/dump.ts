/** `nnc dump`: shows any stage between the text and the program, and what each pass did to it. */
import { Option } from 'commander';
import { printTypes } from '../../compiler/check/print.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { type Pass, pipeline, preparing } from '../../compiler/passes/index.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Parsed } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import { parseModel } from '../model/model.ts';
import { checkedFor, type ProgramChoice, withPurpose } from '../model/purpose.ts';
import {
  type CommandDefinition,
  modeOption,
  type TargetChoice,
  targetOf,
  withModel,
  withTarget,
} from '../terminal/command.ts';
import { SourceError, UsageError } from '../terminal/failure.ts';
import { print, tell } from '../terminal/output.ts';
import { astJson, astOutline, outlineText } from '../views/ast.ts';
import { decisionsData, decisionsText } from '../views/decisions.ts';
import { graphDot, treeDot } from '../views/dot.ts';
import { foldRepeats } from '../views/fold.ts';
import { dataJson } from '../views/json.ts';
import { pageOf } from '../views/page/of.ts';
import { type PassRecord, recordPasses } from '../views/page/passes.ts';
import { checkPassName, passDumps, passTimes } from '../views/pass-dumps.ts';
import { sideBySide } from '../views/side-by-side.ts';
import { compiledStages, panelsOf, type Stage, stageNames, textWidth } from '../views/stages.ts';
import { svgOf } from '../views/svg.ts';

interface Options extends TargetChoice, ProgramChoice {
  readonly stage?: Stage;
  readonly format: 'text' | 'json' | 'dot' | 'svg' | 'html';
  readonly mode: 'eval' | 'train';
  readonly sideBySide: boolean;
  readonly dumpBefore?: string;
  readonly dumpAfter?: string;
  readonly stopAfter?: string;
  readonly timePasses: boolean;
  readonly explain: boolean;
  readonly fold: boolean;
}

export const dump: CommandDefinition = {
  name: 'dump',
  summary:
    'show a stage: syntax tree, types, equations, backward equations, kernels, WGSL, WebAssembly, plan',
  examples: [
    'nnc dump models:mlp --stage backward',
    'nnc dump models:mlp --stage backward --side-by-side',
    'nnc dump models:mlp --stage kernels --set B=32 --purpose train',
    'nnc dump models:mlp --stage optimized --format svg > runs/mlp.svg',
    'nnc dump models:mlp --dump-after canonicalise',
    'nnc dump models:mlp --stage optimized --fold',
    'nnc dump models:xor --stage wat',
  ],
  define: (command) =>
    withPurpose(withTarget(withModel(command)), 'dump')
      .addOption(
        new Option('--stage <STAGE>', 'what to show (optimized, where a pass is asked for)').choices(
          stageNames,
        ),
      )
      .addOption(
        new Option('--format <FORMAT>', 'how')
          .choices(['text', 'json', 'dot', 'svg', 'html'])
          .default('text'),
      )
      .option(
        '--side-by-side',
        'of the stages graph, backward and optimized: each equation beside its adjoint',
        false,
      )
      .option('--dump-before <PASS>', 'the graph before each run of a pass, or of all')
      .option('--dump-after <PASS>', 'the graph after each run of a pass, or of all')
      .option('--stop-after <PASS>', 'run no pass after the first run of this one')
      .option('--explain', 'of the stage kernels: what was fused, stored and scheduled, and why', false)
      .option('--fold', 'of text: of layers that repeat, show the first and how many follow', false)
      .option('--time-passes', 'how long each pass took, on stderr', false)
      .addOption(modeOption())
      .action(async (file: string, options: Options) => {
        checkOptions(options);
        const text = await dumped(parseModel(file), options);
        const shown = options.fold ? foldRepeats(text) : text;
        print(shown.endsWith('\n') ? shown : `${shown}\n`);
      }),
};

const asksForPass = ({ dumpBefore, dumpAfter, stopAfter, timePasses }: Options): boolean =>
  dumpBefore !== undefined || dumpAfter !== undefined || stopAfter !== undefined || timePasses;

function checkOptions(options: Options): void {
  const { stage, format, stopAfter, dumpBefore, dumpAfter, sideBySide: beside } = options;
  if (stage === undefined && !asksForPass(options)) {
    throw new UsageError(`required option '--stage <STAGE>' not specified: one of ${stageNames.join(', ')}`);
  }
  for (const [option, name] of [
    ['--dump-before', dumpBefore],
    ['--dump-after', dumpAfter],
    ['--stop-after', stopAfter],
  ] as const) {
    if (name !== undefined) checkPassName(option, name);
  }
  if (stopAfter !== undefined && stage !== undefined && stage !== 'optimized') {
    throw new UsageError(`--stop-after shows the graph that is left: it goes with --stage optimized only`);
  }
  if ((stopAfter !== undefined || dumpBefore !== undefined || dumpAfter !== undefined) && format === 'html') {
    throw new UsageError('--format html shows every pass: it goes with no option about one');
  }
  if ((dumpBefore !== undefined || dumpAfter !== undefined) && format !== 'text') {
    throw new UsageError(`--dump-before and --dump-after print text, not ${format}; see --stop-after`);
  }
  if (options.explain && (stage !== 'kernels' || (format !== 'text' && format !== 'json'))) {
    throw new UsageError('--explain is text or JSON of --stage kernels');
  }
  if (stage === 'wgsl' && options.target === 'cpu') {
    throw new UsageError('--stage wgsl is of adapters; of the processor it is --stage wat');
  }
  if (options.fold && format !== 'text') throw new UsageError(`--fold is of text, not ${format}`);
  if (beside && (format !== 'text' || !['graph', 'backward', 'optimized', undefined].includes(stage))) {
    throw new UsageError('--side-by-side is text of the stages graph, backward and optimized');
  }
}

/** What the pipeline calls them. */
const graphStages = { graph: 'lowered', backward: 'backward', optimized: 'optimized' } as const;

async function dumped(parsed: Parsed, options: Options): Promise<string> {
  const { stage = 'optimized', format } = options;
  if (stage === 'ast' && format !== 'html') {
    if (hasErrors(parsed.diagnostics)) throw new SourceError(parsed.diagnostics);
    const outline = astOutline(parsed.main);
    return drawn(format, {
      text: outlineText(outline),
      json: () => astJson(parsed.main),
      dot: () => treeDot('ast', outline),
    });
  }
  const { program, purpose } = checkedFor('dump', parsed, options);
  if (stage === 'types' && format !== 'html') {
    return drawn(format, {
      text: printTypes(program),
      json: () => dataJson(program.outline),
      dot: () => treeDot('types', program.outline),
    });
  }
  const target = targetOf(stage === 'wat' ? { ...options, target: 'cpu' } : options);
  if (format === 'html') return pageOf({ parsed, program, purpose, target, open: panelsOf[stage] });
  const { observe, records } = recordPasses();
  if (stage === 'graph' || stage === 'backward' || stage === 'optimized') {
    const made = simplify(lower(program, purpose), [observe], passesUntil(options.stopAfter));
    const shown = passesText(records, options);
    if (shown !== undefined) return shown;
    const graph = made[graphStages[stage]];
    if (options.sideBySide) return sideBySide(stage === 'graph' ? made.backward : graph, textWidth);
    const text = printGraph(graph, { width: textWidth });
    return drawn(format, { text, json: () => dataJson(graph), dot: () => graphDot(graph) });
  }
  const compilation = compileFor(program, purpose, target, [observe]);
  const shown = passesText(records, options);
  if (shown !== undefined) return shown;
  if (options.explain) {
    return format === 'json'
      ? dataJson(decisionsData(compilation, target))
      : decisionsText(compilation, target);
  }
  const view = compiledStages[stage as keyof typeof compiledStages];
  return drawn(format, {
    text: view.text(compilation),
    json: () => dataJson(view.data(compilation)),
    dot: () => view.dot(compilation),
  });
}

/** The passes up to the first run of the one that nothing shall come after. */
function passesUntil(stopAfter: string | undefined): readonly Pass[] {
  if (preparing.some((pass) => pass.name === stopAfter)) return [];
  const last = pipeline.findIndex((pass) => pass.name === stopAfter);
  return last < 0 ? pipeline : pipeline.slice(0, last + 1);
}

/** Times go beside a stage, or stand alone where no stage was asked for. */
function passesText(records: readonly PassRecord[], options: Options): string | undefined {
  const { dumpBefore: before, dumpAfter: after, stopAfter, stage, timePasses } = options;
  const dumps = before !== undefined || after !== undefined;
  if (timePasses && !dumps && stopAfter === undefined && stage === undefined) return passTimes(records);
  if (timePasses) tell(passTimes(records));
  if (!dumps) return undefined;
  const print = (graph: Graph): string => printGraph(graph, { width: textWidth });
  return passDumps(
    records,
    { ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
    print,
  );
}

interface Drawable {
  readonly text: string;
  readonly json: () => string;
  readonly dot: () => string;
}

async function drawn(
  format: Exclude<Options['format'], 'html'>,
  { text, json, dot }: Drawable,
): Promise<string> {
  switch (format) {
    case 'text':
      return text;
    case 'json':
      return json();
    case 'dot':
      return dot();
    case 'svg':
      return svgOf(dot());
    default:
      return format satisfies never;
  }
}
