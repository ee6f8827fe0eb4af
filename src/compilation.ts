/** A checked program -> a compilation for one purpose and one adapter. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import { lower, type Purpose } from '../compiler/lower/index.ts';
import type { PassObserver } from '../compiler/passes/index.ts';
import { type Compilation, compile } from '../compiler/pipeline.ts';
import type { Target } from '../compiler/schedule/target.ts';

export const compileFor = (
  program: TypedProgram,
  purpose: Purpose,
  target: Target,
  observers: readonly PassObserver[] = [],
): Compilation => compile(lower(program, purpose), target, observers);
