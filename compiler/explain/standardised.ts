/**
 * The equations of a model in; the values that it moves to mean 0 and variance 1, out: `(x - m) / sqrt(v + eps)`, where
 * `m` is the mean of `x` and `v` comes from `x - m`. What the textbook's form of their adjoints needs to know is that the
 * distances from a mean add up to 0.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Index } from '../ir/graph.ts';
import { plainAlgebra, termsOf } from './algebra.ts';
import type { Formula, Line, TensorFormula } from './explanation.ts';
import {
  freeIndices,
  indexOf,
  keyOf,
  mapParts,
  match,
  partsOf,
  plainName,
  substitute,
  tensorsOf,
} from './rewrite.ts';

export interface Standardised {
  /** `xhat[b, c]`, the value at all its points; the name is the model's own, if it has one. */
  readonly tensor: TensorFormula;
  /** Where the model has no such equation. */
  readonly definition?: Line;
  /** `x[b, c] - m[c]`. */
  readonly distance: Formula;
  /** `sqrt(v[c] + eps)`. */
  readonly deviation: Formula;
  /** Those of `tensor` that the mean is taken over. */
  readonly over: ReadonlySet<string>;
}

export function standardisedIn(lines: readonly Line[], names: ReadonlySet<string>): readonly Standardised[] {
  return lines.flatMap((mean): readonly Standardised[] => {
    const of = meanOf(mean);
    const deviation = of && deviationFrom(mean, lines);
    if (of === undefined || deviation === undefined) return [];
    const distance = call('subtract', of.value, mean.left);
    return [named({ distance, deviation, ...of, mean }, lines, names)];
  });
}

/** The equations that are distances from a mean, `z[b, c] = x[b, c] - m[c]`, by their names. */
export function distancesIn(lines: readonly Line[]): ReadonlyMap<string, Line> {
  const distances = lines.flatMap((mean) => {
    const of = meanOf(mean);
    return of === undefined ? [] : [call('subtract', of.value, mean.left)];
  });
  const isDistance = ({ right, indices }: Line): boolean =>
    distances.some((distance) => {
      const found = match(right, distance, new Set(indices.map(({ name }) => name)));
      return found !== undefined && keyOf(substitute(right, found)) === keyOf(distance);
    });
  return new Map(lines.filter(isDistance).map((line) => [line.left.name, line]));
}

/** `m[c] = (sum[b] x[b, c]) / 5`: what the mean is taken of, and over which indices. */
function meanOf({ right }: Line): { readonly value: Formula; readonly over: readonly Index[] } | undefined {
  const [term, ...more] = termsOf(right, plainAlgebra());
  if (term === undefined || more.length > 0 || term.factors.size !== 1) return undefined;
  const [{ formula, exponent }] = [...term.factors.values()] as [{ formula: Formula; exponent: number }];
  if (formula.kind !== 'reduce' || formula.by !== 'sum' || formula.guards.length > 0 || exponent !== 1)
    return undefined;
  const isMean = Math.abs(term.coefficient * countPoints(formula.indices) - 1) < 1e-12;
  return isMean ? { value: formula.body, over: formula.indices } : undefined;
}

/** The root that is taken of what the distances from this mean give, at the indices of the mean. */
function deviationFrom(mean: Line, lines: readonly Line[]): Formula | undefined {
  const reads = ({ right }: Line, name: string): boolean => tensorsOf(right).some((t) => t.name === name);
  const direct = lines.filter((line) => reads(line, mean.left.name));
  const variances = [...direct, ...lines.filter((line) => direct.some(({ left }) => reads(line, left.name)))];
  for (const { left } of variances) {
    if (left.indices.length !== mean.left.indices.length) continue;
    for (const { right } of lines) {
      const root = rootsIn(right).find((part) => tensorsOf(part).some(({ name }) => name === left.name));
      const at = root && tensorsOf(root).find(({ name }) => name === left.name)!.indices;
      if (root === undefined || at === undefined || at.some((index) => plainName(index) === undefined))
        continue;
      const map = new Map(at.map((index, k) => [plainName(index)!, mean.left.indices[k]!] as const));
      if ([...freeIndices(root)].every((name) => map.has(name))) return substitute(root, map);
    }
  }
  return undefined;
}

const rootsIn = (formula: Formula): readonly Formula[] =>
  formula.kind === 'call' && formula.fn === 'sqrt' ? [formula] : partsOf(formula).flatMap(rootsIn);

interface Parts {
  readonly mean: Line;
  readonly distance: Formula;
  readonly deviation: Formula;
  readonly value: Formula;
  readonly over: readonly Index[];
}

/** Under the model's name, or one made of that of what is standardised. */
function named(parts: Parts, lines: readonly Line[], names: ReadonlySet<string>): Standardised {
  const { mean, distance, deviation, value, over } = parts;
  const quotient = call('divide', distance, deviation);
  const key = keyOf(quotient);
  const indices = [...mean.indices, ...over];
  const shared = { distance, deviation };
  for (const { left, indices: own, right } of lines) {
    const found = match(right, quotient, new Set(own.map(({ name }) => name)));
    if (found === undefined || keyOf(substitute(right, found)) !== key) continue;
    const tensor = substitute(left, found) as TensorFormula;
    return { ...shared, tensor, over: new Set(over.map(({ name }) => name)) };
  }
  const base = `${value.kind === 'tensor' ? value.name.split('.').at(-1)! : 'x'}hat`;
  let name = base;
  for (let k = 2; names.has(name); k++) name = `${base}_${k}`;
  const order = value.kind === 'tensor' ? value.indices.map(plainName) : [];
  const sorted = [...indices].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const tensor: TensorFormula = { kind: 'tensor', name, indices: sorted.map(indexOf) };
  return {
    ...shared,
    tensor,
    definition: { left: tensor, indices: sorted, right: quotient },
    over: new Set(over.map((index) => index.name)),
  };
}

/** Every distance from the mean as the standardised value times the deviation. */
export function withStandardised(formula: Formula, known: Standardised): Formula {
  const variables = freeIndices(known.distance);
  const found = match(known.distance, formula, variables);
  if (found === undefined) return mapParts(formula, (part) => withStandardised(part, known));
  return substitute(call('multiply', known.tensor, known.deviation), found);
}

/** Whether a sum over these indices is one over all that the mean was taken over, of this value alone. */
export function addsUpToZero(tensor: Formula, sum: ReadonlySet<string>, known: Standardised): boolean {
  if (tensor.kind !== 'tensor' || tensor.name !== known.tensor.name) return false;
  const overs = tensor.indices.flatMap((index, k) =>
    known.over.has(plainName(known.tensor.indices[k]!)!) ? [plainName(index)] : [],
  );
  const others = tensor.indices.filter((_, k) => !known.over.has(plainName(known.tensor.indices[k]!)!));
  return (
    overs.every((name) => name !== undefined && sum.has(name)) &&
    new Set(overs).size === overs.length &&
    !others.some((index) => [...freeIndices(index)].some((name) => overs.includes(name)))
  );
}

const call = (fn: 'subtract' | 'multiply' | 'divide', ...operands: readonly Formula[]): Formula => ({
  kind: 'call',
  fn,
  dtype: 'f32',
  operands,
});
