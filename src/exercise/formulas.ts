/** A parsed `.nn` file in; where its formulas stand and which are left open out, and the text with others in their places. */
import type { File, Statement } from '../../grammar/ast.ts';
import type { Source, Span } from '../../grammar/source.ts';
import { endOf, lex, Question } from '../../grammar/tokens.ts';

/**
 * The right side of everything that has a name: `slope` of `output slope = …`, the name of a function for its derivative, where
 * it has one of its own, and else for its result. Of equal names the first counts.
 */
export function formulasOf({ declarations }: File): ReadonlyMap<string, Span> {
  const found: [string, Span][] = [];
  for (const declaration of declarations) {
    if (declaration.kind === 'train') continue;
    if (declaration.kind === 'fn') {
      const [first] = declaration.derivative;
      const result = declaration.body.find(({ kind }) => kind === 'return');
      const value = first ?? (result?.kind === 'return' ? result.value : undefined);
      if (value !== undefined) found.push([declaration.name.name, value.span]);
    }
    found.push(...statementFormulas(declaration.body));
  }
  return new Map(found.reverse());
}

const statementFormulas = (statements: readonly Statement[]): readonly [string, Span][] =>
  statements.flatMap((statement): readonly [string, Span][] => {
    if (statement.kind === 'let') return [[statement.name.name, statement.value.span]];
    return statement.kind === 'scan' || statement.kind === 'repeat' ? statementFormulas(statement.body) : [];
  });

/** Each `?`, in order. */
export const openPlaces = (source: Source): readonly Span[] =>
  lex(source.text)
    .tokens.filter(({ tokenType }) => tokenType === Question)
    .map((token) => ({ source, start: token.startOffset, end: endOf(token) }));

/** What has a `?` on its right side. */
export function openFormulas({ main }: { readonly main: File }): ReadonlySet<string> {
  const places = openPlaces(main.source);
  const open = [...formulasOf(main)].filter(([, { start, end }]) =>
    places.some((place) => place.start >= start && place.end <= end),
  );
  return new Set(open.map(([name]) => name));
}

/** The text with a formula at each place, in parentheses: what stands around it binds no part of it. */
export function filledIn(
  text: string,
  formulas: readonly { readonly at: Span; readonly formula: string }[],
): string {
  const inOrder = [...formulas].sort((a, b) => b.at.start - a.at.start);
  return inOrder.reduce(
    (whole, { at, formula }) => `${whole.slice(0, at.start)}(${formula})${whole.slice(at.end)}`,
    text,
  );
}

/** The names that an expression calls: `grad`, `sigmoid`. */
export function calledIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map(([, name]) => name!));
}
