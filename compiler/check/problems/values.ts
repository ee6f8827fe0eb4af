/** What can be wrong with values that are computed with, NN3xx: one function a message. */
import { type Diagnostic, error, type Label, label, warning } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import type { DType } from '../../scalar/expr.ts';
import { functions, isFunctionName } from '../../scalar/functions.ts';
import { type BoundDim, describe, dimName, outermost, type TensorValue, type Value } from '../values.ts';
import { brief, operatorOf, type Placed, spelled } from './phrases.ts';

export const notBroadcast = (at: Span, first: Placed, second: Placed, a: BoundDim, b: BoundDim): Diagnostic =>
  error('NN301', `shapes do not fit: ${dimName(a)} against ${dimName(b)}`, {
    primary: label(second.at, `${brief(second.at)} is ${describe(second.value)}`),
    related: [
      label(first.at, `${brief(first.at)} is ${describe(first.value)}`),
      ...declarationOf(a),
      ...declarationOf(b),
    ],
    hint:
      suggestAxes(first.value, second.value) ??
      `axes are aligned from the last; ${brief(at)} needs equal extents there, or 1`,
  });

export const axesCross = (own: Placed, beside: Placed, a: BoundDim, b: BoundDim): Diagnostic =>
  error(
    'NN353',
    `axes are aligned from the last, which puts ${dimName(a)} of ${brief(own.at)} beside ${dimName(b)}`,
    {
      primary: label(own.at, describe(own.value)),
      related: [label(beside.at, describe(beside.value)), ...declarationOf(a)],
      hint:
        b.extent === 1
          ? 'z[b] = y[b, 0] takes an axis of one element off; each with each is an equation: d[i, j] = y[i, 0] - t[j]'
          : 'a reduction keeps its axes, with one element each, with keep = true: mean(x, over -1, keep = true); or write an equation',
    },
  );

/** Where the model says how long a dimension is. */
export function declarationOf(dim: BoundDim): readonly Label[] {
  const own = outermost(dim);
  return own.declared === undefined ? [] : [label(own.declared, `${dimName(own)} is declared here`)];
}

function suggestAxes(first: Value, second: Value): string | undefined {
  if (first.kind !== 'tensor' || second.kind !== 'tensor') return undefined;
  if (first.dims.length !== 2 || second.dims.length !== 2) return undefined;
  const [a, b] = [first.dims, second.dims];
  const transposed = a[0]!.extent === b[1]!.extent && a[1]!.extent === b[0]!.extent;
  if (transposed) return 'one is the transpose of the other: write an equation, y[i, j] = a[i, j] + b[j, i]';
  return a[1]!.extent === b[0]!.extent || a[1]!.extent === b[1]!.extent
    ? '* is element by element; a matrix product is y[b, o] = sum[i] x[b, i] * W[o, i]'
    : undefined;
}

export const integersOfWhat = (at: Span, value: Value | undefined, most: number): Diagnostic =>
  error(
    'NN370',
    `expected how many whole numbers there are to draw from, found ${value === undefined ? 'nothing' : describe(value)}`,
    {
      primary: label(at, `1 to ${most}, known when the model is compiled`),
      hint: 'integers(10)[B] draws from 0 to 9',
    },
  );

export const notComputable = (at: Span, fn: string, value: Value): Diagnostic =>
  error('NN302', `expected a number or a tensor for ${spelled(fn)}, found ${describe(value)}`, {
    primary: label(at, 'cannot be computed with'),
    hint:
      value.kind === 'instance' || value.kind === 'layer'
        ? 'apply the layer to something: x |> …'
        : value.kind === 'function'
          ? 'call it: f(x)'
          : value.kind === 'tuple'
            ? 'one of several numbers is stride[0], the first; several results get names: (a, b) = …'
            : undefined,
  });

export const doesNotApply = (at: Span, fn: string, values: readonly Value[]): Diagnostic =>
  error('NN303', `${spelled(fn)} does not apply to ${values.map(describe).join(' and ') || 'nothing'}`, {
    primary: label(at, 'here'),
    hint: isFunctionName(fn) ? `it needs ${functions[fn].type.expects}` : undefined,
  });

export const conditionNotBoolean = (at: Span, value: Value): Diagnostic =>
  error('NN331', `expected a truth value as a condition, found ${describe(value)}`, {
    primary: label(at, 'not true or false'),
    hint: 'compare: x > 0',
  });

export const wantsCondition = (at: Span, value: Value): Diagnostic =>
  error('NN332', `expected a condition that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'depends on data'),
  });

export const branchesDiffer = (at: Span, then: Placed, otherwise: Placed): Diagnostic =>
  error('NN333', `the branches do not fit: ${describe(then.value)} and ${describe(otherwise.value)}`, {
    primary: label(at, 'here'),
    related: [label(then.at, describe(then.value)), label(otherwise.at, describe(otherwise.value))],
  });

export const assertFailed = (at: Span, condition: string, message: string | undefined): Diagnostic =>
  error('NN334', message ?? `${condition} does not hold`, {
    primary: label(at, message === undefined ? 'asserted here' : `asserted here: ${condition}`),
  });

export const assertNotCompileTime = (at: Span, value: Value): Diagnostic =>
  error('NN335', `expected a condition that is known while compiling, found ${describe(value)}`, {
    primary: label(at, 'cannot be asserted'),
    hint: 'assert is about dimensions and parameters',
  });

export const lossNotScalar = (at: Span, name: string, value: TensorValue): Diagnostic =>
  error('NN336', `the loss ${name} must be one f32 number, found ${describe(value)}`, {
    primary: label(at, describe(value)),
    hint: value.dims.length > 0 ? 'mean(…) or sum(…) makes one number of it' : undefined,
  });

export const madeTwice = (at: Span, fn: string, applies: string, maker: string): Diagnostic =>
  warning('NN357', `${fn} applies ${applies} itself, to what is the result of ${maker}`, {
    primary: label(at, `made by ${maker}`),
    hint: `give it what stands before the ${maker}`,
  });

export const notFinite = (at: Span, fn: string, values: readonly number[]): Diagnostic => {
  const sign = operatorOf(fn);
  const infix = sign !== undefined && values.length === 2 && !/[a-z]/.test(sign);
  const text = infix ? values.join(` ${sign} `) : `${spelled(fn)}(${values.join(', ')})`;
  return error('NN337', `${text} is no number`, { primary: label(at, 'computed here') });
};

export const numberOutOfRange = (at: Span, value: number, dtype: DType): Diagnostic =>
  error('NN338', `${value} is no ${dtype}`, { primary: label(at, 'out of range') });

export const integerDivisionRounds = (at: Span, a: number, b: number): Diagnostic =>
  warning('NN339', `${a} / ${b} is 0: whole numbers divide rounding down`, {
    primary: label(at, 'computed here'),
    hint: `write ${a}.0 / ${b} for the fraction`,
  });
