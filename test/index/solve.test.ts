import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../compiler/index/affine.ts';
import { add, constant, divide, modulo, scale, variable } from '../../compiler/index/build.ts';
import { evaluate, print, rangesOf } from '../../compiler/index/query.ts';
import { type Solution, solve, type Unknown } from '../../compiler/index/solve.ts';

const i = variable('i');
const j = variable('j');
const u = variable('u');
const index = (name: string, extent: number): Unknown => ({ name, extent });

/** All points of a box, as environments. */
function* points(indices: readonly Unknown[]): Generator<ReadonlyMap<string, number>> {
  const [first, ...rest] = indices;
  if (first === undefined) {
    yield new Map();
    return;
  }
  for (let k = 0; k < first.extent; k++)
    for (const point of points(rest)) yield new Map([[first.name, k], ...point]);
}

const holds = (solution: Solution, env: ReadonlyMap<string, number>): boolean =>
  solution.guards.every(({ kind, of }) =>
    kind === 'zero' ? evaluate(of, env) === 0 : evaluate(of, env) >= 0,
  );

/** Counts of how often each point (unknowns, positions) occurs: once on the left, once on the right. */
function expectSame(
  maps: readonly Affine[],
  unknowns: readonly Unknown[],
  positions: readonly Unknown[],
): Solution {
  const equalities = maps.map((map, k) => ({ map, position: variable(positions[k]!.name) }));
  const solution = solve(equalities, unknowns, rangesOf(positions));
  const names = [...unknowns, ...positions].map(({ name }) => name);
  const key = (env: ReadonlyMap<string, number>): string => names.map((name) => env.get(name)).join(' ');
  const expected: string[] = [];
  for (const point of points([...unknowns, ...positions])) {
    if (maps.every((map, k) => evaluate(map, point) === point.get(positions[k]!.name)))
      expected.push(key(point));
  }
  const found: string[] = [];
  for (const point of points([...positions, ...solution.remaining])) {
    if (!holds(solution, point)) continue;
    const solved = [...solution.values].map(([name, value]) => [name, evaluate(value, point)] as const);
    found.push(key(new Map([...point, ...solved])));
  }
  expect(found.sort()).toEqual(expected.sort());
  return solution;
}

const text = (solution: Solution): Record<string, string> =>
  Object.fromEntries([...solution.values].map(([name, value]) => [name, print(value)]));
const remaining = (solution: Solution): readonly string[] => solution.remaining.map(({ name }) => name);

describe('solve', () => {
  it('inverts an identity without guards', () => {
    const solution = expectSame([i], [index('i', 5)], [index('p', 5)]);
    expect(text(solution)).toEqual({ i: 'p' });
    expect(solution.guards).toEqual([]);
    expect(solution.remaining).toEqual([]);
  });

  it('leaves an index that the map does not mention', () => {
    expect(remaining(expectSame([i], [index('i', 3), index('j', 4)], [index('p', 3)]))).toEqual(['j']);
  });

  it('inverts a flip', () => {
    const solution = expectSame([add(constant(4), scale(i, -1))], [index('i', 5)], [index('p', 5)]);
    expect(solution.guards).toEqual([]);
  });

  it('makes an equality of a repeated index', () => {
    const solution = expectSame([i, i], [index('i', 4)], [index('p', 4), index('q', 4)]);
    expect(solution.remaining).toEqual([]);
    expect(solution.guards).toHaveLength(1);
  });

  it('makes an equality of a constant index', () => {
    const solution = expectSame([constant(2)], [index('i', 3)], [index('p', 4)]);
    expect(remaining(solution)).toEqual(['i']);
    expect(solution.guards).toHaveLength(1);
  });

  it('keeps the kernel axis of a strided, padded window and guards divisibility', () => {
    const window = add(add(scale(j, 2), u), constant(-1));
    const solution = expectSame([window], [index('j', 8), index('u', 3)], [index('p', 15)]);
    expect(remaining(solution)).toEqual(['u']);
    expect(solution.guards.map(({ kind }) => kind)).toContain('zero');
  });

  it('recognises windows that do not overlap as div and mod', () => {
    const solution = expectSame([add(scale(j, 3), u)], [index('j', 4), index('u', 3)], [index('p', 12)]);
    expect(text(solution)).toEqual({ j: 'p div 3', u: 'p mod 3' });
    expect(solution.guards).toEqual([]);
  });

  it('keeps the short axis of a dilated window', () => {
    const solution = expectSame([add(j, scale(u, 2))], [index('j', 6), index('u', 3)], [index('p', 10)]);
    expect(remaining(solution)).toEqual(['u']);
  });

  it('keeps the output axis where the window is longer', () => {
    const solution = expectSame([add(j, u)], [index('j', 2), index('u', 6)], [index('p', 7)]);
    expect(remaining(solution)).toEqual(['j']);
  });

  it('inverts a split into rows and columns', () => {
    const ranges = rangesOf([index('i', 12)]);
    const maps = [divide(i, 4, ranges), modulo(i, 4, ranges)];
    const solution = expectSame(maps, [index('i', 12)], [index('p', 3), index('q', 4)]);
    expect(text(solution)).toEqual({ i: '4*p + q' });
    expect(solution.guards).toEqual([]);
    expect(solution.remaining).toEqual([]);
  });

  it('inverts a split in three levels with a ragged end', () => {
    const ranges = rangesOf([index('i', 22)]);
    const maps = [divide(i, 6, ranges), modulo(divide(i, 2, ranges), 3, ranges), modulo(i, 2, ranges)];
    const solution = expectSame(maps, [index('i', 22)], [index('p', 4), index('q', 3), index('r', 2)]);
    expect(solution.remaining).toEqual([]);
  });

  it('inverts a division alone: repeated elements', () => {
    const ranges = rangesOf([index('i', 7)]);
    const solution = expectSame([divide(i, 2, ranges)], [index('i', 7)], [index('p', 4)]);
    expect(solution.remaining).toEqual([{ name: 'i_mod', extent: 2 }]);
    expect(text(solution)).toEqual({ i: '2*p + i_mod' });
  });

  it('inverts a remainder alone: tiled elements', () => {
    const ranges = rangesOf([index('i', 8)]);
    const solution = expectSame([modulo(i, 4, ranges)], [index('i', 8)], [index('p', 4)]);
    expect(solution.remaining).toEqual([{ name: 'i_div', extent: 2 }]);
    expect(solution.guards).toEqual([]);
  });

  it('inverts a cyclic shift exactly', () => {
    const ranges = rangesOf([index('i', 5)]);
    const solution = expectSame([modulo(add(i, constant(2)), 5, ranges)], [index('i', 5)], [index('p', 5)]);
    expect(solution.remaining).toEqual([]);
    expect(solution.guards).toEqual([]);
  });

  it('inverts a reshape of one matrix into another', () => {
    const unknowns = [index('i', 4), index('j', 6)];
    const ranges = rangesOf(unknowns);
    const flat = add(scale(i, 6), j);
    const maps = [divide(flat, 8, ranges), modulo(flat, 8, ranges)];
    const solution = expectSame(maps, unknowns, [index('p', 3), index('q', 8)]);
    expect(solution.remaining).toEqual([]);
    expect(solution.guards).toEqual([]);
  });

  it('inverts a pixel shuffle', () => {
    const unknowns = [index('c', 2), index('h', 4), index('w', 6)];
    const ranges = rangesOf(unknowns);
    const [c, h, w] = unknowns.map(({ name }) => variable(name)) as [Affine, Affine, Affine];
    const channel = add(add(scale(c, 4), scale(modulo(h, 2, ranges), 2)), modulo(w, 2, ranges));
    const maps = [channel, divide(h, 2, ranges), divide(w, 2, ranges)];
    const solution = expectSame(maps, unknowns, [index('p', 8), index('q', 2), index('r', 3)]);
    expect(solution.remaining).toEqual([]);
    expect(solution.guards).toEqual([]);
  });

  it('solves a rotated lattice by elimination', () => {
    const maps = [add(i, j), add(add(i, scale(j, -1)), constant(3))];
    const solution = expectSame(maps, [index('i', 4), index('j', 4)], [index('p', 7), index('q', 7)]);
    expect(solution.remaining).toEqual([]);
  });

  it('gives the same points for random maps', () => {
    const unknowns = [index('i', 6), index('j', 4), index('u', 3)];
    const ranges = rangesOf(unknowns);
    const leaf = fc.constantFrom(...unknowns.map(({ name }) => variable(name)));
    const linear = fc
      .array(fc.tuple(leaf, fc.integer({ min: -4, max: 6 })), { minLength: 1, maxLength: 3 })
      .chain((terms) =>
        fc
          .integer({ min: -3, max: 3 })
          .map((shift) => terms.reduce((sum, [of, by]) => add(sum, scale(of, by)), constant(shift))),
      );
    const divisor = fc.integer({ min: 2, max: 7 });
    const divided = fc
      .tuple(linear, divisor, fc.boolean())
      .map(([of, by, whole]) => (whole ? divide : modulo)(of, by, ranges));
    const nested = fc
      .tuple(divided, linear, divisor, fc.boolean())
      .map(([a, b, by, whole]) => (whole ? divide : modulo)(add(a, b), by, ranges));
    const map = fc.oneof(
      linear,
      divided,
      nested,
      fc.tuple(linear, divided).map(([a, b]) => add(a, b)),
    );
    fc.assert(
      fc.property(fc.array(map, { minLength: 1, maxLength: 3 }), (maps) => {
        expectSame(
          maps,
          unknowns,
          maps.map((_, k) => index(`p${k}`, 5)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('inverts a flattened axis whose first digit is no longer than the whole', () => {
    const unknowns = [index('f', 24)];
    const ranges = rangesOf(unknowns);
    const f = variable('f');
    const maps = [divide(f, 8, ranges), modulo(divide(f, 4, ranges), 2, ranges), modulo(f, 4, ranges)];
    const solution = expectSame(maps, unknowns, [index('n', 3), index('h', 2), index('w', 4)]);
    expect(solution.remaining).toEqual([]);
    expect(solution.guards).toEqual([]);
  });

  it('gives the same points for digits of one number, at levels that overlap or not', () => {
    const unknowns = [index('i', 6), index('j', 8)];
    const ranges = rangesOf(unknowns);
    const [i, j] = unknowns.map(({ name }) => variable(name)) as [Affine, Affine];
    const dividend = fc.constantFrom(add(scale(i, 8), j), add(scale(j, 6), i), add(scale(i, 3), j), j);
    const divisor = fc.constantFrom(2, 3, 4, 6, 8, 12, 24);
    const digit = fc.record({
      kind: fc.constantFrom('div', 'mod', 'both'),
      by: divisor,
      of: divisor,
      shift: fc.constantFrom(0, 0, 1),
    });
    fc.assert(
      fc.property(dividend, fc.array(digit, { minLength: 2, maxLength: 3 }), (number, digits) => {
        const maps = digits.map(({ kind, by, of, shift }) => {
          const shifted = add(number, constant(shift));
          if (kind === 'both') return modulo(divide(shifted, by, ranges), of, ranges);
          return (kind === 'div' ? divide : modulo)(shifted, by, ranges);
        });
        expectSame(
          maps,
          unknowns,
          maps.map((_, k) => index(`p${k}`, 6)),
        );
      }),
      { numRuns: 200 },
    );
  });
});
