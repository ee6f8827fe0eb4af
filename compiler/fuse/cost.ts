/** What evaluating a scalar expression once costs, in units of one cheap arithmetic operation. */
import { sizeOf } from '../index/size.ts';
import type { Expr } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { forEach } from '../scalar/walk.ts';

/** exp and tanh run at about a thirtieth of the rate of an addition on a software adapter. */
const dear = 16;

/** How long an expression is: its distinct parts and those of its index arithmetic. */
export function lengthOf(expr: Expr): number {
  let length = 0;
  forEach(expr, (e) => {
    length += e.kind === 'index' ? sizeOf(e.of) : 1;
  });
  return length;
}

/** The sum over the distinct parts of an expression: a shared part counts once, as a kernel computes it once. */
export function cost(expr: Expr): number {
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e)) return 0;
    seen.add(e);
    switch (e.kind) {
      case 'constant':
      case 'index':
      case 'result':
        return 0;
      case 'load':
        return 1 + e.indices.reduce((sum, i) => sum + visit(i), 0);
      case 'call':
        return (
          (functions[e.fn].cost === 'dear' ? dear : 1) + e.operands.reduce((sum, x) => sum + visit(x), 0)
        );
      case 'select':
        return 1 + visit(e.condition) + visit(e.then) + visit(e.otherwise);
      case 'derivative':
        return visit(e.value);
      default:
        return e satisfies never;
    }
  };
  return visit(expr);
}
