/**
 * Logarithms of exponentials in; what they are without the detour, out: `log(exp(u) / b)` is `u - log(b)`, and the
 * logarithms of `y = 1/(1 + exp(-s))` and of `1 - y` are `-softplus(-s)` and `-softplus(s)`.
 *
 * Written apart, an exponential may round to 0, or to what 1 - y loses, before the logarithm sees it: the loss
 * `t*log(y) + (1 - t)*log(1 - y)` is no number at |s| = 20. Together both are exact, and so are their derivatives
 * `1 - y` and `-y`, of which the textbook's `y - t` is made. It runs before differentiation for that reason, and reads
 * an exponential through the equations that name it, but not through a value that a gradient is asked by.
 */
import { bodyAt, takesIndices } from '../ir/body-at.ts';
import { mapExpressions } from '../ir/equation.ts';
import type { Graph, Node } from '../ir/graph.ts';
import { isEquation, isGradient } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { add, constant, derivative, isConstant, log, negate, subtract } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { operandOfExp, operandOfLogistic, softplus } from '../scalar/logistic.ts';
import { rewrite } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const joinLogarithms: Pass = {
  name: 'join-logarithms',
  doc: 'Takes the logarithm of an exponential, a softmax or a sigmoid without the detour over what rounds to 0.',
  run: (graph) => {
    const asked = askedBy(graph);
    return rebuild(graph, (equation, { node }) => {
      const definition = (e: Expr): Expr => (e.kind === 'load' ? (bodyOf(e, node(e.value), asked) ?? e) : e);
      const joined = mapExpressions(equation, (expr) =>
        rewrite(expr, (e) =>
          e.kind === 'call' && e.fn === 'log' ? (logarithm(e.operands[0]!, definition) ?? e) : e,
        ),
      );
      return joined === equation ? equation : protectLoads(joined, node);
    });
  },
};

/** The names of the values that a gradient is asked by: what reads them must go on reading them. */
const askedBy = ({ nodes }: Graph): ReadonlySet<string> =>
  new Set(nodes.filter(isGradient).map(({ wrt }) => nodes[wrt]!.name));

/** What an equation gives where it is read. */
function bodyOf(load: Load, source: Node, asked: ReadonlySet<string>): Expr | undefined {
  if (!isEquation(source) || source.reduce !== undefined || asked.has(source.name)) return undefined;
  return takesIndices(source, load) ? bodyAt(source, load) : undefined;
}

/** Through more names and products than this, no exponential is looked for. */
const deepest = 8;

/** What stands for an expression: the body of the equation that it reads, where it can be read through. */
type Definition = (e: Expr) => Expr;

const one = constant(1);

/**
 * log(e) in another form; undefined where there is none. Of a product or a quotient one part must be positive by its
 * form: then the other has the sign of the whole, and its logarithm is a number where that of the whole is.
 */
function logarithm(e: Expr, definition: Definition): Expr | undefined {
  const positive = ofPositive(e, definition, deepest);
  if (positive !== undefined) return positive;
  const known = throughNames(e, definition);
  if (known.kind !== 'call' || !(known.fn === 'multiply' || known.fn === 'divide')) return undefined;
  const [a, b] = known.operands as readonly [Expr, Expr];
  const [first, second] = [a, b].map((part) => ofPositive(part, definition, deepest));
  if (first === undefined && second === undefined) return undefined;
  return (known.fn === 'multiply' ? add : subtract)(first ?? log(a), second ?? log(b));
}

/** The logarithm of what is positive by its form: an exponential, y and 1 - y of a sigmoid y, products of these. */
function ofPositive(e: Expr, definition: Definition, depth: number): Expr | undefined {
  if (depth === 0) return undefined;
  const known = definition(e);
  const exponent = operandOfExp(known);
  if (exponent !== undefined) return exponent;
  const x = operandOfLogistic(known);
  if (x !== undefined)
    return derivative(negate(softplus(negate(x))), [{ operand: x, partial: subtract(one, e) }]);
  if (known.kind === 'load' && known !== e) return ofPositive(known, definition, depth - 1);
  if (known.kind !== 'call') return undefined;
  const [a, b] = known.operands as readonly [Expr, Expr];
  switch (known.fn) {
    case 'subtract': {
      const y = isConstant(a, 1) ? operandOfLogistic(throughNames(b, definition)) : undefined;
      if (y === undefined) return undefined;
      return derivative(negate(softplus(y)), [{ operand: y, partial: negate(b) }]);
    }
    case 'multiply':
    case 'divide': {
      const first = ofPositive(a, definition, depth - 1);
      const second = first === undefined ? undefined : ofPositive(b, definition, depth - 1);
      if (first === undefined || second === undefined) return undefined;
      return (known.fn === 'multiply' ? add : subtract)(first, second);
    }
    default:
      return undefined;
  }
}

/** What a chain of names stands for. */
function throughNames(e: Expr, definition: Definition): Expr {
  let known = e;
  for (let step = 0; step < deepest && known.kind === 'load'; step++) known = definition(known);
  return known;
}
