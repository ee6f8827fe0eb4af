/** Infers the type of every part of an expression again: the expression in, disagreements out. */
import { holds } from '../scalar/build.ts';
import type { DType, Expr } from '../scalar/expr.ts';
import { functions, resultType } from '../scalar/functions.ts';
import { forEach } from '../scalar/walk.ts';
import type { Node } from './graph.ts';

export function typeProblems(expr: Expr, nodes: readonly Node[]): readonly string[] {
  const problems = new Set<string>();
  const results: Expr[] = [];
  const inPartials = new Set<Expr>();
  forEach(expr, (e) => {
    if (e.kind === 'result') results.push(e);
    if (e.kind === 'derivative') {
      for (const { partial } of e.rules) {
        forEach(partial, (part) => {
          if (part.kind === 'result' && part.dtype === e.dtype) inPartials.add(part);
        });
      }
    }
    const problem = typeProblem(e, nodes);
    if (problem !== undefined) problems.add(problem);
  });
  if (results.some((e) => !inPartials.has(e))) problems.add('`result` outside a derivative clause');
  return [...problems];
}

function typeProblem(e: Expr, nodes: readonly Node[]): string | undefined {
  switch (e.kind) {
    case 'constant':
      return holds(e.dtype, e.value) ? undefined : `${e.value} is no constant of type ${e.dtype}`;
    case 'index':
      return e.of.terms.length === 0 ? 'index arithmetic that is a constant' : undefined;
    case 'result':
      return undefined;
    case 'load':
      return nodes[e.value] === undefined
        ? undefined
        : mismatch(`%${nodes[e.value]!.name}`, nodes[e.value]!.dtype, e.dtype);
    case 'call': {
      const inferred = resultType(
        e.fn,
        e.operands.map((operand) => operand.dtype),
      );
      if (inferred !== undefined) return mismatch(e.fn, inferred, e.dtype);
      const found = e.operands.map((operand) => operand.dtype).join(', ');
      return `${e.fn} expects ${functions[e.fn].type.expects}, not ${found}`;
    }
    case 'select':
      if (e.condition.dtype !== 'bool') return `a condition of type ${e.condition.dtype}`;
      if (e.then.dtype !== e.otherwise.dtype)
        return `branches of types ${e.then.dtype} and ${e.otherwise.dtype}`;
      return mismatch('a choice', e.then.dtype, e.dtype);
    case 'derivative': {
      const other = e.rules.find(
        ({ operand, partial }) => operand.dtype !== 'f32' || partial.dtype !== 'f32',
      );
      if (other !== undefined) return `a derivative of ${other.partial.dtype} by ${other.operand.dtype}`;
      return mismatch('a derivative clause', e.value.dtype, e.dtype);
    }
    default:
      return e satisfies never;
  }
}

const mismatch = (what: string, inferred: DType, marked: DType): string | undefined =>
  inferred === marked ? undefined : `${what} gives ${inferred}, but is marked ${marked}`;
