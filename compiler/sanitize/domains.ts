/**
 * A call in; the conditions under which it has no value that an f32 can hold, or none at all, out.
 *
 * Operands are tested and not results: on a device the logarithm of -1 may well be 0 (NaN and infinity are not
 * dependable in WGSL), so the commonest mistakes leave no trace in what comes out.
 */
import {
  and,
  call,
  constant,
  equals,
  greater,
  less,
  lessEqual,
  not,
  notEquals,
  or,
} from '../scalar/build.ts';
import type { Call, Expr } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';

export interface Danger {
  /** `log of a number that is not positive`: one sentence part, for the headline. */
  readonly what: string;
  /** What holds where the call is out of its domain. */
  readonly bad: Expr;
  /** The operand that is to blame. */
  readonly operand: Expr;
  readonly hint: string;
}

/** exp(x) and, up to a factor of 2, sinh and cosh pass the largest f32 here: ln(3.4028235e38). */
const largestExponent = 88.722839;

const one = constant(1);
const zero = constant(0);
const magnitude = (x: Expr): Expr => call('abs', x);

const safeLogarithm =
  'keep it away from 0: log_softmax, bce_with_logits and logsumexp do; log(x + 1e-7) is a makeshift';
const smaller = 'smaller numbers help: a smaller learning rate, standardised inputs, x minus its maximum';

type Rule = (operands: readonly Expr[]) => readonly Danger[];

const exponential =
  (name: string, test: (x: Expr) => Expr): Rule =>
  ([x]) => [{ what: `${name} overflows`, bad: test(x!), operand: x!, hint: smaller }];

const angle =
  (name: string): Rule =>
  ([x]) => [
    {
      what: `${name} of a number outside [-1, 1]`,
      bad: greater(magnitude(x!), one),
      operand: x!,
      hint: 'clamp the operand',
    },
  ];

const logarithmic =
  (name: string): Rule =>
  ([x]) => [
    {
      what: `${name} of a number that is not positive`,
      bad: not(greater(x!, zero)),
      operand: x!,
      hint: safeLogarithm,
    },
  ];

const rules: Partial<Record<FunctionName, Rule>> = {
  log: logarithmic('log'),
  log2: logarithmic('log2'),
  log10: logarithmic('log10'),
  rsqrt: ([x]) => [
    {
      what: 'rsqrt of a number that is not positive',
      bad: not(greater(x!, zero)),
      operand: x!,
      hint: 'add a small constant: rsqrt(x + 1e-5)',
    },
  ],
  acosh: ([x]) => [
    { what: 'acosh of a number below 1', bad: less(x!, one), operand: x!, hint: 'clamp the operand' },
  ],
  atanh: ([x]) => [
    {
      what: 'atanh of a number that is not inside of (-1, 1)',
      bad: not(less(magnitude(x!), one)),
      operand: x!,
      hint: 'clamp the operand',
    },
  ],
  log1p: ([x]) => [
    {
      what: 'log1p of a number that is not above -1',
      bad: not(greater(x!, constant(-1))),
      operand: x!,
      hint: safeLogarithm,
    },
  ],
  sqrt: ([x]) => [
    {
      what: 'square root of a negative number',
      bad: less(x!, zero),
      operand: x!,
      hint: 'a variance that is computed as a difference of squares can round below 0: sum squares of differences',
    },
  ],
  divide: ([, y]) => divisor('division by zero', y!),
  modulo: ([, y]) => divisor('remainder of a division by zero', y!),
  exp: exponential('exp', (x) => greater(x, constant(largestExponent))),
  expm1: exponential('expm1', (x) => greater(x, constant(largestExponent))),
  sinh: exponential('sinh', (x) => greater(magnitude(x), constant(largestExponent))),
  cosh: exponential('cosh', (x) => greater(magnitude(x), constant(largestExponent))),
  asin: angle('asin'),
  acos: angle('acos'),
  power: ([base, exponent]) => powerDangers(base!, exponent!),
};

const divisor = (what: string, y: Expr): readonly Danger[] =>
  y.kind === 'constant' && y.value !== 0
    ? []
    : [
        {
          what,
          bad: equals(y, constant(0, y.dtype)),
          operand: y,
          hint: 'add a small constant to the divisor, or choose another value where it is 0: if d == 0 then … else …',
        },
      ];

function powerDangers(base: Expr, exponent: Expr): readonly Danger[] {
  if (base.dtype !== 'f32') return [];
  const nothing = constant(0, exponent.dtype);
  const below = exponent.kind === 'constant' ? undefined : less(exponent, nothing);
  const negativeExponent = exponent.kind === 'constant' ? exponent.value < 0 : undefined;
  const pole: Danger = {
    what: '0 to a negative power',
    bad: below === undefined ? equals(base, zero) : and(equals(base, zero), below),
    operand: base,
    hint: 'keep the base away from 0',
  };
  const poles = negativeExponent === false ? [] : [pole];
  const whole =
    exponent.dtype === 'i32' || (exponent.kind === 'constant' && Number.isInteger(exponent.value));
  if (whole) return poles;
  const broken =
    exponent.kind === 'constant'
      ? less(base, zero)
      : and(less(base, zero), notEquals(call('floor', exponent), exponent));
  return [
    ...poles,
    {
      what: 'a negative number to a power that is not whole',
      bad: broken,
      operand: base,
      hint: 'take abs of the base, or a whole power',
    },
  ];
}

/** What can go wrong in this call itself; its operands are another matter. */
export const dangersOf = ({ fn, operands }: Call): readonly Danger[] => rules[fn]?.(operands) ?? [];

/** A position that is data may lie outside the axis that it counts along. */
export const outside = (at: Expr, extent: number, what: string): Danger => ({
  what,
  bad: or(less(at, constant(0, 'i32')), lessEqual(constant(extent, 'i32'), at)),
  operand: at,
  hint: 'look at what makes this index',
});
