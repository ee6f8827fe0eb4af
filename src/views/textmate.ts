/**
 * The tables of the language in, its grammar for editors out: what a TextMate grammar can tell, which goes by words and signs line
 * by line. What a name is, the language server tells.
 */
import { builtinNames, builtinValues } from '../../compiler/check/evaluate.ts';
import { settingNames } from '../../compiler/check/recipes/settings.ts';
import { typeNames } from '../../compiler/check/shapes/matching.ts';
import { reductionNames } from '../../compiler/ir/reducers.ts';
import { infixOperators } from '../../grammar/operators.ts';
import { declarationKeywords, keywords, statementWords } from '../../grammar/tokens.ts';

export interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Readonly<Record<number, { readonly name: string }>>;
  readonly patterns?: readonly Rule[];
  readonly include?: string;
}

export interface TextMateGrammar {
  readonly scopeName: string;
  readonly name: string;
  readonly fileTypes: readonly string[];
  readonly patterns: readonly Rule[];
}

/** Longer ones first: `<=` is not `<`. */
const anyOf = (words: Iterable<string>): string =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');

const word = (words: Iterable<string>): string => `\\b(?:${anyOf(words)})\\b`;

const logical = ['and', 'or', 'not'] as const;
const truths = ['true', 'false'] as const;
const control = ['if', 'then', 'else', 'where', 'repeat', 'scan', 'return', 'over'] as const;

export function textMateGrammar(): TextMateGrammar {
  const values = new Set<string>(builtinValues);
  const set = new Set<string>([...logical, ...truths, ...control]);
  const others = [...keywords.keys()].filter((name) => !set.has(name) && !declarationKeywords.has(name));
  const named = [...declarationKeywords.keys()].filter((name) => name !== 'use');
  const functions = builtinNames.filter((name) => !keywords.has(name) && !values.has(name));
  return {
    scopeName: 'source.nn',
    name: 'nn',
    fileTypes: ['nn'],
    patterns: [
      { name: 'comment.line.documentation.nn', match: '///(?!/).*$' },
      { name: 'comment.line.double-slash.nn', match: '//.*$' },
      {
        name: 'string.quoted.double.nn',
        begin: '"',
        end: '"|$',
        patterns: [
          { name: 'constant.character.escape.nn', match: '\\\\["\\\\n]' },
          { name: 'meta.interpolation.nn', match: '\\{[^{}"]*\\}' },
        ],
      },
      { name: 'constant.numeric.nn', match: '\\b\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b' },
      {
        match: `\\b(${anyOf(named)})\\s+([A-Za-z_]\\w*)`,
        captures: { 1: { name: 'storage.type.nn' }, 2: { name: 'entity.name.type.nn' } },
      },
      { name: 'storage.type.nn', match: word(declarationKeywords.keys()) },
      {
        // Elsewhere they are names, and so they are before an operator.
        match: `(?:^|(?<=[{;]))\\s*(${anyOf(statementWords.keys())})(?=\\s+(?!(?:${anyOf([...logical, 'if'])})\\b)[A-Za-z_])`,
        captures: { 1: { name: 'storage.modifier.nn' } },
      },
      {
        match: `(?:^|(?<=[{;,]))\\s*(${anyOf(settingNames)})(?=\\s+(?!(?:${anyOf(logical)})\\b)[\\w(-])`,
        captures: { 1: { name: 'support.type.property-name.nn' } },
      },
      { name: 'keyword.control.nn', match: word(control) },
      { name: 'keyword.operator.logical.nn', match: word(logical) },
      { name: 'keyword.other.nn', match: word(others) },
      { name: 'constant.language.nn', match: word([...truths, ...builtinValues]) },
      { name: 'support.type.nn', match: `(?<=[:>])\\s*${word(typeNames)}` },
      { name: 'support.function.nn', match: `${word(reductionNames)}(?=\\s*\\[)` },
      { name: 'support.function.nn', match: `${word(functions)}(?=\\s*[(\\[])` },
      { name: 'entity.name.function.nn', match: '\\b[A-Za-z_]\\w*(?=\\s*\\()' },
      { name: 'entity.name.function.nn', match: '(?<=\\|>)\\s*[A-Za-z_]\\w*' },
      {
        name: 'keyword.operator.nn',
        match: anyOf(['|>', '<-', '->', '...', '=', ...infixOperators.filter((sign) => !/\w/.test(sign))]),
      },
    ],
  };
}

/** As a file. */
export const textMateText = (): string => `${JSON.stringify(textMateGrammar(), undefined, 2)}\n`;
