/**
 * The compiler as a library, for Node and for pages: a text in, a program that a session loads out. It reads no files: the
 * prelude is part of it.
 *
 * @module nnc/compiler
 */
export type {
  Objective,
  Output,
  Parameter,
  Part,
  Recipe,
  SettingValue,
  TypedProgram,
} from '../compiler/check/typed.ts';
export { LimitError } from '../compiler/limits/index.ts';
export type { Purpose } from '../compiler/lower/index.ts';
export { type Compilation, compile } from '../compiler/pipeline.ts';
export { defaultTargets, presetTarget, type Target } from '../compiler/target.ts';
export type { Diagnostic } from '../grammar/diagnostic.ts';
export type { Source } from '../grammar/source.ts';
export { initialWeights } from './data/weights.ts';
export { type CompiledSource, type CompileOptions, compileSource } from './model/compile-source.ts';
export { SourceError, UsageError } from './terminal/failure.ts';
export { type ReportOptions, renderDiagnostics } from './terminal/report.ts';
