/** The text of a `.nn` file comes in; its syntax tree and all that is wrong with its syntax goes out. */
import type { CstNode, IRecognitionException, IToken } from 'chevrotain';
import type { Declaration, Expression, File } from './ast.ts';
import { file } from './build.ts';
import { type BuildContext, errorAt } from './context.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostic.ts';
import { explain } from './explain.ts';
import { expression } from './expressions.ts';
import { layOut } from './layout.ts';
import { type CommentText, classify, commentsOf } from './lexical.ts';
import { parser } from './parser.ts';
import * as problems from './problems.ts';
import { type Source, type Span, span } from './source.ts';
import * as t from './tokens.ts';

/** So many syntax errors are given, and then their number: with it, as many as are ever shown. */
const problemLimit = 49;

export interface Parsed {
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws; where the text could not be understood the tree has an `ErrorExpression`, or nothing. */
export function parse(source: Source): Parsed {
  const { cst, context, finish } = read(source, 0, source.text.length, 'file');
  const tree = file(context, cst);
  return { file: tree, diagnostics: finish() };
}

/** Parses a range of a text that holds one declaration, with its doc comment; its spans are those of the whole text. */
export function parseDeclaration(at: Span): {
  declaration: Declaration | undefined;
  diagnostics: readonly Diagnostic[];
} {
  const { cst, context, finish } = read(at.source, at.start, at.end, 'file');
  const [declaration] = file(context, cst).declarations;
  return { declaration, diagnostics: finish() };
}

/** Parses a range of a text as one expression; its spans are those of the whole text. */
export function parseExpression(at: Span): { expression: Expression; diagnostics: readonly Diagnostic[] } {
  const { cst, context, finish } = read(at.source, at.start, at.end, 'expression');
  const tree = Number.isNaN(cst.location?.startOffset ?? Number.NaN)
    ? errorAt(at)
    : expression(context, cst, cst);
  return { expression: tree, diagnostics: finish() };
}

/** The comments of a text, in order. */
export const comments = (source: Source): readonly CommentText[] =>
  commentsOf(classify(t.lex(source.text), source.text, (start, end) => span(source, start, end)).tokens);

interface Reading {
  readonly cst: CstNode;
  readonly context: BuildContext;
  /** The problems, after the tree was built. */
  readonly finish: () => readonly Diagnostic[];
}

function read(source: Source, from: number, to: number, entry: 'file' | 'expression'): Reading {
  const at = (start: number, end: number): Span => span(source, from + start, from + end);
  const text = source.text.slice(from, to);
  const lexed = t.lex(text);
  const words = classify(lexed, text, at);
  const layout = layOut(words.tokens, at, text.length);
  const tokens = from === 0 ? layout.tokens : layout.tokens.map((token) => moved(token, from));
  const { cst, errors } = run(tokens, entry);
  const place = (token: IToken): Span =>
    Number.isNaN(token.startOffset) ? span(source, to, to) : span(source, token.startOffset, t.endOf(token));

  const early = [...words.diagnostics, ...layout.diagnostics];
  const late: Diagnostic[] = [];
  const context: BuildContext = {
    source,
    docs: from === 0 ? layout.docs : new Map([...layout.docs].map(([offset, text]) => [from + offset, text])),
    heights: new WeakMap(),
    report: (problem) => late.push(problem),
    embedded: (start, end) => {
      const inner = parseExpression(span(source, start, end));
      late.push(...inner.diagnostics);
      return inner.expression;
    },
  };
  const finish = (): readonly Diagnostic[] =>
    independent(source, tokens, [early, errors.map((exception) => explain(exception, entry, place)), late]);
  return { cst, context, finish };
}

const moved = (token: IToken, by: number): IToken =>
  t.tokenAt(token.tokenType, token.image, token.startOffset + by, t.endOf(token) + by);

function run(
  tokens: readonly IToken[],
  entry: 'file' | 'expression',
): { cst: CstNode; errors: readonly IRecognitionException[] } {
  const rules = parser();
  rules.input = [...tokens];
  const cst = rules[entry]();
  return { cst, errors: rules.errors };
}

/**
 * One error makes others: of each statement only those of the first stage that complains are kept, and of the
 * parser only the first.
 */
function independent(
  source: Source,
  tokens: readonly IToken[],
  [early, parsed, built]: readonly [readonly Diagnostic[], readonly Diagnostic[], readonly Diagnostic[]],
): readonly Diagnostic[] {
  if (early.length + parsed.length + built.length === 0) return [];
  const regionOf = regions(tokens);
  const kept = withoutEchoes(early, regionOf);
  const spoiled = new Set(early.map((problem) => regionOf(problem.primary.at.start)));
  for (const problem of [...parsed].sort((a, b) => a.primary.at.start - b.primary.at.start)) {
    const region = regionOf(problem.primary.at.start);
    if (!spoiled.has(region) && !isEcho(problem, kept)) kept.push(problem);
    spoiled.add(region);
  }
  const tooDeep = new Set<number>();
  for (const problem of built) {
    const region = regionOf(problem.primary.at.start);
    if (spoiled.has(region) || (problem.code === 'NN107' && tooDeep.has(region))) continue;
    if (problem.code === 'NN107') tooDeep.add(region);
    kept.push(problem);
  }
  if (kept.length <= problemLimit) return sortDiagnostics(kept);
  const shown = [...kept].sort((a, b) => a.primary.at.start - b.primary.at.start).slice(0, problemLimit);
  const end = span(source, source.text.length, source.text.length);
  return sortDiagnostics([...shown, problems.tooManyProblems(end, kept.length, problemLimit)]);
}

/** The brace of a line that was not read closes the declaration around: what follows is outside only for that. */
const isEcho = ({ code, primary: { at } }: Diagnostic, before: readonly Diagnostic[]): boolean =>
  code === 'NN122' && before.length > 0 && at.source.text.startsWith('\n', at.start);

/** Of several forgotten brackets in one statement the first is enough, and none if they are nested too deep. */
function withoutEchoes(early: readonly Diagnostic[], regionOf: (offset: number) => number): Diagnostic[] {
  const inOrder = [...early].sort((a, b) => a.primary.at.start - b.primary.at.start);
  const said = new Set(
    early.filter(({ code }) => code === 'NN107').map((problem) => regionOf(problem.primary.at.start)),
  );
  return inOrder.filter(({ code, primary: { at } }) => {
    if (code !== 'NN105' && code !== 'NN106') return true;
    if (/[{}]/.test(at.source.text.charAt(at.start))) return true;
    const region = regionOf(at.start);
    if (said.has(region)) return false;
    said.add(region);
    return true;
  });
}

/** Numbers the statements and headers of a text: the number of the one that an offset is in. */
function regions(tokens: readonly IToken[]): (offset: number) => number {
  const starts = tokens
    .filter(({ tokenType }) => borders.has(tokenType) || t.isDeclarationKeyword(tokenType))
    .map((token) => token.startOffset);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const borders = new Set([t.Separator, t.LeftBrace, t.RightBrace]);
