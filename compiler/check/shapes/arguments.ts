/** Arguments as written in, one for each parameter out; what is missing, unknown or too much is reported. */
import type { CallExpression, Parameter } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, type Given, report } from '../checker.ts';
import { argumentTwice, argumentUnknown, missingArgument, tooManyArguments } from '../problems/names.ts';

/** The arguments of a call, evaluated in the order of the text. */
export const evaluateArguments = (checker: Checker, call: CallExpression): readonly Given[] =>
  call.arguments.map(({ name, value, span }) => ({
    value: checker.evaluate(value),
    at: name === undefined ? value.span : span,
    ...(name === undefined ? {} : { name: name.name, nameAt: name.span }),
  }));

/** The arguments by parameter. Not fine: one is unknown, given twice or too much, which is reported. */
export function placeArguments(
  checker: Checker,
  callee: string,
  parameters: readonly Parameter[],
  given: readonly Given[],
): { readonly placed: ReadonlyMap<string, Given>; readonly fine: boolean } {
  const placed = new Map<string, Given>();
  const before = checker.diagnostics.length;
  let position = 0;
  for (const argument of given) {
    const { name, at, nameAt } = argument;
    const parameter =
      name === undefined ? parameters[position++] : parameters.find((one) => one.name.name === name);
    const known = parameter?.name.name;
    if (known === undefined && name !== undefined)
      report(checker, argumentUnknown(nameAt ?? at, callee, name, parameters));
    else if (known === undefined) report(checker, tooManyArguments(at, callee, parameters));
    else if (placed.has(known)) report(checker, argumentTwice(at, callee, known));
    else placed.set(known, argument);
  }
  return { placed, fine: checker.diagnostics.length === before };
}

/** An argument for each parameter without a default. Undefined: a problem was reported, and the call has no meaning. */
export function matchArguments(
  checker: Checker,
  callee: string,
  parameters: readonly Parameter[],
  given: readonly Given[],
  at: Span,
): ReadonlyMap<string, Given> | undefined {
  const { placed, fine } = placeArguments(checker, callee, parameters, given);
  if (!fine) return undefined;
  const missing = parameters.filter(
    (parameter) => parameter.default === undefined && !placed.has(parameter.name.name),
  );
  return missing.length === 0 ? placed : report(checker, missingArgument(at, callee, missing));
}
