/** A file's name and what it is compiled for in, a checked and compiled program out. */
import { type CompiledSource, type CompileOptions, compileParsed } from './compile-source.ts';
import { parseModel } from './model.ts';

/**
 * Compiles a `.nn` file and all that it uses, or a model that comes with nnc, as `models:mlp`. Throws what `compileSource`
 * throws, and a `DataError` where a file cannot be read.
 */
export const compileFile = (name: string, options: CompileOptions = {}): CompiledSource =>
  compileParsed(parseModel(name), options);
