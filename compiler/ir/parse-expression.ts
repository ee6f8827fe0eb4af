/** The text of a scalar expression in, the expression out: the inverse of `print-expression.ts`. */
import { variable } from '../index/build.ts';
import {
  call as callOf,
  constant,
  derivative,
  index,
  indexCall,
  load,
  result,
  select,
  truth,
} from '../scalar/build.ts';
import type { DType, Expr, ValueId } from '../scalar/expr.ts';
import { type FunctionName, isFunctionName } from '../scalar/functions.ts';
import { comparisonSymbols } from './infix.ts';
import type { Cursor } from './lex.ts';
import { isIndexName } from './names.ts';
import { infixFunctions } from './print-expression.ts';

export interface ExpressionContext {
  readonly valueNamed: (name: string) => { readonly id: ValueId; readonly dtype: DType };
  /** The type of `result`, inside the partials of a derivative clause. */
  readonly result?: DType;
}

/** In a text, arithmetic of indices is index arithmetic. */
function call(fn: FunctionName, ...operands: readonly Expr[]): Expr {
  const made = callOf(fn, ...operands);
  const of = made.kind === 'call' ? indexCall(fn, operands, new Map()) : undefined;
  return of === undefined ? made : index(of);
}

export function parseExpr(tokens: Cursor, context: ExpressionContext): Expr {
  const inner = (): Expr => parseExpr(tokens, context);

  const chain = (symbols: readonly string[], operand: () => Expr): Expr => {
    let left = operand();
    for (;;) {
      const symbol = symbols.find((text) => tokens.accept(text));
      if (symbol === undefined) return left;
      left = call(infixFunctions.get(symbol)!, left, operand());
    }
  };

  const disjunction = (): Expr => chain(['or'], () => chain(['and'], negation));
  const negation = (): Expr => (tokens.accept('not') ? call('not', negation()) : comparison());
  const comparison = (): Expr => {
    const left = sum();
    const symbol = comparisonSymbols.find((text) => tokens.accept(text));
    return symbol === undefined ? left : call(infixFunctions.get(symbol)!, left, sum());
  };
  const sum = (): Expr => chain(['+', '-'], product);
  const product = (): Expr => chain(['*', '/', 'div', 'mod'], sign);
  const sign = (): Expr => {
    if (!tokens.accept('-')) return power();
    return tokens.peek().kind === 'number' ? parseNumber(`-${tokens.next().text}`) : call('negate', power());
  };
  const power = (): Expr => {
    const base = postfix();
    return tokens.accept('**') ? call('power', base, sign()) : base;
  };
  const postfix = (): Expr => {
    let value = primary();
    while (tokens.accept('derivative')) value = clauses(value);
    return value;
  };
  const clauses = (value: Expr): Expr => {
    const rules = list('(', ')', () => {
      const operand = inner();
      tokens.expect(':');
      return { operand, partial: parseExpr(tokens, { ...context, result: value.dtype }) };
    });
    return derivative(value, rules);
  };
  const list = <T>(open: string, close: string, item: () => T): readonly T[] => {
    const items: T[] = [];
    tokens.expect(open);
    if (tokens.accept(close)) return items;
    do items.push(item());
    while (tokens.accept(','));
    tokens.expect(close);
    return items;
  };
  const primary = (): Expr => {
    if (tokens.accept('(')) {
      const value = inner();
      tokens.expect(')');
      return value;
    }
    const { kind, text } = tokens.peek();
    switch (kind) {
      case 'number':
        return parseNumber(tokens.next().text);
      case 'value': {
        tokens.next();
        const { id, dtype } = context.valueNamed(text.slice(1));
        return load(id, dtype, tokens.peek().text === '[' ? list('[', ']', inner) : []);
      }
      case 'word':
        tokens.next();
        return word(text);
      default:
        return tokens.fail('an expression');
    }
  };
  const word = (text: string): Expr => {
    if (text === 'true' || text === 'false') return truth(text === 'true');
    if (text === 'result' && context.result !== undefined) return result(context.result);
    if (tokens.peek().text === '(') {
      if (!isFunctionName(text)) throw new SyntaxError(`no function is called ${text}`);
      return call(text, ...list('(', ')', inner));
    }
    if (!isIndexName(text)) throw new SyntaxError(`${text} cannot be an index`);
    return index(variable(text));
  };

  if (!tokens.accept('if')) return disjunction();
  const condition = disjunction();
  tokens.expect('then');
  const then = inner();
  tokens.expect('else');
  return select(condition, then, inner());
}

/** `0.5` is an f32, `3u` a u32, `3` an i32. */
function parseNumber(text: string): Expr {
  if (text.endsWith('u')) return constant(Number(text.slice(0, -1)), 'u32');
  return constant(Number(text), /[.e]/.test(text) ? 'f32' : 'i32');
}
