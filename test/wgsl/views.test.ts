/** A buffer is declared as an array of vectors or of scalars, and each access is as it is declared. */
import { describe, expect, test } from 'vitest';
import type { Affine } from '../../compiler/index/affine.ts';
import { add, constant, scale } from '../../compiler/index/build.ts';
import type { Buffer, Nest, Statement, Term } from '../../compiler/nest/nest.ts';
import { widen } from '../../compiler/nest/terms.ts';
import { violationsOf } from '../../compiler/nest/verify/index.ts';
import { withViews } from '../../compiler/wgsl/views.ts';
import { buffer, everyThread, load, nestOf, number } from '../support/nest-parts.ts';

const fourOf = (position: Affine): Term => ({ ...load(position), lanes: 4 }) as Term;
const at4 = scale(everyThread, 4);

const nest = (body: readonly Statement[], x: Buffer = buffer('x', 32)): Nest =>
  nestOf({ body, buffers: [x, buffer('y', 32, 'read_write')] });
const write = (position: Affine, value: Term): Statement => ({ kind: 'store', buffer: 1, position, value });

const bindings = [
  { values: [0], access: 'read' },
  { values: [1], access: 'read_write' },
] as const;

test('four elements at multiples of four are vectors', () => {
  const given = nest([write(at4, fourOf(at4))]);
  const { nest: viewed, lanes } = withViews(given);
  expect(lanes).toEqual([4, 4]);
  expect(viewed.body).toEqual(given.body);
});

describe('a buffer is read one by one', () => {
  const parts = (term: Term, at: Affine): void => {
    expect(term.kind === 'compose' && term.parts).toEqual(
      [0, 1, 2, 3].map((k) => load(add(at, constant(k)))),
    );
  };
  const valueIn = ({ body: [first] }: Nest): Term => (first as Extract<Statement, { kind: 'store' }>).value;
  test.each([
    ['whose positions are no multiples of four', nest([write(at4, fourOf(everyThread))]), everyThread],
    [
      'of which one read is of one element',
      nest([write(at4, fourOf(at4)), { kind: 'let', name: 't', value: load(constant(0)) }]),
      at4,
    ],
    ['whose size is no multiple of four', nest([write(at4, fourOf(at4))], buffer('x', 34)), at4],
  ])('%s', (_, given, position) => {
    const { nest: viewed, lanes } = withViews(given);
    expect(lanes).toEqual([1, 4]);
    parts(valueIn(viewed), position);
    expect(violationsOf(viewed, bindings)).toEqual([]);
  });
});

test('a buffer is written one by one where it must be', () => {
  const { nest: viewed, lanes } = withViews(nest([write(everyThread, widen(number(1)))]));
  expect(lanes[1]).toBe(1);
  expect(viewed.body).toEqual([0, 1, 2, 3].map((k) => write(add(everyThread, constant(k)), number(1))));
});
