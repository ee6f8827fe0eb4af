/** Embeddings, positions, attention and the blocks of transformers, each in plain loops. */

import { softmaxOf } from './activations.ts';
import { filled, positions, type Reader, reader, sumOver } from './arrays.ts';
import {
  average,
  given,
  ofAnyShape,
  type Probe,
  type ProbeInput,
  rows,
  type Shape,
  tensor,
  width,
} from './probe.ts';

type Rows = readonly (readonly number[])[];
type Mask = (t: number, s: number) => boolean;

const everything: Mask = () => true;

type Shapes = Readonly<Record<string, Shape>>;

/** What a mask is of row b of a batch, from the numbers that a probe is given. */
type MaskOf = (v: Values, shapes: Shapes, b: number) => Mask;

/** `m > 0` of m[S], m[B, S] or m[B, T, S]. */
const keptOnly: MaskOf =
  ({ m }, shapes, b) =>
  (t, s) => {
    const own = shapes.m!;
    const at = own.length === 1 ? [s] : own.length === 2 ? [b, s] : [b, t, s];
    return reader(m!, own)(...at.map((index, axis) => index % own[axis]!)) > 0;
  };
const both =
  (...masks: readonly MaskOf[]): MaskOf =>
  (...row) =>
  (t, s) =>
    masks.every((mask) => mask(...row)(t, s));
const all: MaskOf = () => everything;
const causal: MaskOf = () => (t, s) => s <= t;

const dot = (a: readonly number[], b: readonly number[]): number => sumOver(a.length, (k) => a[k]! * b[k]!);

/** Softmax over some of the elements. */
function softmaxWhere(row: readonly number[], keep: (c: number) => boolean): readonly number[] {
  const kept = row.flatMap((value, c) => (keep(c) ? [value] : []));
  const found = softmaxOf(kept);
  const places = positions(row.length).filter(keep);
  return row.map((_, c) => (keep(c) ? found[places.indexOf(c)]! : 0));
}

const weightsOf = (q: Rows, k: Rows, mask: Mask): Rows =>
  q.map((query, t) =>
    softmaxWhere(
      k.map((key) => dot(query, key) / Math.sqrt(query.length)),
      (s) => mask(t, s),
    ),
  );

/** The mean of the rows of v for each row of weights. */
const mixed = (weights: Rows, v: Rows): Rows =>
  weights.map((row) => positions(v[0]!.length).map((e) => sumOver(v.length, (s) => row[s]! * v[s]![e]!)));

const attended = (q: Rows, k: Rows, v: Rows, mask: Mask): Rows => mixed(weightsOf(q, k, mask), v);

const affine = (x: Rows, W: Rows, b: readonly number[]): Rows =>
  x.map((row) => W.map((weights, o) => dot(weights, row) + b[o]!));

/** The matrices of a tensor, along its leading axes. */
const matrices = (values: readonly number[], T: number, C: number): readonly Rows[] =>
  rows(values, T * C).map((matrix) => rows(matrix, C));

type Values = Readonly<Record<string, readonly number[]>>;

interface Sizes {
  readonly heads: number;
  readonly C: number;
  readonly D: number;
  readonly E: number;
}

const multiHeadInputs = (path: string, { heads, C, D, E }: Sizes): Readonly<Record<string, ProbeInput>> => {
  const K = C / heads;
  const weights = (shape: Shape): ProbeInput => tensor(shape, [-1, 1]);
  return {
    [`${path}.Wq`]: weights([heads, K, C]),
    [`${path}.Wk`]: weights([heads, K, D]),
    [`${path}.Wv`]: weights([heads, K, E]),
    [`${path}.Wo`]: weights([C, heads, K]),
    [`${path}.bq`]: weights([heads, K]),
    [`${path}.bk`]: weights([heads, K]),
    [`${path}.bv`]: weights([heads, K]),
    [`${path}.bo`]: weights([C]),
  };
};

function multiHead(
  v: Values,
  path: string,
  q: Rows,
  k: Rows,
  values: Rows,
  { heads, C, D, E }: Sizes,
  mask: Mask,
): Rows {
  const K = C / heads;
  const part = (name: string, width: number, h: number): Rows =>
    rows(v[`${path}.${name}`]!.slice(h * K * width, (h + 1) * K * width), width);
  const none = positions(C).map(() => 0);
  const bias = (name: string, h: number): readonly number[] =>
    (v[`${path}.${name}`] ?? none).slice(h * K, (h + 1) * K);
  const each = positions(heads).map((h) =>
    attended(
      affine(q, part('Wq', C, h), bias('bq', h)),
      affine(k, part('Wk', D, h), bias('bk', h)),
      affine(values, part('Wv', E, h), bias('bv', h)),
      mask,
    ),
  );
  const joined = q.map((_, t) => each.flatMap((head) => head[t]!));
  return affine(joined, rows(v[`${path}.Wo`]!, C), v[`${path}.bo`] ?? none);
}

const layerNorm = (x: Rows, gamma: readonly number[], beta: readonly number[]): Rows =>
  x.map((row) => {
    const m = average(row);
    const v = average(row.map((value) => (value - m) ** 2));
    return row.map((value, c) => (gamma[c]! * (value - m)) / Math.sqrt(v + 1e-5) + beta[c]!);
  });

const plus = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, c) => value + b[t]![c]!));

const feedForward = (
  v: Values,
  path: string,
  x: Rows,
  C: number,
  hidden: number,
  f: (x: number) => number,
): Rows =>
  affine(
    affine(x, rows(v[`${path}.wide.W`]!, C), v[`${path}.wide.b`]!).map((row) => row.map(f)),
    rows(v[`${path}.narrow.W`]!, hidden),
    v[`${path}.narrow.b`]!,
  );

const feedInputs = (path: string, C: number, hidden: number): Readonly<Record<string, ProbeInput>> => ({
  [`${path}.wide.W`]: tensor([hidden, C], [-1, 1]),
  [`${path}.wide.b`]: tensor([hidden], [-1, 1]),
  [`${path}.narrow.W`]: tensor([C, hidden], [-1, 1]),
  [`${path}.narrow.b`]: tensor([C], [-1, 1]),
});

const normInputs = (path: string, C: number): Readonly<Record<string, ProbeInput>> => ({
  [`${path}.gamma`]: tensor([C], [0.5, 2]),
  [`${path}.beta`]: tensor([C], [-1, 1]),
});

const onNorm = (v: Values, path: string, x: Rows): Rows =>
  layerNorm(x, v[`${path}.gamma`]!, v[`${path}.beta`]!);

const one = (x: number): number => Math.tanh(x);

/** One part of a block: around it a connection, and a norm before or after. */
const around = (v: Values, norm: string, first: boolean, x: Rows, part: (x: Rows) => Rows): Rows =>
  first ? plus(x, part(onNorm(v, norm, x))) : onNorm(v, norm, plus(x, part(x)));

const encoder = (settings: string, first: boolean, mask: MaskOf): Probe => {
  const [T, hidden] = [3, 5];
  return ofAnyShape(
    {
      of: 'TransformerEncoder',
      instance: `e = TransformerEncoder(2, ${hidden}, activation = tanh_of${settings})`,
      call: mask === keptOnly ? 'e(x, keep = m > 0)' : 'e(x)',
      helpers: 'fn tanh_of(x) = tanh(x)',
      inputs: {
        x: tensor([2, T, 4]),
        ...(mask === keptOnly ? { m: given('i32', [2, T], [1, 1, 0, 1, 1, 0]) } : {}),
        ...multiHeadInputs('e.attend', { heads: 2, C: 4, D: 4, E: 4 }),
        ...feedInputs('e.feed', 4, hidden),
        ...normInputs('e.norm1', 4),
        ...normInputs('e.norm2', 4),
      },
      resultShape: [2, T, 4],
      differentiable: ['x', 'e.attend.Wq', 'e.norm1.gamma', 'e.feed.wide.W'],
    },
    (shapes) => (v) => {
      const [, length, C] = shapes.x as readonly [number, number, number];
      const sizes: Sizes = { heads: 2, C, D: C, E: C };
      return matrices(v.x!, length, C).flatMap((x, b) => {
        const own = mask(v, shapes, b);
        const h = around(v, 'e.norm1', first, x, (a) => multiHead(v, 'e.attend', a, a, a, sizes, own));
        return around(v, 'e.norm2', first, h, (a) => feedForward(v, 'e.feed', a, C, hidden, one)).flat();
      });
    },
  );
};

const decoder = (settings: string, first: boolean, mask: MaskOf = all): Probe => {
  const [T, S, hidden] = [3, mask === all ? 2 : 3, 5];
  return ofAnyShape(
    {
      of: 'TransformerDecoder',
      instance: `e = TransformerDecoder(2, ${hidden}, activation = tanh_of${settings})`,
      call: mask === all ? 'e(x, memory)' : 'e(x, memory, keep = m > 0)',
      helpers: 'fn tanh_of(x) = tanh(x)',
      inputs: {
        x: tensor([1, T, 4]),
        memory: tensor([1, S, 3]),
        ...(mask === all ? {} : { m: given('i32', [1, S], [1, 1, 0]) }),
        ...multiHeadInputs('e.attend', { heads: 2, C: 4, D: 4, E: 4 }),
        ...multiHeadInputs('e.ask', { heads: 2, C: 4, D: 3, E: 3 }),
        ...feedInputs('e.feed', 4, hidden),
        ...normInputs('e.norm1', 4),
        ...normInputs('e.norm2', 4),
        ...normInputs('e.norm3', 4),
      },
      resultShape: [1, T, 4],
      differentiable: ['x', 'memory', 'e.ask.Wv', 'e.norm3.beta'],
    },
    (shapes) => (v) => {
      const [C, D] = [width(shapes.x), width(shapes.memory)];
      const memory = rows(v.memory!, D);
      const [own, across] = [causal(v, shapes, 0), mask(v, shapes, 0)];
      const h = around(v, 'e.norm1', first, rows(v.x!, C), (a) =>
        multiHead(v, 'e.attend', a, a, a, { heads: 2, C, D: C, E: C }, own),
      );
      const g = around(v, 'e.norm2', first, h, (a) =>
        multiHead(v, 'e.ask', a, memory, memory, { heads: 2, C, D, E: D }, across),
      );
      return around(v, 'e.norm3', first, g, (a) => feedForward(v, 'e.feed', a, C, hidden, one)).flat();
    },
  );
};

const heads = (
  settings: string,
  call: string,
  { C, D, E }: Omit<Sizes, 'heads'>,
  [T, S]: readonly [number, number],
  mask: MaskOf,
  given: Readonly<Record<string, ProbeInput>> = {},
): Probe => {
  const sizes: Sizes = { heads: 2, C, D, E };
  const hasBias = !settings.includes('bias = false');
  const own = Object.entries(multiHeadInputs('a', sizes)).filter(([name]) => hasBias || !/\.b.$/.test(name));
  const names = [...call.matchAll(/\b[xkv]\b/g)].map(([name]) => name!);
  const widths: Readonly<Record<string, Shape>> = { x: [2, T, C], k: [2, S, D], v: [2, S, E] };
  return ofAnyShape(
    {
      of: 'MultiHeadAttention',
      instance: `a = MultiHeadAttention(2${settings})`,
      call,
      inputs: {
        ...Object.fromEntries(names.map((name) => [name, tensor(widths[name]!, [-1, 1])])),
        ...given,
        ...Object.fromEntries(own),
      },
      resultShape: [2, T, C],
      differentiable: [...names, ...own.map(([name]) => name).filter((name) => name !== 'a.bk')],
    },
    (shapes) => (v) => {
      const part = (name: string): readonly Rows[] =>
        matrices(v[name]!, shapes[name]![1]!, width(shapes[name]));
      const q = part('x');
      const k = v.k === undefined ? q : part('k');
      const values = v.v === undefined ? k : part('v');
      const D = width(shapes.k ?? shapes.x);
      const all: Sizes = { heads: 2, C: width(shapes.x), D, E: width(shapes.v ?? shapes.k ?? shapes.x) };
      return q.flatMap((query, b) =>
        multiHead(v, 'a', query, k[b]!, values[b]!, all, mask(v, shapes, b)).flat(),
      );
    },
  );
};

const attentionProbe = (
  of: string,
  settings: string,
  [T, S]: readonly [number, number],
  mask: MaskOf,
  given: Readonly<Record<string, ProbeInput>> = {},
): Probe => {
  const isWhole = of === 'attention';
  return ofAnyShape(
    {
      of,
      call: `${of}(q, k${isWhole ? ', v' : ''}${settings})`,
      inputs: {
        q: tensor([2, 3, T, 5]),
        k: tensor([2, 3, S, 5]),
        ...(isWhole ? { v: tensor([2, 3, S, 2]) } : {}),
        ...given,
      },
      resultShape: isWhole ? [2, 3, T, 2] : [2, 3, T, S],
      differentiable: isWhole ? ['q', 'k', 'v'] : ['q', 'k'],
    },
    (shapes) => (v) => {
      const part = (name: string): readonly Rows[] =>
        matrices(v[name]!, shapes[name]![2]!, width(shapes[name]));
      const [q, k] = [part('q'), part('k')];
      return q.flatMap((query, m) => {
        const weights = weightsOf(query, k[m]!, mask(v, shapes, m));
        return (isWhole ? mixed(weights, part('v')[m]!) : weights).flat();
      });
    },
  );
};

const angle = (t: number, pair: number, C: number, base: number): number => t / base ** ((2 * pair) / C);

const turned =
  (x: Reader, C: number, base: number, partner: (i: number) => readonly [number, number]): Reader =>
  (m, t, c) => {
    const pair = positions(C / 2).find((i) => partner(i).includes(c!))!;
    const [first, second] = partner(pair);
    const a = angle(t!, pair, C, base);
    return c === first
      ? x(m!, t!, first) * Math.cos(a) - x(m!, t!, second) * Math.sin(a)
      : x(m!, t!, first) * Math.sin(a) + x(m!, t!, second) * Math.cos(a);
  };

const rotaryProbe = (
  settings: string,
  shape: Shape,
  base: number,
  partner: (i: number, C: number) => readonly [number, number],
): Probe =>
  ofAnyShape(
    {
      of: 'rotary',
      call: `rotary(x${settings})`,
      inputs: { x: tensor(shape) },
      resultShape: shape,
      differentiable: ['x'],
    },
    (shapes) =>
      ({ x }) => {
        const C = width(shapes.x);
        return filled(
          shapes.x!,
          turned(reader(x!, shapes.x!), C, base, (i) => partner(i, C)),
        );
      },
  );

const additive = (call: string, mask: MaskOf, part: 'context' | 'weights' = 'context'): Probe =>
  ofAnyShape(
    {
      of: 'AdditiveAttention',
      instance: `a = AdditiveAttention(3)\n  (${part === 'context' ? 'context, _' : '_, weights'}) = ${call}`,
      call: part,
      inputs: {
        q: tensor([2, 5]),
        k: tensor([2, 3, 4]),
        ...(mask === keptOnly ? { m: given('i32', [2, 3], [1, 1, 0, 1, 1, 0]) } : {}),
        'a.W': tensor([3, 5], [-1, 1]),
        'a.U': tensor([3, 4], [-1, 1]),
        'a.v': tensor([3], [-1, 1]),
      },
      resultShape: part === 'context' ? [2, 4] : [2, 3],
      differentiable: ['q', 'k', 'a.W', 'a.U', 'a.v'],
    },
    (shapes) => (v) => {
      const [, S, K] = shapes.k as readonly [number, number, number];
      const [W, U] = [rows(v['a.W']!, width(shapes.q)), rows(v['a.U']!, K)];
      return rows(v.q!, width(shapes.q)).flatMap((q, b) => {
        const keys = matrices(v.k!, S, K)[b]!;
        const scores = keys.map((key) =>
          sumOver(3, (u) => v['a.v']![u]! * Math.tanh(dot(W[u]!, q) + dot(U[u]!, key))),
        );
        const own = mask(v, shapes, b);
        const weights = softmaxWhere(scores, (s) => own(0, s));
        return part === 'weights' ? weights : mixed([weights], keys).flat();
      });
    },
  );

export const attentionProbes: readonly Probe[] = [
  ofAnyShape(
    {
      of: 'Embedding',
      instance: 'e = Embedding(5, 3)',
      call: 'e(t)',
      inputs: { t: given('i32', [2, 2], [4, 0, 1, 4]), 'e.W': tensor([5, 3]) },
      resultShape: [2, 2, 3],
      differentiable: ['e.W'],
    },
    () => (v) => v.t!.flatMap((id) => rows(v['e.W']!, 3)[id]!),
  ),
  {
    of: 'sinusoid_positions',
    call: 'sinusoid_positions(5, 7) * x',
    inputs: { x: given('f32', [1], [1]) },
    resultShape: [5, 7],
    formula: () =>
      filled([5, 7], (t, i) => (i! % 2 === 0 ? Math.sin : Math.cos)(angle(t!, Math.floor(i! / 2), 7, 10000))),
    differentiable: ['x'],
  },
  ofAnyShape(
    {
      of: 'LearnedPositions',
      instance: 'p = LearnedPositions(7)',
      call: 'p(x)',
      inputs: { x: tensor([2, 3, 2]), 'p.W': tensor([7, 2]) },
      resultShape: [2, 3, 2],
      differentiable: ['x', 'p.W'],
    },
    ({ x }) =>
      (v) =>
        v.x!.map((value, k) => value + v['p.W']![k % (x![1]! * x![2]!)]!),
  ),
  rotaryProbe('', [2, 5, 6], 10000, (i) => [2 * i, 2 * i + 1]),
  rotaryProbe(', base = 100, halves = true', [1, 3, 4], 100, (i, C) => [i, i + C / 2]),
  ofAnyShape(
    {
      of: 'masked_softmax',
      call: 'masked_softmax(x, m > 0)',
      inputs: { x: tensor([2, 3, 3]), m: given('i32', [3, 3], [1, 1, 1, 0, 1, 0, 0, 0, 0]) },
      resultShape: [2, 3, 3],
      differentiable: ['x'],
    },
    ({ x, m }) =>
      (v) => {
        const keep = reader(v.m!, m!);
        return rows(v.x!, width(x)).flatMap((row, r) =>
          softmaxWhere(row, (c) => keep((r % x![1]!) % m![0]!, c % m![1]!) > 0),
        );
      },
  ),
  attentionProbe('attention_weights', '', [3, 5], all),
  attentionProbe('attention_weights', ', causal = true', [4, 4], causal),
  attentionProbe('attention', '', [1, 3], all),
  attentionProbe('attention', ', causal = true', [3, 3], causal),
  attentionProbe('attention', ', m > 0', [2, 3], keptOnly, { m: given('i32', [3], [1, 1, 0]) }),
  attentionProbe('attention', ', m > 0, causal = true', [3, 3], both(keptOnly, causal), {
    m: given('i32', [3], [1, 1, 0]),
  }),
  heads('', 'a(x)', { C: 4, D: 4, E: 4 }, [3, 3], all),
  heads(', causal = true', 'x |> a', { C: 6, D: 6, E: 6 }, [3, 3], causal),
  heads(', bias = false', 'a(x)', { C: 6, D: 6, E: 6 }, [2, 2], all),
  heads('', 'a(x, k)', { C: 4, D: 3, E: 3 }, [2, 3], all),
  heads('', 'a(x, k, v, m > 0)', { C: 4, D: 3, E: 5 }, [2, 3], keptOnly, {
    m: given('i32', [2, 3], [1, 1, 0, 1, 1, 0]),
  }),
  heads('', 'a(x, k, keep = m > 0)', { C: 2, D: 3, E: 3 }, [2, 3], keptOnly, {
    m: given('i32', [2, 2, 3], [0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1]),
  }),
  additive('a(q, k)', all),
  additive('a(q, k, m > 0)', keptOnly),
  additive('a(q, k)', all, 'weights'),
  additive('a(q, k, m > 0)', keptOnly, 'weights'),
  ofAnyShape(
    {
      of: 'FeedForward',
      instance: 'f = FeedForward(5)',
      call: 'f(x)',
      inputs: { x: tensor([3, 2]), ...feedInputs('f', 2, 5) },
      resultShape: [3, 2],
      differentiable: ['x', 'f.wide.W', 'f.narrow.b'],
    },
    ({ x }) =>
      (v) =>
        feedForward(v, 'f', rows(v.x!, width(x)), width(x), 5, (a) => Math.max(a, 0)).flat(),
  ),
  encoder('', false, all),
  encoder(', norm_first = true, causal = true', true, causal),
  encoder('', false, keptOnly),
  encoder(', norm_first = true', true, keptOnly),
  decoder('', false),
  decoder(', norm_first = true', true),
  decoder('', false, keptOnly),
  ofAnyShape(
    {
      of: 'unscaled_dropout',
      call: 'unscaled_dropout(x, 0.25)',
      inputs: { x: tensor([2, 3]) },
      resultShape: [2, 3],
      differentiable: ['x'],
    },
    () =>
      ({ x }) =>
        x!.map((value) => 0.75 * value),
  ),
];
