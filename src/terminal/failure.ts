/** How a command ends: exit codes, and what is said when it fails. */
import { LimitError } from '../../compiler/limits/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { DataError, DeviceError } from '../../runtime/errors.ts';
import { Painted, paint, tell } from './output.ts';
import { renderDiagnostics, reportOptions } from './report.ts';

export const exitCodes = {
  good: 0,
  /** The user's file or data is wrong. */
  input: 1,
  /** The command was called in a wrong way. */
  usage: 2,
  /** No adapter, a lost device, a kernel that was refused, a program that the adapter is too small for. */
  device: 3,
  /** Stopped by Ctrl-C, after saving. */
  interrupted: 130,
  /** Stopped by SIGTERM, after saving. */
  terminated: 143,
  /** Stopped by SIGHUP, after saving: the terminal is gone. */
  hungUp: 129,
  /** A mistake of ours. */
  internal: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line asks for something that is not there or does not go together. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A text with errors; `renderDiagnostics` shows them. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly diagnostics: readonly Diagnostic[];
  readonly code: ExitCode;

  constructor(diagnostics: readonly Diagnostic[], code: ExitCode = exitCodes.input) {
    super(renderDiagnostics(diagnostics, reportOptions({}, {})));
    this.diagnostics = diagnostics;
    this.code = code;
  }
}

/** Says on stderr what went wrong, in words for who can mend it, and gives the exit code. */
export function reportFailure(failure: unknown): ExitCode {
  if (failure instanceof SourceError) {
    tell(new Painted(renderDiagnostics(failure.diagnostics)), '\n');
    return failure.code;
  }
  if (failure instanceof LimitError) {
    const onDevice = failure.target.from === 'adapter';
    return say('error', failure.message, onDevice ? exitCodes.device : exitCodes.input);
  }
  if (failure instanceof DataError) return say('error', failure.message, exitCodes.input);
  if (failure instanceof UsageError) return say('error', failure.message, exitCodes.usage);
  if (failure instanceof DeviceError) return say('device error', failure.message, exitCodes.device);
  const text = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  say(
    'internal error',
    'nnc made a mistake; please report it with the file that caused it',
    exitCodes.internal,
  );
  tell(`${text}\n`);
  return exitCodes.internal;
}

function say(kind: string, message: string, code: ExitCode): ExitCode {
  tell(paint.alarm(`${kind}:`), ` ${message}\n`);
  return code;
}
