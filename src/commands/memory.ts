/** `nnc memory`: what a program takes in memory, per kind and per source line, against the adapter's limits. */

import { Option } from 'commander';
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import { type Memory, memoryKinds, memoryOf, type TensorMemory, total } from '../../compiler/plan/memory.ts';
import { requirementsOf } from '../../compiler/plan/requirements.ts';
import type { Target } from '../../compiler/target.ts';
import { sizeText } from '../../runtime/limits.ts';
import { dispatchesOf, type Program, type Requirements } from '../../runtime/program.ts';
import { processorInfo } from '../../runtime/wasm/node-executor.ts';
import { type DeviceKind, openDeviceOf } from '../device/session.ts';
import { compileFor } from '../model/compilation.ts';
import { parseModel } from '../model/model.ts';
import { checkedFor, type ProgramChoice, withPurpose } from '../model/purpose.ts';
import { type LineText, lineTexts } from '../model/source-lines.ts';
import {
  type CommandDefinition,
  jsonOption,
  type LimitChoice,
  limitsOption,
  targetOf,
  withModel,
} from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { print } from '../terminal/output.ts';
import { tableText } from '../terminal/text-table.ts';
import { dataJson } from '../views/json.ts';
import { keptText } from '../views/kept.ts';

interface Options extends ProgramChoice {
  readonly device?: DeviceKind | 'none';
  readonly limits: LimitChoice;
  readonly json: boolean;
}

export const memory: CommandDefinition = {
  name: 'memory',
  summary: 'what a program takes in memory: by kind, by source line, at its peak, against limits',
  examples: ['nnc memory models:mlp', 'nnc memory models:mlp --set B=4096 --purpose run --device none'],
  define: (command) =>
    withPurpose(withModel(command), 'memory')
      .addOption(
        new Option(
          '--device <KIND>',
          'whose limits; none: those of --limits (default: auto, or none where --limits is given)',
        ).choices(['auto', 'hardware', 'software', 'cpu', 'none']),
      )
      .addOption(limitsOption())
      .addOption(jsonOption())
      .action(async (file: string, options: Options) => {
        const parsed = parseModel(file);
        const { program, purpose, assumed } = checkedFor('memory', parsed, options);
        const target = await chosenTarget(options, command.getOptionValueSource('limits') === 'cli');
        const compilation = compileFor(program, purpose, target);
        const states = new Set(optimizerStates(program).map(({ path }) => path));
        const report = memoryOf(compilation, target, states);
        const requirements = requirementsOf(compilation.program.buffers, compilation.printed);
        const shown = { report, program: compilation.program, requirements, target, assumed };
        print(options.json ? memoryJson(shown) : memoryText(shown, lineTexts(parsed)));
      }),
};

interface Shown {
  readonly report: Memory;
  readonly program: Program;
  readonly requirements: Requirements;
  readonly target: Target;
  readonly assumed: readonly string[];
}

/** The limits of what would run it, or those of `--limits`. */
async function chosenTarget({ device, limits }: Options, limited: boolean): Promise<Target> {
  const stated = targetOf({ target: 'hardware', limits });
  if (device === 'none' || (device === undefined && limited)) return stated;
  if (limited) throw new UsageError('--limits goes with no device: say --device none, or leave it out');
  const opened = await openDeviceOf(device ?? 'auto');
  opened?.close();
  return (opened?.info ?? processorInfo()).summary;
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;

const placeText = ({ place }: TensorMemory['origin']): string => (place ? `${place.file}:${place.line}` : '');

function memoryText({ report, program, requirements, target, assumed }: Shown, lineText: LineText): string {
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
    [{ title: 'source line' }, { title: 'bytes', align: 'right' }, { title: 'of it' }, { title: '' }],
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
  const dispatches = dispatchesOf(program);
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
      [
        'threads of a workgroup',
        String(requirements.invocationsPerWorkgroup),
        String(target.invocationsPerWorkgroup),
        '',
      ],
      [
        'workgroups along a dimension',
        String(requirements.workgroupsPerDimension),
        String(target.workgroupsPerDimension),
        '',
      ],
      ...(target.memory === undefined
        ? []
        : [
            [
              'all buffers',
              sizeText(requirements.memory),
              sizeText(target.memory),
              percent(requirements.memory, target.memory),
            ],
          ]),
    ],
  );
  return [
    ...(assumed.length > 0 ? [`with ${assumed.join(', ')}, which --set changes\n`] : []),
    `${program.name}: ${sizeText(allocated)} in ${program.buffers.length} buffers ${target.from === 'adapter' ? 'on' : 'with'} ${target.name}\n`,
    `in use at most ${sizeText(live[peakAt] ?? 0)}, in dispatch ${peakAt + 1} of ${dispatches.length} (${dispatches[peakAt]?.name}); ` +
      `without sharing it would be ${sizeText(unshared)}\n`,
    `\n${byKind}\n${byLine}\n${keptText(report)}${limits}`,
  ].join('');
}

const memoryJson = ({ report, program, requirements, target, assumed }: Shown): string =>
  dataJson({
    program: program.name,
    device: target.name,
    assumed,
    ...report,
    requirements,
    limits: target,
  });
