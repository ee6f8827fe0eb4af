/** Walks through nests: statements in, what they contain, or others in their place, out. */
import type { Affine } from '../index/affine.ts';
import type { Statement, Term } from './nest.ts';

/** The terms that a statement evaluates itself, not those of statements within. */
export function termsOf(statement: Statement): readonly Term[] {
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign':
    case 'store':
    case 'keep':
      return [statement.value];
    case 'if':
    case 'while':
      return [statement.condition];
    case 'loop':
    case 'barrier':
      return [];
    default:
      return statement satisfies never;
  }
}

/** The index arithmetic that a statement does itself, not that of its terms. */
export function affinesOf(statement: Statement): readonly Affine[] {
  if (statement.kind === 'store' || statement.kind === 'keep') return [statement.position];
  return statement.kind === 'loop' ? [statement.from] : [];
}

/** Each statement, outer ones before those within. */
export function forEachStatement(body: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of body) {
    visit(statement);
    if ('body' in statement) forEachStatement(statement.body, visit);
  }
}

/** The statement with its terms, and the statements within, replaced. */
export function mapStatement(
  statement: Statement,
  term: (term: Term) => Term,
  within: (statement: Statement) => readonly Statement[],
): Statement {
  switch (statement.kind) {
    case 'let':
    case 'var':
    case 'assign':
    case 'store':
    case 'keep':
      return { ...statement, value: term(statement.value) };
    case 'if':
    case 'while':
      return { ...statement, condition: term(statement.condition), body: statement.body.flatMap(within) };
    case 'loop':
      return { ...statement, body: statement.body.flatMap(within) };
    case 'barrier':
      return statement;
    default:
      return statement satisfies never;
  }
}
