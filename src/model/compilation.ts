/** A checked program -> a compilation for one purpose and one adapter, or what of the program is too much for it. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Origin } from '../../compiler/ir/graph.ts';
import { LimitError, type LimitProblem } from '../../compiler/limits/index.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import type { PassObserver } from '../../compiler/passes/index.ts';
import { type Compilation, compile } from '../../compiler/pipeline.ts';
import type { Target } from '../../compiler/target.ts';
import { type Diagnostic, error, type Label, label } from '../../grammar/diagnostic.ts';
import { exitCodes, SourceError } from '../terminal/failure.ts';
import { type SpanOf, spansOf } from './places.ts';

/** What does not fit is a `TooLargeError`, with a diagnostic for each thing that is too much. */
export function compileFor(
  program: TypedProgram,
  purpose: Purpose,
  target: Target,
  observers: readonly PassObserver[] = [],
): Compilation {
  const lowered = lower(program, purpose);
  try {
    return compile(lowered, target, observers);
  } catch (failure) {
    if (!(failure instanceof LimitError)) throw failure;
    const spanOf = spansOf(program);
    const diagnostics = failure.problems.map((problem) => diagnosticOf(problem, spanOf));
    // What no text asked for has no place to show.
    if (diagnostics.includes(undefined)) throw failure;
    throw new TooLargeError(diagnostics as readonly Diagnostic[], target);
  }
}

/** A program that is too much for what it is compiled for; for an adapter, the device is what fails. */
export class TooLargeError extends SourceError {
  constructor(diagnostics: readonly Diagnostic[], { from }: Target) {
    super(diagnostics, from === 'adapter' ? exitCodes.device : exitCodes.input);
  }
}

function diagnosticOf(problem: LimitProblem, spanOf: SpanOf): Diagnostic | undefined {
  const { code, message, origin, remark, hint, related } = problem;
  const at = spanAt(origin, spanOf);
  if (at === undefined) return undefined;
  const others = related.flatMap((other): readonly Label[] => {
    const place = spanAt(other.origin, spanOf);
    return place === undefined || place.start === at.start ? [] : [label(place, other.remark)];
  });
  return error(code, message, { primary: label(at, remark), related: others, hint });
}

const spanAt = ({ place }: Origin, spanOf: SpanOf) => (place === undefined ? undefined : spanOf(place));
