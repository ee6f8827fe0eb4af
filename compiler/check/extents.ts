/** Expressions that must be whole numbers while compiling in, dimensions out. */
import type { Expression } from '../../grammar/ast.ts';
import { type Checker, report } from './checker.ts';
import { badExtent, notADimension } from './problems-shapes.ts';
import type { Scope } from './scope.ts';
import type { Dim } from './typed.ts';

/** The length of a dimension; undefined where a problem was reported. */
export function evaluateExtent(checker: Checker, expression: Expression, scope: Scope): Dim | undefined {
  const value = checker.evaluate(expression, scope);
  if (value.kind === 'unknown') return undefined;
  if (value.kind !== 'number' || !value.integer) {
    report(checker, notADimension(expression.span, value));
    return undefined;
  }
  if (value.value <= 0) {
    report(checker, badExtent(expression.span, value.value));
    return undefined;
  }
  if (expression.kind !== 'name') return { extent: value.value };
  return {
    extent: value.value,
    name: expression.name,
    owner: scope.expansion,
    ...(value.dim === undefined ? {} : { outer: value.dim }),
  };
}
