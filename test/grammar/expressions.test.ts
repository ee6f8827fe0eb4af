/** Expressions: what binds to what, and where every node stands in the text. */
import { describe, expect, it } from 'vitest';
import type { Expression } from '../../grammar/ast.ts';
import { parse, parseExpression } from '../../grammar/index.ts';
import { span } from '../../grammar/source.ts';
import { show, showStatement } from './show.ts';

function expressionOf(text: string): Expression {
  const source = { name: 'test.nn', text };
  const { expression, diagnostics } = parseExpression(span(source, 0, text.length));
  expect(diagnostics).toEqual([]);
  return expression;
}

/** Every node of an expression, outermost first. */
function nodesOf(part: unknown): readonly Expression[] {
  if (Array.isArray(part)) return part.flatMap(nodesOf);
  if (typeof part !== 'object' || part === null) return [];
  const own = 'kind' in part && 'span' in part ? [part as Expression] : [];
  const inner = Object.entries(part).filter(([key]) => key !== 'span');
  return [...own, ...inner.flatMap(([, value]) => nodesOf(value))];
}

describe('operators', () => {
  it.each([
    ['a + b - c', '(- (+ a b) c)'],
    ['a + b * c', '(+ a (* b c))'],
    ['a / b / c % d', '(% (/ (/ a b) c) d)'],
    ['a ** b ** c', '(** a (** b c))'],
    ['-x ** 2', '(- (** x 2))'],
    ['2 ** -x', '(** 2 (- x))'],
    ['-x * y', '(* (- x) y)'],
    ['- -x', '(- (- x))'],
    ['a < b and not c == d or e', '(or (and (< a b) (not (== c d))) e)'],
    ['not not a', '(not (not a))'],
    ['a + not b == c', '(+ a (not (== b c)))'],
    ['x |> f |> g(2)', '(|> (|> x f) (g 2))'],
    ['a or b |> f', '(|> (or a b) f)'],
    ['(a + b) * c', '(* (+ a b) c)'],
    ['a <-b', '(< a (- b))'],
    ['a<-b', '(< a (- b))'],
    ['1 != 2.5', '(!= 1 2.5f)'],
    ['1e-3', '0.001f'],
  ])('%s', (text, expected) => {
    expect(show(expressionOf(text))).toBe(expected);
  });
});

describe('reductions', () => {
  it.each([
    ['sum[i] a[i] * b[i] + c', '(+ (sum[i] (* a[i] b[i])) c)'],
    ['2 * sum[i] a[i] / n', '(* 2 (sum[i] (/ a[i] n)))'],
    ['(sum[i] a[i]) * b', '(* (sum[i] a[i]) b)'],
    ['-max[c] x[..., c]', '(- (max[c] x[..., c]))'],
    ['sum[i] -x[i] ** 2', '(sum[i] (- (** x[i] 2)))'],
    ['sum[j where j <= i] e[j]', '(sum[j] where (<= j i) e[j])'],
    ['mean[k: 10, ...] k', '(mean[k: 10, ...] k)'],
    ['sum[i] if a[i] then 1 else 0 + 2', '(sum[i] (if a[i] 1 (+ 0 2)))'],
    ['x[:, t] + x[b, :, -1]', '(+ x[:, t] x[b, :, (- 1)])'],
    ['sum(x, over C)', '(sum x, over C)'],
    ['argmax(x, over -1)', '(argmax x, over (- 1))'],
    ['mean(x, over (H, W), keep = true)', '(mean x, keep=true, over H W)'],
    ['sum + 1', '(+ sum 1)'],
    ['(sum)[i]', 'sum[i]'],
  ])('%s', (text, expected) => {
    expect(show(expressionOf(text))).toBe(expected);
  });
});

describe('other expressions', () => {
  it.each([
    ['if a then b else c + d', '(if a b (+ c d))'],
    ['if a then b else if c then d else e |> f', '(if a b (if c d (|> e f)))'],
    ['a + if b then c else d', '(+ a (if b c d))'],
    ['(x[i - 1] else 0) * 2', '(* (else x[(- i 1)] 0) 2)'],
    ['f()', '(f )'],
    ['f(a, k = v)', '(f a, k=v)'],
    ['Dense(10)(x)', '((Dense 10) x)'],
    ['enc.W[o, i]', 'enc.W[o, i]'],
    ['normal[B, 64]', 'normal[B, 64]'],
    ['bernoulli(1 - p)[..., C]', '(bernoulli (- 1 p))[..., C]'],
    ['E[ids[b], d]', 'E[ids[b], d]'],
    ['true and false', '(and true false)'],
    ['f("a \\"b\\" \\\\")', '(f "a \\"b\\" \\\\")'],
    ['f(loss, input, state)', '(f loss, input, state)'],
  ])('%s', (text, expected) => {
    expect(show(expressionOf(text))).toBe(expected);
  });
});

describe('spans', () => {
  it('cover the text of each node, with its parentheses', () => {
    const text = '  (a + b) * sum[i where i < 3] x[i, 2](k = -1).w';
    const texts = nodesOf(expressionOf(text)).map((node) => [
      node.kind,
      text.slice(node.span.start, node.span.end),
    ]);
    expect(texts).toEqual(
      [
        ['binary', '(a + b) * sum[i where i < 3] x[i, 2](k = -1).w'],
        ['binary', '(a + b)'],
        ['name', 'a'],
        ['name', 'b'],
        ['reduction', 'sum[i where i < 3] x[i, 2](k = -1).w'],
        ['binder', 'i'],
        ['binary', 'i < 3'],
        ['name', 'i'],
        ['number', '3'],
        ['member', 'x[i, 2](k = -1).w'],
        ['call', 'x[i, 2](k = -1)'],
        ['access', 'x[i, 2]'],
        ['name', 'x'],
        ['name', 'i'],
        ['number', '2'],
        ['unary', '-1'],
        ['number', '1'],
      ].map(([kind, part]) => [kind, part]),
    );
  });

  it('of the expressions in a message are those of the file', () => {
    const text = 'layer A(k: int) (x) {\n  assert k > 0 : "k is {k}, not {H + 2*k}!"\n  return x\n}\n';
    const { file, diagnostics } = parse({ name: 'test.nn', text });
    expect(diagnostics).toEqual([]);
    const statement = file.declarations[0]?.kind === 'layer' ? file.declarations[0].body[0] : undefined;
    expect(statement === undefined ? '' : showStatement(statement)).toBe(
      'assert (> k 0) : "k is " k ", not " (+ H (* 2 k)) "!"',
    );
    const pieces = statement?.kind === 'assert' ? (statement.pieces ?? []) : [];
    const spans = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.span]));
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['k', 'H + 2*k']);
  });
});
