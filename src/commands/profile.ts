/** `nnc profile`: the time of each kernel on the device, and what share of the possible that is. */

import { InvalidArgumentError } from 'commander';
import { optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import { measurePeaks, type Peaks } from '../../runtime/peaks.ts';
import { initialWeights, savedParameters } from '../data/weights.ts';
import { processorPeaks } from '../device/processor-peaks.ts';
import { type Profile, profileOf } from '../device/profile.ts';
import { type DeviceKind, withSession } from '../device/session.ts';
import { compileFor } from '../model/compilation.ts';
import { parseModel } from '../model/model.ts';
import { checkedFor, type ProgramChoice, withPurpose } from '../model/purpose.ts';
import { type LineText, lineTexts } from '../model/source-lines.ts';
import {
  type CommandDefinition,
  deviceOption,
  jsonOption,
  seedOption,
  threadsOption,
  verboseOption,
  wholeNumber,
  withModel,
} from '../terminal/command.ts';
import { print } from '../terminal/output.ts';
import { tableText } from '../terminal/text-table.ts';
import { dataJson } from '../views/json.ts';

interface Options extends ProgramChoice {
  readonly repeats: number;
  readonly peak?: Peaks;
  readonly seed: number;
  readonly device: DeviceKind;
  readonly threads?: number;
  readonly verbose: boolean;
  readonly json: boolean;
}

export const profile: CommandDefinition = {
  name: 'profile',
  summary: 'time per kernel on the device, bytes, FLOPs, share of the roofline, by source line',
  examples: ['nnc profile models:mlp', 'nnc profile models:mlp --purpose run --set B=16 --peak 500,4 --json'],
  define: (command) =>
    withPurpose(withModel(command), 'profile')
      .option('--repeats <N>', 'how often each kernel runs', wholeNumber(1, 10_000), 20)
      .option(
        '--peak <GB/S,GFLOP/S>',
        'what the adapter can do at best (default: measured with a copy and with multiply-adds)',
        peaks,
      )
      .addOption(seedOption())
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addOption(jsonOption())
      .action(async (file: string, options: Options) => {
        const parsed = parseModel(file);
        const { program, purpose, assumed } = checkedFor('profile', parsed, options);
        const shown = await withSession({ ...options, fineClock: true }, async (session): Promise<Shown> => {
          const { info } = session;
          const compilation = compileFor(program, purpose, info.summary);
          const runner = await session.load(compilation.program);
          const values = initialWeights(program, options.seed);
          for (const { path } of [...savedParameters(program), ...optimizerStates(program)]) {
            if (compilation.program.persistent.some(({ name }) => name === path))
              await session.set(path, values.get(path)!);
          }
          // Drivers finish compiling in the first run.
          await runner.run();
          await session.settle();
          const times = await runner.profile(options.repeats);
          const limits =
            options.peak ??
            (await measurePeaks(session, info.class === 'cpu' ? processorPeaks(info.summary) : undefined));
          return {
            program: compilation.program.name,
            device: info.name,
            clock: info.clock,
            assumed,
            peaks: limits,
            measured: options.peak === undefined,
            profile: profileOf(compilation, times, limits),
          };
        });
        print(options.json ? dataJson(shown) : profileText(shown, lineTexts(parsed)));
      }),
};

function peaks(text: string): Peaks {
  const [bytes, flops, ...more] = text.split(',').map(Number);
  if (!(bytes! > 0) || !(flops! > 0) || more.length > 0) {
    throw new InvalidArgumentError('expected two numbers, as in 4800,60000');
  }
  return { bytesPerSecond: bytes! * 1e9, flopsPerSecond: flops! * 1e9 };
}

interface Shown {
  readonly program: string;
  readonly device: string;
  readonly clock: string;
  readonly assumed: readonly string[];
  readonly peaks: Peaks;
  readonly measured: boolean;
  readonly profile: Profile;
}

const prefixes = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** `4.8 TB/s`. */
function rate(perSecond: number, unit: string): string {
  const power = Math.max(0, Math.min(prefixes.length - 1, Math.floor(Math.log10(perSecond) / 3)));
  const value = perSecond / 1000 ** power;
  return `${value >= 99.5 ? value.toFixed(0) : value.toPrecision(2)} ${prefixes[power]}${unit}`.trim();
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)}%`;

function profileText(shown: Shown, lineText: LineText): string {
  const { program, device, clock, assumed, peaks: limits, measured, profile: all } = shown;
  const right = { align: 'right' } as const;
  const kernels = tableText(
    [
      { title: 'kernel' },
      { title: 'schedule' },
      { title: 'us', ...right },
      { title: 'runs', ...right },
      { title: 'time', ...right },
      { title: 'FLOP/s', ...right },
      { title: 'B/s', ...right },
      { title: 'roofline', ...right },
      { title: 'bound by' },
      { title: 'source' },
    ],
    [...all.dispatches]
      .sort((a, b) => b.microseconds - a.microseconds)
      .map((d) => [
        d.kernel,
        d.schedule,
        d.microseconds.toFixed(1),
        String(d.times),
        percent(d.microseconds / Math.max(all.microseconds, 1e-3)),
        // A kernel shorter than a tick of the clock has no rate.
        ...(d.microseconds > 0
          ? [
              rate((1e6 * d.flops) / d.microseconds, ''),
              rate((1e6 * d.bytes) / d.microseconds, ''),
              percent(d.roofline),
            ]
          : ['-', '-', '-']),
        d.bound,
        [...new Set(d.places.map(({ file, line }) => `${file}:${line}`))].join(' '),
      ]),
  );
  const lines = tableText(
    [{ title: 'source line' }, { title: 'us', ...right }, { title: 'time', ...right }, { title: '' }],
    all.lines.map(({ place, microseconds }) => [
      `${place.file}:${place.line}`,
      microseconds.toFixed(1),
      percent(microseconds / Math.max(all.microseconds, 1e-3)),
      lineText(place)?.trim() ?? '',
    ]),
  );
  return [
    ...(assumed.length > 0 ? [`with ${assumed.join(', ')}, which --set changes\n`] : []),
    `${program} on ${device}: ${all.microseconds.toFixed(0)} us in ${all.dispatches.length} dispatches, by ${clock}\n`,
    `${measured ? 'measured' : 'given'} peaks: ${rate(limits.bytesPerSecond, 'B/s')} copied, ` +
      `${rate(limits.flopsPerSecond, 'FLOP/s')} multiplied and added\n`,
    `\n${kernels}\n${lines}`,
  ].join('');
}
