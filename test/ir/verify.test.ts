import { describe, expect, test } from 'vitest';
import { variable } from '../../compiler/index/build.ts';
import type { Equation, Graph, Node, Origin } from '../../compiler/ir/graph.ts';
import { mapOperands } from '../../compiler/ir/nodes.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { constant, index, load, select, truth } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { graphOf } from '../support/graphs.ts';

const leaves = graphOf(`
  input %x[i: 4, j: 3]: f32
  param %w[j: 3]: f32
  input %ids[b: 2]: i32
  scalar %step: i32`);
const origin: Origin = { path: [] };
const i = { name: 'i', extent: 4 };
const j = { name: 'j', extent: 3 };
const at = (...names: readonly string[]) => names.map((name) => index(variable(name)));
const x = load(0, 'f32', at('i', 'j'));

const equation = (changes: Partial<Equation>): Equation => ({
  kind: 'equation',
  name: 'y',
  dtype: 'f32',
  indices: [i, j],
  body: x,
  origin,
  ...changes,
});
const withNodes = (...nodes: readonly Node[]): Graph => ({ ...leaves, nodes: [...leaves.nodes, ...nodes] });
const problems = (changes: Partial<Equation>): readonly string[] => verify(withNodes(equation(changes)));

test('a sound graph has no violation', () => {
  expect(problems({})).toEqual([]);
});

describe('1: values are defined once, before their uses; results exist; a target is written once', () => {
  test('a name twice', () => {
    expect(problems({ name: 'x' })).toEqual(['%x: defined twice']);
  });
  test('not a name', () => {
    expect(problems({ name: 'a b' })).toEqual(['%a b: not a name']);
  });
  test('a use of itself, and of nothing', () => {
    expect(problems({ body: load(4, 'f32', at('i', 'j')) })).toEqual([
      '%y: reads %y[i, j], itself; at the same position of i: a cycle within it',
    ]);
    expect(problems({ body: load(9, 'f32', []) })).toEqual(['%y: a load of value 9, which is not there']);
  });
  test('results and updates', () => {
    const graph = withNodes(equation({}));
    const bad: Graph = {
      ...graph,
      results: [
        { name: 'a', role: 'loss', value: 7 },
        { name: 'a', role: 'loss', value: 0 },
      ],
      updates: [
        { target: 1, value: 1 },
        { target: 1, value: 4 },
        { target: 0, value: 4 },
        { target: 8, value: 4 },
      ],
    };
    expect(verify(bad)).toEqual([
      'result a: there is no value 7',
      'result a: given twice',
      '%w: written twice',
      '%w: takes %y, which has another shape or type',
      '%x: written, but it is no param or state',
      'update: there is no value 8',
    ]);
  });
});

describe('2: indices are bound, once', () => {
  test('a free index', () => {
    expect(problems({ body: load(1, 'f32', at('k')) })).toEqual(['%y: index k is not bound']);
  });
  test('an index twice', () => {
    expect(problems({ reduce: { by: 'sum', indices: [j], guards: [] } })).toEqual([
      '%y: index j is bound twice',
    ]);
  });
  test('a keyword, and an impossible extent', () => {
    expect(problems({ indices: [i, j, { name: 'mod', extent: 2 }] })).toEqual([
      '%y: mod is not a name for an index',
    ]);
    expect(problems({ indices: [i, j, { name: 'k', extent: -1 }] })).toEqual(['%y: index k has extent -1']);
  });
});

describe('3: loads have the rank of their value and integer positions', () => {
  test('too few indices', () => {
    expect(problems({ body: load(0, 'f32', at('i')) })).toEqual(['%y: 1 indices for %x, which has 2']);
  });
  test('a position that is no i32', () => {
    const body: Expr = { kind: 'load', dtype: 'f32', value: 1, indices: [constant(1)] };
    expect(problems({ body })).toEqual(['%y: %w is indexed with f32']);
  });
});

describe('4: loads are in range', () => {
  const checked = (lines: string): readonly string[] =>
    verify(graphOf(`input %x[i: 4, j: 3]: f32\ninput %w[j: 3]: f32\ninput %ids[b: 2]: i32\n${lines}`));
  test.each([
    ['a plain shift', '%y[i: 4]: f32 = %x[i + 1, 0]', 'positions 1 to 4 of axis 0'],
    ['below', '%y[i: 4]: f32 = %x[i - 1, 0]', 'positions -1 to 2 of axis 0'],
    [
      'a guard that is too weak',
      '%y[i: 4]: f32 = sum[k: 2 where i + k < 5] %x[i + k, 0]',
      'positions 0 to 4',
    ],
    ['the other branch', '%y[i: 4]: f32 = if i < 3 then 0.0 else %x[i + 1, 0]', 'positions 4 to 4'],
    ['beside the choice', '%y[i: 4]: f32 = %x[i + 1, 0] + (if i < 3 then 1.0 else 0.0)', 'positions 1 to 4'],
    ['only one axis of two', '%y[i: 9]: f32 = if i < 4 then %x[i, i] else 0.0', 'positions 0 to 3 of axis 1'],
    ['a guard that loads first', '%y: f32 = sum[k: 9 where %w[k] > 0.0, k < 3] %w[k]', 'positions 0 to 8'],
    ['or is no and', '%y[i: 9]: f32 = if i < 4 or i < 3 then %x[i, 0] else 0.0', 'positions 0 to 8'],
    ['the position of a gather', '%y[b: 3, j: 3]: f32 = %x[%ids[b], j]', 'positions 0 to 2 of axis 0'],
    ['not equal is not equal', '%y[i: 5]: f32 = if i != 4 then 0.0 else %x[i, 0]', 'positions 4 to 4'],
  ])('%s does not prove it', (_, line, message) => {
    const found = checked(line);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
    expect(found[0]).toContain(`in ${line}`);
  });

  test.each([
    ['padding', '%y[i: 4]: f32 = if 0 <= i - 1 and i - 1 < 4 then %x[i - 1, 0] else 0.0'],
    [
      'padding the other way round',
      '%y[i: 4]: f32 = if i == 0 then 0.0 else if i < 1 then 0.0 else %x[i - 1, 0]',
    ],
    ['a negated condition', '%y[i: 4]: f32 = if not (1 <= i) then 0.0 else %x[i - 1, 0]'],
    ['a choice by or', '%y[i: 9]: f32 = if i < 2 or 6 <= i then 0.0 else %x[i - 2, 0]'],
    ['two indices', '%y[i: 4]: f32 = sum[k: 3 where 0 <= i + k - 1 and i + k - 1 < 4] %x[i + k - 1, 0]'],
    [
      'a strided adjoint',
      '%y[p: 8]: f32 = sum[u: 3 where 0 <= p - u + 1, p - u + 1 < 8, (p - u + 1) mod 2 == 0] %x[(p - u + 1) div 2, u]',
    ],
    ['a guard on a quotient', '%y[p: 99]: f32 = if p div 7 < 4 then %x[p div 7, 0] else 0.0'],
    ['behind a quotient', '%y[p: 99]: f32 = if p div 2 < 2 then %x[p, 0] else 0.0'],
    ['a triangle', '%y[i: 4]: f32 = sum[k: 9 where k <= i] %x[k, 0]'],
    ['a flat index', '%y[p: 12]: f32 = %x[p div 3, p mod 3]'],
    ['an equality', '%y[k: 9]: f32 = if k == 2 then %w[k] else 0.0'],
    ['several times', '%y[k: 9]: f32 = if 2*k < 5 then %w[k] else 0.0'],
    ['within a condition', '%y[k: 9]: f32 = if k < 3 and %w[k] > 0.0 then %w[k] else 0.0'],
    ['a gather', '%y[b: 2, j: 3]: f32 = %x[%ids[b], j]'],
    ['a cyclic shift', '%y[i: 4]: f32 = %x[(i + 3) mod 4, 0]'],
    ['a mirrored index', '%y[i: 4]: f32 = %x[3 - i, 0]'],
    ['an impossible place', '%y[i: 4]: f32 = if i < 2 and 2 < i then %x[i + 9, 0] else 0.0'],
    ['an empty index', '%y[i: 0]: f32 = %x[i + 9, 0]'],
    ['a derivative clause', '%y[i: 9]: f32 = if i < 4 then %x[i, 0] derivative(%x[i, 0]: 1.0) else 0.0'],
  ])('%s proves it', (_, line) => {
    expect(checked(line)).toEqual([]);
  });
});

describe('5: types are those that follow', () => {
  test('declared and inferred', () => {
    expect(problems({ dtype: 'i32' })).toEqual(['%y: declared i32, but the equation gives f32 (f32)']);
    const indices = [{ name: 'k', extent: 2 }];
    expect(problems({ dtype: 'f32', reduce: { by: 'argmax', indices, guards: [] } })).toEqual([
      '%y: declared f32, but the equation gives i32 (argmax of f32)',
    ]);
    expect(problems({ reduce: { by: 'any', indices, guards: [] } })).toEqual([
      '%y: declared f32, but the equation gives nothing (any of f32)',
    ]);
  });
  test('a reduction over nothing, a guard that is no condition', () => {
    expect(problems({ reduce: { by: 'sum', indices: [], guards: [constant(1)] } })).toEqual([
      '%y: a reduction over no index',
      '%y: a guard of type f32',
    ]);
  });
  test('parts', () => {
    const call: Expr = { kind: 'call', dtype: 'f32', fn: 'add', operands: [x, constant(1, 'i32')] };
    expect(problems({ body: call })).toEqual(['%y: add expects two numbers of one type, not f32, i32']);
    expect(problems({ body: { ...x, dtype: 'i32' }, dtype: 'i32' })).toEqual([
      '%y: %x gives f32, but is marked i32',
    ]);
    expect(problems({ body: { kind: 'constant', dtype: 'f32', value: Number.NaN } })).toEqual([
      '%y: NaN is no constant of type f32',
    ]);
    expect(problems({ body: { kind: 'result', dtype: 'f32' } })).toEqual([
      '%y: `result` outside a derivative clause',
    ]);
    const choice: Expr = { ...select(truth(true), x, x), condition: x };
    expect(problems({ body: choice })).toEqual(['%y: a condition of type f32']);
  });
  test('gradients', () => {
    const gradient = (of: number, wrt: number): Node => ({
      kind: 'gradient',
      name: 'd',
      dtype: 'f32',
      indices: [j],
      of,
      wrt,
      origin,
    });
    expect(verify(withNodes(gradient(0, 1)))).toEqual(['%d: a gradient of %x, which is no scalar']);
    expect(verify(withNodes(gradient(3, 1)))).toEqual([
      '%d: a gradient of i32 by f32 as f32: only f32 has one',
    ]);
    expect(verify(withNodes(gradient(5, 1)))).toEqual([
      '%d: a gradient of or by a value that is not earlier',
    ]);
    const scalar = equation({ indices: [], body: constant(1) });
    expect(verify(withNodes(scalar, gradient(4, 0)))).toEqual(['%d: a gradient by %x of another shape']);
  });
  test('an adjoint of an integer', () => {
    const adjoint = { of: 'x', wrt: 'x', rule: 'load' };
    const body = load(2, 'i32', [constant(0, 'i32')]);
    expect(problems({ dtype: 'i32', body, origin: { path: [], adjoint } })).toEqual([
      '%y: an adjoint of type i32',
    ]);
  });
});

describe('6: origins name what is there', () => {
  const lost = withNodes(
    equation({ origin: { path: [], adjoint: { of: 'gone', wrt: 'gone', rule: 'load' } } }),
  );
  const there = { of: 'x', wrt: 'x', rule: 'load' };
  test('an adjoint without its primal', () => {
    expect(verify(lost)).toEqual([
      '%y: the adjoint of %gone, which is not in the graph',
      '%y: the adjoint at %gone, which is not in the graph',
    ]);
    expect(verify(lost, { gone: new Set(['other']) })).toHaveLength(2);
    expect(verify(lost, { gone: new Set(['gone']) })).toEqual([]);
  });
  test('an adjoint of a value that is not there', () => {
    expect(problems({ origin: { path: [], adjoint: { ...there, wrt: 'nowhere' } } })).toEqual([
      '%y: the adjoint at %nowhere, which is not in the graph',
    ]);
  });
  test('a part of an equation that is not there', () => {
    expect(problems({ origin: { path: [], within: 'x' } })).toEqual([]);
    expect(problems({ origin: { path: [], within: 'z' } })).toEqual([
      '%y: a part of %z, which is not in the graph',
    ]);
  });
  test('an adjoint without its rule', () => {
    expect(problems({ origin: { path: [], adjoint: { ...there, rule: '' } } })).toEqual([
      '%y: an adjoint without its primal or its rule',
    ]);
  });
});

test('an equation that was sound is looked at again when what it reads is another', () => {
  const same = equation({});
  expect(verify(withNodes(same))).toEqual([]);
  const [, ...others] = leaves.nodes;
  const narrower: Node = { ...leaves.nodes[0]!, indices: [i, { name: 'j', extent: 2 }] };
  expect(verify({ ...leaves, nodes: [narrower, ...others, same] })).toEqual([
    expect.stringMatching(/^%y: .*may read positions 0 to 2 of axis 1, which has 2/),
  ]);
  expect(verify(withNodes(same))).toEqual([]);
});

test('an equation that was sound and reads other values now is, where these are of the same shapes', () => {
  const same = equation({});
  expect(verify(withNodes(same))).toEqual([]);
  const moved = mapOperands(same, (value) => (value === 0 ? leaves.nodes.length : value));
  const over = (indices: Node['indices']) =>
    verify({ ...leaves, nodes: [...leaves.nodes, { ...leaves.nodes[0]!, name: 'other', indices }, moved] });
  expect(over([i, { name: 'j', extent: 2 }])).toEqual([
    expect.stringMatching(/^%y: .*%other.* may read positions 0 to 2 of axis 1, which has 2/),
  ]);
  expect(over(leaves.nodes[0]!.indices)).toEqual([]);
});
