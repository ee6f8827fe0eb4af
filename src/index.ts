/** The public interface: text in, programs out, and what runs them. */
import { check } from '../compiler/check/index.ts';
import type { SettingValue, TypedProgram } from '../compiler/check/typed.ts';
import type { Purpose } from '../compiler/lower/index.ts';
import type { Compilation } from '../compiler/pipeline.ts';
import { defaultTargets, type Target } from '../compiler/target.ts';
import { hasErrors, sortDiagnostics } from '../grammar/diagnostic.ts';
import { parse } from '../grammar/index.ts';
import type { Source } from '../grammar/source.ts';
import { compileFor } from './compilation.ts';
import { SourceError } from './failure.ts';
import { prelude } from './prelude.ts';

export interface CompileOptions {
  /** What the program is to do. Default: `run`. */
  readonly purpose?: Purpose;
  /** Free dimensions and parameters of the model: `{ B: 32 }`. */
  readonly set?: Readonly<Record<string, SettingValue>>;
  /** Training mode, for dropout and the like. Default: only for the purpose `train`. */
  readonly training?: boolean;
  /** The adapter it is for; `device.info.summary` of an open device. */
  readonly target?: Target;
}

export interface CompiledSource {
  readonly typed: TypedProgram;
  readonly compilation: Compilation;
}

/** Compiles a source that uses no other files. Throws a `SourceError` with all diagnostics. */
export function compileSource(source: Source, options: CompileOptions = {}): CompiledSource {
  const purpose = options.purpose ?? { kind: 'run' };
  const { file, diagnostics } = parse(source);
  const checked = check(
    { main: file, files: [], prelude: prelude(), broken: hasErrors(diagnostics) },
    {
      bindings: new Map(Object.entries(options.set ?? {})),
      training: options.training ?? purpose.kind === 'train',
    },
  );
  const all = sortDiagnostics([...diagnostics, ...checked.diagnostics]);
  if (hasErrors(all) || !checked.program) throw new SourceError(all);
  const target = options.target ?? defaultTargets.hardware;
  return { typed: checked.program, compilation: compileFor(checked.program, purpose, target) };
}

export { compile } from '../compiler/pipeline.ts';
export { openDevice } from '../runtime/device.ts';
export { DataError, DeviceError, TrainingError } from '../runtime/errors.ts';
export { createSession, type Runner, type Session } from '../runtime/execute.ts';
export { listDevices, openNodeDevice } from '../runtime/node-device.ts';
export { unpackSwiftShader } from '../runtime/node-swiftshader.ts';
export type { Program } from '../runtime/program.ts';
export { readProgram } from '../runtime/read-program.ts';
export { webgpuExecutor } from '../runtime/webgpu/executor.ts';
export { SourceError } from './failure.ts';
export { initialWeights } from './weights.ts';
