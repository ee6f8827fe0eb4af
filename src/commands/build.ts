/** `nnc build`: a compiled program as a folder: program.json, and one .wgsl a kernel or the text of the module. */
import path from 'node:path';
import { Option } from 'commander';
import { watOf } from '../../compiler/plan/targets.ts';
import { dispatchesOf } from '../../runtime/program.ts';
import { checkModel } from '../model/checked-model.ts';
import { compileFor } from '../model/compilation.ts';
import { parseModel } from '../model/model.ts';
import { clauseOption, trainPurpose } from '../model/purpose.ts';
import {
  type CommandDefinition,
  jsonOption,
  type ModelChoice,
  modeOption,
  type TargetChoice,
  targetOf,
  withModel,
  withTarget,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { makeFolder, writeFileAtomic } from '../terminal/files.ts';
import { print } from '../terminal/output.ts';
import { dataJson } from '../views/json.ts';

interface Options extends ModelChoice, TargetChoice {
  readonly out: string;
  readonly purpose: 'run' | 'train';
  readonly clause?: number;
  readonly mode: 'eval' | 'train';
  readonly json: boolean;
}

/** What runs of a program have in common, for the head of each text. */
const sameBits = {
  wgsl: '// Bitwise the same on one adapter with one driver and one version of its shader compiler; elsewhere within rounding.',
  wasm: ';; Bitwise the same on every processor, in Node and in pages, with any number of threads.',
} as const;

export const build: CommandDefinition = {
  name: 'build',
  summary: 'compile to a folder: program.json, and one .wgsl a kernel or a WebAssembly module',
  examples: [
    'nnc build models:mlp --out runs/build --set B=32',
    'nnc build models:mlp --out runs/step --purpose train',
    'nnc build models:mlp --out runs/processor --set B=32 --target cpu',
  ],
  define: (command) =>
    withTarget(withModel(command))
      .requiredOption('-o, --out <FOLDER>', 'where to write; made if it is not there')
      .addOption(
        new Option('--purpose <PURPOSE>', 'outputs, or a training step')
          .choices(['run', 'train'])
          .default('run'),
      )
      .addOption(clauseOption())
      .addOption(modeOption())
      .addOption(jsonOption())
      .action((file: string, options: Options) => {
        const training = options.mode === 'train' || options.purpose === 'train';
        const { program: typed } = checkModel(parseModel(file), {
          ...options,
          bindings: options.set,
          training,
        });
        const open = typed.dimensions.filter((d) => d.by === 'stand-in').map((d) => d.name);
        if (open.length > 0) {
          throw new UsageError(
            `a program has fixed shapes: give ${open.map((name) => `--set ${name}=N`).join(' ')}`,
          );
        }
        const purpose =
          options.purpose === 'train' ? trainPurpose(typed, options.clause) : ({ kind: 'run' } as const);
        const { program, printed } = compileFor(typed, purpose, targetOf(options));
        const { code } = program;
        const texts =
          code.target === 'wasm'
            ? [{ file: 'module.wat', text: `${sameBits.wasm}\n${watOf(printed, program)}` }]
            : code.kernels.map(({ name, wgsl }) => ({
                file: `${name}.wgsl`,
                text: `${sameBits.wgsl}\n${wgsl}`,
              }));
        makeFolder(options.out, ['program.json', ...texts.map(({ file }) => file)]);
        // The texts first: a program.json that is there is complete.
        for (const { file, text } of texts) writeFileAtomic(path.join(options.out, file), text);
        const kernels =
          code.target === 'wasm'
            ? code.kernels
            : code.kernels.map((kernel) => ({ ...kernel, wgsl: { file: `${kernel.name}.wgsl` } }));
        const listed = { ...program, code: { ...code, kernels } };
        writeFileAtomic(path.join(options.out, 'program.json'), `${JSON.stringify(listed, null, 2)}\n`);
        const counts = { kernels: kernels.length, dispatches: dispatchesOf(program).length };
        print(
          options.json
            ? dataJson({ out: options.out, ...counts })
            : `${options.out}: program.json, ${counts.kernels} kernels, ${counts.dispatches} dispatches\n`,
        );
      }),
};
