/** `input` and `target` declarations in, leaves of the program out; free dimensions get their extents here. */
import type { Expression, TensorDeclaration } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { DType } from '../../scalar/expr.ts';
import { type Checker, observe, outlineLine, report } from '../checker.ts';
import { badBinding, ellipsisInInput } from '../problems/indices.ts';
import { defaultDiffers, unknownType } from '../problems/shapes.ts';
import { lookUp } from '../scope.ts';
import { evaluateDims, namesOf, numberOf } from '../shapes/dimensions.ts';
import { elementTypes, typeNames } from '../shapes/matching.ts';
import { newLeaf } from '../tensors/tensors.ts';
import type { FreeDimension } from '../typed.ts';
import { referenceTo, typeText, unknown } from '../values.ts';

export function declareInput(checker: Checker, statement: TensorDeclaration): void {
  const { name, type, span, kind } = statement;
  const dtype = elementTypes.get(type.name.name);
  const ellipsis = type.dimensions?.find((dimension) => dimension.kind === 'ellipsis');
  if (dtype === undefined) report(checker, unknownType(type.name.span, type.name.name, typeNames));
  if (ellipsis !== undefined) report(checker, ellipsisInInput(ellipsis.span, name.name));
  const dims = ellipsis === undefined ? evaluateDims(checker, type) : undefined;
  const tensor =
    dtype === undefined || dims === undefined
      ? undefined
      : newLeaf(
          checker,
          kind,
          name.name,
          dtype,
          dims.map((dim) => dim.binding?.outer ?? dim),
          span,
          defaultOf(checker, statement, dtype),
        );
  const value = tensor === undefined ? unknown : referenceTo(tensor);
  checker.scope.names.set(name.name, value);
  observe(checker, name.span, value);
  if (tensor === undefined) return;
  checker.inputs.push(tensor);
  const filled = tensor.default === undefined ? '' : ` = ${tensor.default}`;
  outlineLine(checker, `${kind} ${name.name}: ${typeText(tensor.dtype, tensor.dims)}${filled}`, span);
}

/** One number for all elements, of the input's type. */
function defaultOf(
  checker: Checker,
  { name, default: expression }: TensorDeclaration,
  dtype: DType,
): number | undefined {
  if (expression === undefined) return undefined;
  const value = checker.evaluate(expression);
  if (value.kind === 'unknown') return undefined;
  if (value.kind === 'boolean' && dtype === 'bool') return Number(value.value);
  const fits = value.kind === 'number' && dtype !== 'bool' && (value.integer || dtype === 'f32');
  if (fits && Number.isFinite(Math.fround(value.value))) return value.value;
  return report(checker, defaultDiffers(expression.span, name.name, dtype, value));
}

/**
 * Gives every free dimension of the model's inputs an extent: what `--set` says, else the recipe's batch for
 * the leading one that all inputs share, else a stand-in.
 */
export function bindFreeDimensions(
  checker: Checker,
  declarations: readonly TensorDeclaration[],
  batch: number | undefined,
): readonly FreeDimension[] {
  const { scope } = checker;
  const found: FreeDimension[] = [];
  const shared = batch === undefined ? undefined : sharedLeading(declarations);
  let standIn = checker.options.unbound ?? 32;
  for (const { name, span } of freeNames(declarations)) {
    if (lookUp(scope, name) !== undefined) continue;
    const set = checker.options.bindings.get(name);
    const valid = typeof set === 'number' && Number.isInteger(set) && set > 0 ? set : undefined;
    if (set !== undefined && valid === undefined)
      report(checker, badBinding(span, name, set, 'a positive whole number'));
    const by = valid !== undefined ? 'set' : name === shared ? 'batch' : 'stand-in';
    const extent = valid ?? (name === shared ? batch! : standIn++);
    found.push({ name, extent, by, at: span });
    scope.names.set(name, numberOf({ extent, name, declared: span }));
  }
  return found;
}

function freeNames(
  declarations: readonly TensorDeclaration[],
): readonly { readonly name: string; readonly span: Span }[] {
  const dimensions = declarations.flatMap(({ type }) => type.dimensions ?? []);
  return dimensions.flatMap((dimension) =>
    dimension.kind === 'ellipsis'
      ? []
      : [...namesOf(dimension)].map((name) => ({ name, span: dimension.span })),
  );
}

/** One number for the whole batch, and what has a default, need not lie along it. */
function sharedLeading(declarations: readonly TensorDeclaration[]): string | undefined {
  const leading = declarations.flatMap(({ type: { dimensions = [] }, default: filled }) =>
    dimensions.length === 0 || filled !== undefined ? [] : [nameOf(dimensions[0])],
  );
  const [first] = leading;
  return first !== undefined && leading.every((name) => name === first) ? first : undefined;
}

const nameOf = (dimension: Expression | { readonly kind: 'ellipsis' } | undefined): string | undefined =>
  dimension?.kind === 'name' ? dimension.name : undefined;
