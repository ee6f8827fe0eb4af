/** Arguments as written in, one for each parameter out; what is missing, unknown or too much is reported. */
import type { CallExpression, Parameter } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { type Checker, type Given, report } from './checker.ts';
import { argumentTwice, argumentUnknown, missingArgument, tooManyArguments } from './problems-names.ts';
import type { Scope } from './scope.ts';

/** The arguments of a call, evaluated in the order of the text. */
export const evaluateArguments = (checker: Checker, call: CallExpression, scope: Scope): readonly Given[] =>
  call.arguments.map(({ name, value, span }) => ({
    value: checker.evaluate(value, scope),
    at: name === undefined ? value.span : span,
    ...(name === undefined ? {} : { name: name.name, nameAt: name.span }),
  }));

/** Undefined: a problem was reported, and the call has no meaning. */
export function matchArguments(
  checker: Checker,
  callee: string,
  parameters: readonly Parameter[],
  given: readonly Given[],
  at: Span,
): ReadonlyMap<string, Given> | undefined {
  const result = new Map<string, Given>();
  let fine = true;
  let position = 0;
  for (const argument of given) {
    const parameter =
      argument.name === undefined
        ? parameters[position++]
        : parameters.find((candidate) => candidate.name.name === argument.name);
    if (parameter === undefined) {
      if (argument.name === undefined) report(checker, tooManyArguments(argument.at, callee, parameters));
      else
        report(checker, argumentUnknown(argument.nameAt ?? argument.at, callee, argument.name, parameters));
      fine = false;
      continue;
    }
    const { name } = parameter.name;
    if (result.has(name)) {
      report(checker, argumentTwice(argument.at, callee, name));
      fine = false;
    } else result.set(name, argument);
  }
  const missing = parameters.filter(
    (parameter) => parameter.default === undefined && !result.has(parameter.name.name),
  );
  if (fine && missing.length > 0) {
    report(checker, missingArgument(at, callee, missing));
    fine = false;
  }
  return fine ? result : undefined;
}
