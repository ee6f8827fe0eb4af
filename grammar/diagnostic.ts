/** What is wrong with a user's file, as data: no colours, no printing. `src/terminal/report.ts` draws it. */
import { placeOf, type Span } from './source.ts';

export type Severity = 'error' | 'warning';

/** A remark on a place in the text. */
export interface Label {
  readonly at: Span;
  readonly text: string;
}

export interface Diagnostic {
  /** Stable code: NN1xx syntax, NN2xx names, NN3xx shapes and types, NN4xx recipes and gradients, NN5xx numbers, NN6xx limits. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, one sentence without a full stop. */
  readonly message: string;
  readonly primary: Label;
  readonly related: readonly Label[];
  /** How to fix it, where that can be guessed. */
  readonly hint?: string;
}

export const label = (at: Span, text = ''): Label => ({ at, text });

export interface DiagnosticDetails {
  readonly primary: Label;
  readonly related?: readonly Label[];
  readonly hint?: string | undefined;
}

const diagnostic = (
  severity: Severity,
  code: string,
  message: string,
  details: DiagnosticDetails,
): Diagnostic => ({
  code,
  severity,
  message,
  primary: details.primary,
  related: details.related ?? [],
  ...(details.hint === undefined ? {} : { hint: details.hint }),
});

export const error = (code: string, message: string, details: DiagnosticDetails): Diagnostic =>
  diagnostic('error', code, message, details);

export const warning = (code: string, message: string, details: DiagnosticDetails): Diagnostic =>
  diagnostic('warning', code, message, details);

/** By character codes, alike everywhere: the rules of a language cost 50 ms to load, and are another reader's elsewhere. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In the order of the text, without repeats. */
export function sortDiagnostics(list: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return [...list]
    .sort(
      (a, b) =>
        byText(a.primary.at.source.name, b.primary.at.source.name) ||
        a.primary.at.start - b.primary.at.start ||
        byText(a.code, b.code),
    )
    .filter((d) => {
      const key = `${d.code} ${placeOf(d.primary.at)} ${d.message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

export const hasErrors = (list: readonly Diagnostic[]): boolean => list.some((d) => d.severity === 'error');
