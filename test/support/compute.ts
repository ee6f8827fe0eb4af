/** A scalar function, its operands and a point in; its value out, step by step as its primitives say, to the bit. */
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import type { Formula, FormulaTerm } from '../../compiler/scalar/formula.ts';
import { type FunctionName, functions } from '../../compiler/scalar/functions.ts';
import { type PrimitiveName, primitives } from '../../compiler/scalar/primitives.ts';

export function compute(fn: FunctionName, operands: readonly Expr[], point: readonly number[]): number {
  const computed = functions[fn].compute(operands);
  if (computed === 'operand') return point[0]!;
  if (typeof computed === 'string')
    return primitive(
      computed,
      point,
      operands.map(({ dtype }) => dtype),
    );
  return runFormula(computed, point);
}

export function runFormula({ parameters, lets, result }: Formula, point: readonly number[]): number {
  const held = new Map(parameters.map(({ name }, k) => [name, point[k]!]));
  const value = (term: FormulaTerm): number => {
    switch (term.kind) {
      case 'number':
        return term.dtype === 'f32' ? Math.fround(term.value) : term.value;
      case 'name':
        return held.get(term.name)!;
      case 'formula':
        return runFormula(term.formula, term.operands.map(value));
      case 'primitive':
        return primitive(
          term.fn,
          term.operands.map(value),
          term.operands.map(({ dtype }) => dtype),
        );
      default:
        return term satisfies never;
    }
  };
  for (const { name, value: of } of lets) held.set(name, value(of));
  return value(result);
}

/** Fails where a primitive is given what it says that it is never given. */
function primitive(fn: PrimitiveName, x: readonly number[], types: readonly DType[]): number {
  const divides = fn === 'quotient' || fn === 'remainder';
  if (divides && (x[1] === 0 || (types[1] === 'i32' && x[1] === -1))) throw new Error(`${fn} by ${x[1]}`);
  if (fn.startsWith('shift') && x[1]! >= 32) throw new Error(`${fn} by ${x[1]}`);
  return primitives[fn].evaluate(x, types[0]!);
}
