/** `nnc memory`: what a program takes in memory, per kind and per source line, against the adapter's limits. */
import { Option } from 'commander';
import { type Memory, memoryKinds, memoryOf, type TensorMemory, total } from '../../compiler/plan/memory.ts';
import { defaultTargets, type Target } from '../../compiler/schedule/target.ts';
import { DeviceError } from '../../runtime/errors.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import type { Program } from '../../runtime/program.ts';
import { sizeText } from '../../runtime/tensor.ts';
import { checkedFor, type ProgramWish, withProgramWish } from '../checked-for.ts';
import { type CommandDefinition, jsonOption, withModel } from '../command.ts';
import { compileFor } from '../compilation.ts';
import { parseModel } from '../model.ts';
import { print } from '../output.ts';
import { type LineText, lineTexts } from '../source-lines.ts';
import { tableText } from '../text-table.ts';
import { dataJson } from '../views/json.ts';
import { optimizerStates } from '../weights.ts';

interface Options extends ProgramWish {
  readonly device: 'auto' | 'hardware' | 'software' | 'none';
  readonly json: boolean;
}

export const memory: CommandDefinition = {
  name: 'memory',
  summary: 'what a program takes in memory: by kind, by source line, at its peak, against limits',
  examples: ['nnc memory models/mlp.nn', 'nnc memory models/mlp.nn --set B=4096 --purpose run --device none'],
  define: (command) =>
    withProgramWish(withModel(command))
      .addOption(
        new Option('--device <KIND>', 'whose limits; none: those that WebGPU guarantees everywhere')
          .choices(['auto', 'hardware', 'software', 'none'])
          .default('auto'),
      )
      .addOption(jsonOption())
      .action(async (file: string, options: Options) => {
        const parsed = parseModel(file);
        const { program, purpose, assumed } = checkedFor(parsed, options);
        const { name, target } = await limitsOf(options.device);
        const compilation = compileFor(program, purpose, target);
        const states = new Set(optimizerStates(program).map(({ path }) => path));
        const report = memoryOf(compilation, states);
        const shown = { report, program: compilation.program, device: name, target, assumed };
        print(options.json ? memoryJson(shown) : memoryText(shown, lineTexts(parsed)));
      }),
};

interface Shown {
  readonly report: Memory;
  readonly program: Program;
  readonly device: string;
  readonly target: Target;
  readonly assumed: readonly string[];
}

/** The adapter's limits; the guaranteed ones where there is none and none was asked for. */
async function limitsOf(
  choice: Options['device'],
): Promise<{ readonly name: string; readonly target: Target }> {
  const guaranteed = { name: 'the limits that WebGPU guarantees', target: defaultTargets.hardware };
  if (choice === 'none') return guaranteed;
  try {
    const device = await openNodeDevice({ device: choice });
    const { name, summary } = device.info;
    device.close();
    return { name, target: summary };
  } catch (failure) {
    if (choice !== 'auto' || !(failure instanceof DeviceError)) throw failure;
    return guaranteed;
  }
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;

const placeText = ({ place }: TensorMemory['origin']): string => (place ? `${place.file}:${place.line}` : '');

function memoryText({ report, program, device, target, assumed }: Shown, lineText: LineText): string {
  const { tensors, allocated, unshared, live, peakAt } = report;
  const kinds = memoryKinds
    .map((kind) => ({ kind, own: tensors.filter((t) => t.kind === kind) }))
    .filter(({ own }) => own.length > 0);
  const byKind = tableText(
    [
      { title: 'kind' },
      { title: 'tensors', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: '' },
    ],
    kinds.map(({ kind, own }) => [
      kind,
      String(own.length),
      sizeText(total(own)),
      percent(total(own), unshared),
    ]),
  );
  const places = [...new Set(tensors.map(({ origin }) => placeText(origin)))].filter((place) => place !== '');
  const byLine = tableText(
    [
      { title: 'source line' },
      { title: 'bytes', align: 'right' },
      { title: 'of it', most: 56 },
      { title: '', most: 60 },
    ],
    places
      .map((place) => ({ place, own: tensors.filter(({ origin }) => placeText(origin) === place) }))
      .sort((a, b) => total(b.own) - total(a.own))
      .map(({ place, own }) => [
        place,
        sizeText(total(own)),
        memoryKinds
          .map((kind) => ({ kind, bytes: total(own.filter((t) => t.kind === kind)) }))
          .filter(({ bytes }) => bytes > 0)
          .map(({ kind, bytes }) => `${kind} ${sizeText(bytes)}`)
          .join(', '),
        lineText(own[0]?.origin.place)?.trim() ?? '',
      ]),
  );
  const dispatch = program.dispatches[peakAt];
  const kernel = dispatch && program.kernels[dispatch.kernel]?.name;
  const { requirements } = program;
  const limits = tableText(
    [
      { title: 'limit' },
      { title: 'needed', align: 'right' },
      { title: 'there is', align: 'right' },
      { title: '' },
    ],
    [
      [
        'largest tensor',
        sizeText(requirements.largestBinding),
        sizeText(target.largestBinding),
        `${percent(requirements.largestBinding, target.largestBinding)}  ${requirements.largestBindingTensor}`,
      ],
      [
        'buffers of a kernel',
        String(requirements.storageBuffersPerStage),
        String(target.storageBuffersPerStage),
        '',
      ],
      ['workgroup memory', sizeText(requirements.workgroupStorage), sizeText(target.workgroupStorage), ''],
    ],
  );
  return [
    ...(assumed.length > 0 ? [`with ${assumed.join(', ')}, which --set changes\n`] : []),
    `${program.name}: ${sizeText(allocated)} in ${program.buffers.length} buffers on ${device}\n`,
    `in use at most ${sizeText(live[peakAt] ?? 0)}, in dispatch ${peakAt + 1} of ${program.dispatches.length} (${kernel}); ` +
      `without sharing it would be ${sizeText(unshared)}\n`,
    `\n${byKind}\n${byLine}\n${limits}`,
  ].join('');
}

const memoryJson = ({ report, program, device, target, assumed }: Shown): string =>
  dataJson({
    program: program.name,
    device,
    assumed,
    ...report,
    requirements: program.requirements,
    limits: target,
  });
