/** What a command of the line is, and the options that several share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { type ClassName, classNames } from '../../compiler/classes/index.ts';
import {
  defaultTargets,
  type PresetName,
  presets,
  presetTarget,
  type Target,
} from '../../compiler/target.ts';
import { type Limits, limitNames } from '../../runtime/limits.ts';
import { type ExitCode, exitCodes, UsageError } from './failure.ts';

export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** Shown below `--help`: each a whole command line that works in a clone, after those before it. */
  readonly examples: readonly string[];
  /** Adds arguments, options and the action, which may call `end` with an exit code other than 0. */
  readonly define: (command: Command, end: (code: ExitCode) => void) => void;
}

/** A whole number not below `least`, and not above `most`. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least || value > most) {
      const range = value > most ? `${least} to ${most}` : `${least} or more`;
      throw new InvalidArgumentError(`expected a whole number, ${range}`);
    }
    return value;
  };

/** `all` is a batch of all samples, as in a recipe. */
export const samplesAStep = (text: string): number | 'all' => (text === 'all' ? text : wholeNumber(1)(text));

/** Collects `NAME=VALUE` options into a map; a name may come once. */
export const assignment =
  <T>(what: string, parse: (text: string) => T | undefined) =>
  (text: string, known: ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const parsed = value === undefined ? undefined : parse(value);
    if (name === undefined || parsed === undefined) throw new InvalidArgumentError(`expected ${what}`);
    if (known.has(name)) throw new InvalidArgumentError(`${name} is given twice`);
    return new Map([...known, [name, parsed]]);
  };

/** An option that may come several times, each time with something more. */
export class RepeatedOption extends Option {
  constructor(flags: string, description: string) {
    super(flags, `${description} (may be repeated)`);
  }
}

/** Any other option that takes a value comes once: of two values, one would be dropped without a word. */
export function refuseRepeated(command: Command): void {
  for (const option of command.options) {
    if (option instanceof RepeatedOption || option.isBoolean()) continue;
    let before: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (before !== undefined) {
        const hint =
          option.parseArg === nameList ? `\nhint: in one, as in ${option.long} ${before},${value}` : '';
        command.error(`error: ${option.long} is given twice: ${before} and ${value}${hint}`, {
          code: 'nnc.repeated',
          exitCode: exitCodes.usage,
        });
      }
      before = value;
    });
  }
}

/** A list of names, separated by commas. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('expected names, separated by commas');
  return names;
}

/** `64`, `2,1`, `true`: what a parameter of a model may be set to. */
export function setting(text: string): SettingValue | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  const parts = text.split(',');
  if (!parts.every((part) => part.trim() !== '' && Number.isFinite(Number(part)))) return undefined;
  const [first, ...others] = parts.map(Number);
  return others.length === 0 ? first : [first!, ...others];
}

export const setOption = (): Option =>
  new RepeatedOption('--set <NAME=N>', 'a free dimension or a parameter of the model, as in B=32')
    .argParser(assignment('NAME=N, where N is a number, numbers as in 2,1, true or false', setting))
    .default(new Map<string, SettingValue>(), 'none');

export const deviceOption = (): Option =>
  new Option(
    '--device <KIND>',
    'auto: a GPU, else the processor; hardware: a GPU; software: WGSL on a software adapter; cpu: the processor',
  )
    .choices(['auto', 'hardware', 'software', 'cpu'])
    .default('auto');

export const threadsOption = (): Option =>
  new Option('--threads <N>', 'threads of the processor, which they choose (default: one a core)').argParser(
    wholeNumber(1, 256),
  );

export const verboseOption = (): Option =>
  new Option('--verbose', 'let drivers print what they miss').default(false);

export const seedOption = (): Option =>
  new Option('--seed <N>', 'of all random numbers').argParser(wholeNumber(0)).default(0);

export const sanitizeOption = (): Option =>
  new Option(
    '--sanitize',
    'guard every operation: stop at the first number out of its domain and say where (slow)',
  ).default(false);

export const modeOption = (): Option =>
  new Option('--mode <MODE>', 'the mode that the model is compiled for')
    .choices(['eval', 'train'])
    .default('eval');

const targetOption = (): Option =>
  new Option(
    '--target <CLASS>',
    'what kernels are made for: a class of adapters, or the processor (wasm: cpu)',
  )
    .choices([...classNames, 'wasm'])
    .argParser(classNamed)
    .default('hardware');

/** `wasm` is what kernels of the class `cpu` are printed in. */
function classNamed(text: string): ClassName {
  const found = classNames.find((name) => name === (text === 'wasm' ? 'cpu' : text));
  if (found === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${classNames.join(', ')}, and wasm, which is cpu.`);
  }
  return found;
}

/** Of what is compiled without a device. */
export interface TargetChoice {
  readonly target: Target['class'];
  readonly limits: LimitChoice;
}

export interface LimitChoice {
  readonly preset: PresetName;
  /** Limits that are set beside the preset. */
  readonly others: Partial<Limits>;
  /** As it was written. */
  readonly text: string;
}

/** `--target` and `--limits`. */
export const withTarget = (command: Command): Command =>
  command.addOption(targetOption()).addOption(limitsOption());

export const limitsOption = (): Option =>
  new Option(
    '--limits <LIMITS>',
    'what kernels and tensors may take: guaranteed (on every adapter), desktop (on those of desktops), ' +
      'and NAME=N, as in desktop,memory=4GiB; nnc devices lists them',
  )
    .argParser(limitChoice)
    .default({ preset: 'guaranteed', others: {}, text: 'guaranteed' } satisfies LimitChoice, 'guaranteed');

export function limitChoice(text: string): LimitChoice {
  const parts = text.split(',').map((part) => part.trim());
  const [first] = parts;
  const preset = isPreset(first) ? first : 'guaranteed';
  const others = new Map<string, number>();
  for (const part of isPreset(first) ? parts.slice(1) : parts) {
    const [, name, size] = /^(\w+)=(.+)$/.exec(part) ?? [];
    const value = size === undefined ? undefined : sizeOf(size);
    if (name === undefined || !isLimit(name) || value === undefined || others.has(name)) {
      throw new InvalidArgumentError(
        `expected ${Object.keys(presets).join(' or ')}, then NAME=N once each, where NAME is one of ` +
          `${[...Object.keys(limitNames), 'memory'].join(', ')} and N a number such as 12 or 4GiB; found ${JSON.stringify(part)}`,
      );
    }
    others.set(name, value);
  }
  return { preset, others: Object.fromEntries(others), text };
}

const isPreset = (text: string | undefined): text is PresetName =>
  text !== undefined && Object.hasOwn(presets, text);

const isLimit = (name: string): boolean => name === 'memory' || Object.hasOwn(limitNames, name);

/** `12`, `128MiB`. */
function sizeOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)\s*(KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  const powers = ['KiB', 'MiB', 'GiB', 'TiB'];
  const value = Number(digits) * 1024 ** (unit === undefined ? 0 : powers.indexOf(unit) + 1);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

export function targetOf({ target, limits: { preset, others, text } }: TargetChoice): Target {
  if (target === 'cpu') {
    if (preset !== 'guaranteed')
      throw new UsageError(`--limits ${preset}: those of adapters; the processor has its own`);
    return { ...defaultTargets.cpu, ...others };
  }
  const { largestBinding, largestBuffer = largestBinding } = others;
  // A larger binding is of a larger buffer, though only one of them is said.
  const raised =
    largestBuffer === undefined || largestBuffer < presets[preset].largestBuffer ? {} : { largestBuffer };
  return presetTarget(target, preset, { ...others, ...raised }, `--limits ${text}`);
}

export const jsonOption = (): Option => new Option('--json', 'print JSON, for programs').default(false);

/** `--data x=PATH…`, repeatable. */
export const dataOption = (flag = '--data', what = 'data for an input'): Option =>
  new RepeatedOption(`${flag} <NAME=FILE>`, `${what}: NAME=FILE[#COLUMNS][@ROWS]`)
    .argParser(assignment('NAME=FILE', (text) => text))
    .default(new Map<string, string>(), 'none');

/** How files of data are named; below the help of the commands that take them. */
export const dataText = `
Data: IDX, CSV, npy, npz, safetensors and text files, each also gzipped, and PNG pictures.
  x=table.csv#0-3        columns 0 to 3; #-1 the last one; #age,height by the header's names
  t=table.csv#4:labels   class names, sorted and counted from 0; the numbers are saved with the weights
  x=text#33:characters   a text in rows of 33 characters, counted from 0 in the same way; #20:words of 20 words
  x=text#4:word-grams    rows of 4 words, one from each word on; #4:character-grams of characters
  x=text:FILE            all of a text, as the training counted it; x=line:'Once upon' a text itself
  x=table.csv#0-3@!::5   all rows but every fifth; @::5 every fifth; @0:120 the first 120
  x=arrays.npz#images    one tensor of several
  x=seven.png            a picture, a row of the input; x=folder/*.png all of a folder, in the order of their names
  x=models:fables.txt    a file that comes with nnc
  x=2.5                  a number itself; x=5.1,3.5,1.4,0.2 a row
  x=data:moons#x1,x2     what nnc makes itself: nnc data lists it; data:moons/test other rows, data:moons:50 the first 50`;

export const modelOption = (): Option =>
  new Option('--model <NAME>', 'which model of the file (default: the first)');

/** What every command takes that reads a model. */
export interface ModelChoice {
  readonly set: ReadonlyMap<string, SettingValue>;
  readonly model?: string;
  readonly recipe?: string;
}

/** What the checker is told of it. */
export const choiceOf = ({
  model,
  recipe,
}: {
  readonly model?: string | undefined;
  readonly recipe?: string | undefined;
}) => ({
  ...(model !== undefined && { model }),
  ...(recipe !== undefined && { recipe }),
});

export const withModel = (
  command: Command,
  what = 'a .nn file, or a model that comes with nnc, as models:mlp',
): Command =>
  command
    .argument('<file>', what)
    .addOption(setOption())
    .addOption(modelOption())
    .option('--recipe <NAME>', 'the recipe of this name (default: the first of the model)');
