/** `nnc dump`: shows any stage between the text and the program. */
import { Option } from 'commander';
import { printTypes } from '../../compiler/check/print.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import { printKernels } from '../../compiler/fuse/print.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { printProgram } from '../../compiler/plan/print.ts';
import { defaultTargets, type Target } from '../../compiler/schedule/target.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { type CommandDefinition, type ModelChoice, modeOption, targetOption, withModel } from '../command.ts';
import { compileFor } from '../compilation.ts';
import { SourceError, UsageError } from '../failure.ts';
import { gradientPurpose } from '../gradient.ts';
import { checkModel, parseModel } from '../model.ts';
import { astJson, astOutline } from '../views/ast.ts';
import { dataJson } from '../views/json.ts';

interface Options extends ModelChoice {
  readonly stage: Stage;
  readonly format: 'text' | 'json';
  readonly loss?: string;
  readonly mode: 'eval' | 'train';
  readonly target: Target['class'];
  readonly purpose: 'run' | 'grad' | 'train';
}

/** After parsing and checking: what each stage shows, as text and as data. */
const stages = {
  graph: { text: (c: Compilation) => printGraph(c.lowered), data: (c: Compilation) => c.lowered },
  backward: { text: (c: Compilation) => printGraph(c.backward), data: (c: Compilation) => c.backward },
  optimized: { text: (c: Compilation) => printGraph(c.optimized), data: (c: Compilation) => c.optimized },
  kernels: { text: (c: Compilation) => printKernels(c.fused), data: (c: Compilation) => c.fused.kernels },
  wgsl: {
    text: (c: Compilation) => c.program.kernels.map((k) => k.wgsl).join('\n'),
    data: (c: Compilation) => c.program.kernels,
  },
  plan: {
    text: (c: Compilation) => printProgram(c.program),
    data: ({ program }: Compilation) => ({
      ...program,
      kernels: program.kernels.map(({ wgsl: _, ...k }) => k),
    }),
  },
} as const;

type Stage = 'ast' | 'types' | keyof typeof stages;

export const dump: CommandDefinition = {
  name: 'dump',
  summary: 'show a stage: syntax tree, types, equations, backward equations, kernels, WGSL, plan',
  examples: [
    'nnc dump models/mlp.nn --stage backward',
    'nnc dump models/mlp.nn --stage kernels --set B=32 --purpose train',
    'nnc dump models/mlp.nn --stage graph --format json',
  ],
  define: (command) =>
    withModel(command)
      .addOption(
        new Option('--stage <STAGE>', 'what to show')
          .choices(['ast', 'types', ...Object.keys(stages)])
          .makeOptionMandatory(),
      )
      .addOption(new Option('--format <FORMAT>', 'how').choices(['text', 'json']).default('text'))
      .addOption(
        new Option('--purpose <PURPOSE>', 'of which program: outputs, gradients, or a training step')
          .choices(['run', 'grad', 'train'])
          .default('grad', 'grad where the model has a loss, else run'),
      )
      .addOption(new Option('--loss <NAME>', 'the loss that is differentiated (default: the first)'))
      .addOption(targetOption())
      .addOption(modeOption())
      .action((file: string, options: Options, self: { getOptionValueSource(name: string): string }) => {
        const parsed = parseModel(file);
        if (options.stage === 'ast') {
          if (hasErrors(parsed.diagnostics)) throw new SourceError(parsed.diagnostics);
          process.stdout.write(
            options.format === 'json' ? `${astJson(parsed.main)}\n` : astOutline(parsed.main),
          );
          return;
        }
        const training = options.mode === 'train' || options.purpose === 'train';
        const { program } = checkModel(parsed, { ...options, bindings: options.set, training });
        if (options.stage === 'types') {
          process.stdout.write(options.format === 'json' ? dataJson(program.outline) : printTypes(program));
          return;
        }
        const chosen = self.getOptionValueSource('purpose') !== 'default';
        const compilation = compileFor(
          program,
          purposeOf(program, options, chosen),
          defaultTargets[options.target],
        );
        const view = stages[options.stage];
        process.stdout.write(
          options.format === 'json' ? dataJson(view.data(compilation)) : view.text(compilation),
        );
      }),
};

function purposeOf(program: TypedProgram, { purpose, loss }: Options, chosen: boolean): Purpose {
  const hasLoss = program.outputs.some((o) => o.role === 'loss');
  if (purpose === 'train') {
    if (!program.recipe) throw new UsageError('--purpose train: the file has no train recipe for this model');
    return { kind: 'train' };
  }
  if (purpose === 'run' || (!hasLoss && !chosen && loss === undefined)) return { kind: 'run' };
  return gradientPurpose(program, { ...(loss !== undefined && { loss }) });
}
