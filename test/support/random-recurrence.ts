/**
 * Choices in, the text of one or two recurrences that look for trouble out: several carries at distances up to 3, forward or
 * backward, axes in any order, equal extents and extents of 1, products, histories under guards, sums over the batch,
 * gathers and flips, starts that are tensors, and readers outside of all positions and of one.
 */
import fc from 'fast-check';
import { arranged } from '../../compiler/ir/arrange.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { graphOf } from './graphs.ts';
import { soundly } from './same-results.ts';

interface Term {
  readonly kind: 'input' | 'earlier' | 'above' | 'product' | 'history' | 'batch' | 'row';
  readonly member: number;
  readonly distance: number;
  readonly start: '0.0' | '0.5' | '%h[b, j]';
  readonly along: 'j' | 'flipped' | 'gathered';
  readonly by: 'sum' | 'max' | 'min' | 'prod';
  readonly weights: '%U' | '%V';
}

type Axis = 'b' | 't' | 'j';

interface Member {
  readonly order: readonly Axis[];
  readonly terms: readonly Term[];
}

interface Group {
  readonly backward: boolean;
  readonly members: readonly Member[];
  /** What is read of the last member once the loop is done. */
  readonly outside: readonly ('end' | 'total')[];
}

export interface RandomRecurrence {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
  /** Each takes what the one before it ends with for its input. */
  readonly groups: readonly Group[];
}

const orders = [
  ['b', 't', 'j'],
  ['t', 'b', 'j'],
  ['b', 'j', 't'],
] as const;

const term: fc.Arbitrary<Term> = fc.record({
  kind: fc.constantFrom('earlier', 'input', 'above', 'product', 'history', 'batch', 'row'),
  member: fc.nat(3),
  distance: fc.integer({ min: 1, max: 3 }),
  start: fc.constantFrom('0.0', '0.5', '%h[b, j]'),
  along: fc.constantFrom('j', 'flipped', 'gathered'),
  by: fc.constantFrom('sum', 'max', 'min', 'prod'),
  weights: fc.constantFrom('%U', '%V'),
});

const member: fc.Arbitrary<Member> = fc.record({
  order: fc.constantFrom(...orders),
  terms: fc.array(term, { minLength: 1, maxLength: 3 }),
});

const group: fc.Arbitrary<Group> = fc.record({
  backward: fc.boolean(),
  members: fc.array(member, { minLength: 1, maxLength: 4 }),
  outside: fc.subarray(['end', 'total'] as const),
});

export const recurrences: fc.Arbitrary<RandomRecurrence> = fc
  .record({
    steps: fc.integer({ min: 1, max: 5 }),
    batch: fc.integer({ min: 1, max: 4 }),
    units: fc.integer({ min: 1, max: 4 }),
    isEqual: fc.boolean(),
    groups: fc.array(group, { minLength: 1, maxLength: 2 }),
  })
  .map(({ isEqual, ...choice }) =>
    isEqual ? { ...choice, batch: choice.steps, units: choice.steps } : choice,
  );

export interface Sampled {
  readonly graph: Graph;
  /** What numbers of a leaf that gives positions lie below. */
  readonly below: Readonly<Record<string, number>>;
}

/** Some of more than one position, the same for the same seed. */
export const sampled = (seed: number, count: number): readonly Sampled[] =>
  fc
    .sample(
      recurrences.filter(({ steps }) => steps > 1),
      { seed, numRuns: count },
    )
    .map((choice) => ({ graph: graphFrom(textOf(choice)), below: { ids: choice.units } }));

/** What a text says, its equations in another order, put into one that a graph may have. */
export function graphFrom(lines: readonly string[], rotate = 0): Graph {
  const leaves = lines.filter((line) => /^(input|param)/.test(line));
  const results = lines.filter((line) => line.startsWith('result'));
  const equations = lines.filter((line) => line.startsWith('%'));
  const turned = equations.map((_, k) => equations[(k + rotate) % equations.length]!);
  const graph = graphOf([...leaves, ...turned, ...results].join('\n'));
  const { nodes, place } = arranged(graph.nodes);
  const moved = graph.results.map((result) => ({ ...result, value: place(result.value) }));
  return soundly({ ...graph, nodes, results: moved });
}

/**
 * The lines of the graph: leaves, then equations in an order in which one position can compute them. With `cut`, reads
 * of earlier positions are left out: what remains where there is one position.
 */
export function textOf(choice: RandomRecurrence, cut = false): readonly string[] {
  const { steps: T, batch: B, units: J, groups } = choice;
  const parts = groups.map((one, g) => groupLines(choice, one, g, cut));
  return [
    `input %x[b: ${B}, t: ${T}, j: ${J}]: f32`,
    `input %h[b: ${B}, j: ${J}]: f32`,
    `input %ids[b: ${B}]: i32`,
    `param %U[j: ${J}, k: ${J}]: f32`,
    `param %V[j: ${J}, k: ${J}]: f32`,
    ...parts.flatMap(({ equations }) => equations),
    ...parts.flatMap(({ results }) => results.map((name) => `result output ${name}`)),
  ];
}

interface Lines {
  readonly equations: readonly string[];
  readonly results: readonly string[];
}

function groupLines(
  { steps: T, batch: B, units: J, groups }: RandomRecurrence,
  { backward, members, outside }: Group,
  g: number,
  cut: boolean,
): Lines {
  const extents = { b: B, t: T, j: J };
  const shape = (order: readonly Axis[]): string =>
    order.map((name) => `${name}: ${extents[name]}`).join(', ');
  const at = (name: string, order: readonly Axis[], t: string, j: string, b = 'b'): string =>
    `${name}[${order.map((axis) => ({ b, t, j })[axis]).join(', ')}]`;
  const read = (of: number, t: string, j: string, b = 'b'): string =>
    at(`%m${g}_${of}`, members[of]!.order, t, j, b);
  const before = groups[g - 1]?.members;
  const input =
    before === undefined
      ? '%x[b, t, j]'
      : at(`%m${g - 1}_${before.length - 1}`, before.at(-1)!.order, 't', 'j');
  const equations: string[] = [];

  const positionOf = ({ along }: Term, j: string): string => {
    if (along === 'gathered') return '%ids[b]';
    return along === 'flipped' ? `${J - 1} - ${j}` : j;
  };
  const earlier = (term: Term, j: string): string => {
    const { distance: c, start } = term;
    const begin = start.replace('j', j);
    if (cut) return begin;
    const [guard, t] = backward ? [`t + ${c} < ${T}`, `t + ${c}`] : [`${c} <= t`, `t - ${c}`];
    return `(if ${guard} then ${read(term.member % members.length, t, positionOf(term, j))} else ${begin})`;
  };
  const termText = (term: Term, m: number, k: number): string => {
    const of = term.member % members.length;
    const isAbove = of < m;
    const { order } = members[m]!;
    /** A value of its own, of the member's shape. */
    const named = (body: string): string => {
      equations.push(`%r${g}_${m}_${k}[${shape(order)}]: f32 = ${body}`);
      return at(`%r${g}_${m}_${k}`, order, 't', 'j');
    };
    switch (term.kind) {
      case 'input':
        return input;
      case 'earlier':
        return earlier(term, 'j');
      case 'above':
        return isAbove ? read(of, 't', positionOf(term, 'j')) : input;
      case 'product':
        return named(`sum[k: ${J}] ${term.weights}[j, k] * ${earlier(term, 'k')}`);
      case 'history': {
        const value = cut && !isAbove ? '0.0' : read(of, 's', positionOf(term, 'j'));
        // What stands above has its own position, too.
        const until = isAbove ? '<=' : '<';
        return `tanh(${named(`${term.by}[s: ${T} where ${backward ? `t ${until} s` : `s ${until} t`}] ${value}`)})`;
      }
      case 'batch':
        return isAbove ? `tanh(${named(`${term.by}[e: ${B}] ${read(of, 't', 'j', 'e')}`)})` : input;
      case 'row':
        return isAbove
          ? named(`max[k: ${J}] (${read(of, 't', 'k')} + ${earlier(term, 'j')})`)
          : earlier(term, 'j');
      default:
        return term.kind satisfies never;
    }
  };
  members.forEach(({ order, terms }, m) => {
    const parts = terms.map((term, k) => `${(0.9 - 0.2 * k).toFixed(1)} * ${termText(term, m, k)}`);
    equations.push(`%m${g}_${m}[${shape(order)}]: f32 = sin(${parts.join(' + ')})`);
  });
  const last = members.length - 1;
  const bodies = {
    end: `[b: ${B}, j: ${J}]: f32 = ${read(last, backward ? '0' : String(T - 1), 'j')} + 1.0`,
    total: `[j: ${J}, k: ${J}]: f32 = sum[b: ${B}, t: ${T}] ${read(last, 't', 'j')} * %x[b, t, k]`,
  };
  return {
    equations: [...equations, ...outside.map((kind) => `%${kind}${g}${bodies[kind]}`)],
    results: [...members.map((_, m) => `%m${g}_${m}`), ...outside.map((kind) => `%${kind}${g}`)],
  };
}
