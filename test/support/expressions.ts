/**
 * Random well-typed scalar expressions over the indices i < 4, j < 3 and the values %0 (f32), %1 (f32), %2
 * (i32) of shape [4, 3]. Every load is in range. Their f32 comparisons are between leaves only, so that a
 * rounding error cannot turn one over.
 */
import fc from 'fast-check';
import {
  add as affineAdd,
  constant as affineConstant,
  modulo as affineModulo,
  scale,
  variable,
} from '../../compiler/index/build.ts';
import { rangesOf } from '../../compiler/index/query.ts';
import { call, constant, index, indexCall, load, select, truth } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';

const [i, j] = [variable('i'), variable('j')];
const ranges = rangesOf([
  { name: 'i', extent: 4 },
  { name: 'j', extent: 3 },
]);

const rows = fc.oneof(
  fc.constant(index(i)),
  fc.integer({ min: 0, max: 3 }).map((n) => constant(n, 'i32')),
  fc.integer({ min: 0, max: 5 }).map((n) => index(affineModulo(affineAdd(i, affineConstant(n)), 4, ranges))),
);
const columns = fc.oneof(fc.constant(index(j)), fc.constant(constant(1, 'i32')));
const loadOf = (value: number, dtype: 'f32' | 'i32') =>
  fc.tuple(rows, columns).map((at) => load(value, dtype, at));

const floatLeaves = fc.oneof(
  loadOf(0, 'f32'),
  loadOf(1, 'f32'),
  fc.constantFrom(-2, -1, -0.5, 0, 0.5, 1, 2, 3).map((value) => constant(value)),
);
/** Away from 0, so that every part of an expression is finite. */
/** Arithmetic of indices as index arithmetic, as a text reads back. */
function integerCall(fn: FunctionName, a: Expr, b: Expr): Expr {
  const made = call(fn, a, b);
  const of = made.kind === 'call' ? indexCall(fn, [a, b], new Map()) : undefined;
  return of === undefined ? made : index(of);
}

const awayFromZero = (e: Expr): Expr => call('add', call('abs', e), constant(1));

const affine = fc
  .tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 2 }), fc.integer({ min: -3, max: 5 }))
  .map(([a, b, c]) => index(affineAdd(affineAdd(scale(i, a), scale(j, b)), affineConstant(c))));

interface Kinds {
  readonly float: Expr;
  readonly integer: Expr;
  readonly bool: Expr;
}

const comparisons = ['less', 'less_equal', 'greater', 'greater_equal', 'equal', 'not_equal'] as const;

const kinds = fc.letrec((tie: fc.LetrecTypedTie<Kinds>) => ({
  float: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    floatLeaves,
    fc
      .tuple(
        fc.constantFrom('add' as const, 'subtract' as const, 'multiply' as const),
        tie('float'),
        tie('float'),
      )
      .map(([fn, a, b]) => call(fn, a, b)),
    fc.tuple(tie('float'), tie('float')).map(([a, b]) => call('divide', a, awayFromZero(b))),
    fc.tuple(tie('float'), tie('float')).map(([a, b]) => call('divide', a, call('negate', awayFromZero(b)))),
    fc.tuple(tie('float'), fc.constantFrom(-2, 1, 4)).map(([a, n]) => call('divide', a, constant(n))),
    fc
      .tuple(fc.constantFrom(-2, 0, 1), tie('float'))
      .map(([n, b]) => call('divide', constant(n), awayFromZero(b))),
    fc
      .tuple(
        fc.constantFrom('negate' as const, 'abs' as const, 'stop_gradient' as const, 'tanh' as const),
        tie('float'),
      )
      .map(([fn, a]) => call(fn, a)),
    fc
      .tuple(fc.constantFrom('maximum' as const, 'minimum' as const), tie('float'), tie('float'))
      .map(([fn, a, b]) => call(fn, a, b)),
    fc
      .tuple(tie('float'), fc.constantFrom(-1, 0, 1, 2))
      .map(([a, n]) => call('power', awayFromZero(a), constant(n))),
    fc.tuple(tie('bool'), tie('float'), tie('float')).map(([c, a, b]) => select(c, a, b)),
    fc.tuple(tie('bool'), tie('float')).map(([c, a]) => select(c, a, constant(0))),
    tie('integer').map((a) => call('to_f32', a)),
  ),
  integer: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    affine,
    loadOf(2, 'i32'),
    fc
      .tuple(
        fc.constantFrom(
          ...(['add', 'subtract', 'multiply', 'divide', 'modulo', 'minimum', 'maximum'] as const),
        ),
        tie('integer'),
        tie('integer'),
      )
      .map(([fn, a, b]) => integerCall(fn, a, b)),
    fc.tuple(tie('bool'), tie('integer'), tie('integer')).map(([c, a, b]) => select(c, a, b)),
  ),
  bool: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(fc.constantFrom(...comparisons), affine, affine).map(([fn, a, b]) => call(fn, a, b)),
    fc.tuple(fc.constantFrom(...comparisons), floatLeaves, floatLeaves).map(([fn, a, b]) => call(fn, a, b)),
    fc.boolean().map(truth),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('bool'), tie('bool'))
      .map(([fn, a, b]) => call(fn, a, b)),
    tie('bool').map((a) => call('not', a)),
  ),
}));

export const expressions: fc.Arbitrary<Expr> = fc.oneof(kinds.float, kinds.integer, kinds.bool);
