/** A formula in, a WGSL function of the module out, line by line as it is written. */
import { computes, levelOf } from '../../grammar/operators.ts';
import type { Formula, FormulaTerm } from '../scalar/formula.ts';
import type { PrimitiveName } from '../scalar/primitives.ts';
import { literalText } from './literals.ts';
import { type Namer, namer } from './names.ts';
import { bare } from './parentheses.ts';
import { forms, intrinsics } from './primitives.ts';

export function formulaText({ name, parameters, lets, result }: Formula): string {
  const names = namer([name]);
  const taken = parameters.map((parameter) => `${names(parameter.name)}: ${parameter.dtype}`);
  return [
    `fn ${name}(${taken.join(', ')}) -> ${result.dtype} {`,
    ...lets.map((line) => `  let ${names(line.name)} = ${bare(termText(line.value, names))};`),
    `  return ${bare(termText(result, names))};`,
    '}',
  ].join('\n');
}

/** The text may stand beside any operator. */
function termText(term: FormulaTerm, names: Namer): string {
  switch (term.kind) {
    case 'number':
      return literalText(term.value, term.dtype);
    case 'name':
      return names(term.name);
    case 'primitive':
      return forms[term.fn].text(
        ...term.operands.map((operand, k) => operandText(term.fn, operand, k, names)),
      );
    case 'formula': {
      const args = term.operands.map((operand) => bare(termText(operand, names)));
      return intrinsics[term.formula.name]?.text(...args) ?? `${term.formula.name}(${args.join(', ')})`;
    }
    default:
      return term satisfies never;
  }
}

/** WGSL reads sums and products without parentheses as the language does; no other operators mix there. */
const level: ReadonlyMap<string, number> = new Map(
  (['+', '-', '*', '/'] as const).map((operator) => [computes(operator), levelOf(operator)]),
);

/** An operand, with no parentheses where WGSL reads it the same without. */
function operandText(fn: PrimitiveName, operand: FormulaTerm, at: number, names: Namer): string {
  const text = termText(operand, names);
  if (forms[fn].isCall) return bare(text);
  const [own, inner] = [level.get(fn), operand.kind === 'primitive' ? level.get(operand.fn) : undefined];
  if (own === undefined || inner === undefined) return text;
  return inner > own || (at === 0 && inner === own) ? bare(text) : text;
}
