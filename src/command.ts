/** What a command of the line is, and the options that several share. */
import { type Command, InvalidArgumentError, Option } from 'commander';

export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** Shown below `--help`: each a whole command line. */
  readonly examples: readonly string[];
  /** Adds arguments, options and the action. */
  readonly define: (command: Command) => void;
}

/** A whole number not below `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number, ${least} or more`);
    }
    return value;
  };

/** Collects `NAME=VALUE` options into a map; a name may come once. */
export const assignment =
  <T>(what: string, parse: (text: string) => T | undefined) =>
  (text: string, known: ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const parsed = value === undefined ? undefined : parse(value);
    if (name === undefined || parsed === undefined) throw new InvalidArgumentError(`expected ${what}`);
    if (known.has(name)) throw new InvalidArgumentError(`${name} is given twice`);
    return new Map([...known, [name, parsed]]);
  };

const integer = (text: string): number | undefined => (/^-?\d+$/.test(text) ? Number(text) : undefined);

export const setOption = (): Option =>
  new Option('--set <NAME=N>', 'a free dimension or a parameter of the model, as in B=32 (may be repeated)')
    .argParser(assignment('NAME=N, with a whole number N', (t) => (t === 'true' ? 1 : t === 'false' ? 0 : integer(t) ?? decimal(t))))
    .default(new Map<string, number>(), 'none');

const decimal = (text: string): number | undefined => (Number.isFinite(Number(text)) ? Number(text) : undefined);

export const modelOption = (): Option => new Option('--model <NAME>', 'which model of the file (default: the first)');

export const deviceOption = (): Option =>
  new Option('--device <KIND>', 'which adapter').choices(['auto', 'hardware', 'software']).default('auto');

export const seedOption = (): Option =>
  new Option('--seed <N>', 'of all random numbers').argParser(wholeNumber(0)).default(0);

export const modeOption = (): Option =>
  new Option('--mode <MODE>', 'the mode that the model is compiled for').choices(['eval', 'train']).default('eval');

export const jsonOption = (): Option => new Option('--json', 'print JSON, for programs').default(false);

/** `--data x=PATH…`, repeatable. */
export const dataOption = (flag = '--data', what = 'data for an input'): Option =>
  new Option(`${flag} <NAME=FILE>`, `${what}: NAME=FILE[#columns][@rows] (may be repeated)`)
    .argParser(assignment('NAME=FILE', (text) => text))
    .default(new Map<string, string>(), 'none');

/** A list of names, separated by commas. */
export const nameList = (text: string): readonly string[] => text.split(',').map((name) => name.trim());
