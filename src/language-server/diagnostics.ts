/** What is wrong with a file in, what an editor underlines out. */
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import type { Diagnostic as Problem, Severity } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import type { Checking } from './checking.ts';
import { locationOf, rangeOf } from './places.ts';
import type { Reading } from './reading.ts';

export const diagnosticsOf = (reading: Reading, { diagnostics }: Checking): readonly Diagnostic[] =>
  diagnostics.map((problem) => shown(reading, problem));

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
};

/** A problem of another file is shown where that is used. */
function shown({ main }: Reading, { code, severity, message, primary, related, hint }: Problem): Diagnostic {
  const elsewhere = primary.at.source !== main.source;
  const at: Span = elsewhere ? (main.uses[0]?.span ?? main.span) : primary.at;
  const labels = elsewhere ? [primary, ...related] : related;
  const remark = elsewhere || primary.text === '' ? '' : `\n${primary.text}`;
  return {
    range: rangeOf(at),
    severity: severities[severity],
    code,
    source: 'nnc',
    message: `${message}${remark}${hint === undefined ? '' : `\nhint: ${hint}`}`,
    relatedInformation: labels.map((label) => ({
      location: locationOf(label.at),
      message: label.text === '' ? message : label.text,
    })),
  };
}
