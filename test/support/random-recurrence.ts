/**
 * Choices in, the text of a random group of equations out: several carries at distances 1 and 2, forward or backward,
 * axes in any order, products, histories under guards, gathers and flips, equal extents.
 */
import fc from 'fast-check';

interface Term {
  readonly kind: 'input' | 'earlier' | 'above' | 'product' | 'history';
  readonly member: number;
  readonly distance: 1 | 2;
  readonly start: '0.0' | '0.5' | '%h[b, j]';
  readonly along: 'j' | 'flipped' | 'gathered';
  readonly by: 'sum' | 'max' | 'min' | 'prod';
}

interface Member {
  readonly order: readonly ('b' | 't' | 'j')[];
  readonly terms: readonly Term[];
}

export interface RandomRecurrence {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
  readonly backward: boolean;
  readonly members: readonly Member[];
}

const orders = [
  ['b', 't', 'j'],
  ['t', 'b', 'j'],
  ['b', 'j', 't'],
] as const;

const term: fc.Arbitrary<Term> = fc.record({
  kind: fc.constantFrom('earlier', 'input', 'above', 'product', 'history'),
  member: fc.nat(3),
  distance: fc.constantFrom(1, 2),
  start: fc.constantFrom('0.0', '0.5', '%h[b, j]'),
  along: fc.constantFrom('j', 'flipped', 'gathered'),
  by: fc.constantFrom('sum', 'max', 'min', 'prod'),
});

export const recurrences: fc.Arbitrary<RandomRecurrence> = fc
  .record({
    steps: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 2 }),
    units: fc.integer({ min: 1, max: 3 }),
    isEqual: fc.boolean(),
    backward: fc.boolean(),
    members: fc.array(
      fc.record({ order: fc.constantFrom(...orders), terms: fc.array(term, { minLength: 1, maxLength: 3 }) }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ isEqual, ...choice }) =>
    isEqual ? { ...choice, batch: choice.steps, units: choice.steps } : choice,
  );

/**
 * The lines of the graph: leaves, then equations in an order in which one position can compute them. With `cut`, reads
 * of earlier positions are left out: what remains where there is one position.
 */
export function textOf(choice: RandomRecurrence, cut = false): readonly string[] {
  const { steps: T, batch: B, units: J, backward, members } = choice;
  const extents = { b: B, t: T, j: J };
  const shape = (order: readonly ('b' | 't' | 'j')[]): string =>
    order.map((name) => `${name}: ${extents[name]}`).join(', ');
  const equations: string[] = [];

  const read = (of: number, t: string, j: string): string => {
    const at = { b: 'b', t, j };
    return `%m${of}[${members[of]!.order.map((name) => at[name]).join(', ')}]`;
  };
  const positionOf = ({ along }: Term, j: string): string => {
    if (along === 'gathered') return '%ids[b]';
    return along === 'flipped' ? `${J - 1} - ${j}` : j;
  };
  const earlier = (term: Term, j: string): string => {
    const { distance: c, start } = term;
    const begin = start.replace('j', j);
    if (cut) return begin;
    const of = term.member % members.length;
    const [guard, t] = backward ? [`t + ${c} < ${T}`, `t + ${c}`] : [`${c} <= t`, `t - ${c}`];
    return `(if ${guard} then ${read(of, t, positionOf(term, j))} else ${begin})`;
  };
  const termText = (term: Term, m: number, k: number): string => {
    const of = term.member % members.length;
    const name = `%r${m}_${k}`;
    const { order } = members[m]!;
    const here = `${name}[${order.join(', ')}]`;
    switch (term.kind) {
      case 'input':
        return '%x[b, t, j]';
      case 'earlier':
        return earlier(term, 'j');
      case 'above':
        return of < m ? read(of, 't', positionOf(term, 'j')) : '%x[b, t, j]';
      case 'product':
        equations.push(`${name}[${shape(order)}]: f32 = sum[k: ${J}] %U[j, k] * ${earlier(term, 'k')}`);
        return here;
      case 'history': {
        const value = cut ? '0.0' : read(of, 's', positionOf(term, 'j'));
        const guard = backward ? 't < s' : 's < t';
        equations.push(`${name}[${shape(order)}]: f32 = ${term.by}[s: ${T} where ${guard}] ${value}`);
        return `tanh(${here})`;
      }
      default:
        return term.kind satisfies never;
    }
  };
  members.forEach(({ order, terms }, m) => {
    const parts = terms.map((term, k) => `${(0.9 - 0.2 * k).toFixed(1)} * ${termText(term, m, k)}`);
    equations.push(`%m${m}[${shape(order)}]: f32 = sin(${parts.join(' + ')})`);
  });
  return [
    `input %x[b: ${B}, t: ${T}, j: ${J}]: f32`,
    `input %h[b: ${B}, j: ${J}]: f32`,
    `input %ids[b: ${B}]: i32`,
    `param %U[j: ${J}, k: ${J}]: f32`,
    ...equations,
    ...members.map((_, m) => `result output %m${m}`),
  ];
}
