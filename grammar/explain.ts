/** The parser's exceptions come in, diagnostics go out: what was expected, what was found, and what may be meant. */
import type { IRecognitionException, IToken } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import { describe, endOfInput } from './phrases.ts';
import * as problems from './problems.ts';
import type { Span } from './source.ts';
import * as t from './tokens.ts';

const functionWords: ReadonlySet<string> = new Set(['def', 'func', 'function', 'fun']);

/** Words of other languages that stand where a declaration does, and ours. */
const declarationWords: ReadonlyMap<string, string> = new Map([
  ...[...functionWords, 'let', 'const', 'var'].map((word) => [word, 'fn'] as const),
  ...['class', 'network', 'net', 'module', 'struct'].map((word) => [word, 'model` or `layer'] as const),
  ...['import', 'include', 'from', 'require'].map((word) => [word, 'use "file.nn"'] as const),
]);

const loopWords: ReadonlySet<string> = new Set(['for', 'while', 'do', 'foreach']);

export function explain(
  exception: IRecognitionException,
  entry: 'file' | 'expression',
  at: (token: IToken) => Span,
): Diagnostic {
  const { token, context } = exception;
  const rule = context.ruleStack.at(-1) ?? 'file';
  const type = token.tokenType;
  const found = describe(token);
  const inside = rule === 'block' || rule === 'recipe';
  const expected = inside && exception.message === '`}`' ? 'a new line or `;`' : exception.message;
  const previous = 'previousToken' in exception ? (exception.previousToken as IToken | undefined) : undefined;
  // What ends a line too early is shown there, and not where the block ends.
  const where = at(rule === 'binding' && type === t.RightBrace && previous !== undefined ? previous : token);

  if (entry === 'expression' && expected === endOfInput)
    return problems.unexpected(where, 'the end of the expression', found);
  if (expected === endOfInput || rule === 'file') {
    const meant = declarationWords.get(token.image);
    return problems.notADeclaration(where, found, meant === undefined ? undefined : `write \`${meant}\``);
  }
  if (type === t.Else && rule !== 'conditional') return problems.bareElse(where, expected);
  if (rule === 'conditional' && expected === '`else`') return problems.missingElse(where, found);
  if (expected === 'a name' && t.isKeyword(type)) return problems.keywordAsName(where, token.image, expected);
  if (type === t.Colon && (rule === 'index' || rule === 'postfix' || rule === 'indices'))
    return problems.slice(where);
  if (type === t.EqualEqual && expected.includes('`=`'))
    return problems.equalityForAssignment(where, expected);
  if (type === t.Equals && comparing.has(rule)) return problems.assignmentForEquality(where, expected);
  if (bindsIndices(rule, token, previous))
    return problems.binderExpected(where, rule !== 'prefix' && type === t.NumberToken);
  const outer = context.ruleStack.at(-2);
  if (rule === 'scan' || (expected === '`{`' && (outer === 'scan' || outer === 'repetition')))
    return problems.unexpected(where, expected, found, headOf(rule === 'scan' ? rule : outer));
  if (rule === 'recipe' && modelWords.has(token.image))
    return problems.unexpected(
      where,
      'a clause or a setting of the recipe',
      found,
      token.image === 'freeze'
        ? '`freeze` stands in the model, and holds for each of its recipes; `minimize loss over head with …` trains a part'
        : `\`${token.image}\` stands in the model`,
    );
  if (inside) return inBlock(where, token, previous, expected, found);
  return problems.unexpected(where, expected, found, hintFor(token, rule, previous));
}

/** What begins a statement of a model, and nothing in a recipe. */
const modelWords: ReadonlySet<string> = new Set([
  ...[
    'input',
    'target',
    'param',
    'frozen',
    'freeze',
    'state',
    'loss',
    'metric',
    'output',
    'return',
    'assert',
  ],
]);

/** Rules of what stands in brackets. */
const bracketed: ReadonlySet<string> = new Set(['index', 'indices', 'postfix', 'type', 'leftSide']);

/** Rules in which a value is looked at and no name is defined. */
const comparing: ReadonlySet<string> = new Set([
  'assertion',
  'conditional',
  'grouped',
  'prefix',
  'paramDeclaration',
]);

/** An expression stands where the name of an index is bound: `y[i + 1] = …`, `sum[0] …`. */
function bindsIndices(rule: string, { tokenType }: IToken, before: IToken | undefined): boolean {
  const operator = (tokenType.CATEGORIES ?? []).includes(t.BinaryOperator);
  const operand = tokenType === t.NumberToken || tokenType === t.LeftParenthesis;
  if (rule === 'leftSide' || rule === 'binder' || rule === 'binders') return operator || operand;
  const first = before?.tokenType === t.LeftBracket || before?.tokenType === t.Comma;
  return rule === 'prefix' && (operator || (operand && first));
}

/** How the head of a statement with a body reads. */
const headOf = (rule: string | undefined): string =>
  rule === 'scan'
    ? 'write `scan t: T { … }`: the index, and how many positions it has'
    : 'write `repeat 3 { h = h |> Dense(8) }`: how often, without an index';

function inBlock(
  at: Span,
  token: IToken,
  before: IToken | undefined,
  expected: string,
  found: string,
): Diagnostic {
  if (token.tokenType === t.Equals) return problems.assignmentForEquality(at, expected);
  if (before?.tokenType === t.LeftBrace)
    return problems.unexpected(at, 'a statement', found, hintFor(token, 'statement', before));
  return expected === 'something else'
    ? problems.unexpected(at, expected, found)
    : problems.missingSeparator(at, found);
}

function hintFor(
  { tokenType: type, image }: IToken,
  rule: string,
  before: IToken | undefined,
): string | undefined {
  if (before !== undefined && loopWords.has(before.image))
    return 'there are no loops: an equation runs over its indices, `y[i] = x[i] * 2`, and `repeat 3 { h = h |> Dense(8) }` writes layers out';
  if (before !== undefined && functionWords.has(before.image))
    return 'a function is declared outside of the model: `fn f(x) = 2 * x`';
  if (type === t.Scan && rule !== 'statement')
    return 'a recurrence is an equation that reads itself at an earlier position: `s[t: T] = … (s[t - 1] else 0) …`';
  if (type === t.Dot && bracketed.has(rule)) return '`...` stands for several axes: `x[..., -1]`';
  if (type === t.LeftBracket && before?.tokenType === t.LeftParenthesis)
    return 'several values stand in parentheses or as arguments: `concat(a, b, over -1)`';
  if (before?.tokenType === t.Repeat) return headOf('repetition');
  if (rule === 'statement') {
    if (type === t.Minus) return 'a line cannot start with `-`: put it at the end of the line before';
    if (type === t.If) return '`if` is a value: `h = if c then a else b`';
    if (type === t.Reducer) return `\`${image}[\` starts a reduction: a tensor needs another name`;
    return 'a statement defines a name: `h = …`, or starts with input, target, param, state, loss, metric, output, assert, repeat, scan or return';
  }
  if (rule === 'binding' && type === t.Colon) return 'declarations read `input x: f32[…]`, `param W: f32[…]`';
  if (rule === 'binding')
    return 'a statement defines a name: `h = …`; what should be seen says so there: `output h = …`';
  if (rule === 'minimize' && type !== t.With) return 'write `minimize loss with adam(lr = 1e-3)`';
  if (type === t.RightParenthesis || type === t.RightBracket) return 'something is missing before this';
  return undefined;
}
