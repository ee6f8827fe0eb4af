/** Statements that move elements: parts of axes, `concat`, `stack`, `split`, `reshape`, `flatten`, `transpose`. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { array, countOf, element, inserted, replaced, without } from './arrays.ts';
import {
  axisText,
  define,
  type Motif,
  mostElements,
  ofRank,
  ofShape,
  readAt,
  type Scope,
  shuffled,
} from './written-scope.ts';

/** `x[1:, :, -1]`. */
const part: Motif = (scope) => {
  const { random } = scope;
  const of = ofRank(scope, 1, 3);
  const axes = of.value.shape.map((extent) => {
    const kind = random.pick(['all', 'range', 'range', 'position'] as const);
    if (kind === 'all') return { text: ':', first: 0, count: extent, kept: true };
    const first = random.integer(0, extent - 1);
    if (kind === 'position')
      return { text: random.chance(0.5) ? `${first}` : `${first - extent}`, first, count: 1, kept: false };
    const end = random.integer(first + 1, extent);
    const from =
      first === 0 && random.chance(0.5) ? '' : random.chance(0.5) ? `${first}` : `${first - extent}`;
    const to =
      end === extent
        ? random.chance(0.5)
          ? ''
          : `${end}`
        : random.chance(0.5)
          ? `${end}`
          : `${end - extent}`;
    return { text: `${from}:${to}`, first, count: end - first, kept: true };
  });
  const shape = axes.filter(({ kept }) => kept).map(({ count }) => count);
  define(
    scope,
    'p',
    `${of.name}[${axes.map(({ text }) => text).join(', ')}]`,
    array(shape, (at) => {
      const rest = [...at];
      return readAt(
        of,
        axes.map(({ first, kept }) => (kept ? first + rest.shift()! : first)),
      );
    }),
  );
};

const joined: Motif = (scope) => {
  const { random } = scope;
  const a = ofRank(scope, 1, 3);
  const { shape } = a.value;
  const axis = random.integer(0, shape.length - 1);
  const first = random.integer(0, shape[axis]! - 1);
  const range = shape.map((_, k) => (k === axis ? `${first}:` : ':')).join(', ');
  const b = ofShape(scope, replaced(shape, axis, random.pick(scope.extents)));
  const parts: readonly (readonly [string, Tensor64])[] = [
    [a.name, a.value],
    [
      `cos(${a.name}[${range}])`,
      array(replaced(shape, axis, shape[axis]! - first), (at) =>
        Math.cos(readAt(a, replaced(at, axis, at[axis]! + first))),
      ),
    ],
    [b.name, b.value],
  ];
  const chosen = Array.from({ length: random.integer(2, 3) }, () => random.pick(parts));
  const length = chosen.reduce((sum, [, { shape }]) => sum + shape[axis]!, 0);
  const whole = replaced(shape, axis, length);
  if (countOf(whole) > mostElements) return;
  define(
    scope,
    'c',
    `concat(${chosen.map(([text]) => text).join(', ')}, over ${axisText(scope, axis, shape.length)})`,
    array(whole, (at) => {
      let p = at[axis]!;
      for (const [, value] of chosen) {
        if (p < value.shape[axis]!) return element(value, replaced(at, axis, p));
        p -= value.shape[axis]!;
      }
      throw new RangeError('past the last part');
    }),
  );
};

const stacked: Motif = (scope) => {
  const { random } = scope;
  const a = ofRank(scope, 0, 2);
  const b = ofShape(scope, a.value.shape);
  const rank = a.value.shape.length + 1;
  const axis = random.integer(0, rank - 1);
  const parts = Array.from({ length: random.integer(1, 3) }, () => random.pick([a, b]));
  const shape = inserted(a.value.shape, axis, parts.length);
  if (countOf(shape) > mostElements) return;
  const over = axis === 0 && random.chance(0.5) ? '' : `, over ${axisText(scope, axis, rank)}`;
  define(
    scope,
    'k',
    `stack(${parts.map(({ name }) => name).join(', ')}${over})`,
    array(shape, (at) => readAt(parts[at[axis]!]!, without(at, axis))),
  );
};

const parted: Motif = (scope) => {
  const { random, lines, known } = scope;
  const of = ofRank(scope, 1, 3);
  const { shape } = of.value;
  const axis = random.integer(0, shape.length - 1);
  const counts = [1, 2, 3, 4].filter((count) => shape[axis]! % count === 0 && count > 1);
  if (counts.length === 0) return;
  const count = random.pick(counts);
  const length = shape[axis]! / count;
  const names = Array.from({ length: count }, (_, k) => `q${lines.length}_${k}`);
  lines.push(
    `(${names.join(', ')}) = split(${of.name}, ${count}, over ${axisText(scope, axis, shape.length)})`,
  );
  names.forEach((name, k) => {
    const value = array(replaced(shape, axis, length), (at) =>
      readAt(of, replaced(at, axis, at[axis]! + k * length)),
    );
    known.push({ name, value });
  });
};

/** Factors whose product is the count, in an order. */
function factors(scope: Scope, count: number): readonly number[] {
  const { random } = scope;
  const result: number[] = [];
  let rest = count;
  while (result.length < 2) {
    const some = [1, 2, 3, 4, 5].filter((n) => rest % n === 0);
    const one = random.pick(some);
    result.push(one);
    rest /= one;
  }
  return shuffled(scope, [...result, rest]);
}

const reshaped: Motif = (scope) => {
  const { random } = scope;
  const of = ofRank(scope, 1, 3);
  const shape = factors(scope, of.value.data.length);
  const open = random.chance(0.5) ? random.integer(0, shape.length - 1) : -1;
  const text = shape.map((n, k) => (k === open ? '-1' : `${n}`)).join(', ');
  define(scope, 'r', `reshape(${of.name}, ${text})`, { shape, data: of.value.data });
};

const flattened: Motif = (scope) => {
  const { random } = scope;
  const of = ofRank(scope, 2, 3);
  const { shape, data } = of.value;
  if (random.chance(0.5)) {
    define(scope, 'f', `flatten(${of.name})`, { shape: [shape[0]!, data.length / shape[0]!], data });
    return;
  }
  const first = random.integer(0, shape.length - 2);
  const whole = [...shape.slice(0, first), shape[first]! * shape[first + 1]!, ...shape.slice(first + 2)];
  define(scope, 'f', `flatten(${of.name}, over (${first}, ${first + 1}))`, { shape: whole, data });
};

const transposed: Motif = (scope) => {
  const { random } = scope;
  const of = ofRank(scope, 2, 3);
  const { shape } = of.value;
  const rank = shape.length;
  const order = shuffled(scope, [...shape.keys()]);
  const plain = random.chance(0.5);
  const axes = plain ? [...shape.keys()].map((k) => (k < rank - 2 ? k : 2 * rank - 3 - k)) : order;
  define(
    scope,
    't',
    plain ? `transpose(${of.name})` : `transpose(${of.name}, over (${axes.join(', ')}))`,
    array(
      axes.map((axis) => shape[axis]!),
      (at) => {
        const from = axes.map(() => 0);
        axes.forEach((axis, k) => {
          from[axis] = at[k]!;
        });
        return readAt(of, from);
      },
    ),
  );
};

export const moves: readonly Motif[] = [part, part, joined, stacked, parted, reshaped, flattened, transposed];
