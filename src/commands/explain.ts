/** `nnc explain`: the chain of adjoints from a loss to a parameter or an input, step by step. */
import { Option } from 'commander';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { type Form, forms } from '../../compiler/explain/explanation.ts';
import { type Explanation, explain as explainGraph } from '../../compiler/explain/index.ts';
import { rewriteRecorder } from '../../compiler/explain/kernels.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Place } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { checkModel, type Parsed } from '../model/checked-model.ts';
import { gradientPurpose } from '../model/gradient.ts';
import { parseModel } from '../model/model.ts';
import {
  type CommandDefinition,
  jsonOption,
  type ModelChoice,
  modeOption,
  nameList,
  type TargetChoice,
  targetOf,
  withModel,
  withTarget,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';
import { explanationHtml } from '../views/explain-html.ts';
import { explanationLatex } from '../views/explain-latex.ts';
import { explanationMarkdown } from '../views/explain-markdown.ts';
import { explanationText } from '../views/explain-text.ts';
import { dataJson } from '../views/json.ts';

const views = {
  text: explanationText,
  latex: explanationLatex,
  md: explanationMarkdown,
  html: explanationHtml,
} as const;

type Format = keyof typeof views;

interface Options extends ModelChoice, TargetChoice {
  readonly loss?: string;
  readonly wrt?: readonly string[];
  readonly format: Format;
  readonly form: Form;
  readonly mode: 'eval' | 'train';
  readonly json: boolean;
}

export const explain: CommandDefinition = {
  name: 'explain',
  summary: 'derive the gradient of a parameter or an input, step by step, in formulas',
  examples: [
    'nnc explain models:two_layer_sigmoid --wrt V',
    'nnc explain models:mlp --wrt Dense_1.W --format html > dense.html',
    'nnc explain models:two_layer_sigmoid --form delta',
    'nnc explain models:iris --set B=4 --form matrix --format latex',
    'nnc explain models:scalar --loss f --wrt x1,x2 --format latex',
  ],
  define: (command) =>
    withTarget(withModel(command))
      .option('--loss <NAME>', 'which loss (default: the first)')
      .option(
        '--wrt <NAMES>',
        'parameters and inputs, separated by commas (default: every parameter)',
        nameList,
      )
      .addOption(new Option('--format <FORMAT>', 'how').choices(Object.keys(views)).default('text'))
      .addOption(
        new Option(
          '--form <FORM>',
          'with indices, as matrices, or as the chain of deltas from layer to layer',
        )
          .choices(forms)
          .default('index'),
      )
      .addOption(modeOption())
      .addOption(jsonOption())
      .action((file: string, options: Options) => {
        const parsed = parseModel(file);
        const training = options.mode === 'train';
        const { program } = checkModel(parsed, { ...options, bindings: options.set, training });
        const explanation = explanationOf(program, parsed, options);
        print(options.json ? dataJson(explanation) : views[options.format](explanation));
      }),
};

function explanationOf(program: TypedProgram, parsed: Parsed, options: Options): Explanation {
  const { loss, wrt } = options;
  const trained = program.parameters.filter(({ kind }) => kind === 'param').map(({ path }) => path);
  const targets = wrt ?? trained;
  if (targets.length === 0) {
    throw new UsageError(
      `model ${program.model} has no parameter: say with --wrt by what its loss is differentiated`,
    );
  }
  // The trained parameters too: their gradients are told where they branch off, and kernels are those of training.
  const chosen = loss === undefined ? {} : { loss };
  const graph = lower(program, gradientPurpose(program, { ...chosen, wrt: [...targets, ...trained] }));
  const { observer, rewritten } = rewriteRecorder();
  const { backward, optimized } = simplify(graph, [observer]);
  const fused = fuse(optimized, targetOf(options));
  return explainGraph({
    model: program.model,
    dimensions: program.dimensions.map(({ name, extent }) => ({ name, extent })),
    graph,
    targets,
    form: options.form,
    compiled: { backward, optimized, fused, rewritten },
    sourceLine: sourceLines(parsed),
  });
}

/** The lines of the user's files. */
function sourceLines({ main, used }: Parsed): (place: Place) => string | undefined {
  const texts = new Map([main, ...used].map(({ source }) => [source.name, source.text.split('\n')] as const));
  return ({ file, line }) => texts.get(file)?.[line - 1];
}
