/**
 * A seed in; a graph with one or two recurrences that looks for trouble, as text, out: forward and backward, several members and
 * distances, the sequential axis anywhere, equal extents and extents of 1, two and three positions, starts that are
 * tensors, products, reductions and a history inside, and readers outside of all positions and of one.
 */
import type { Graph } from '../../compiler/ir/graph.ts';
import { graphOf } from './graphs.ts';
import { type RandomSource, randomSource } from './random.ts';

interface Sizes {
  readonly T: number;
  readonly B: number;
  readonly J: number;
}

type Axis = 'b' | 't' | 'j';

interface Member {
  readonly name: string;
  /** The order of its axes. */
  readonly axes: readonly Axis[];
}

const orders: readonly (readonly Axis[])[] = [
  ['b', 't', 'j'],
  ['t', 'b', 'j'],
  ['b', 'j', 't'],
];

export function randomLoops(seed: number): { readonly graph: Graph; readonly text: string } {
  const random = randomSource(seed);
  const sizes: Sizes = {
    T: random.pick([2, 3, 4, 5]),
    B: random.pick([1, 2, 3, 4]),
    J: random.pick([1, 2, 3, 4, 8]),
  };
  const parts = [recurrence(random, sizes, 'a', '%x[b, t, j]')];
  // Another one that reads the first.
  if (random.chance(0.4)) parts.push(recurrence(random, sizes, 'c', '%a0[b, t, j]'));
  const text = [
    ...leaves(sizes),
    ...parts.flatMap(({ equations }) => equations),
    ...parts.flatMap(({ results }) => results),
  ].join('\n');
  return { graph: graphOf(text), text };
}

const leaves = ({ T, B, J }: Sizes): readonly string[] => [
  `input %x[b: ${B}, t: ${T}, j: ${J}]: f32`,
  `input %start[b: ${B}, j: ${J}]: f32`,
  `param %W[j: ${J}, k: ${J}]: f32`,
  `param %V[j: ${J}, k: ${J}]: f32`,
];

/** `%name[b, t, j]` in the order of the value's axes. */
const read = ({ name, axes }: Member, t: string, j: string, b = 'b'): string =>
  `${name}[${axes.map((axis) => ({ b, t, j })[axis]).join(', ')}]`;

interface Lines {
  readonly equations: readonly string[];
  readonly results: readonly string[];
}

/** Members that need each other: each reads the one before it here, the first one the last one at another position. */
function recurrence(random: RandomSource, sizes: Sizes, prefix: string, input: string): Lines {
  const { T, B, J } = sizes;
  const backward = random.chance(0.5);
  const members = Array.from(
    { length: random.integer(1, 4) },
    (_, k): Member => ({ name: `%${prefix}${k}`, axes: k === 0 ? orders[0]! : random.pick(orders) }),
  );
  const earlier = (member: Member, j: string): string => {
    const d = random.integer(1, Math.min(3, T - 1));
    const [holds, at] = backward ? [`t <= ${T - 1 - d}`, `t + ${d}`] : [`${d} <= t`, `t - ${d}`];
    const otherwise = random.pick(['0.0', '0.5', `%start[b, ${j}]`]);
    return `(if ${holds} then ${read(member, at, j)} else ${otherwise})`;
  };
  const first = (): string => {
    const back = earlier(members.at(-1)!, 'j');
    const weights = random.pick(['%W', '%V']);
    return random.pick([
      `tanh(0.5 * ${input} + ${back})`,
      `sum[k: ${J}] ${weights}[j, k] * (${earlier(members.at(-1)!, 'k')} + 0.1 * ${input})`,
    ]);
  };
  /** What a member makes of the one before it. */
  const next = (before: Member): string => {
    const any = random.pick(members);
    const here = (j: string): string => read(before, 't', j);
    const [weights, until] = [random.pick(['%W', '%V']), random.pick(['<', '<='])];
    return random.pick([
      `tanh(0.5 * ${here('j')} + ${earlier(any, 'j')})`,
      `0.5 * ${here('j')} + sin(${earlier(any, 'j')})`,
      `sum[k: ${J}] ${weights}[j, k] * (${here('k')} + 0.1 * ${earlier(any, 'k')})`,
      `sum[s: ${T} where ${backward ? `t ${until} s` : `s ${until} t`}] ${read(before, 's', 'j')} * 0.3`,
      `max[k: ${J}] (${here('k')} + ${earlier(any, 'j')})`,
      `sum[e: ${B}] ${read(before, 't', 'j', 'e')} * 0.2`,
    ]);
  };
  const equations = members.map(({ name, axes }, k) => {
    const indices = axes.map((axis) => `${axis}: ${{ b: B, t: T, j: J }[axis]}`).join(', ');
    return `${name}[${indices}]: f32 = ${k === 0 ? first() : next(members[k - 1]!)}`;
  });
  const last = members.at(-1)!;
  const outside = [
    `%${prefix}.end[b: ${B}, j: ${J}]: f32 = ${read(last, random.pick(['0', String(T - 1)]), 'j')} + 1.0`,
    `%${prefix}.total[j: ${J}, k: ${J}]: f32 = sum[b: ${B}, t: ${T}] ${read(last, 't', 'j')} * %x[b, t, k]`,
  ].filter((_, k) => k === 0 || random.chance(0.5));
  const named = [...members.filter(() => random.chance(0.3)).map(({ name }) => name), ...outside.map(nameIn)];
  return { equations: [...equations, ...outside], results: named.map((name) => `result output ${name}`) };
}

const nameIn = (line: string): string => line.slice(0, line.indexOf('['));
