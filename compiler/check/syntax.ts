/** Expressions in, their direct parts out, and statements in, the names that they define: for all who treat most kinds alike. */
import type { Expression, Identifier, Position, Statement } from '../../grammar/ast.ts';
import { partsOfPosition } from '../../grammar/expressions.ts';

/** In the place of a name on a left side of several: a result that nobody needs. */
export const leftOut = '_';

const expressionsOf = (list: readonly Position[]): readonly Expression[] => list.flatMap(partsOfPosition);

/** In the order of the text. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
    case 'string':
    case 'name':
    case 'error':
      return [];
    case 'member':
      return [expression.object];
    case 'call':
      return [
        expression.callee,
        ...expression.arguments.map(({ value }) => value),
        ...(expression.over ?? []),
      ];
    case 'access':
      return [expression.object, ...expressionsOf(expression.indices)];
    case 'reduction': {
      const extents = expression.indices.flatMap((binder) =>
        binder.kind === 'binder' && binder.extent !== undefined ? [binder.extent] : [],
      );
      return [...extents, ...(expression.where === undefined ? [] : [expression.where]), expression.body];
    }
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'conditional':
      return [expression.condition, expression.then, expression.otherwise];
    case 'tuple':
      return expression.parts;
    case 'orElse':
      return [expression.value, expression.otherwise];
    default:
      return expression satisfies never;
  }
}

/** The names that a statement gives a value. */
export function definedIn(statement: Statement): readonly Identifier[] {
  switch (statement.kind) {
    case 'input':
    case 'target':
    case 'param':
    case 'frozen':
    case 'state':
    case 'let':
      return [statement.name];
    case 'unpack':
      return statement.lefts.map(({ name }) => name).filter(({ name }) => name !== leftOut);
    case 'scan':
      return statement.body.flatMap(definedIn);
    case 'update':
    case 'assert':
    case 'freeze':
    // What a pass of a `repeat` defines is known in it only.
    case 'repeat':
    case 'return':
      return [];
    default:
      return statement satisfies never;
  }
}
