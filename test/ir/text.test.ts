import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Graph, Origin, Step } from '../../compiler/ir/graph.ts';
import { parseOrigin, printOrigin } from '../../compiler/ir/origin.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printExpr, printGraph, printNode } from '../../compiler/ir/print.ts';
import { call, constant, derivative, load, result } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { expressions } from '../support/expressions.ts';

const everything = `graph mlp.loss {
  input  %x[b: 128, i: 784]: f32                                         @ mlp.nn:3:10
  input  %t[b: 128]: i32                                                 @ mlp.nn:4:10
  param  %Dense_1.W[o: 10, i: 784]: f32                                  @ mlp.nn:7:3 mlp > Dense_1: Dense
  frozen %E[v: 10, d: 2]: f32
  state  %m[o: 10]: f32
  scalar %step: i32
  scalar %key: u32
  %y[b: 128, o: 10]: f32 = sum[i: 784] %x[b, i] * %Dense_1.W[o, i]       @ mlp.nn:7:16 mlp > Dense_1: Dense
  %r[b: 128, o: 10]: f32 = if %y[b, o] >= 0.0 then %y[b, o] else 0.01 * %y[b, o]
  %e[b: 128, d: 2]: f32 = %E[%t[b], d]
  %n: f32 = random_normal(%key, 3u, 7)
  %g[o: 10]: f32 = max[b: 128, i: 784 where i <= b, b + 1 < o] %x[b, i] + %m[o]
  %s: f32 = sum[b: 128, o: 10] (1.0 / (1.0 + exp(-%r[b, o]))) derivative(%r[b, o]: result * (1.0 - result))
  %d[o: 10, i: 784]: f32 = gradient %s wrt %Dense_1.W
  %dW[o: 10, i: 784]: f32 = sum[b: 128] %y[b, o] * %x[b, i]              @ adjoint of %y at %Dense_1.W[o, i] by load
  result loss %s
  result metric accuracy %s
  result gradient d.Dense_1.W %dW
  update %m <- %g
  update %Dense_1.W <- %dW
}
`;

describe('a graph', () => {
  test('with one of everything reads and prints the same', () => {
    const graph = parseGraph(everything);
    const printed = printGraph(graph);
    expect(parseGraph(printed)).toEqual(graph);
    const blanks = (text: string) => text.replace(/ +@/g, ' @');
    expect(blanks(printed)).toBe(blanks(everything));
    const columns = printed.split('\n').flatMap((line) => (line.includes('@') ? [line.indexOf('@')] : []));
    expect(new Set(columns).size).toBe(1);
  });

  test.each([30, 60, 100])('is laid out in %i columns, and reads the same', (width) => {
    const graph = parseGraph(everything);
    const printed = printGraph(graph, { width });
    expect(parseGraph(printed)).toEqual(graph);
    if (width === 100) {
      for (const line of printed.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  test('prints a node without its origin', () => {
    const { nodes } = parseGraph(everything);
    expect(printNode(nodes[7]!, nodes)).toBe(
      '%y[b: 128, o: 10]: f32 = sum[i: 784] %x[b, i] * %Dense_1.W[o, i]',
    );
    expect(printNode(nodes[0]!, nodes)).toBe('input  %x[b: 128, i: 784]: f32');
  });

  test('comments and blank lines do not count', () => {
    expect(parseGraph('// a note\ngraph g {\n\n  // another\n  scalar %step: i32\n}')).toEqual(
      parseGraph('graph g {\nscalar %step: i32\n}\n'),
    );
  });

  test.each([
    ['', "line 1: expected 'graph', found the end of the line"],
    ['graph g {', "line 1: expected '}' at the end"],
    ['graph g {\ninput %x[i: 2]: f64\n}', 'line 2: expected a type, found f64'],
    ['graph g {\n%y: f32 = %x\n}', 'line 2: %x is not defined'],
    ['graph g {\nscalar %x: f32\nscalar %x: f32\n}', 'line 3: %x is defined twice'],
    ['graph g {\n%y: f32 = 1.0 + 1\n}', 'line 2: add expects two numbers of one type, not f32, i32'],
    ['graph g {\n%y: f32 = 1.0 +\n}', 'line 2: expected an expression, found the end of the line'],
    ['graph g {\n%y: f32 = 1.0 2.0\n}', 'line 2: expected the end of the line, found 2.0'],
    ['graph g {\n%y: f32 = relu(1.0)\n}', 'line 2: no function is called relu'],
    ['graph g {\n%y[then: 3]: f32 = 1.0\n}', 'line 2: then cannot be an index'],
    ['graph g {\n%y: f32 = 1.0 # 2\n}', 'line 2: cannot read "# 2"'],
    [
      'graph g {\nresult winner %y\n}',
      'line 2: expected one of loss, metric, output, gradient, value, found winner',
    ],
    ['graph g {\n%y: f32 = 1.0 @ "half\n}', 'line 2: not an origin'],
    ['graph g {\n%y: f32 = result\n}', 'line 2: result cannot be an index'],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parseGraph(text)).toThrow(SyntaxError);
    expect(() => parseGraph(text)).toThrow(message);
  });
});

describe('an expression', () => {
  const x = load(0, 'f32', []);
  const y = load(1, 'f32', []);
  const names = [{ name: 'x' }, { name: 'y' }];
  const text = (e: Expr) => printExpr(e, names);
  const cases: readonly (readonly [string, Expr])[] = [
    ['%x + %y - %x', call('subtract', call('add', x, y), x)],
    ['%x - (%y - %x)', call('subtract', x, call('subtract', y, x))],
    ['(%x + %y) * %x', call('multiply', call('add', x, y), x)],
    ['%x / (%y * %x)', call('divide', x, call('multiply', y, x))],
    ['-%x ** 2.0', call('negate', call('power', x, constant(2)))],
    ['(-%x) ** -2.0', call('power', call('negate', x), constant(-2))],
    ['(%x ** %y) ** %x', call('power', call('power', x, y), x)],
    ['-(-%x)', call('negate', call('negate', x))],
    ['-(%x * %y)', call('negate', call('multiply', x, y))],
    ['negate(2.0)', call('negate', constant(2))],
    ['(-2.0) ** %x', call('power', constant(-2), x)],
    ['%x - -2.0', call('subtract', x, constant(-2))],
    ['1.0e-8', constant(1e-8)],
    ['1.0e+21', constant(1e21)],
    ['-0.0', constant(-0)],
    ['0.1', constant(0.1)],
    ['not %x < %y', call('not', call('less', x, y))],
    ['(%x < %y) == true', call('equal', call('less', x, y), constant(1, 'bool'))],
    [
      '(result * %x) derivative(%x: result)',
      derivative(call('multiply', result('f32'), x), [{ operand: x, partial: result('f32') }]),
    ],
  ];
  test.each(cases)('prints as %s', (expected, e) => {
    expect(text(e)).toBe(expected);
  });

  test('of any form reads back as it was', () => {
    const leaves = [
      ['x', 'f32'],
      ['y', 'f32'],
      ['n', 'i32'],
    ] as const;
    const indices = [
      { name: 'i', extent: 4 },
      { name: 'j', extent: 3 },
    ];
    const withClause = fc.oneof(
      expressions,
      fc.tuple(expressions, expressions, expressions).map(([value, operand, partial]) => {
        const clause = operand.dtype === 'f32' && partial.dtype === 'f32' && value.dtype === 'f32';
        return clause
          ? derivative(value, [{ operand, partial: call('multiply', partial, result('f32')) }])
          : value;
      }),
    );
    fc.assert(
      fc.property(withClause, (body) => {
        const builder = graphBuilder('any');
        const origin: Origin = { path: [] };
        for (const [name, dtype] of leaves) builder.add({ kind: 'input', name, dtype, indices, origin });
        builder.add({ kind: 'equation', name: 'z', dtype: body.dtype, indices, body, origin });
        const graph: Graph = builder.finish([], []);
        expect(parseGraph(printGraph(graph))).toEqual(graph);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an origin', () => {
  test.each([
    ['', { path: [] }],
    ['mlp.nn:7:16', { place: { file: 'mlp.nn', line: 7, column: 16 }, path: [] }],
    [
      'mlp > Dense_2: Dense > relu_1 > step',
      {
        path: [
          { kind: 'model', name: 'mlp' },
          { kind: 'layer', name: 'Dense_2', of: 'Dense' },
          { kind: 'function', name: 'relu', number: 1 },
          { kind: 'function', name: 'step' },
        ],
      },
    ],
    [
      'train mlp > adam enc.Dense_2.W',
      {
        path: [
          { kind: 'train', name: 'mlp' },
          { kind: 'update', by: 'adam', of: 'enc.Dense_2.W' },
        ],
      },
    ],
    [
      'mlp > relu_1 part of %y',
      {
        path: [
          { kind: 'model', name: 'mlp' },
          { kind: 'function', name: 'relu', number: 1 },
        ],
        within: 'y',
      },
    ],
    [
      'part of %d.x adjoint of %y at %x by load',
      { path: [], within: 'd.x', adjoint: { of: 'y', wrt: 'x', load: '%x', rule: 'load' } },
    ],
    ['adjoint of %y by sum', { path: [], adjoint: { of: 'y', wrt: 'y', rule: 'sum' } }],
    [
      'a/b.nn:1:2 mlp adjoint of %y at %W[o, i + 1] by load',
      {
        place: { file: 'a/b.nn', line: 1, column: 2 },
        path: [{ kind: 'model', name: 'mlp' }],
        adjoint: { of: 'y', wrt: 'W', load: '%W[o, i + 1]', rule: 'load' },
      },
    ],
    [
      '"my net.nn":1:2 "a > b"',
      { place: { file: 'my net.nn', line: 1, column: 2 }, path: [{ kind: 'model', name: 'a > b' }] },
    ],
  ] as const)('reads and prints as %s', (text, origin) => {
    expect(printOrigin(origin)).toBe(text);
    expect(parseOrigin(text)).toEqual(origin);
  });

  test('of any words reads back as it was', () => {
    const words = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('adjoint', 'part', 'part of %x', 'at %x by y', 'a:1:2', ' b', '>', '"', '@', '\n'),
    );
    const places = fc.record({ file: words, line: fc.nat(), column: fc.nat() });
    const names = fc.constantFrom('y', 'x.sum', 'Dense_1.W');
    const rests = fc
      .oneof(words, fc.constantFrom('', '[o, i]', '[0] by'))
      .filter((rest) => !/^[\p{L}\p{N}_.]/u.test(rest));
    const adjoints = fc
      .record({ of: words, wrt: names, rest: fc.option(rests), rule: words })
      .map(({ of, wrt, rest, rule }) =>
        rest === null ? { of, wrt: of, rule } : { of, wrt, load: `%${wrt}${rest}`, rule },
      );
    const identifiers = fc.constantFrom('m', 'Dense', 'relu_1', 'train', 'adjoint', 'part', 'größe');
    const steps: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('layer'), name: identifiers, of: identifiers }),
      fc.record({
        kind: fc.constant('function'),
        name: identifiers,
        number: fc.integer({ min: 1, max: 12 }),
      }),
      fc.record({ kind: fc.constant('function'), name: fc.constantFrom('relu', 'adjoint', 'a"b') }),
      fc.record({ kind: fc.constant('update'), by: identifiers, of: fc.constantFrom('W', 'a.b.W') }),
    );
    const first: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('model'), name: words.filter((word) => !word.startsWith('train ')) }),
      fc.record({ kind: fc.constant('train'), name: words }),
    );
    const paths = fc
      .tuple(fc.option(first), fc.array(steps))
      .map(([head, tail]): readonly Step[] => (head === null ? [] : [head, ...tail]));
    const origins = fc
      .record({ place: places, path: paths, within: words, adjoint: adjoints }, { requiredKeys: ['path'] })
      .map((origin) => ({ ...origin }));
    fc.assert(
      fc.property(origins, (origin) => {
        expect(parseOrigin(printOrigin(origin))).toEqual(origin);
        const graph: Graph = {
          name: 'g',
          nodes: [{ kind: 'scalar', name: 'step', dtype: 'i32', indices: [], origin }],
          results: [],
          updates: [],
        };
        expect(parseGraph(printGraph(graph))).toEqual(graph);
      }),
      { numRuns: 2000 },
    );
  });
});

test('a builder makes names unique', () => {
  const builder = graphBuilder('g');
  const leaf = (name: string) =>
    builder.add({ kind: 'input', name, dtype: 'f32', indices: [], origin: { path: [] } });
  const ids = ['x', 'x', 'x_2', 'x'].map(leaf);
  expect(ids).toEqual([0, 1, 2, 3]);
  expect(builder.nodes().map(({ name }) => name)).toEqual(['x', 'x_2', 'x_2_2', 'x_3']);
  expect(() => builder.node(4)).toThrow('no node 4');
});
