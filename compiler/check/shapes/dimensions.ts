/** Declared dimensions and those of values in, names bound and shapes compared out: `f32[..., I]` against `f32[B = 32, 784]`. */
import type { Expression, Name, Parameter, TypeExpression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, report } from '../checker.ts';
import { ellipsisHasNoShape } from '../problems/indices.ts';
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
  { parameter, value, at }: Pending,
  deferred: ReadonlySet<string>,
  scope: Scope,
): Matched | undefined {
  const patterns = parameter.type?.dimensions ?? [];
  const ellipsisAt = patterns.findIndex((pattern) => pattern.kind === 'ellipsis');
  const spare = value.dims.length - (patterns.length - (ellipsisAt < 0 ? 0 : 1));
  if (spare < 0 || (ellipsisAt < 0 && spare > 0)) return report(checker, rankDiffers(at, parameter, value));
  const result: { dim: Dim; pattern: Expression | undefined }[] = [];
  let fine = true;
  for (const pattern of patterns) {
    if (pattern.kind === 'ellipsis') {
      const group = value.dims.slice(ellipsisAt, ellipsisAt + spare);
      fine = bindEllipsis(checker, parameter, value, group, at, scope) && fine;
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
    else if (!agrees(checker, known, dim, parameter, pattern, value, at, scope)) fine = false;
    result.push({ dim: localDim(dim, pattern, scope), pattern: undefined });
  }
  return fine ? result : undefined;
}

function localDim(dim: BoundDim, { name, span }: Name, { expansion }: Scope): BoundDim {
  const { read: _, ...own } = dim;
  return { ...own, name, declared: span, binding: { expansion, outer: dim } };
}

function agrees(
  checker: Checker,
  known: Value,
  dim: Dim,
  parameter: Parameter,
  pattern: Expression,
  value: TensorValue,
  at: Span,
  scope: Scope,
): boolean {
  if (known.kind === 'unknown') return false;
  if (known.kind !== 'number' || !known.integer) {
    report(checker, notADimension(pattern.span, known));
    return false;
  }
  if (known.value === dim.extent) return true;
  report(
    checker,
    shapeDiffers(
      at,
      parameter,
      value,
      boundText(parameter.type!, scope),
      pattern.span,
      known.value,
      dim.extent,
    ),
  );
  return false;
}

function bindEllipsis(
  checker: Checker,
  parameter: Parameter,
  value: TensorValue,
  group: readonly Dim[],
  at: Span,
  scope: Scope,
): boolean {
  const known = scope.ellipsis;
  if (known === undefined) {
    scope.ellipsis = group;
    return true;
  }
  const same = sameExtents(known, group);
  if (!same) report(checker, ellipsisDiffers(at, parameter, value, known, group));
  return same;
}

/** Dimensions like `2*K` or `OH`: all names known now, or one to solve for. */
export function matchExpressions(
  checker: Checker,
  parameter: Parameter,
  value: TensorValue,
  matched: Matched,
  at: Span,
  scope: Scope,
): readonly Dim[] | undefined {
  const dims: Dim[] = [];
  for (const { dim, pattern } of matched) {
    if (pattern === undefined) {
      dims.push(dim);
      continue;
    }
    const missing = [...namesOf(pattern)].filter((name) => lookUp(scope, name) === undefined);
    if (missing.length === 1 && !solve(checker, pattern, missing[0]!, dim.extent, scope)) {
      report(checker, cannotSolve(pattern.span, missing[0]!, dim.extent, at));
      scope.names.set(missing[0]!, unknown);
      return undefined;
    }
    const extent = evaluateExtent(checker, pattern, scope);
    if (extent === undefined) return undefined;
    if (extent.extent !== dim.extent) {
      const expected = boundText(parameter.type!, scope);
      return report(
        checker,
        shapeDiffers(at, parameter, value, expected, pattern.span, extent.extent, dim.extent),
      );
    }
    dims.push(dim);
  }
  return dims;
}

/** The integer n with pattern(n) = extent, where the pattern is linear in it. */
function solve(checker: Checker, pattern: Expression, name: string, extent: number, scope: Scope): boolean {
  const at = (n: number): number | undefined => {
    scope.names.set(name, numberValue(n, true));
    const value = checker.evaluate(pattern, scope);
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
    const text = pattern.span.source.text.slice(pattern.span.start, pattern.span.end);
    const known = pattern.kind === 'name' ? lookUp(scope, pattern.name) : undefined;
    return known?.kind === 'number' ? `${text} = ${known.value}` : text;
  });
  return `${type.name.name}[${dims.join(', ')}]`;
}

const isOneOf = ({ kind }: Expression): boolean => kind === 'access';

/** The length of a dimension; undefined where a problem was reported. */
export function evaluateExtent(checker: Checker, expression: Expression, scope: Scope): BoundDim | undefined {
  const value = checker.evaluate(expression, scope);
  if (value.kind === 'unknown') return undefined;
  if (value.kind !== 'number' || !value.integer)
    return report(checker, notADimension(expression.span, value));
  const { value: extent, dim: outer } = value;
  if (extent <= 0) return report(checker, badExtent(expression.span, extent));
  // One of several numbers is called as it is declared, `kernel[0]`.
  const name = expression.kind === 'name' ? expression.name : isOneOf(expression) ? outer?.name : undefined;
  if (name === undefined) return { extent, declared: expression.span };
  if (outer === undefined) return { extent, name };
  const declared = outer.declared === undefined ? {} : { declared: outer.declared };
  return { extent, name, ...declared, binding: { expansion: scope.expansion, outer } };
}

/** The dimensions that a type says, all names known: of a parameter, a state or a result. */
export function evaluateDims(
  checker: Checker,
  type: TypeExpression,
  scope: Scope,
  ellipsis: readonly Dim[] | undefined = scope.ellipsis,
): readonly BoundDim[] | undefined {
  const dims: BoundDim[] = [];
  let complete = true;
  for (const pattern of type.dimensions ?? []) {
    if (pattern.kind === 'ellipsis') {
      if (ellipsis !== undefined) dims.push(...ellipsis);
      else {
        report(checker, ellipsisHasNoShape(pattern.span));
        complete = false;
      }
      continue;
    }
    const dim = evaluateExtent(checker, pattern, scope);
    if (dim === undefined) complete = false;
    else dims.push(dim);
  }
  return complete ? dims : undefined;
}
