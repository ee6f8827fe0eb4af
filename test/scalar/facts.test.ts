/** What conditions that are constants tell: nothing, or that nothing is computed where they stand. */
import { describe, expect, it } from 'vitest';
import { verify } from '../../compiler/ir/verify.ts';
import { lower } from '../../compiler/lower/index.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { assume, factsOf } from '../../compiler/scalar/facts.ts';
import { checkText } from '../check/check-text.ts';

const constant = (value: number): Expr => ({ kind: 'constant', dtype: 'bool', value });
const nothing = factsOf(new Map());

describe('a constant condition', () => {
  it('that holds says nothing', () => {
    expect(assume(nothing, constant(1))).toBe(nothing);
    expect(assume(nothing, constant(0), false)).toBe(nothing);
  });

  it('that does not hold says that this is never computed', () => {
    expect(assume(nothing, constant(0)).impossible).toBe(true);
    expect(assume(nothing, constant(1), false).impossible).toBe(true);
    const both: Expr = { kind: 'call', dtype: 'bool', fn: 'and', operands: [constant(1), constant(0)] };
    expect(assume(nothing, both).impossible).toBe(true);
  });

  it.each([
    'output y[i] = (x[i - 1, 0 - 1] else 0) + x[i, 0]',
    'output y[i] = (x[i - 1, 7] else 0) * x[i, 0]',
    'output y[i: 4] = sum[j] (if i < 9 and 2 > 3 then x[i + 1, j] else 0)',
    'output y[i: 4] = if i < 3 or 3 > 2 then 1 else x[i + 1, 7]',
  ])('keeps reads in bounds: %s', (statement) => {
    const { program, diagnostics } = checkText(`model m {\n  input x: f32[4, 5]\n  ${statement}\n}\n`);
    expect(diagnostics).toEqual([]);
    expect(verify(lower(program!, { kind: 'run' }))).toEqual([]);
  });
});

describe('what is not equal', () => {
  it.each([
    'output y[i: 5] = if i == 0 then 0 else x[i - 1, 0]',
    'output y[i: 1] = if i == 0 then 0 else x[i - 1, 7]',
    'output y[i: 4] = if i == 3 then 0 else x[i + 1, 0]',
    'output y[i: 4, j: 5] = if j > i then 0 else if i == j then 1 else x[i - j - 1, j]',
    'output y[i: 4, j: 5] = if i != j and j <= i then x[i - j - 1, j] else 0',
    'output y[i: 8] = if i % 2 == 0 then 0 else x[(i - 1) / 2, i % 2 - 1]',
  ])('lies beside an end: %s', (statement) => {
    const { program, diagnostics } = checkText(`model m {\n  input x: f32[4, 5]\n  ${statement}\n}\n`);
    expect(diagnostics).toEqual([]);
    expect(verify(lower(program!, { kind: 'run' }))).toEqual([]);
  });

  it.each(['if i == 1 then 0 else x[i - 1, 0]', 'if i != 0 then 0 else x[i - 1, 0]'])(
    'and says nothing in between: %s',
    (body) => {
      const { diagnostics } = checkText(`model m {\n  input x: f32[4, 5]\n  output y[i: 4] = ${body}\n}\n`);
      expect(diagnostics.map(({ code }) => code)).toEqual(['NN312']);
    },
  );
});
