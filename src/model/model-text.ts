/**
 * A parsed file and names in, of a model and of what its recipe uses; the text of all that its numbers are made of, out: a statement a
 * line, in canonical form, without comments, metrics, assertions, and definitions that are not used.
 */
import type { Declaration, Statement } from '../../grammar/ast.ts';
import { type Document, oneLine } from '../../grammar/document.ts';
import { derivativeText, headerText, statementText } from '../../grammar/unparse-statements.ts';
import type { Parsed } from './checked-model.ts';

type Definition = Exclude<Declaration, { readonly kind: 'train' }>;

export function modelText({ main, used }: Parsed, names: readonly string[]): string {
  const definitions = [...main.declarations, ...used.flatMap(({ declarations }) => declarations)].filter(
    (declaration): declaration is Definition => declaration.kind !== 'train',
  );
  const texts = new Map(definitions.map((definition) => [definition.name.name, linesOf(definition)]));
  const needed = new Set(names);
  // A set goes through what is added to it meanwhile.
  for (const name of needed) {
    for (const word of texts.get(name)?.join('\n').match(/\w+/g) ?? []) if (texts.has(word)) needed.add(word);
  }
  return [...texts].flatMap(([name, lines]) => (needed.has(name) ? lines : [])).join('\n');
}

const linesOf = (definition: Definition): readonly string[] => [
  oneLine(headerText(definition)),
  ...definition.body.flatMap(statementLines),
  ...(definition.kind === 'fn' && definition.derivative.length > 0
    ? [oneLine(derivativeText(definition.derivative))]
    : []),
];

function statementLines(statement: Statement): readonly string[] {
  if (changesNothing(statement)) return [];
  const line = oneLine(textOf(statement));
  return statement.kind === 'repeat' ? [`${line} {`, ...statement.body.flatMap(statementLines), '}'] : [line];
}

const changesNothing = (statement: Statement): boolean =>
  statement.kind === 'assert' || (statement.kind === 'let' && statement.role === 'metric');

/** Whether a value is shown outside changes no number. */
const textOf = (statement: Statement): Document =>
  statementText(
    statement.kind === 'let' && statement.role === 'output' ? { ...statement, role: 'let' } : statement,
  );
