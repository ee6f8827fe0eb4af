/** Declared dimensions and those of values in, names bound and shapes compared out: `f32[..., I]` against `f32[B = 32, 784]`. */

import type { Expression, Name, Parameter, Position, TypeExpression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, report } from '../checker.ts';
import { ellipsisHasNoShape, sliceHasNoExtent } from '../problems/indices.ts';
import { textOf } from '../problems/phrases.ts';
import {
  badExtent,
  cannotSolve,
  ellipsisDiffers,
  notADimension,
  rankDiffers,
  shapeDiffers,
} from '../problems/shapes.ts';
import { lookUp, type Scope } from '../scope.ts';
import { partsOf } from '../syntax.ts';
import { sameExtents } from '../tensors/tensors.ts';
import type { Dim } from '../typed.ts';
import { type BoundDim, numberValue, type TensorValue, unknown, type Value } from '../values.ts';

/** A tensor parameter whose dimensions are still to be matched. */
export interface Pending {
  readonly parameter: Parameter;
  readonly value: TensorValue;
  readonly at: Span;
}

/** A dimension as a compile-time number. */
export const numberOf = (dim: Dim): Value => ({ ...numberValue(dim.extent, true), dim });

type Matched = readonly { readonly dim: Dim; readonly pattern: Expression | undefined }[];

/** Aligns the declared dimensions with the value's and binds bare names; expressions come later. */
export function matchNames(
  checker: Checker,
  pending: Pending,
  deferred: ReadonlySet<string>,
): Matched | undefined {
  const { scope } = checker;
  const { parameter, value, at } = pending;
  const patterns = parameter.type?.dimensions ?? [];
  const ellipsisAt = patterns.findIndex((pattern) => pattern.kind === 'ellipsis');
  const spare = value.dims.length - (patterns.length - (ellipsisAt < 0 ? 0 : 1));
  if (spare < 0 || (ellipsisAt < 0 && spare > 0)) return report(checker, rankDiffers(at, parameter, value));
  const result: { dim: Dim; pattern: Expression | undefined }[] = [];
  let fine = true;
  for (const pattern of patterns) {
    if (pattern.kind === 'ellipsis') {
      const group = value.dims.slice(ellipsisAt, ellipsisAt + spare);
      fine = bindEllipsis(checker, pending, group) && fine;
      result.push(...group.map((dim) => ({ dim, pattern: undefined })));
      continue;
    }
    const dim = value.dims[result.length]!;
    if (pattern.kind !== 'name' || deferred.has(pattern.name)) {
      result.push({ dim, pattern });
      continue;
    }
    const known = lookUp(scope, pattern.name);
    if (known === undefined) scope.names.set(pattern.name, numberOf(dim));
    else fine = agrees(checker, pending, pattern, known, dim) && fine;
    result.push({ dim: localDim(dim, pattern, scope), pattern: undefined });
  }
  return fine ? result : undefined;
}

function localDim(dim: BoundDim, { name, span }: Name, { expansion }: Scope): BoundDim {
  const { read: _, ...own } = dim;
  return { ...own, name, declared: span, binding: { expansion, outer: dim } };
}

/** Whether a dimension has the length that its name stands for already. */
function agrees(checker: Checker, pending: Pending, pattern: Name, known: Value, dim: Dim): boolean {
  if (known.kind === 'unknown') return false;
  const isLength = known.kind === 'number' && known.integer;
  if (!isLength) report(checker, notADimension(pattern.span, known));
  return isLength && hasLength(checker, pending, pattern, known.value, dim);
}

function hasLength(
  checker: Checker,
  { parameter, value, at }: Pending,
  pattern: Expression,
  wanted: number,
  { extent }: Dim,
): boolean {
  if (wanted === extent) return true;
  const expected = boundText(parameter.type!, checker.scope);
  report(checker, shapeDiffers(at, parameter, value, expected, pattern.span, wanted, extent));
  return false;
}

function bindEllipsis(checker: Checker, { parameter, value, at }: Pending, group: readonly Dim[]): boolean {
  const { scope } = checker;
  scope.ellipsis ??= group;
  if (sameExtents(scope.ellipsis, group)) return true;
  report(checker, ellipsisDiffers(at, parameter, value, scope.ellipsis, group));
  return false;
}

/** Dimensions like `2*K` or `OH`: all names known now, or one to solve for. */
export function matchExpressions(
  checker: Checker,
  pending: Pending,
  matched: Matched,
): readonly Dim[] | undefined {
  const { scope } = checker;
  for (const { dim, pattern } of matched) {
    if (pattern === undefined) continue;
    const [missing, ...more] = [...namesOf(pattern)].filter((name) => lookUp(scope, name) === undefined);
    if (missing !== undefined && more.length === 0 && !solve(checker, pattern, missing, dim.extent)) {
      scope.names.set(missing, unknown);
      return report(checker, cannotSolve(pattern.span, missing, dim.extent, pending.at));
    }
    const length = evaluateExtent(checker, pattern);
    if (length === undefined || !hasLength(checker, pending, pattern, length.extent, dim)) return undefined;
  }
  return matched.map(({ dim }) => dim);
}

/** The integer n with pattern(n) = extent, where the pattern is linear in it. */
function solve(checker: Checker, pattern: Expression, name: string, extent: number): boolean {
  const { scope } = checker;
  const at = (n: number): number | undefined => {
    scope.names.set(name, numberValue(n, true));
    const value = checker.evaluate(pattern);
    return value.kind === 'number' ? value.value : undefined;
  };
  const [first, second] = [at(1), at(2)];
  if (first === undefined || second === undefined || first === second) return false;
  const n = 1 + (extent - first) / (second - first);
  if (!Number.isInteger(n) || n <= 0 || at(n) !== extent) return false;
  scope.names.set(name, numberOf({ extent: n, name, declared: pattern.span }));
  return true;
}

/** The names in an expression of dimensions. */
export function namesOf(expression: Expression): ReadonlySet<string> {
  if (expression.kind === 'name') return new Set([expression.name]);
  const parts =
    expression.kind === 'call' ? expression.arguments.map(({ value }) => value) : partsOf(expression);
  return new Set(parts.flatMap((part) => [...namesOf(part)]));
}

/** The declared type with what is known of its names: `f32[..., I = 784]`. */
function boundText(type: TypeExpression, scope: Scope): string {
  const dims = (type.dimensions ?? []).map((pattern) => {
    if (pattern.kind === 'ellipsis') return '...';
    const text = textOf(pattern.span);
    const known = pattern.kind === 'name' ? lookUp(scope, pattern.name) : undefined;
    return known?.kind === 'number' ? `${text} = ${known.value}` : text;
  });
  return `${type.name.name}[${dims.join(', ')}]`;
}

/** The length of a dimension; undefined where a problem was reported. */
export function evaluateExtent(checker: Checker, expression: Expression): BoundDim | undefined {
  const value = checker.evaluate(expression);
  if (value.kind === 'unknown') return undefined;
  if (value.kind !== 'number' || !value.integer)
    return report(checker, notADimension(expression.span, value));
  const { value: extent, dim: outer } = value;
  if (extent <= 0) return report(checker, badExtent(expression.span, extent));
  // One of several numbers is called as it is declared, `kernel[0]`.
  const isOneOf = expression.kind === 'access';
  const name = expression.kind === 'name' ? expression.name : isOneOf ? outer?.name : undefined;
  if (name === undefined) return { extent, declared: expression.span };
  if (outer === undefined) return { extent, name };
  const declared = outer.declared === undefined ? {} : { declared: outer.declared };
  return { extent, name, ...declared, binding: { expansion: checker.scope.expansion, outer } };
}

/** The dimensions that a type says, all names known: of a parameter, a state or a result. */
export const evaluateDims = (checker: Checker, type: TypeExpression): readonly BoundDim[] | undefined =>
  evaluateShape(checker, type.dimensions ?? [], checker.scope.ellipsis);

/** The dimensions between brackets; `ellipsis` is what `...` stands for. Undefined: a problem was reported. */
export function evaluateShape(
  checker: Checker,
  dimensions: readonly Position[],
  ellipsis: readonly Dim[] | undefined,
): readonly BoundDim[] | undefined {
  const dims = dimensions.map((dimension): readonly BoundDim[] | undefined => {
    if (dimension.kind === 'ellipsis') return ellipsis ?? report(checker, ellipsisHasNoShape(dimension.span));
    if (dimension.kind === 'slice') return report(checker, sliceHasNoExtent(dimension.span));
    const dim = evaluateExtent(checker, dimension);
    return dim && [dim];
  });
  return dims.every((part) => part !== undefined) ? dims.flat() : undefined;
}
