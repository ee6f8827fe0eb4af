/** Concrete trees of expressions, indices and types come in, their abstract syntax goes out. */
import type { CstNode, IToken } from 'chevrotain';
import type {
  Argument,
  Binder,
  CallExpression,
  Ellipsis,
  Expression,
  LeftIndex,
  Position,
  Slice,
  StringLiteral,
  TypeExpression,
} from './ast.ts';
import { type BuildContext, errorAt, identifier, spanOf } from './context.ts';
import { has, node, nodes, token, tokens } from './cst.ts';
import {
  type BinaryOperator,
  isBinaryOperator,
  isComparison,
  isRightAssociative,
  levelOf,
  loosest,
  prefixLevel,
} from './operators.ts';
import * as problems from './problems.ts';
import { cover, type Span } from './source.ts';
import * as t from './tokens.ts';

/** The tallest tree of expressions that later stages have to walk. */
export const heightLimit = 256;

/** A flat list of operands with operators between them, and how far it has been read. */
interface Cursor {
  readonly operands: readonly CstNode[];
  readonly operators: readonly IToken[];
  readonly whole: CstNode;
  /** The operand that is next, or the one just read, whose operator is next. */
  position: number;
}

/** `depth` counts the recursion, whatever caused it. */
export function expression(
  context: BuildContext,
  cst: CstNode | undefined,
  at: CstNode,
  depth = 0,
): Expression {
  const operands = nodes(cst, 'operand');
  if (cst === undefined || operands.length === 0) return errorAt(spanOf(context, cst, at));
  const cursor: Cursor = { operands, operators: tokens(cst, t.BinaryOperator), whole: cst, position: 0 };
  return climb(context, cursor, loosest, 0, depth);
}

/** Precedence climbing: reads operands as long as the operators bind at least as tightly as `minimum`. */
function climb(
  context: BuildContext,
  cursor: Cursor,
  minimum: number,
  prefix: number,
  depth: number,
): Expression {
  if (depth > heightLimit) {
    const from = cursor.operands[cursor.position];
    cursor.position = cursor.operands.length - 1;
    return tooDeep(context, errorAt(spanOf(context, from, cursor.whole)));
  }
  let left = withPrefix(context, cursor, prefix, depth);
  let compared: string | undefined;
  for (;;) {
    const sign = cursor.operators[cursor.position];
    const operator = sign === undefined ? undefined : operatorOf(sign);
    if (sign === undefined || operator === undefined || levelOf(operator) < minimum) return left;
    cursor.position += 1;
    if (isComparison(operator)) {
      if (compared !== undefined)
        context.report(problems.chainedComparison(spanOf(context, sign), compared, operator));
      compared = operator;
    } else {
      compared = undefined;
    }
    const level = levelOf(operator);
    const right =
      cursor.operands[cursor.position] === undefined
        ? errorAt(spanOf(context, sign))
        : climb(context, cursor, isRightAssociative(operator) ? level : level + 1, 0, depth + 1);
    left = tall(
      context,
      { kind: 'binary', operator, left, right, span: cover(left.span, right.span) },
      left,
      right,
    );
  }
}

const operatorOf = (sign: IToken): BinaryOperator | undefined => {
  const text = t.spelling(sign.tokenType);
  return isBinaryOperator(text) ? text : undefined;
};

/** The operand at the cursor, from its prefix number `prefix` on. */
function withPrefix(context: BuildContext, cursor: Cursor, prefix: number, depth: number): Expression {
  const operand = cursor.operands[cursor.position]!;
  const cst = nodes(operand, 'prefix')[prefix];
  if (cst === undefined) return postfixed(context, operand, depth);
  const at = spanOf(context, cst);
  const rest = (level: number): Expression => climb(context, cursor, level, prefix + 1, depth + 1);
  const by = identifier(context, token(cst, t.Reducer));
  if (by === undefined) {
    const operator = has(cst, t.Not) ? 'not' : '-';
    const inner = rest(prefixLevel[operator]);
    return tall(context, { kind: 'unary', operator, operand: inner, span: cover(at, inner.span) }, inner);
  }
  const indices = binders(context, node(cst, 'binders'), depth);
  const guard = node(cst, 'expression');
  const where = guard === undefined ? undefined : expression(context, guard, cst, depth + 1);
  const body = rest(prefixLevel.reduction);
  const span = cover(at, body.span);
  return tall(
    context,
    { kind: 'reduction', by, indices, ...(where === undefined ? {} : { where }), body, span },
    body,
    ...(where === undefined ? [] : [where]),
    ...indices.flatMap((index) =>
      index.kind === 'binder' && index.extent !== undefined ? [index.extent] : [],
    ),
  );
}

function postfixed(context: BuildContext, operand: CstNode, depth: number): Expression {
  const first = primary(context, node(operand, 'primary'), operand, depth);
  return nodes(operand, 'postfix').reduce((object, cst) => postfix(context, object, cst, depth), first);
}

/** The expressions in what stands between brackets. */
export function partsOfPosition(position: Position): readonly Expression[] {
  if (position.kind === 'ellipsis') return [];
  if (position.kind !== 'slice') return [position];
  return [position.first, position.end].filter((end) => end !== undefined);
}

function postfix(context: BuildContext, object: Expression, cst: CstNode, depth: number): Expression {
  const span = cover(object.span, spanOf(context, cst));
  if (has(cst, t.Dot)) {
    const name = identifier(context, token(cst, t.Identifier));
    if (name === undefined) return errorAt(span);
    return tall(context, { kind: 'member', object, name, span }, object);
  }
  if (has(cst, t.LeftParenthesis)) {
    const list = callArguments(context, node(cst, 'callArguments'), depth);
    const parts = [object, ...list.arguments.map((argument) => argument.value)];
    return tall(context, { kind: 'call', callee: object, ...list, span }, ...parts);
  }
  const list = indices(context, node(cst, 'indices'), depth);
  const parts = list.flatMap(partsOfPosition);
  return tall(context, { kind: 'access', object, indices: list, span }, object, ...parts);
}

function primary(context: BuildContext, cst: CstNode | undefined, at: CstNode, depth: number): Expression {
  const span = spanOf(context, cst, at);
  const name = token(cst, t.Identifier);
  if (name !== undefined) return { kind: 'name', name: name.image, span };
  const number = token(cst, t.NumberToken);
  if (number !== undefined) return numberLiteral(context, number);
  const grouped = node(cst, 'grouped');
  if (grouped !== undefined) {
    const value = expression(context, node(grouped, 'expression'), grouped, depth + 1);
    // The parentheses belong to the span, so that a span always covers whole brackets.
    if (has(grouped, t.Comma)) {
      const parts = nodes(grouped, 'expression').map((part) => expression(context, part, grouped, depth + 1));
      return tall(context, { kind: 'tuple', parts, span }, ...parts);
    }
    if (!has(grouped, t.Else)) return tall(context, { ...value, span }, value);
    const otherwise = expression(context, node(grouped, 'expression', 1), grouped, depth + 1);
    return tall(context, { kind: 'orElse', value, otherwise, span }, value, otherwise);
  }
  const choice = node(cst, 'conditional');
  if (choice !== undefined) {
    const part = (index: number): Expression =>
      expression(context, node(choice, 'expression', index), choice, depth + 1);
    const [condition, then, otherwise] = [part(0), part(1), part(2)];
    return tall(
      context,
      { kind: 'conditional', condition, then, otherwise, span },
      condition,
      then,
      otherwise,
    );
  }
  if (has(cst, t.True) || has(cst, t.False)) return { kind: 'boolean', value: has(cst, t.True), span };
  if (has(cst, t.Question)) {
    context.report(problems.openFormula(span));
    return { kind: 'error', open: true, span };
  }
  const text = token(cst, t.StringToken);
  return text === undefined ? errorAt(span) : stringLiteral(context, text);
}

export function numberLiteral(context: BuildContext, number: IToken): Expression {
  const span = spanOf(context, number);
  const text = number.image;
  const value = Number(text);
  if (!t.isNumber(text) || !Number.isFinite(value)) return errorAt(span);
  return { kind: 'number', value, integer: /^\d+$/.test(text), text, span };
}

export function stringLiteral(context: BuildContext, text: IToken): StringLiteral {
  const inner = text.image.replace(/^["']/, '').replace(/["']$/, '');
  return { kind: 'string', value: unescaped(inner), span: spanOf(context, text) };
}

export const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

/** The pieces of a message `"kernel {kernel} is too large"`: its text, and the expressions between braces. */
export function pieces(context: BuildContext, text: IToken): readonly (string | Expression)[] {
  const list: (string | Expression)[] = [];
  let done = 1;
  for (const match of text.image.matchAll(/\{([^{}]*)\}/g)) {
    if (match.index > done) list.push(unescaped(text.image.slice(done, match.index)));
    const start = text.startOffset + match.index + 1;
    list.push(context.embedded(start, start + match[1]!.length));
    done = match.index + match[0].length;
  }
  const end = /^".*"$/.test(text.image) ? text.image.length - 1 : text.image.length;
  if (end > done) list.push(unescaped(text.image.slice(done, end)));
  return list;
}

/** The arguments of a call, with the axes of its `over`. */
export function callArguments(
  context: BuildContext,
  cst: CstNode | undefined,
  depth = 0,
): Pick<CallExpression, 'arguments' | 'over'> {
  const list: Argument[] = [];
  let over: { readonly cst: CstNode; readonly axes: readonly Expression[] } | undefined;
  for (const argument of nodes(cst, 'argument')) {
    const axes = node(argument, 'over');
    if (axes !== undefined) {
      if (over !== undefined)
        context.report(problems.secondOver(spanOf(context, axes), spanOf(context, over.cst)));
      over ??= { cst: axes, axes: nodes(axes, 'axis').map((axis) => axisOf(context, axis)) };
      continue;
    }
    const name = identifier(context, token(argument, t.Identifier));
    const value = expression(context, node(argument, 'expression'), argument, depth + 1);
    const named = list.find((other) => other.name !== undefined);
    const span = spanOf(context, argument);
    if (name === undefined && named !== undefined)
      context.report(problems.positionalAfterNamed(span, named.span));
    list.push({ ...(name === undefined ? {} : { name }), value, span });
  }
  return { arguments: list, ...(over === undefined ? {} : { over: over.axes }) };
}

function axisOf(context: BuildContext, cst: CstNode): Expression {
  const span = spanOf(context, cst);
  const name = token(cst, t.Identifier);
  if (name !== undefined) return { kind: 'name', name: name.image, span };
  const number = token(cst, t.NumberToken);
  if (number === undefined) return errorAt(span);
  const operand = numberLiteral(context, number);
  return has(cst, t.Minus) ? { kind: 'unary', operator: '-', operand, span } : operand;
}

function indices(context: BuildContext, cst: CstNode | undefined, depth: number): readonly Position[] {
  return nodes(cst, 'index').map((index) => {
    if (has(index, t.Ellipsis)) return { kind: 'ellipsis', span: spanOf(context, index) };
    if (has(index, t.Colon)) return range(context, index, depth);
    return expression(context, node(index, 'expression'), index, depth + 1);
  });
}

/** `1:5`; what stands before the colon is where it begins. */
function range(context: BuildContext, cst: CstNode, depth: number): Slice {
  const span = spanOf(context, cst);
  const colon = token(cst, t.Colon)!.startOffset;
  const ends = nodes(cst, 'expression').map((part) => expression(context, part, cst, depth + 1));
  const first = ends.find((end) => end.span.start < colon);
  const end = ends.find((other) => other !== first);
  return { kind: 'slice', ...(first && { first }), ...(end && { end }), span };
}

/** The indices of a reduction; it takes no whole axes. */
export const binders = (context: BuildContext, cst: CstNode | undefined, depth = 0): readonly Binder[] =>
  withoutSlices(context, leftIndices(context, cst, depth), 'the name of an index');

/** What is written for indices; a `:` among them is a problem. */
function withoutSlices<Other extends { readonly kind: string; readonly span: Span }>(
  context: BuildContext,
  list: readonly (Other | Slice)[],
  expected: string,
): readonly Other[] {
  return list.filter((part): part is Other => {
    if (part.kind !== 'slice') return true;
    context.report(problems.unexpected(part.span, expected, '`:`'));
    return false;
  });
}

export function leftIndices(
  context: BuildContext,
  cst: CstNode | undefined,
  depth = 0,
): readonly LeftIndex[] {
  return nodes(cst, 'binder').flatMap((binder): readonly LeftIndex[] => {
    const span = spanOf(context, binder);
    if (has(binder, t.Ellipsis)) return [{ kind: 'ellipsis', span }];
    const name = identifier(context, token(binder, t.Identifier));
    if (name === undefined) return has(binder, t.Colon) ? [{ kind: 'slice', span }] : [];
    const extent = node(binder, 'expression');
    if (extent === undefined) return [{ kind: 'binder', name, span }];
    return [{ kind: 'binder', name, extent: expression(context, extent, binder, depth + 1), span }];
  });
}

export function typeExpression(context: BuildContext, cst: CstNode | undefined): TypeExpression | undefined {
  const word = token(cst, t.Identifier) ?? token(cst, t.Layer) ?? token(cst, t.Fn);
  const name = identifier(context, word);
  if (name === undefined) return undefined;
  const span = spanOf(context, cst);
  if (!has(cst, t.LeftBracket)) return { kind: 'type', name, span };
  const written: readonly (Expression | Ellipsis | Slice)[] = indices(context, node(cst, 'indices'), 0);
  return { kind: 'type', name, dimensions: withoutSlices(context, written, 'a dimension'), span };
}

/** Keeps the height of a new expression, and cuts a tree that would be too tall for the stages to come. */
function tall(context: BuildContext, made: Expression, ...parts: readonly Expression[]): Expression {
  const height = 1 + parts.reduce((tallest, part) => Math.max(tallest, context.heights.get(part) ?? 0), 0);
  if (height > heightLimit) return tooDeep(context, made);
  context.heights.set(made, height);
  return made;
}

function tooDeep(context: BuildContext, at: Expression): Expression {
  context.report(problems.tooDeep(at.span, heightLimit));
  return errorAt(at.span);
}
