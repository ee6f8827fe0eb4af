/** Rules for comparisons and logic: what the ranges of the indices decide, absorption, double negation. */
import { and, call, or, truth } from '../build.ts';
import type { Call, Expr } from '../expr.ts';
import { assume, decide } from '../facts.ts';
import type { FunctionName } from '../functions.ts';
import { loadsOf } from '../walk.ts';
import { type CallRules, type Context, operandOf, operandsOf, type Rule } from './rule.ts';

const rule = (name: string, apply: Rule<Call>['apply']): Rule<Call> => ({ name, apply });

const decided = rule('a comparison that the ranges decide', (e, { facts }) => {
  const value = decide(e, facts);
  return value === undefined ? undefined : truth(value);
});

/** Not for f32, where a NaN equals nothing. */
const ofItself = (value: boolean): Rule<Call> =>
  rule('a comparison with itself', ({ operands: [a, b] }, { same }) =>
    a!.dtype !== 'f32' && same(a!, b!) ? truth(value) : undefined,
  );

const withTruth = (equal: boolean): Rule<Call> =>
  rule('equality with a known truth', ({ operands: [a, b] }) => {
    if (a!.dtype !== 'bool') return undefined;
    const [known, other] = a!.kind === 'constant' ? [a!, b!] : [b!, a!];
    if (known.kind !== 'constant') return undefined;
    return (known.value !== 0) === equal ? other : call('not', other);
  });

/** The parts of a chain of `and`s or `or`s. */
function partsOf(e: Expr, fn: 'and' | 'or'): readonly Expr[] {
  const parts = operandsOf(e, fn);
  return parts === undefined ? [e] : [...partsOf(parts[0], fn), ...partsOf(parts[1], fn)];
}

/** For `and`, with `or` as its dual; with the roles changed, for `or`. */
function junction(fn: 'and' | 'or'): readonly Rule<Call>[] {
  const dual = fn === 'and' ? 'or' : 'and';
  const settles = fn === 'or' ? 1 : 0;
  const join = fn === 'and' ? and : or;
  return [
    rule(`${fn} with a known truth`, ({ operands: [a, b] }) => {
      for (const [known, other] of [
        [a!, b!],
        [b!, a!],
      ] as const) {
        if (known.kind === 'constant') return known.value === settles ? truth(settles === 1) : other;
      }
      return undefined;
    }),
    rule(`${fn} that says a thing twice`, ({ operands: [a, b] }, { keyOf }) => {
      const first = new Set(partsOf(a!, fn).map(keyOf));
      const second = partsOf(b!, fn);
      const news = second.filter((part) => !first.has(keyOf(part)));
      if (news.length === second.length) return undefined;
      return news.reduce(join, a!);
    }),
    rule(`${fn} of x and not x`, ({ operands: [a, b] }, { keyOf }) => {
      const keys = new Set([...partsOf(a!, fn), ...partsOf(b!, fn)].map(keyOf));
      const both = [...partsOf(a!, fn), ...partsOf(b!, fn)].some((part) => {
        const inner = operandOf(part, 'not');
        return inner !== undefined && keys.has(keyOf(inner));
      });
      return both ? truth(settles === 1) : undefined;
    }),
    rule(`x ${fn} (x ${dual} y) = x`, ({ operands: [a, b] }, context) => {
      if (absorbs(a!, b!, dual, context)) return a!;
      return absorbs(b!, a!, dual, context) ? b! : undefined;
    }),
    rule(`${fn} of what follows from the rest`, ({ operands: [a, b] }, { facts }) => {
      const value = decide(b!, assume(facts, a!, fn === 'and'));
      if (value === undefined) return undefined;
      return (value ? 1 : 0) === settles ? truth(settles === 1) : a!;
    }),
    rule(`${fn} after what it implies`, ({ operands: [a, b] }, { facts }) => {
      // The first operand may be what keeps a load of the second in range.
      if (loadsOf(b!).length > 0) return undefined;
      const parts = partsOf(a!, fn);
      const under = assume(facts, b!, fn === 'and');
      const values = parts.map((part) => decide(part, under));
      // `settles` is what decides the whole; the other value is what a part may be left out with.
      if (values.includes(settles === 1)) return truth(settles === 1);
      const needed = parts.filter((_, k) => values[k] === undefined);
      // A part that is left out may be what keeps a load of another in range.
      if (needed.length === parts.length || needed.some((part) => loadsOf(part).length > 0)) return undefined;
      return [...needed, b!].reduce(join);
    }),
  ];
}

function absorbs(x: Expr, e: Expr, dual: 'and' | 'or', { keyOf }: Context): boolean {
  const parts = partsOf(e, dual);
  return parts.length > 1 && parts.some((part) => keyOf(part) === keyOf(x));
}

/** Of integers and bools only: with a NaN, neither a comparison nor its opposite holds. */
const opposites: Readonly<Partial<Record<FunctionName, FunctionName>>> = {
  less: 'greater_equal',
  less_equal: 'greater',
  greater: 'less_equal',
  greater_equal: 'less',
};

const negation: readonly Rule<Call>[] = [
  rule('not not x = x', ({ operands: [a] }) => operandOf(a!, 'not')),
  rule('not of a comparison', ({ operands: [a] }) => {
    if (a!.kind !== 'call') return undefined;
    const [x, y] = a!.operands;
    if (a!.fn === 'equal') return call('not_equal', x!, y!);
    if (a!.fn === 'not_equal') return call('equal', x!, y!);
    const opposite = opposites[a!.fn];
    return opposite === undefined || x!.dtype === 'f32' ? undefined : call(opposite, x!, y!);
  }),
];

export const logicRules: CallRules = {
  less: [decided, ofItself(false)],
  less_equal: [decided, ofItself(true)],
  greater: [decided, ofItself(false)],
  greater_equal: [decided, ofItself(true)],
  equal: [decided, ofItself(true), withTruth(true)],
  not_equal: [decided, ofItself(false), withTruth(false)],
  and: junction('and'),
  or: junction('or'),
  not: negation,
};
