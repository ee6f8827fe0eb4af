/** A formula in, a function of the module out, of one lane or of four at once. */
import type { Lanes } from '../nest/nest.ts';
import { type Formula, type FormulaTerm, withUsed } from '../scalar/formula.ts';
import { type Func, get, type Instruction, localsOf, set } from './instructions.ts';
import { number, numberLanes, primitive, valueType } from './primitives.ts';

/** The name of its function. */
export const formulaName = ({ name }: Formula, lanes: Lanes): string =>
  lanes === 4 ? `${name}.lanes` : name;

export function formulaFunction(formula: Formula, lanes: Lanes): Func {
  const { parameters, lets, result } = formula;
  const locals = localsOf(parameters.map(({ name }) => name));
  const of = (term: FormulaTerm): Instruction => {
    switch (term.kind) {
      case 'number':
        return lanes === 4 ? numberLanes(term.value, term.dtype) : number(term.value, term.dtype);
      case 'name':
        return get(term.name);
      case 'formula':
        return {
          kind: 'call',
          fn: formulaName(term.formula, lanes),
          args: term.operands.map(of),
        };
      case 'primitive':
        return primitive(term.fn, term.operands[0]!.dtype, lanes, term.operands.map(of), locals);
      default:
        return term satisfies never;
    }
  };
  const body = [
    ...lets.map(({ name, value }) => {
      locals.declare(name, valueType(value.dtype, lanes));
      return set(name, of(value));
    }),
    of(result),
  ];
  return {
    name: formulaName(formula, lanes),
    comments: [],
    parameters: parameters.map(({ name, dtype }) => ({ name, type: valueType(dtype, lanes) })),
    result: valueType(result.dtype, lanes),
    locals: locals.all(),
    body,
    exported: false,
  };
}

/** The functions that calls of these formulas need, each once. */
export function formulaFunctions(
  used: Iterable<{ readonly formula: Formula; readonly lanes: Lanes }>,
): readonly Func[] {
  const made = new Map<string, Func>();
  for (const { formula, lanes } of used) {
    for (const part of withUsed(formula)) {
      const name = formulaName(part, lanes);
      if (!made.has(name)) made.set(name, formulaFunction(part, lanes));
    }
  }
  return [...made.values()];
}
