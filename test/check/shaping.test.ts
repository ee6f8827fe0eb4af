/** Ranges of axes, and functions that only move elements: against the same done on arrays, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';
import { checkText, shortly } from './check-text.ts';

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** All positions of a shape, row-major. */
const positions = (shape: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: count(shape) }, (_, flat) => {
    let rest = flat;
    return [...shape]
      .reverse()
      .map((extent) => {
        const position = rest % extent;
        rest = Math.floor(rest / extent);
        return position;
      })
      .reverse();
  });

const flatAt = (shape: readonly number[], position: readonly number[]): number =>
  position.reduce((flat, index, axis) => flat * shape[axis]! + index, 0);

/** What an expression of inputs of these shapes is; input k holds 100*k, 100*k + 1, … */
function evaluated(expression: string, shapes: Readonly<Record<string, readonly number[]>>) {
  const inputs = Object.entries(shapes).map(([name, shape]) => `input ${name}: f32[${shape.join(', ')}]`);
  const graph = graphOf(`model m {\n${inputs.join('\n')}\noutput result = ${expression}\n}`, 'run');
  const feeds = Object.entries(shapes).map(
    ([name, shape], k) => [name, tensor64(shape, valuesOf(shape, k))] as const,
  );
  const { shape, data } = evaluateWith(graph, Object.fromEntries(feeds)).results.get('result')!;
  return { shape: [...shape], data: [...data] };
}

const valuesOf = (shape: readonly number[], k = 0): readonly number[] =>
  Array.from({ length: count(shape) }, (_, flat) => 100 * k + flat);

const extents: fc.Arbitrary<number> = fc.constantFrom(1, 2, 3, 5);
const shapes = fc.array(extents, { minLength: 1, maxLength: 4 });
const shapeWithAxis = shapes.chain((shape) =>
  fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1), fromEnd: fc.boolean() }),
);
const runs = { numRuns: 60 };

describe('a range', () => {
  it('takes the positions from its first to before its end', () => {
    const cases = shapeWithAxis.chain(({ shape, axis }) =>
      fc.record({
        shape: fc.constant(shape),
        axis: fc.constant(axis),
        first: fc.nat(shape[axis]! - 1),
        spare: fc.nat(shape[axis]! - 1),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, axis, first, spare }) => {
        const end = Math.max(first + 1, shape[axis]! - spare);
        const before = ':, '.repeat(axis);
        const wanted = shape.map((extent, k) => (k === axis ? end - first : extent));
        const data = positions(wanted).map((at) =>
          flatAt(
            shape,
            at.map((p, k) => (k === axis ? p + first : p)),
          ),
        );
        const texts = [
          `${first}:${end}`,
          ...(end < shape[axis]! ? [`${first}:-${shape[axis]! - end}`] : [`${first}:`]),
          ...(first === 0 ? [`:${end}`] : [`-${shape[axis]! - first}:${end}`]),
        ];
        for (const text of texts)
          expect(evaluated(`x[${before}${text}]`, { x: shape })).toEqual({ shape: wanted, data });
      }),
      runs,
    );
  });

  it('stands in equations, and reads at computed positions', () => {
    expect(evaluated('sum[i: 2] x[1:][i + 1]', { x: [4] })).toEqual({ shape: [], data: [5] });
  });
});

describe('concat', () => {
  it('puts parts one after the other along an axis', () => {
    const cases = fc.record({
      at: shapeWithAxis,
      lengths: fc.array(extents, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(cases, ({ at: { shape, axis, fromEnd }, lengths }) => {
        const parts = lengths.map((length) => shape.map((extent, k) => (k === axis ? length : extent)));
        const names = parts.map((_, k) => `p${k}`);
        const wanted = shape.map((extent, k) => (k === axis ? lengths.reduce((a, b) => a + b) : extent));
        const data = positions(wanted).map((at) => {
          let [part, position] = [0, at[axis]!];
          while (position >= lengths[part]!) position -= lengths[part++]!;
          return (
            100 * part +
            flatAt(
              parts[part]!,
              at.map((p, k) => (k === axis ? position : p)),
            )
          );
        });
        const over = fromEnd ? axis - shape.length : axis;
        const inputs = Object.fromEntries(names.map((name, k) => [name, parts[k]!]));
        expect(evaluated(`concat(${names.join(', ')}, over ${over})`, inputs)).toEqual({
          shape: wanted,
          data,
        });
      }),
      runs,
    );
  });
});

describe('stack', () => {
  it('makes a new axis of the parts', () => {
    const cases = fc.record({
      shape: fc.array(extents, { maxLength: 3 }),
      many: fc.integer({ min: 1, max: 4 }),
      place: fc.nat(3),
    });
    fc.assert(
      fc.property(cases, ({ shape, many, place }) => {
        const axis = Math.min(place, shape.length);
        const names = Array.from({ length: many }, (_, k) => `p${k}`);
        const wanted = shape.toSpliced(axis, 0, many);
        const data = positions(wanted).map((at) => 100 * at[axis]! + flatAt(shape, at.toSpliced(axis, 1)));
        const inputs = Object.fromEntries(names.map((name) => [name, shape]));
        expect(evaluated(`stack(${names.join(', ')}, over ${axis})`, inputs)).toEqual({
          shape: wanted,
          data,
        });
      }),
      runs,
    );
  });
});

describe('transpose', () => {
  it('puts the axes in the given order, or swaps the last two', () => {
    const cases = shapes
      .filter(({ length }) => length > 1)
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, order }) => {
        const of = (axes: readonly number[]) => {
          const wanted = axes.map((axis) => shape[axis]!);
          const data = positions(wanted).map((at) =>
            flatAt(
              shape,
              shape.map((_, axis) => at[axes.indexOf(axis)]!),
            ),
          );
          return { shape: wanted, data };
        };
        expect(evaluated(`transpose(x, over (${order.join(', ')}))`, { x: shape })).toEqual(of(order));
        const swapped = [...shape.keys()].slice(0, -2).concat(shape.length - 1, shape.length - 2);
        expect(evaluated('transpose(x)', { x: shape })).toEqual(of(swapped));
      }),
      runs,
    );
  });
});

describe('reshape and flatten', () => {
  it('keep the elements in order', () => {
    const cases = fc.record({
      shape: shapes,
      cuts: fc.array(fc.nat(3), { maxLength: 2 }),
      free: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ shape, cuts, free }) => {
        const groups: number[] = [...shape];
        for (const cut of cuts) {
          const at = cut % Math.max(1, groups.length - 1);
          if (groups.length > 1) groups.splice(at, 2, groups[at]! * groups[at + 1]!);
        }
        const lengths = [...groups].reverse();
        const written = lengths.map((length, k) => (free && k === 0 ? -1 : length));
        const data = valuesOf(shape);
        expect(evaluated(`x |> reshape(${written.join(', ')})`, { x: shape })).toEqual({
          shape: lengths,
          data,
        });
        if (shape.length > 1) {
          expect(evaluated('x |> flatten', { x: shape })).toEqual({
            shape: [shape[0]!, count(shape.slice(1))],
            data,
          });
          const merged = shape.toSpliced(0, 2, shape[0]! * shape[1]!);
          expect(evaluated('flatten(x, over (0, 1))', { x: shape })).toEqual({ shape: merged, data });
        }
      }),
      runs,
    );
  });
});

describe('the type of an argument', () => {
  it('has a rank, and an extent along each axis', () => {
    expect(
      evaluated('x[0, 0] * (100*rank(x) + 10*extent(x, 0) + extent(x, -1)) + x[1, 1]', { x: [2, 3] }).data,
    ).toEqual([4]);
    expect(evaluated('x[0, 0] + 10 * rank(3) + rank(true)', { x: [2, 3] }).data).toEqual(
      evaluated('x[0, 0]', { x: [2, 3] }).data,
    );
    const text = 'model m {\n input x: f32[2, 3]\n output y[i: extent(x, 1)] = x[0, i] * rank(x)\n}';
    expect(checkText(text).program!.outputs[0]!.tensor.dims.map(({ extent }) => extent)).toEqual([3]);
  });
});

describe('what moves elements is refused', () => {
  it.each([
    ['x[2:2]', 'NN348 3:14 the range 2:2 is no part of an axis of B = 32'],
    ['x[:, 1:4]', 'NN348 3:17 the range 1:4 is no part of an axis of 3'],
    ['x[:, -4:]', 'NN348 3:17 the range -1:3 is no part of an axis of 3'],
    ['x[:, 0.5:]', 'NN349 3:17 expected a whole number that is known while compiling, found the number 0.5'],
    ['x[:, 0:x[0, 0]]', 'NN349 3:19 expected a whole number that is known while compiling, found f32'],
    ['concat(x, x)', 'NN352 3:12 concat needs one axis'],
    ['concat(x, x, over (0, 1))', 'NN352 3:12 concat needs one axis'],
    ['concat(x, x, over 2)', 'NN317 3:30 f32[B = 32, 3] has no axis 2'],
    [
      'concat(x, mean(x, over 0), over 0)',
      'NN350 3:22 concat needs equal shapes but for axis 0, found f32[B = 32, 3] and f32[3]',
    ],
    ['concat(x, 3, over 0)', 'NN352 3:22 concat needs a tensor, found the number 3'],
    ['concat(x, x > 0, over 0)', 'NN352 3:22 concat needs parts of one type, found bool[B = 32, 3]'],
    ['stack(x, x[0])', 'NN309'],
    ['stack(x, x[0, :])', 'NN350 3:21 stack needs equal shapes'],
    ['reshape(x, 5, -1)', 'NN351 3:12 f32[B = 32, 3] has 96 elements, which do not fill [5, -1]'],
    ['reshape(x, 0, 96)', 'NN326 3:23 a dimension of length 0'],
    ['reshape(x, -1, -1)', 'NN326 3:27 a dimension of length -1'],
    ['reshape(x, x)', 'NN325 3:23 expected a whole number'],
    ['flatten(stack(x, x), over (0, 2))', 'NN352 3:12 flatten needs axes that are neighbours'],
    ['transpose(x, over 0)', 'NN352 3:12 transpose needs all 2 axes, each once'],
    ['transpose(x[0, :])', 'NN352 3:12 transpose needs one tensor of two axes or more'],
    ['x * concat()', 'NN352 3:16 concat needs a tensor'],
    ['concat(x, over 0, axis = 1)', 'NN224'],
    ['x * extent(x, 2)', 'NN352 3:16 extent needs an axis from 0 to 1'],
  ])('%s', (expression, problem) => {
    const said = shortly(
      checkText(`model m {\n  input x: f32[B, 3]\noutput y = ${expression}\n}`, { set: { B: 32 } }),
    );
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(problem);
  });
});
