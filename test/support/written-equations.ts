/** Statements that compute: element by element, reductions, equations that read at several points, `repeat`, products. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { array, element, positionsOf, replaced } from './arrays.ts';
import {
  axisText,
  define,
  type Known,
  letters,
  type Motif,
  mostElements,
  ofRank,
  ofShape,
  readAt,
  readText,
  squash,
} from './written-scope.ts';

/** `tanh(a + 0.5 * b)`, b of the same shape or a number. */
const combined: Motif = (scope) => {
  const { random } = scope;
  const a = ofRank(scope, 0, 3);
  const b = ofShape(scope, random.chance(0.2) ? [] : a.value.shape);
  const [fn, f] = squash(scope);
  define(
    scope,
    'v',
    `${fn}(${a.name} + 0.5 * ${b.name})`,
    array(a.value.shape, (at) => f(readAt(a, at) + 0.5 * readAt(b, b.value.shape.length === 0 ? [] : at))),
  );
};

/** Axes of one element are repeated. */
const repeated: Motif = (scope) => {
  const { random } = scope;
  const a = ofRank(scope, 1, 3);
  const b = ofShape(
    scope,
    a.value.shape.map((n) => (random.chance(0.5) ? 1 : n)),
  );
  define(
    scope,
    'v',
    `${a.name} - sin(${b.name})`,
    array(
      a.value.shape,
      (at) =>
        readAt(a, at) -
        Math.sin(
          readAt(
            b,
            at.map((p, k) => (b.value.shape[k] === 1 ? 0 : p)),
          ),
        ),
    ),
  );
};

const reducers: Readonly<Record<string, (all: readonly number[]) => number>> = {
  sum: (all) => all.reduce((a, b) => a + b, 0),
  mean: (all) => all.reduce((a, b) => a + b, 0) / all.length,
  logsumexp: (all) => Math.log(all.reduce((a, b) => a + Math.exp(b), 0)),
  max: (all) => Math.max(...all),
  min: (all) => Math.min(...all),
};

const reduced: Motif = (scope) => {
  const { random, smooth } = scope;
  const of = ofRank(scope, 1, 3);
  const { shape } = of.value;
  const axes = [...shape.keys()].filter(() => random.chance(0.5));
  if (axes.length === 0) axes.push(random.integer(0, shape.length - 1));
  const keep = random.chance(0.5);
  const by = random.pick(smooth ? ['sum', 'mean', 'logsumexp'] : Object.keys(reducers));
  const kept = shape.flatMap((n, k) => (axes.includes(k) ? (keep ? [1] : []) : [n]));
  const over =
    axes.length === 1 && random.chance(0.5)
      ? axisText(scope, axes[0]!, shape.length)
      : `(${axes.join(', ')})`;
  define(
    scope,
    'm',
    `tanh(${by}(${of.name}, over ${over}${keep ? ', keep = true' : ''}))`,
    array(kept, (at) => {
      const rest = keep ? withoutAxes(at, axes) : [...at];
      const all = positionsOf(shape)
        .filter((position) => withoutAxes(position, axes).every((p, k) => p === rest[k]))
        .map((position) => readAt(of, position));
      return Math.tanh(reducers[by]!(all));
    }),
  );
};

const withoutAxes = (position: readonly number[], axes: readonly number[]): readonly number[] =>
  position.filter((_, k) => !axes.includes(k));

/** An equation that reads one tensor at several points. */
const equation: Motif = (scope) => {
  const { random, lines } = scope;
  const of = ofRank(scope, 1, 2);
  const { shape } = of.value;
  const names = letters.slice(0, shape.length);
  const name = `e${lines.length}`;
  const terms: (readonly [string, (at: readonly number[]) => number])[] = [
    [readText(of, names), (at) => readAt(of, at)],
  ];
  for (let k = random.integer(1, 2); k > 0; k--) {
    const axis = random.integer(0, shape.length - 1);
    const extent = shape[axis]!;
    const index = names[axis]!;
    const by = random.pick([-1, 1, 2]);
    const at = random.integer(0, extent - 1);
    const other = shape.length === 2 && shape[0] === shape[1];
    const reading = (position: readonly string[]): string => readText(of, position);
    terms.push(
      random.pick<readonly [string, (at: readonly number[]) => number]>([
        [
          `(${reading(replaced(names, axis, `${index} ${by < 0 ? '-' : '+'} ${Math.abs(by)}`))} else 0.25)`,
          (p) =>
            p[axis]! + by >= 0 && p[axis]! + by < extent
              ? readAt(of, replaced(p, axis, p[axis]! + by))
              : 0.25,
        ],
        [reading(replaced(names, axis, `${at}`)), (p) => readAt(of, replaced(p, axis, at))],
        [
          reading(replaced(names, axis, `${extent - 1} - ${index}`)),
          (p) => readAt(of, replaced(p, axis, extent - 1 - p[axis]!)),
        ],
        ...(other
          ? [[reading(names.toReversed()), (p: readonly number[]) => readAt(of, p.toReversed())] as const]
          : []),
        [
          `(sum[s: ${extent} where s <= ${index}] ${reading(replaced(names, axis, 's'))})`,
          (p) =>
            Array.from({ length: p[axis]! + 1 }, (_, s) => readAt(of, replaced(p, axis, s))).reduce(
              (a, b) => a + b,
            ),
        ],
      ]),
    );
  }
  const binders = names.map((letter, k) => `${letter}: ${shape[k]}`).join(', ');
  lines.push(`${name}[${binders}] = sin(${terms.map(([text]) => text).join(' + ')})`);
  scope.known.push({
    name,
    value: array(shape, (at) => Math.sin(terms.reduce((sum, [, value]) => sum + value(at), 0))),
  });
};

/** What each pass of `repeat` does with what was there. */
const again: Motif = (scope) => {
  const { random, lines, known } = scope;
  const from = ofRank(scope, 1, 3);
  const { shape } = from.value;
  const passes = random.integer(0, 3);
  const name = `h${lines.length}`;
  const square = shape.length >= 2 && shape.at(-1) === shape.at(-2);
  const turn = square && random.chance(0.4);
  const grow = random.chance(0.3) && from.value.data.length * 2 ** passes <= mostElements;
  lines.push(`${name} = 0.5 * ${from.name}`);
  let value: Tensor64 = { shape, data: from.value.data.map((x) => 0.5 * x) };
  if (grow) {
    lines.push(`repeat ${passes} { ${name} = concat(${name}, sin(${name}), over -1) }`);
    for (let pass = 0; pass < passes; pass++) {
      const before = value;
      const n = before.shape.at(-1)!;
      value = array([...before.shape.slice(0, -1), 2 * n], (at) => {
        const p = at.at(-1)!;
        const x = element(before, [...at.slice(0, -1), p % n]);
        return p < n ? x : Math.sin(x);
      });
    }
  } else {
    const inside = turn ? `transpose(${name})` : name;
    lines.push(
      `repeat ${passes} {\n    w = tanh(${inside} + ${from.name})\n    ${name} = w - 0.5 * ${name}\n  }`,
    );
    for (let pass = 0; pass < passes; pass++) {
      const before = value;
      const rank = shape.length;
      value = array(shape, (at) => {
        const other = turn ? [...at.slice(0, rank - 2), at[rank - 1]!, at[rank - 2]!] : at;
        return Math.tanh(element(before, other) + readAt(from, at)) - 0.5 * element(before, at);
      });
    }
  }
  known.push({ name, value });
};

/** A softmax of the prelude, along any axis. */
const normalised: Motif = (scope) => {
  const of: Known = ofRank(scope, 1, 3);
  const { shape } = of.value;
  const last = shape.length - 1;
  define(
    scope,
    's',
    `softmax(${of.name})`,
    array(shape, (at) => {
      const all = Array.from({ length: shape[last]! }, (_, k) => Math.exp(readAt(of, replaced(at, last, k))));
      return all[at[last]!]! / all.reduce((a, b) => a + b);
    }),
  );
};

/** A product with a tensor of the model, with one of its axes the shared one. */
const product: Motif = (scope) => {
  const { random, lines, known, extents } = scope;
  const a = ofRank(scope, 2);
  const [n, m] = a.value.shape as readonly [number, number];
  const o = random.pick(extents);
  const b = ofShape(scope, [o, m]);
  const name = `d${lines.length}`;
  lines.push(`${name}[i, o] = tanh(sum[k] ${a.name}[i, k] * ${b.name}[o, k])`);
  known.push({
    name,
    value: array([n, o], ([i, q]) => {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += readAt(a, [i!, k]) * readAt(b, [q!, k]);
      return Math.tanh(sum);
    }),
  });
};

export const equations: readonly Motif[] = [
  combined,
  repeated,
  reduced,
  equation,
  again,
  normalised,
  product,
];
