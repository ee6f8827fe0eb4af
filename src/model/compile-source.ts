/** A text and what it is compiled for in, a checked and compiled program out: the compiler as a function. */
import type { SettingValue, TypedProgram } from '../../compiler/check/typed.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { parse } from '../../grammar/index.ts';
import type { Source } from '../../grammar/source.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkModel, type Parsed } from './checked-model.ts';
import { compileFor } from './compilation.ts';
import { dimensionsOf, type Shaped } from './free-dimensions.ts';

export interface CompileOptions {
  /** Which model of the text. Default: the first. */
  readonly model?: string;
  /** Which recipe of the model. Default: the first. */
  readonly recipe?: string;
  /** What the program is to do. Default: `{ kind: 'run' }`. */
  readonly purpose?: Purpose;
  /** Free dimensions and parameters of the model: `{ B: 32, hidden: 64 }`. */
  readonly set?: Readonly<Record<string, SettingValue>>;
  /** Data for inputs, by name, whose shapes say how long free dimensions are. Nothing else of them is read. */
  readonly data?: Readonly<Record<string, Shaped>>;
  /** Training mode, for dropout and the like. Default: only for the purpose `train`. */
  readonly training?: boolean;
  /**
   * What kernels are made for: `session.info.summary`, or one of `defaultTargets`. Default: hardware, with the limits that
   * every adapter has.
   */
  readonly target?: Target;
}

export interface CompiledSource {
  /** The checked program: inputs, outputs, parameters, the recipe. */
  readonly typed: TypedProgram;
  /** What every stage made of it; `compilation.program` is what a session loads. */
  readonly compilation: Compilation;
}

/**
 * Compiles a text that uses no other files.
 *
 * Throws a `SourceError` with all diagnostics where the text is wrong, a `LimitError` or a `SourceError` where it is too
 * much for the target, and a `UsageError` where the options do not fit it, as where a dimension is free that neither `set`
 * nor `data` nor the recipe's batch tells.
 */
export function compileSource(source: Source, options: CompileOptions = {}): CompiledSource {
  const { file, diagnostics } = parse(source);
  return compileParsed({ main: file, used: [], diagnostics }, options);
}

/** The same of a text that is parsed with all that it uses. */
export function compileParsed(parsed: Parsed, options: CompileOptions = {}): CompiledSource {
  const { model, recipe, target = defaultTargets.hardware, purpose = { kind: 'run' } } = options;
  const common = {
    training: options.training ?? purpose.kind === 'train',
    ...(model !== undefined && { model }),
    ...(recipe !== undefined && { recipe }),
  };
  const set = new Map(Object.entries(options.set ?? {}));
  const data = new Map(Object.entries(options.data ?? {}));
  const first = checkModel(parsed, { ...common, bindings: set }).program;
  const unknown = [...data.keys()].find((name) => first.inputs.every(({ label }) => label.name !== name));
  if (unknown !== undefined) throw new UsageError(`model ${first.model} has no input ${unknown}`);
  const typed =
    data.size === 0
      ? first
      : checkModel(parsed, { ...common, bindings: dimensionsOf(first, data, set) }).program;
  const open = typed.dimensions.filter(({ by }) => by === 'stand-in').map(({ name }) => name);
  if (open.length > 0)
    throw new UsageError(
      `a program has fixed shapes, and ${open.join(', ')} of model ${typed.model} can be any: give set: { ${open[0]}: … }, or data`,
    );
  return { typed, compilation: compileFor(typed, purpose, target) };
}
