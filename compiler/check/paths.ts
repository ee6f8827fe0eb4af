/** Paths of parameters: `enc.Dense_1.W`, what a part of them is called, and what lies below it. */
import type { Expression } from '../../grammar/ast.ts';

/** `enc.Dense_1` as written; undefined of what is no path. */
export function pathOf(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'member') return undefined;
  const object = pathOf(expression.object);
  return object === undefined ? undefined : `${object}.${expression.name.name}`;
}

/** Whether a path is this part, or one below it. */
export const isBelow = (path: string, part: string): boolean => path === part || path.startsWith(`${part}.`);
