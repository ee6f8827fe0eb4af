/** Text comes in, raw tokens go out: the words and signs of the language, with comments and line breaks kept. */
import type { IToken, TokenType } from 'chevrotain';
import { createToken, createTokenInstance, Lexer, tokenLabel } from './chevrotain.ts';
import { lazy } from './lazy.ts';

const notLexed = (name: string, categories: TokenType[] = []): TokenType =>
  createToken({ name, pattern: Lexer.NA, categories });

/** Everything that may stand between two operands. */
export const BinaryOperator = notLexed('BinaryOperator');

const sign = (name: string, pattern: string | RegExp): TokenType => createToken({ name, pattern });
const operator = (name: string, pattern: string): TokenType =>
  createToken({ name, pattern, categories: [BinaryOperator] });

// ---------------------------------------------------------------- signs

export const Pipe = operator('Pipe', '|>');
export const Power = operator('Power', '**');
export const EqualEqual = operator('EqualEqual', '==');
export const NotEqual = operator('NotEqual', '!=');
export const LessEqual = operator('LessEqual', '<=');
export const GreaterEqual = operator('GreaterEqual', '>=');
export const Less = operator('Less', '<');
export const Greater = operator('Greater', '>');
export const Plus = operator('Plus', '+');
export const Minus = operator('Minus', '-');
export const Star = operator('Star', '*');
export const Slash = operator('Slash', '/');
export const Percent = operator('Percent', '%');

export const LeftArrow = sign('LeftArrow', '<-');
export const RightArrow = sign('RightArrow', '->');
export const Equals = sign('Equals', '=');
export const Ellipsis = sign('Ellipsis', '...');
export const Dot = sign('Dot', '.');
export const Comma = sign('Comma', ',');
export const Colon = sign('Colon', ':');
export const LeftParenthesis = sign('LeftParenthesis', '(');
export const RightParenthesis = sign('RightParenthesis', ')');
export const LeftBracket = sign('LeftBracket', '[');
export const RightBracket = sign('RightBracket', ']');
export const LeftBrace = sign('LeftBrace', '{');
export const RightBrace = sign('RightBrace', '}');
export const Semicolon = sign('Semicolon', ';');
/** A formula that an exercise leaves open. */
export const Question = sign('Question', '?');
export const Newline = sign('Newline', /\n/);

// ---------------------------------------------------------------- words, literals, comments

export const Identifier = sign('Identifier', /[A-Za-z_]\w*/);
/** All that starts like a number, `12abc` and `.5` too: `isNumber` tells the good ones. */
export const NumberToken = sign('Number', /(?:\d|\.\d)(?:[eE][+-](?=\d)|\w|\.(?!\.))*/);
export const StringToken = sign('String', /"(?:[^"\\\r\n]|\\[^\r\n])*"/);
export const OtherString = sign('OtherString', /'(?:[^'\\\r\n]|\\[^\r\n])*'/);
export const UnclosedString = sign('UnclosedString', /"(?:[^"\\\r\n]|\\[^\r\n])*\\?/);
export const Comment = sign('Comment', /\/\/[^\n\r]*/);
export const BlockComment = sign('BlockComment', /\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/);
export const HashComment = sign('HashComment', /#[^\n\r]*/);
/** A sign of another language or of typography, whose meaning here is in `foreignSigns`. */
export const ForeignSign = sign('ForeignSign', /&&|\|\||!(?!=)|\^|:=|=>|[≤≥≠×·÷−–←→…]/);
const Blank = createToken({ name: 'Blank', pattern: /[ \t\r\f\v\u00a0\ufeff]+/, group: Lexer.SKIPPED });

export const isNumber = (text: string): boolean => /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);

// ---------------------------------------------------------------- keywords

/** Its label is the word itself. */
const keyword = (word: string, categories: TokenType[] = []): TokenType =>
  createToken({
    name: word.charAt(0).toUpperCase() + word.slice(1),
    label: word,
    pattern: Lexer.NA,
    categories,
  });

export const Model = keyword('model');
export const Fn = keyword('fn');
export const Layer = keyword('layer');
export const Optimizer = keyword('optimizer');
export const Train = keyword('train');
export const Use = keyword('use');
export const Param = keyword('param');
export const Frozen = keyword('frozen');
export const Freeze = keyword('freeze');
export const Assert = keyword('assert');
export const Return = keyword('return');
export const Let = keyword('let');
export const Repeat = keyword('repeat');
export const Scan = keyword('scan');
export const Minimize = keyword('minimize');
export const Maximize = keyword('maximize');
export const Together = keyword('together');
export const As = keyword('as');
export const If = keyword('if');
export const Then = keyword('then');
export const Else = keyword('else');
export const Where = keyword('where');
export const Derivative = keyword('derivative');
export const Init = keyword('init');
export const Over = keyword('over');
export const With = keyword('with');
export const And = keyword('and', [BinaryOperator]);
export const Or = keyword('or', [BinaryOperator]);
export const Not = keyword('not');
export const True = keyword('true');
export const False = keyword('false');

/** Keywords only where a statement starts and a name follows; elsewhere they are names. */
export const Input = keyword('input');
export const Target = keyword('target');
export const State = keyword('state');
export const Loss = keyword('loss');
export const Metric = keyword('metric');
export const Output = keyword('output');

const isIn = (words: ReadonlyMap<string, TokenType>, type: TokenType): boolean =>
  words.get(tokenLabel(type)) === type;

export const isDeclarationKeyword = (type: TokenType): boolean => isIn(declarationKeywords, type);
export const isKeyword = (type: TokenType): boolean => isIn(keywords, type) || isIn(statementWords, type);
/** How a sign or keyword is written. */
export const spelling = (type: TokenType): string =>
  typeof type.PATTERN === 'string' && !isKeyword(type) ? type.PATTERN : tokenLabel(type);

/** The name of a reduction, before `[`: `sum[i] …`. */
export const Reducer = notLexed('Reducer');
/** The end of a statement: a line break that counts, or `;`. */
export const Separator = notLexed('Separator');
/** Stands for text that was left out because it is nested too deep. */
export const Unparsed = notLexed('Unparsed');

const byWord = (...types: readonly TokenType[]): ReadonlyMap<string, TokenType> =>
  new Map(types.map((type) => [tokenLabel(type), type]));

export const declarationKeywords = byWord(Model, Fn, Layer, Optimizer, Train, Use);
export const statementWords = byWord(Input, Target, State, Loss, Metric, Output);
export const keywords: ReadonlyMap<string, TokenType> = new Map([
  ...declarationKeywords,
  ...byWord(
    Param,
    Frozen,
    Freeze,
    Assert,
    Return,
    Let,
    Repeat,
    Scan,
    Minimize,
    Maximize,
    Together,
    As,
    If,
    Then,
    Else,
    Where,
    Derivative,
    Init,
    Over,
    With,
  ),
  ...byWord(And, Or, Not, True, False),
]);

/** Kept for later versions of the language, so that no file uses them as names. */
export const reservedWords: ReadonlySet<string> = new Set(['carry', 'yield']);

export const foreignSigns: ReadonlyMap<string, TokenType> = new Map([
  ['&&', And],
  ['||', Or],
  ['!', Not],
  ['^', Power],
  [':=', Equals],
  ['=>', RightArrow],
  ['≤', LessEqual],
  ['≥', GreaterEqual],
  ['≠', NotEqual],
  ['×', Star],
  ['·', Star],
  ['÷', Slash],
  ['−', Minus],
  ['–', Minus],
  ['←', LeftArrow],
  ['→', RightArrow],
  ['…', Ellipsis],
]);

/** The order matters to the lexer: the first that matches wins. */
const lexed: readonly TokenType[] = [
  ...[Blank, Newline, Comment, BlockComment, HashComment],
  ...[Identifier, Ellipsis, NumberToken, StringToken, OtherString, UnclosedString],
  ...[EqualEqual, NotEqual, ForeignSign, Pipe, Power, LeftArrow, RightArrow, LessEqual, GreaterEqual],
  ...[Less, Greater, Plus, Minus, Star, Slash, Percent, Equals, Dot, Comma, Colon, Semicolon, Question],
  ...[LeftParenthesis, RightParenthesis, LeftBracket, RightBracket, LeftBrace, RightBrace],
];

/** All that the parser may meet. */
export const vocabulary: readonly TokenType[] = [
  BinaryOperator,
  ...lexed,
  ...keywords.values(),
  ...statementWords.values(),
  ...[Reducer, Separator, Unparsed],
];

const lexer = lazy(
  () =>
    new Lexer([...lexed], {
      positionTracking: 'onlyOffset',
      ensureOptimizations: true,
      skipValidations: true,
    }),
);

/** A range of the text that no token matches. */
export interface Unlexed {
  readonly offset: number;
  readonly length: number;
}

export interface Lexed {
  readonly tokens: readonly IToken[];
  readonly unlexed: readonly Unlexed[];
}

export function lex(text: string): Lexed {
  const { tokens, errors } = lexer().tokenize(text);
  return { tokens: tokens.map(withEnd), unlexed: errors.map(({ offset, length }) => ({ offset, length })) };
}

/** The configuration errors of the lexer, which the product does not look for at start-up. */
export const validateLexer = (): readonly string[] =>
  new Lexer([...lexed], {
    positionTracking: 'onlyOffset',
    ensureOptimizations: true,
  }).lexerDefinitionErrors.map((problem) => problem.message);

/** A token at the half-open range `[start, end)`. */
export const tokenAt = (type: TokenType, image: string, start: number, end: number): IToken =>
  createTokenInstance(type, image, start, end - 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN);

/** With `onlyOffset` the lexer leaves out where a token ends. */
const withEnd = ({ tokenType, image, startOffset }: IToken): IToken =>
  tokenAt(tokenType, image, startOffset, startOffset + image.length);

/** The same text as another kind of token. */
export const retyped = (token: IToken, type: TokenType): IToken =>
  tokenAt(type, token.image, token.startOffset, endOf(token));

/** Chevrotain's ends are inclusive; ours are not, and this is the only place that knows. */
export const endOf = (place: {
  readonly startOffset: number;
  readonly endOffset?: number | undefined;
}): number => (place.endOffset ?? place.startOffset - 1) + 1;
