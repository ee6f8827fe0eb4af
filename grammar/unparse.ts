/** The abstract syntax of expressions and types comes in, canonical text goes out, with as few parentheses as needed. */

import { isReductionName } from '../compiler/ir/reducers.ts';
import type {
  Argument,
  Binary,
  CallExpression,
  Conditional,
  Expression,
  LeftIndex,
  Parameter,
  Position,
  Reduction,
  TypeExpression,
} from './ast.ts';
import { concat, type Document, group, join, line, list, nest } from './document.ts';
import { isComparison, isRightAssociative, levelOf, loosest, prefixLevel } from './operators.ts';

/** Where an expression stands between operators. */
interface Surroundings {
  /** Binary operators that bind less tightly than this need parentheses. */
  readonly minimum: number;
  /** The level of the operator that follows, which a prefix such as `sum[i]` would swallow. */
  readonly following: number;
  /** The expression has lines of its own: its operands stand below each other. */
  readonly ownLines?: boolean;
}

/** ` = e`, where a long e with operators starts on a line of its own. */
export function defined(sign: '=' | '<-', expression: Expression): Document {
  const { kind } = expression;
  const loose = kind === 'binary' || kind === 'conditional' || kind === 'reduction' || kind === 'unary';
  const value = unparse(expression, { ...alone, ownLines: true });
  return loose ? concat(` ${sign}`, group(nest(concat(line, value)))) : concat(` ${sign} `, value);
}

/** Between brackets, commas and keywords. */
const alone: Surroundings = { minimum: loosest, following: -1 };

export function unparse(expression: Expression, at: Surroundings = alone): Document {
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'boolean':
      return String(expression.value);
    case 'string':
      return quote(expression.value);
    case 'name':
      return expression.name;
    case 'member':
      return concat(object(expression.object), `.${expression.name.name}`);
    case 'call':
      return concat(object(expression.callee), callArguments(expression));
    case 'access':
      return concat(indexed(expression.object), list(expression.indices.map(index), '[', ']'));
    case 'tuple':
      return parenthesized(
        join(
          expression.parts.map((part) => unparse(part)),
          ', ',
        ),
      );
    case 'orElse':
      return group(
        '(',
        nest(concat(operand(expression.value), line, 'else ', unparse(expression.otherwise))),
        ')',
      );
    case 'unary': {
      const sign = expression.operator === 'not' ? 'not ' : '-';
      return prefixed(prefixLevel[expression.operator], at, (inner) =>
        concat(sign, unparse(expression.operand, inner)),
      );
    }
    case 'reduction':
      return prefixed(prefixLevel.reduction, at, (inner) =>
        concat(binder(expression), unparse(expression.body, inner)),
      );
    case 'conditional':
      return prefixed(prefixLevel.conditional, at, (inner) => conditional(expression, inner));
    case 'binary':
      return binary(expression, at);
    case 'error':
      return expression.open ? '?' : '';
  }
}

const parenthesized = (inner: Document): Document => concat('(', nest(inner, 1), ')');

/** A prefix takes all that follows and binds tightly enough: parentheses stop it. */
function prefixed(level: number, at: Surroundings, print: (inner: Surroundings) => Document): Document {
  const captures = at.following >= level;
  const inner = print({ minimum: level, following: captures ? alone.following : at.following });
  return captures ? parenthesized(inner) : inner;
}

function binary(expression: Binary, at: Surroundings): Document {
  const level = levelOf(expression.operator);
  const needed = level < at.minimum;
  const following = needed ? alone.following : at.following;
  const body = isRightAssociative(expression.operator)
    ? power(expression, following)
    : sequence(expression, following, !needed && at.ownLines === true);
  return needed ? parenthesized(body) : body;
}

/** `a**b`, without blanks: it binds most tightly. */
function power({ operator, left, right }: Binary, following: number): Document {
  const level = levelOf(operator);
  const base = unparse(left, { minimum: level + 1, following: level });
  return concat(base, operator, unparse(right, { minimum: level, following }));
}

function sequence(expression: Binary, following: number, ownLines: boolean): Document {
  const level = levelOf(expression.operator);
  const { operands, operators } = chain(expression);
  const parts = operands.map((part, position) =>
    unparse(part, {
      minimum: position === 0 && !isComparison(expression.operator) ? level : level + 1,
      following: position === operands.length - 1 ? following : level,
    }),
  );
  const steps = operators.map((operator, position) => step(operator, parts[position + 1]!));
  return group(parts[0]!, nest(concat(...steps), ownLines ? 0 : 2));
}

/** A line may start with `|>`, but not with `-`: the other operators end the line before. */
const step = (operator: string, operand: Document): Document =>
  operator === '|>' ? concat(line, '|> ', operand) : concat(` ${operator}`, line, operand);

interface Chain {
  readonly operands: readonly Expression[];
  readonly operators: readonly string[];
}

/** `a + b - c` is one list, so that all its breaks are taken or none. */
function chain(expression: Binary): Chain {
  const level = levelOf(expression.operator);
  const operands = [expression.right];
  const operators: string[] = [expression.operator];
  let left = expression.left;
  while (left.kind === 'binary' && levelOf(left.operator) === level && !isComparison(left.operator)) {
    operands.push(left.right);
    operators.push(left.operator);
    left = left.left;
  }
  return { operands: [left, ...operands.reverse()], operators: operators.reverse() };
}

function conditional(expression: Conditional, inner: Surroundings): Document {
  const branches: Document[] = [];
  let rest: Expression = expression;
  for (; rest.kind === 'conditional'; rest = rest.otherwise) {
    const head = branches.length === 0 ? 'if ' : 'else if ';
    branches.push(concat(head, unparse(rest.condition), ' then ', nest(unparse(rest.then))));
  }
  branches.push(concat('else ', unparse(rest, inner)));
  return group(join(branches, line));
}

/** The value of `(x[i] else 0)`. */
const operand = (expression: Expression): Document =>
  expression.kind === 'conditional' ? parenthesized(unparse(expression)) : unparse(expression);

/** What a postfix is applied to. */
function object(expression: Expression): Document {
  switch (expression.kind) {
    case 'name':
    case 'member':
    case 'call':
    case 'access':
    case 'orElse':
      return unparse(expression);
    default:
      return parenthesized(unparse(expression));
  }
}

/** `sum[i]` would start a reduction. */
const indexed = (expression: Expression): Document =>
  expression.kind === 'name' && isReductionName(expression.name)
    ? parenthesized(expression.name)
    : object(expression);

function index(part: Position): Document {
  if (part.kind === 'ellipsis') return '...';
  if (part.kind !== 'slice') return unparse(part);
  const end = (of: Expression | undefined): Document => (of === undefined ? '' : unparse(of));
  return concat(end(part.first), ':', end(part.end));
}

const binder = (expression: Reduction): Document => {
  const indices = expression.indices.map(binderText);
  const where = expression.where === undefined ? '' : concat(' where ', unparse(expression.where));
  return concat(expression.by.name, '[', join(indices, ', '), where, '] ');
};

const binderText = (part: LeftIndex): Document => {
  if (part.kind === 'ellipsis') return '...';
  if (part.kind === 'slice') return ':';
  return part.extent === undefined ? part.name.name : concat(part.name.name, ': ', unparse(part.extent));
};

/** `[b, o]` of a left side. */
export const leftIndices = (indices: readonly LeftIndex[] | undefined): Document =>
  indices === undefined ? '' : concat('[', join(indices.map(binderText), ', '), ']');

export function callArguments(call: Pick<CallExpression, 'arguments' | 'over'>): Document {
  const parts = call.arguments.map(argument);
  return list(call.over === undefined ? parts : [...parts, overText(call.over)], '(', ')');
}

const argument = ({ name, value }: Argument): Document =>
  name === undefined ? unparse(value) : concat(name.name, ' = ', unparse(value));

const overText = (axes: readonly Expression[]): Document =>
  axes.length === 1
    ? concat('over ', unparse(axes[0]!))
    : concat(
        'over ',
        list(
          axes.map((axis) => unparse(axis)),
          '(',
          ')',
        ),
      );

export const typeText = (type: TypeExpression): Document =>
  type.dimensions === undefined
    ? type.name.name
    : concat(type.name.name, list(type.dimensions.map(index), '[', ']'));

export const parameterList = (parameters: readonly Parameter[]): Document =>
  list(parameters.map(parameter), '(', ')');

const parameter = ({ name, type, default: value }: Parameter): Document =>
  concat(
    name.name,
    type === undefined ? '' : concat(': ', typeText(type)),
    value === undefined ? '' : concat(' = ', unparse(value)),
  );

export const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
