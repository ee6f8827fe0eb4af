/**
 * Expressions whose parts are shared: written out they would be longer than any memory, as a graph they have a few
 * hundred parts. Each stage goes through each part once: it ends, within a number of operations.
 */
import { expect, test } from 'vitest';
import * as affine from '../../compiler/index/build.ts';
import { print } from '../../compiler/index/print.ts';
import { sizeOf } from '../../compiler/index/size.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { compile } from '../../compiler/pipeline.ts';
import * as s from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { assume, decide, factsOf } from '../../compiler/scalar/facts.ts';
import { simplify } from '../../compiler/scalar/simplify/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { countOperations } from '../support/operations.ts';

const i = s.index(affine.variable('i'));
const x = s.load(0, 'f32', [i]);
const ranges = new Map([['i', { min: 0, max: 7 }]]);

/** A value made of itself twice, again and again. */
const repeated = (first: Expr, times: number, next: (e: Expr, k: number) => Expr): Expr =>
  Array.from({ length: times }).reduce<Expr>((e, _, k) => next(e, k), first);

const bodies: Readonly<Record<string, (depth: number) => Expr>> = {
  squares: (n) => repeated(x, n, (e) => s.multiply(e, e)),
  sums: (n) => repeated(x, n, (e) => s.add(e, s.call('sin', e))),
  quotients: (n) => repeated(x, n, (e) => s.divide(s.add(e, s.constant(1.5)), s.add(e, s.constant(2.5)))),
  'choices by index': (n) =>
    repeated(x, n, (e, k) => s.select(s.less(i, s.constant(k % 8, 'i32')), s.call('cos', e), s.exp(e))),
  'choices by data': (n) =>
    repeated(x, n, (e, k) => s.select(s.less(e, s.constant(k)), s.call('cos', e), s.add(e, e))),
  'choices of choices': (n) =>
    repeated(x, n, (e, k) =>
      s.select(
        s.less(e, s.constant(k)),
        s.call('cos', e),
        s.exp(s.select(s.less(x, s.constant(k)), e, s.constant(0))),
      ),
    ),
  conditions: (n) =>
    s.select(
      repeated(s.less(x, s.constant(1)), n, (e, k) => s.and(s.or(e, s.less(x, s.constant(k))), s.not(e))),
      x,
      s.exp(x),
    ),
  'own derivatives': (n) =>
    repeated(x, n, (e) => s.derivative(s.multiply(e, e), [{ operand: e, partial: s.multiply(e, e) }])),
};

/** An output, a loss and its gradient. */
function graphOf(body: Expr): Graph {
  const out = graphBuilder('shared');
  const indices = [{ name: 'i', extent: 8 }];
  const node = { dtype: 'f32', origin: { path: [] } } as const;
  const param = out.add({ kind: 'param', name: 'x', indices, ...node });
  const y = out.add({ kind: 'equation', name: 'y', indices, body, ...node });
  const loss = out.add({
    ...{ kind: 'equation', name: 'loss', indices: [], ...node },
    reduce: { by: 'sum', indices, guards: [] },
    body: s.load(y, 'f32', [i]),
  });
  const gradient = out.add({ kind: 'gradient', name: 'd.x', indices, of: loss, wrt: param, ...node });
  const results = [
    { name: 'y', role: 'output', value: y },
    { name: 'd.x', role: 'gradient', value: gradient },
  ] as const;
  return out.finish(results, []);
}

/** Work beyond this is stopped; what grows linearly from more may take more. */
const most = 20_000_000;
const mostOf: Readonly<Record<string, number>> = { 'choices of choices': 60_000_000 };

test.each(Object.entries(bodies))('%s compile', (name, body) => {
  const compiled: { text: string }[] = [];
  const operationsAt = (depth: number): number =>
    countOperations(() => {
      const { program } = compile(graphOf(body(depth)), defaultTargets.software);
      compiled.push({ text: JSON.stringify(program) });
    }, mostOf[name] ?? most);
  const [short, long] = [operationsAt(20), operationsAt(40)];
  expect(long / short).toBeLessThan(4.5);
  for (const { text } of compiled) expect(text.length).toBeLessThan(500_000);
});

test('what a shared condition says of the indices', () => {
  const bounded = s.less(i, s.constant(5, 'i32'));
  const condition = repeated(bounded, 40, (e) => s.and(e, e));
  const operations = countOperations(() => {
    const facts = assume(factsOf(ranges), condition);
    expect(facts.ranges.get('i')).toEqual({ min: 0, max: 4 });
    expect(
      decide(
        repeated(bounded, 40, (e) => s.or(s.not(e), e)),
        facts,
      ),
    ).toBe(true);
  }, 100_000);
  expect(operations).toBeLessThan(10_000);
});

test('quotients of quotients become arithmetic of integers where they get long', () => {
  const made: Expr[] = [];
  countOperations(() => {
    const step = (e: Expr): Expr =>
      s.modulo(
        s.divide(s.add(s.multiply(e, s.constant(3, 'i32')), s.constant(1, 'i32')), s.constant(2, 'i32')),
        s.constant(1000, 'i32'),
      );
    made.push(simplify(repeated(i, 20, step), ranges), simplify(repeated(i, 60, step), ranges));
  }, 3_000_000);
  expect(made.map(({ kind }) => kind)).toEqual(['call', 'call']);
});

test('a remainder looks into what it divides only where it may join it to its quotient', () => {
  const depth = (n: number): number =>
    countOperations(() => {
      let e = affine.variable('i');
      for (let k = 0; k < n; k++) {
        e = affine.modulo(
          affine.divide(affine.add(affine.scale(e, 2), affine.constant(1)), 3, ranges),
          1000,
          ranges,
        );
      }
      expect(sizeOf(e)).toBeLessThan(300);
      expect(print(e).length).toBeLessThan(10_000);
    }, 20_000_000);
  expect(depth(40) / depth(20)).toBeLessThan(10);
});
