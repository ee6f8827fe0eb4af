/** The words of the language that may begin a statement, by the kind of the declaration around, and those within expressions. */
import { settingNames } from '../../compiler/check/recipes/settings.ts';
import { allowed } from '../../compiler/check/statements/statements.ts';
import type { Declaration } from '../../grammar/ast.ts';
import { declarationKeywords, keywords, statementWords } from '../../grammar/tokens.ts';

export const declarationWords: readonly string[] = [...declarationKeywords.keys()];

/** What a statement is, where it begins with a word of its own. */
const wordsOf = (kind: Exclude<Declaration['kind'], 'train'>): readonly string[] =>
  [...allowed[kind]].filter((role) => keywords.has(role) || statementWords.has(role));

export const wordsIn: Readonly<Record<Declaration['kind'], readonly string[]>> = {
  model: wordsOf('model'),
  layer: wordsOf('layer'),
  fn: wordsOf('fn'),
  optimizer: wordsOf('optimizer'),
  train: ['minimize', 'maximize', 'together', ...settingNames],
};

export const expressionWords = ['if', 'then', 'else', 'and', 'or', 'not', 'true', 'false'] as const;
